// The I/O exports, called by their Windows names as a driver calls them.

#include <wdm.h>

#include <cstring>

#include "exports/export_table.h"
#include "io/fake_driver.h"
#include "io/io_fixture.h"
#include "io/text.h"

namespace portside::exports {
namespace {

using io::FakeDriver;

constexpr GUID kAudio = {0x6994ad04, 0x93ef, 0x11d0, {0xa3, 0xcc, 0x00, 0xa0, 0xc9, 0x22, 0x31, 0x96}};
constexpr GUID kRender = {0x65e8773e, 0x8f56, 0x11d0, {0xa3, 0xb9, 0x00, 0xa0, 0xc9, 0x22, 0x31, 0x96}};
constexpr DEVPROPKEY kKey = {{0xb3f8fa53, 0x0004, 0x438e, {0x90, 0x03, 0x51, 0xa4, 0x6e, 0x13, 0x9b, 0xfc}}, 6};

class IoExports : public io::IoMachine {
 protected:
  IoExports() { FakeDriver::reset(); }
  void start() {
    auto driver = io_->drivers().create({.name = "fake", .entry = &FakeDriver::entry});
    ASSERT_TRUE(driver);
    io::RootDeviceSpec spec;
    spec.hardware_ids = {u"ROOT\\Fake"};
    spec.friendly_name = u"Fake audio";
    node_ = *io_->pnp().add_root_device(spec);
    ASSERT_TRUE(io_->pnp().start(*node_, *driver));
  }
  io::DeviceNode* node_ = nullptr;
};

TEST_F(IoExports, DevicesAndPointers) {
  run([&] {
    start();
    UNICODE_STRING name = RTL_CONSTANT_STRING(u"\\Device\\Mine");
    UNICODE_STRING link = RTL_CONSTANT_STRING(u"\\DosDevices\\Mine");
    DEVICE_OBJECT* device = nullptr;
    ASSERT_EQ(IoCreateDevice(FakeDriver::driver, 16, &name, FILE_DEVICE_UNKNOWN, 0, FALSE, &device), STATUS_SUCCESS);
    EXPECT_EQ(IoCreateDevice(FakeDriver::driver, 16, &name, FILE_DEVICE_UNKNOWN, 0, FALSE, &device),
              STATUS_OBJECT_NAME_COLLISION);
    EXPECT_EQ(device, nullptr);
    std::u16string rest;
    device = io_->devices().find_by_path(u"\\Device\\Mine", rest);
    device->Flags &= ~DO_DEVICE_INITIALIZING;
    EXPECT_EQ(IoCreateSymbolicLink(&link, &name), STATUS_SUCCESS);
    FILE_OBJECT* file = nullptr;
    DEVICE_OBJECT* top = nullptr;
    ASSERT_EQ(IoGetDeviceObjectPointer(&link, FILE_READ_DATA, &file, &top), STATUS_SUCCESS);
    EXPECT_EQ(top, device);
    EXPECT_EQ(IoGetRelatedDeviceObject(file), device);
    // CLEANUP has come; CLOSE waits for the reference.
    EXPECT_EQ(recorder_.dispatched.back().first, IRP_MJ_CLEANUP);
    ObDereferenceObject(file);
    EXPECT_EQ(recorder_.dispatched.back().first, IRP_MJ_CLOSE);
    EXPECT_EQ(IoGetAttachedDeviceReference(node_->pdo), FakeDriver::device);
    ObDereferenceObject(FakeDriver::device);
    EXPECT_EQ(IoGetLowerDeviceObject(FakeDriver::device), node_->pdo);
    ObDereferenceObject(node_->pdo);
    EXPECT_EQ(IoGetLowerDeviceObject(node_->pdo), nullptr);
    EXPECT_EQ(IoDeleteSymbolicLink(&link), STATUS_SUCCESS);
    EXPECT_EQ(IoDeleteSymbolicLink(&link), STATUS_OBJECT_NAME_NOT_FOUND);
    IoDeleteDevice(device);
    PVOID extension = nullptr;
    EXPECT_EQ(IoAllocateDriverObjectExtension(FakeDriver::driver, this, 64, &extension), STATUS_SUCCESS);
    EXPECT_EQ(IoAllocateDriverObjectExtension(FakeDriver::driver, this, 64, &extension), STATUS_OBJECT_NAME_COLLISION);
    EXPECT_NE(IoGetDriverObjectExtension(FakeDriver::driver, this), nullptr);
  });
  EXPECT_TRUE(recorder_.misuses.empty()) << recorder_.sentences.front();
}

TEST_F(IoExports, InterfacesPropertiesAndKeys) {
  run([&] {
    start();
    UNICODE_STRING reference = RTL_CONSTANT_STRING(u"wave");
    UNICODE_STRING link{}, again{}, render{}, alias{};
    ASSERT_EQ(IoRegisterDeviceInterface(node_->pdo, &kAudio, &reference, &link), STATUS_SUCCESS);
    EXPECT_EQ(io::copy_of(&link), u"\\??\\ROOT#MEDIA#0000#{6994ad04-93ef-11d0-a3cc-00a0c9223196}\\wave");
    EXPECT_EQ(IoRegisterDeviceInterface(node_->pdo, &kAudio, &reference, &again), STATUS_OBJECT_NAME_EXISTS);
    EXPECT_EQ(IoRegisterDeviceInterface(FakeDriver::device, &kAudio, &reference, &alias),
              STATUS_INVALID_DEVICE_REQUEST);
    EXPECT_EQ(IoSetDeviceInterfaceState(&link, TRUE), STATUS_SUCCESS);
    EXPECT_EQ(IoSetDeviceInterfaceState(&link, TRUE), STATUS_OBJECT_NAME_EXISTS);
    ASSERT_EQ(IoRegisterDeviceInterface(node_->pdo, &kRender, &reference, &render), STATUS_SUCCESS);
    ASSERT_EQ(IoGetDeviceInterfaceAlias(&link, &kRender, &alias), STATUS_SUCCESS);
    EXPECT_EQ(io::copy_of(&alias), io::copy_of(&render));
    PZZWSTR list = nullptr;
    ASSERT_EQ(IoGetDeviceInterfaces(&kAudio, nullptr, 0, &list), STATUS_SUCCESS);
    EXPECT_EQ(std::u16string(reinterpret_cast<char16_t*>(list)), io::copy_of(&link));
    ExFreePool(list);
    ASSERT_EQ(IoGetDeviceInterfaces(&kRender, nullptr, 0, &list), STATUS_SUCCESS);
    EXPECT_EQ(*list, 0);
    ExFreePool(list);

    ULONG value = 42, size = 0, got = 0;
    DEVPROPTYPE type = 0;
    EXPECT_EQ(IoSetDeviceInterfacePropertyData(&link, &kKey, 0, 0, DEVPROP_TYPE_UINT32, sizeof value, &value),
              STATUS_SUCCESS);
    EXPECT_EQ(IoGetDeviceInterfacePropertyData(&link, &kKey, 0, 0, 0, nullptr, &size, &type), STATUS_BUFFER_TOO_SMALL);
    EXPECT_EQ(size, 4u);
    EXPECT_EQ(IoGetDeviceInterfacePropertyData(&link, &kKey, 0, 0, sizeof got, &got, &size, &type), STATUS_SUCCESS);
    EXPECT_EQ(got, 42u);
    EXPECT_EQ(IoGetDeviceInterfacePropertyData(&render, &kKey, 0, 0, sizeof got, &got, &size, &type),
              STATUS_OBJECT_NAME_NOT_FOUND);
    EXPECT_EQ(IoSetDevicePropertyData(node_->pdo, &kKey, 0, 0, DEVPROP_TYPE_UINT32, sizeof value, &value),
              STATUS_SUCCESS);
    EXPECT_EQ(IoGetDevicePropertyData(node_->pdo, &kKey, 0, 0, sizeof got, &got, &size, &type), STATUS_SUCCESS);

    WCHAR text[64];
    EXPECT_EQ(IoGetDeviceProperty(node_->pdo, DevicePropertyFriendlyName, sizeof text, text, &size), STATUS_SUCCESS);
    EXPECT_EQ(std::u16string(text), u"Fake audio");
    EXPECT_EQ(IoGetDeviceProperty(node_->pdo, DevicePropertyDriverKeyName, 64, text, &size), STATUS_BUFFER_TOO_SMALL);
    EXPECT_EQ(size, 2 * (38 + 1 + 4 + 1u));
    EXPECT_EQ(IoGetDeviceProperty(node_->pdo, DevicePropertyLocationInformation, sizeof text, text, &size),
              STATUS_OBJECT_NAME_NOT_FOUND);
    EXPECT_EQ(IoGetDeviceProperty(FakeDriver::device, DevicePropertyFriendlyName, sizeof text, text, &size),
              STATUS_INVALID_DEVICE_REQUEST);

    for (int which = 0; which < 4; ++which) {
      HANDLE key = nullptr;
      NTSTATUS status =
          which == 0   ? IoOpenDeviceInterfaceRegistryKey(&link, KEY_ALL_ACCESS, &key)
          : which == 1 ? IoOpenDeviceRegistryKey(node_->pdo, PLUGPLAY_REGKEY_DEVICE, KEY_ALL_ACCESS, &key)
          : which == 2 ? IoOpenDeviceRegistryKey(node_->pdo, PLUGPLAY_REGKEY_DRIVER, KEY_ALL_ACCESS, &key)
                       : IoOpenDriverRegistryKey(FakeDriver::driver, DriverRegKeyParameters, KEY_ALL_ACCESS, 0, &key);
      ASSERT_EQ(status, STATUS_SUCCESS) << which;
      UNICODE_STRING name = RTL_CONSTANT_STRING(u"Number");
      EXPECT_EQ(ZwSetValueKey(key, &name, 0, REG_DWORD, &which, sizeof which), STATUS_SUCCESS);
      EXPECT_EQ(ZwClose(key), STATUS_SUCCESS);
    }
    EXPECT_EQ(*services_->registry().get_dword(
                  u"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\fake\\Parameters", u"Number"),
              3u);
    for (UNICODE_STRING* s : {&link, &again, &render, &alias}) RtlFreeUnicodeString(s);
    EXPECT_EQ(services_->pool().report_leaks(), 0u);
  });
}

TEST_F(IoExports, RequestsByName) {
  FakeDriver::handlers[IRP_MJ_DEVICE_CONTROL] = [&](DEVICE_OBJECT*, IRP* irp, IO_STACK_LOCATION*) {
    irp->IoStatus.Status = STATUS_SUCCESS;
    irp->IoStatus.Information = 3;
    IofCompleteRequest(irp, IO_NO_INCREMENT);
    return STATUS_SUCCESS;
  };
  run([&] {
    start();
    KEVENT event;
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    IO_STATUS_BLOCK status{};
    IRP* irp = IoBuildDeviceIoControlRequest(CTL_CODE(FILE_DEVICE_KS, 1, METHOD_NEITHER, FILE_ANY_ACCESS),
                                             FakeDriver::device, nullptr, 0, nullptr, 0, FALSE, &event, &status);
    ASSERT_NE(irp, nullptr);
    EXPECT_EQ(IofCallDriver(FakeDriver::device, irp), STATUS_SUCCESS);
    EXPECT_EQ(KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, nullptr), STATUS_SUCCESS);
    EXPECT_EQ(status.Information, 3u);
    // Forwarded down the stack and waited for, as a function driver does on start.
    irp = IoAllocateIrp(FakeDriver::device->StackSize, FALSE);
    irp->IoStatus.Status = STATUS_NOT_SUPPORTED;
    IoSetNextIrpStackLocation(irp);
    IoGetCurrentIrpStackLocation(irp)->MajorFunction = IRP_MJ_PNP;
    IoGetCurrentIrpStackLocation(irp)->MinorFunction = IRP_MN_QUERY_STOP_DEVICE;
    EXPECT_TRUE(IoForwardIrpSynchronously(node_->pdo, irp));
    EXPECT_EQ(irp->IoStatus.Status, STATUS_SUCCESS);
    IoFreeIrp(irp);
    char bytes[100];
    MDL* mdl = IoAllocateMdl(bytes, sizeof bytes, FALSE, FALSE, nullptr);
    ASSERT_NE(mdl, nullptr);
    EXPECT_EQ(MmGetMdlByteCount(mdl), 100u);
    IoFreeMdl(mdl);
    EXPECT_GT(IoGetRemainingStackSize(), 4096u);
  });
  EXPECT_TRUE(recorder_.misuses.empty()) << recorder_.sentences.front();
}

TEST_F(IoExports, DeviceTimerBeatsOnceASecond) {
  static int beats = 0;
  beats = 0;
  run([&] {
    start();
    auto beat = +[](DEVICE_OBJECT*, PVOID) NTAPI { ++beats; };
    ASSERT_EQ(IoInitializeTimer(FakeDriver::device, beat, nullptr), STATUS_SUCCESS);
    IoStartTimer(FakeDriver::device);
    kernel_->sleep_for(std::chrono::milliseconds(3500));
    EXPECT_EQ(beats, 3);
    IoStopTimer(FakeDriver::device);
    kernel_->sleep_for(std::chrono::seconds(2));
    EXPECT_EQ(beats, 3);
    PKINTERRUPT interrupt = nullptr;
    EXPECT_EQ(IoConnectInterrupt(
                  &interrupt, [](PKINTERRUPT, PVOID) NTAPI -> BOOLEAN { return TRUE; }, nullptr, nullptr, 5, 5, 5,
                  Latched, FALSE, 1, FALSE),
              STATUS_INVALID_PARAMETER);
  });
}

TEST_F(IoExports, TableHasThem) {
  for (const char* name :
       {"IoCreateDevice", "IofCallDriver", "IoRegisterDeviceInterface", "PoRequestPowerIrp", "IoOpenDriverRegistryKey"})
    EXPECT_NE(find_export("ntoskrnl.exe", name), nullptr) << name;
  for (const char* name :
       {"WdfVersionBind", "WdfVersionUnbind", "WdfVersionBindClass", "WdfVersionUnbindClass", "WdfLdrQueryInterface"})
    EXPECT_NE(find_export("WDFLDR.SYS", name), nullptr) << name;
}

}  // namespace
}  // namespace portside::exports
