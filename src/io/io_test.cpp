// Devices, plug and play and files, with a fake driver in host C++.
#include <fmt/format.h>
#include <cstring>

#include "io/device_fixture.h"
#include "io/text.h"

namespace portside::io {
namespace {

TEST_F(IoTest, DriverObjectHasWindowsContents) {
  run([&] {
    auto driver = io_->drivers().create(
        {.name = "fake", .entry = &FakeDriver::entry, .image_start = this, .image_bytes = 0x1000});
    ASSERT_TRUE(driver);
    EXPECT_EQ((*driver)->Type, IO_TYPE_DRIVER);
    EXPECT_EQ((*driver)->DriverSize, 0x1000u);
    EXPECT_EQ(copy_of(&(*driver)->DriverName), u"\\Driver\\fake");
    EXPECT_EQ(FakeDriver::registry_path, u"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\fake");
    EXPECT_EQ(copy_of(&(*driver)->DriverExtension->ServiceKeyName), u"fake");
    EXPECT_TRUE(services_->registry().open(nullptr, FakeDriver::registry_path));
    EXPECT_EQ(io_->drivers().create({.name = "FAKE", .entry = &FakeDriver::entry}).error().code(),
              StatusCode::kObjectNameCollision);
    ASSERT_TRUE(io_->drivers().unload(*driver));
    EXPECT_EQ(FakeDriver::unloaded, 1);
    EXPECT_EQ(io_->drivers().find(*driver), nullptr);
  });
  EXPECT_TRUE(recorder_.misuses.empty());
}

TEST_F(IoTest, FailedDriverEntryLeavesNothing) {
  FakeDriver::entry_status = STATUS_INSUFFICIENT_RESOURCES;
  run([&] {
    auto driver = io_->drivers().create({.name = "fake", .entry = &FakeDriver::entry});
    ASSERT_FALSE(driver);
    EXPECT_EQ(driver.error().code(), StatusCode::kInsufficientResources);
    EXPECT_EQ(io_->drivers().find_by_name("fake"), nullptr);
    EXPECT_EQ(FakeDriver::unloaded, 0);
  });
}

TEST_F(IoTest, StartSendsPlugAndPlayInOrder) {
  run([&] { start(); });
  std::vector<int> minors;
  for (auto [major, minor] : recorder_.dispatched)
    if (major == IRP_MJ_PNP && (minors.empty() || minors.back() != minor)) minors.push_back(minor);
  EXPECT_EQ(minors,
            (std::vector<int>{IRP_MN_FILTER_RESOURCE_REQUIREMENTS, IRP_MN_START_DEVICE, IRP_MN_QUERY_CAPABILITIES,
                              IRP_MN_QUERY_PNP_DEVICE_STATE, IRP_MN_QUERY_DEVICE_RELATIONS}));
  EXPECT_EQ(recorder_.states, (std::vector<PnpState>{PnpState::kAdded, PnpState::kStarted}));
  EXPECT_EQ(node_->instance_path, u"ROOT\\MEDIA\\0000");
  EXPECT_EQ(node_->capabilities.DeviceState[PowerSystemWorking], PowerDeviceD0);
  EXPECT_EQ(FakeDriver::device->StackSize, 2);
  EXPECT_EQ(node_->pdo->AttachedDevice, FakeDriver::device);
  EXPECT_EQ(*services_->registry().get_string(node_->instance_registry_path, u"Service"), u"fake");
  EXPECT_TRUE(recorder_.misuses.empty()) << recorder_.sentences.front();
}

TEST_F(IoTest, AddDeviceMustClearInitializing) {
  FakeDriver::clear_initializing = false;
  run([&] { start(); });
  EXPECT_TRUE(recorder_.has(IoMisuse::kInitializingLeftSet));
}

TEST_F(IoTest, RefusedStartRemovesTheStack) {
  FakeDriver::pnp_status[IRP_MN_START_DEVICE] = STATUS_DEVICE_CONFIGURATION_ERROR;
  run([&] {
    auto driver = io_->drivers().create({.name = "fake", .entry = &FakeDriver::entry});
    auto node = io_->pnp().add_root_device({});
    auto started = io_->pnp().start(**node, *driver);
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().nt(), STATUS_DEVICE_CONFIGURATION_ERROR);
    EXPECT_EQ((*node)->state, PnpState::kRemoved);
    EXPECT_EQ(FakeDriver::device, nullptr);
    EXPECT_TRUE(io_->drivers().unload(*driver));
  });
  EXPECT_TRUE(recorder_.misuses.empty());
}

TEST_F(IoTest, StopAndStartAgain) {
  run([&] {
    start();
    ASSERT_TRUE(io_->pnp().stop(*node_));
    EXPECT_EQ(node_->state, PnpState::kStopped);
    EXPECT_FALSE(io_->requests().open(u"\\Device\\00000001"));
    ASSERT_TRUE(io_->pnp().start_again(*node_));
    EXPECT_EQ(node_->state, PnpState::kStarted);
    FakeDriver::pnp_status[IRP_MN_QUERY_STOP_DEVICE] = STATUS_UNSUCCESSFUL;
    EXPECT_FALSE(io_->pnp().stop(*node_));
    EXPECT_EQ(node_->state, PnpState::kStarted);
  });
  EXPECT_EQ(recorder_.dispatched.back().second, IRP_MN_CANCEL_STOP_DEVICE);
}

TEST_F(IoTest, RemoveWaitsForFilesAndThenUnloads) {
  run([&] {
    start();
    FileHandle file = open();
    auto removed = io_->pnp().remove(*node_);
    ASSERT_FALSE(removed);
    EXPECT_EQ(removed.error().code(), StatusCode::kDeviceBusy);
    EXPECT_EQ(node_->state, PnpState::kStarted);
    EXPECT_FALSE(io_->drivers().unload(FakeDriver::driver));
    ASSERT_TRUE(io_->requests().close(file));
    ASSERT_TRUE(io_->pnp().remove(*node_));
    EXPECT_EQ(FakeDriver::device, nullptr);
    EXPECT_TRUE(io_->interfaces().all().empty());
    ASSERT_TRUE(io_->drivers().unload(FakeDriver::driver));
    EXPECT_TRUE(io_->devices().of_driver(nullptr).empty());
  });
  EXPECT_TRUE(recorder_.misuses.empty()) << recorder_.sentences.front();
}

TEST_F(IoTest, SurpriseRemovalEndsAtTheLastClose) {
  run([&] {
    start();
    FileHandle file = open();
    ASSERT_TRUE(io_->pnp().surprise_remove(*node_));
    EXPECT_EQ(node_->state, PnpState::kSurpriseRemoved);
    EXPECT_FALSE(io_->requests().open(u"\\??\\ROOT#MEDIA#0000#{6994ad04-93ef-11d0-a3cc-00a0c9223196}\\wave"));
    ASSERT_TRUE(io_->requests().close(file));
    EXPECT_EQ(node_->state, PnpState::kRemoved);
    EXPECT_EQ(FakeDriver::device, nullptr);
  });
}

TEST_F(IoTest, RemoveWithoutDetachIsTold) {
  FakeDriver::delete_on_remove = false;
  run([&] {
    start();
    ASSERT_TRUE(io_->pnp().remove(*node_));
    ASSERT_TRUE(io_->drivers().unload(FakeDriver::driver));
    EXPECT_TRUE(io_->devices().of_driver(nullptr).empty());
  });
  EXPECT_EQ(std::ranges::count(recorder_.misuses, IoMisuse::kDeviceLeftAtUnload), 2);
}

NTSTATUS NTAPI leave_a_device(DRIVER_OBJECT* driver, DEVICE_OBJECT*) {
  DeviceSpec left;
  left.driver = driver;
  EXPECT_TRUE(current<Io>().devices().create(left));
  return STATUS_INSUFFICIENT_RESOURCES;
}

TEST_F(IoTest, ADeviceThatAFailedAddDeviceLeavesIsTold) {
  run([&] {
    auto driver = io_->drivers().create({.name = "fake", .entry = &FakeDriver::entry});
    ASSERT_TRUE(driver);
    (*driver)->DriverExtension->AddDevice = &leave_a_device;
    auto node = io_->pnp().add_root_device({});
    ASSERT_TRUE(node);
    EXPECT_FALSE(io_->pnp().start(**node, *driver));
    ASSERT_TRUE(io_->drivers().unload(*driver));
  });
  EXPECT_EQ(std::ranges::count(recorder_.misuses, IoMisuse::kDeviceLeftAtUnload), 1);
}

// What DriverEntry makes goes when the device is removed; Windows does not unload a driver that has some still.
TEST_F(IoTest, ADeviceOfDriverEntryWhoseDriverNeverGotOneIsNotLeft) {
  run([&] {
    auto driver = io_->drivers().create({.name = "fake", .entry = &FakeDriver::entry});
    ASSERT_TRUE(driver);
    DeviceSpec control;
    control.driver = *driver;
    DEVICE_OBJECT* made = *io_->devices().create(control);
    io_->drivers().find(*driver)->made_in_entry.push_back(made);
    ASSERT_TRUE(io_->drivers().unload(*driver));
    EXPECT_TRUE(io_->devices().of_driver(*driver).empty());
  });
  EXPECT_TRUE(recorder_.misuses.empty()) << recorder_.sentences.front();
}

TEST_F(IoTest, TwoDevicesHaveTheirOwnInstances) {
  run([&] {
    auto a = io_->pnp().add_root_device({});
    auto b = io_->pnp().add_root_device({});
    ASSERT_TRUE(a && b);
    EXPECT_EQ((*b)->instance_path, u"ROOT\\MEDIA\\0001");
    EXPECT_NE((*a)->driver_registry_path, (*b)->driver_registry_path);
  });
}

TEST_F(IoTest, InterfacesOpenTheDeviceWithTheirReference) {
  std::vector<std::u16string> names;
  FakeDriver::handlers[IRP_MJ_CREATE] = [&](DEVICE_OBJECT*, IRP* irp, IO_STACK_LOCATION* location) {
    names.push_back(copy_of(&location->FileObject->FileName));
    return complete_with(irp, names.back() == u"\\none" ? STATUS_OBJECT_NAME_NOT_FOUND : STATUS_SUCCESS);
  };
  run([&] {
    start();
    auto& interfaces = io_->interfaces();
    auto link = interfaces.register_interface(node_->pdo, kAudio, u"wave");
    ASSERT_TRUE(link);
    EXPECT_EQ(*link, u"\\??\\ROOT#MEDIA#0000#{6994ad04-93ef-11d0-a3cc-00a0c9223196}\\wave");
    EXPECT_EQ(*interfaces.register_interface(node_->pdo, kAudio, u"wave"), *link);
    EXPECT_EQ(io_->requests().open(*link).error().code(), StatusCode::kObjectNameNotFound);
    EXPECT_TRUE(interfaces.interfaces(kAudio).empty());

    EXPECT_EQ(*interfaces.set_state(*link, true), STATUS_SUCCESS);
    EXPECT_EQ(*interfaces.set_state(*link, true), STATUS_OBJECT_NAME_EXISTS);
    ASSERT_EQ(interfaces.interfaces(kAudio).size(), 1u);
    auto file = io_->requests().open(*link);
    ASSERT_TRUE(file) << file.error().to_string();
    EXPECT_EQ(names.back(), u"\\wave");
    // The name that SetupAPI gives an application.
    auto again = io_->requests().open(u"\\\\?\\root#media#0000#{6994AD04-93EF-11D0-A3CC-00A0C9223196}\\wave\\more");
    ASSERT_TRUE(again);
    EXPECT_EQ(names.back(), u"\\wave\\more");
    auto other = interfaces.register_interface(node_->pdo, kAudio, u"none");
    (void)interfaces.set_state(*other, true);
    EXPECT_EQ(io_->requests().open(*other).error().code(), StatusCode::kObjectNameNotFound);

    auto render = interfaces.register_interface(node_->pdo, kRender, u"wave");
    EXPECT_EQ(*interfaces.alias(*link, kRender), *render);
    EXPECT_EQ(interfaces.alias(*other, kRender).error().code(), StatusCode::kObjectNameNotFound);
    EXPECT_EQ(*interfaces.set_state(*link, false), STATUS_SUCCESS);
    EXPECT_EQ(interfaces.set_state(*link, false).error().code(), StatusCode::kObjectNameNotFound);
    EXPECT_FALSE(interfaces.register_interface(node_->pdo, kAudio, u"a\\b"));
    EXPECT_FALSE(interfaces.register_interface(FakeDriver::device, kAudio, u"x"));
    io_->requests().close_all();
    EXPECT_EQ(io_->requests().open_count(), 0u);
  });
  EXPECT_EQ(recorder_.closed, 2);
}

TEST_F(IoTest, RelativeOpenKeepsBinaryNames) {
  std::u16string seen;
  FILE_OBJECT* related = nullptr;
  FakeDriver::handlers[IRP_MJ_CREATE] = [&](DEVICE_OBJECT*, IRP* irp, IO_STACK_LOCATION* location) {
    seen = copy_of(&location->FileObject->FileName);
    related = location->FileObject->RelatedFileObject;
    return complete_with(irp, STATUS_SUCCESS);
  };
  run([&] {
    start();
    FileHandle filter = open();
    std::u16string name = u"{146F1A80-4791-11D0-A5D6-28DB04C10000}\\";
    name += char16_t{0};
    name += char16_t{0xd800};
    auto pin = io_->requests().open_relative(filter, std::as_bytes(std::span(name)));
    ASSERT_TRUE(pin) << pin.error().to_string();
    EXPECT_EQ(seen, name);
    EXPECT_EQ(related, io_->requests().file_object(filter));
    // The parent's file object lives as long as the child's.
    ASSERT_TRUE(io_->requests().close(filter));
    EXPECT_EQ(recorder_.closed, 0);
    ASSERT_TRUE(io_->requests().close(*pin));
    EXPECT_EQ(recorder_.closed, 2);
    EXPECT_EQ(io_->requests().close(*pin).error().code(), StatusCode::kInvalidHandle);
    std::vector<std::byte> huge(70000);
    EXPECT_EQ(io_->requests().open_relative(filter, huge).error().code(), StatusCode::kInvalidHandle);
  });
}

TEST_F(IoTest, DeviceMistakesAreRefusedAndTold) {
  run([&] {
    auto driver = io_->drivers().create({.name = "fake", .entry = &FakeDriver::entry});
    auto& devices = io_->devices();
    auto a = devices.create({.driver = *driver, .extension_bytes = 32, .name = u"\\Device\\A"});
    ASSERT_TRUE(a);
    EXPECT_EQ((*a)->Size, sizeof(DEVICE_OBJECT) + 32);
    EXPECT_EQ(devices.create({.driver = *driver, .name = u"\\device\\a"}).error().code(),
              StatusCode::kObjectNameCollision);
    EXPECT_EQ(devices.create({.driver = reinterpret_cast<DRIVER_OBJECT*>(this)}).error().code(),
              StatusCode::kInvalidParameter);
    EXPECT_FALSE(devices.create({.driver = *driver, .extension_bytes = 70000}));
    // DO_DEVICE_INITIALIZING below: no attachment.
    auto b = devices.create({.driver = *driver});
    EXPECT_FALSE(devices.attach(*b, *a));
    (*a)->Flags &= ~DO_DEVICE_INITIALIZING;
    ASSERT_TRUE(devices.attach(*b, *a));
    EXPECT_EQ(devices.top(*a), *b);
    EXPECT_FALSE(devices.attach(*b, *a));
    EXPECT_TRUE(devices.remove(*b));  // still attached: taken apart and told
    EXPECT_EQ((*a)->AttachedDevice, nullptr);
    EXPECT_FALSE(devices.remove(*b));
    EXPECT_FALSE(devices.detach(*a));
    EXPECT_FALSE(devices.remove(reinterpret_cast<DEVICE_OBJECT*>(this)));
    EXPECT_TRUE(devices.remove(*a));
    EXPECT_EQ((*driver)->DeviceObject, nullptr);
  });
  EXPECT_TRUE(recorder_.has(IoMisuse::kDeviceStillAttached));
  EXPECT_TRUE(recorder_.has(IoMisuse::kDeletedDevice));
  EXPECT_TRUE(recorder_.has(IoMisuse::kUnknownDevice));
  EXPECT_TRUE(recorder_.has(IoMisuse::kUnknownDriver));
}

TEST_F(IoTest, SymbolicLinks) {
  run([&] {
    auto driver = io_->drivers().create({.name = "fake", .entry = &FakeDriver::entry});
    auto a = io_->devices().create({.driver = *driver, .name = u"\\Device\\A"});
    (*a)->Flags &= ~DO_DEVICE_INITIALIZING;
    ASSERT_TRUE(io_->names().create_link(u"\\DosDevices\\Mine", u"\\Device\\A"));
    EXPECT_FALSE(io_->names().create_link(u"\\??\\MINE", u"\\Device\\A"));
    auto file = io_->requests().open(u"\\\\.\\mine");
    ASSERT_TRUE(file) << file.error().to_string();
    ASSERT_TRUE(io_->requests().close(*file));
    EXPECT_FALSE(io_->requests().open(u"mine"));
    EXPECT_FALSE(io_->requests().open(u"\\??\\other"));
    ASSERT_TRUE(io_->names().delete_link(u"\\??\\Mine"));
    EXPECT_FALSE(io_->names().delete_link(u"\\??\\Mine"));
    EXPECT_TRUE(io_->devices().remove(*a));
  });
}

TEST_F(IoTest, Notifications) {
  static int arrivals = 0, removals = 0;
  arrivals = removals = 0;
  static constexpr auto callback = +[](void* structure, void*) NTAPI -> NTSTATUS {
    auto* n = static_cast<DEVICE_INTERFACE_CHANGE_NOTIFICATION*>(structure);
    ++(n->Event.Data1 == 0xcb3a4004 ? arrivals : removals);
    return STATUS_SUCCESS;
  };
  run([&] {
    start();
    (void)open();
    auto entry = io_->notifications().add(EventCategoryDeviceInterfaceChange,
                                          PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES,
                                          const_cast<GUID*>(&kAudio), FakeDriver::driver, callback, nullptr);
    ASSERT_TRUE(entry);
    EXPECT_EQ(arrivals, 1);
    auto other = io_->interfaces().register_interface(node_->pdo, kAudio, u"topology");
    (void)io_->interfaces().set_state(*other, true);
    (void)io_->interfaces().set_state(*other, false);
    kernel_->yield_until([&] { return arrivals == 2 && removals == 1; }, "notifications");
    ASSERT_TRUE(io_->notifications().remove(*entry));
    EXPECT_FALSE(io_->notifications().remove(*entry));
    io_->requests().close_all();
  });
}

}  // namespace
}  // namespace portside::io
