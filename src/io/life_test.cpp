// What the power manager and the plug and play manager do to a stack that is in use: stops and removals in steps, sleep,
// idle devices, filtered resources.

#include <gtest/gtest.h>

#include "io/fake_driver.h"
#include "io/io_fixture.h"
#include "io/resource_requirements.h"
#include "kernel/machine_clock.h"

namespace portside::io {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class LifeTest : public IoMachine {
 protected:
  LifeTest() { FakeDriver::reset(); }

  Result<> start(const RootDeviceSpec& spec = {}) {
    TRY_ASSIGN(DRIVER_OBJECT * driver, io_->drivers().create({.name = "Fake", .entry = &FakeDriver::entry}));
    TRY_ASSIGN(node_, io_->pnp().add_root_device(spec));
    return io_->pnp().start(*node_, driver);
  }
  FILE_OBJECT* open() {
    FileSpec spec;
    spec.device = FakeDriver::device;
    auto file = io_->files().open(spec);
    return file ? *file : nullptr;
  }
  void close(FILE_OBJECT* file) { EXPECT_TRUE(io_->files().dereference(file)); }
  std::vector<int> minors(int major) const {
    std::vector<int> list;
    for (const auto& [m, minor] : recorder_.dispatched)
      if (m == major && (list.empty() || list.back() != minor)) list.push_back(minor);
    return list;
  }
  // Power IRPs as the fake driver saw them.
  struct Seen {
    int minor;
    POWER_STATE_TYPE type;
    int state;
    bool operator==(const Seen&) const = default;
  };
  std::vector<Seen> power_;
  void watch_power(NTSTATUS query_answer = STATUS_SUCCESS) {
    FakeDriver::driver->MajorFunction[IRP_MJ_POWER] = &FakeDriver::dispatch;
    FakeDriver::handlers[IRP_MJ_POWER] = [this, query_answer](DEVICE_OBJECT* d, IRP* irp, IO_STACK_LOCATION* location) {
      const auto& p = location->Parameters.Power;
      power_.push_back({location->MinorFunction, p.Type, p.State.DeviceState});
      if (location->MinorFunction == IRP_MN_QUERY_POWER && query_answer < 0) return complete_with(irp, query_answer);
      if (location->MinorFunction == IRP_MN_SET_POWER && p.Type == DevicePowerState)
        (void)io_->power().set_state(d, DevicePowerState, p.State);
      IoSkipCurrentIrpStackLocation(irp);
      return call_driver(static_cast<FakeExtension*>(d->DeviceExtension)->lower, irp);
    };
  }
  DeviceNode* node_ = nullptr;
};

TEST_F(LifeTest, AStopMayBeAskedForAndCancelled) {
  run([&] {
    ASSERT_TRUE(start());
    recorder_.dispatched.clear();
    ASSERT_TRUE(io_->pnp().query_stop(*node_));
    EXPECT_EQ(node_->state, PnpState::kStopPending);
    ASSERT_TRUE(io_->pnp().cancel_stop(*node_));
    EXPECT_EQ(node_->state, PnpState::kStarted);
    EXPECT_EQ(minors(IRP_MJ_PNP), (std::vector<int>{IRP_MN_QUERY_STOP_DEVICE, IRP_MN_CANCEL_STOP_DEVICE}));
    EXPECT_FALSE(io_->pnp().cancel_stop(*node_)) << "nothing is pending";
    ASSERT_TRUE(io_->pnp().query_stop(*node_));
    ASSERT_TRUE(io_->pnp().stop(*node_));
    EXPECT_EQ(node_->state, PnpState::kStopped);
    EXPECT_EQ(open(), nullptr) << "a stopped device cannot be opened";
    ASSERT_TRUE(io_->pnp().start_again(*node_));
    EXPECT_TRUE(io_->pnp().remove(*node_));
  });
}

TEST_F(LifeTest, ARemovalMayBeAskedForAndCancelled) {
  run([&] {
    ASSERT_TRUE(start());
    ASSERT_TRUE(io_->pnp().query_remove(*node_));
    EXPECT_EQ(open(), nullptr) << "nobody opens a device whose removal is pending";
    ASSERT_TRUE(io_->pnp().cancel_remove(*node_));
    FILE_OBJECT* file = open();
    ASSERT_TRUE(file);
    EXPECT_EQ(io_->pnp().query_remove(*node_).error().code(), StatusCode::kDeviceBusy);
    EXPECT_EQ(node_->state, PnpState::kStarted);
    close(file);
    ASSERT_TRUE(io_->pnp().query_remove(*node_));
    ASSERT_TRUE(io_->pnp().remove(*node_));
    EXPECT_EQ(node_->state, PnpState::kRemoved);
  });
}

TEST_F(LifeTest, ADriverThatDoesNotStartAgainIsSurpriseRemoved) {
  run([&] {
    ASSERT_TRUE(start());
    FILE_OBJECT* file = open();
    ASSERT_TRUE(io_->pnp().stop(*node_));
    FakeDriver::pnp_status[IRP_MN_START_DEVICE] = STATUS_INSUFFICIENT_RESOURCES;
    EXPECT_FALSE(io_->pnp().start_again(*node_));
    EXPECT_EQ(node_->state, PnpState::kSurpriseRemoved) << "a file is open";
    FakeDriver::pnp_status.clear();
    close(file);
    EXPECT_EQ(node_->state, PnpState::kRemoved);
    EXPECT_TRUE(recorder_.misuses.empty());
  });
}

TEST_F(LifeTest, TheLastCloseDuringASurpriseRemovalRemovesOnce) {
  for (uint64_t round = 0; round < 20; ++round) {
    run([&] {
      FakeDriver::reset();
      recorder_.dispatched.clear();
      auto driver = io_->drivers().create({.name = "Fake" + std::to_string(round), .entry = &FakeDriver::entry});
      ASSERT_TRUE(driver);
      node_ = *io_->pnp().add_root_device({});
      ASSERT_TRUE(io_->pnp().start(*node_, *driver));
      FILE_OBJECT* file = open();
      // The driver takes its time: the file is closed meanwhile.
      auto* closer = kernel_->start_thread("closer", [&] {
        kernel_->sleep_for(milliseconds(round % 5));
        close(file);
      });
      FakeDriver::driver->MajorFunction[IRP_MJ_PNP] = +[](DEVICE_OBJECT* d, IRP* irp) __attribute__((ms_abi)) {
        if (IoGetCurrentIrpStackLocation(irp)->MinorFunction == IRP_MN_SURPRISE_REMOVAL)
          current<kernel::Kernel>().sleep_for(milliseconds(2));
        return FakeDriver::dispatch_pnp(d, irp);
      };
      ASSERT_TRUE(io_->pnp().surprise_remove(*node_));
      (void)kernel_->wait(closer->header());
      kernel_->release_thread(closer);
      EXPECT_EQ(node_->state, PnpState::kRemoved);
      EXPECT_TRUE(recorder_.misuses.empty());
    });
  }
}

TEST_F(LifeTest, TheSystemSleepsAndApplicationsStandStill) {
  run([&] {
    ASSERT_TRUE(start());
    watch_power();
    std::optional<Nanoseconds> opened;
    ASSERT_TRUE(io_->power().sleep(PowerSystemSleeping3));
    EXPECT_EQ(io_->power().system_state(), PowerSystemSleeping3);
    EXPECT_EQ(power_, (std::vector<Seen>{{IRP_MN_QUERY_POWER, SystemPowerState, PowerSystemSleeping3},
                                         {IRP_MN_SET_POWER, SystemPowerState, PowerSystemSleeping3}}));
    EXPECT_FALSE(io_->power().sleep(PowerSystemSleeping3)) << "it sleeps";
    EXPECT_EQ(io_->power().hold_application().error().code(), StatusCode::kInvalidDeviceState)
        << "this thread would wait for itself";
    auto* application = kernel_->start_thread("application", [&] {
      ASSERT_TRUE(io_->power().hold_application());
      opened = kernel_->clock().now();
    });
    kernel_->sleep_for(seconds(5));
    EXPECT_FALSE(opened);
    power_.clear();
    const Nanoseconds woken = kernel_->clock().now();
    ASSERT_TRUE(io_->power().wake());
    (void)kernel_->wait(application->header());
    kernel_->release_thread(application);
    ASSERT_TRUE(opened);
    EXPECT_GE(*opened, woken);
    EXPECT_EQ(power_, (std::vector<Seen>{{IRP_MN_SET_POWER, SystemPowerState, PowerSystemWorking}}));
    EXPECT_FALSE(io_->power().wake()) << "it is awake";
  });
}

TEST_F(LifeTest, ADriverMayRefuseTheSystemsSleep) {
  run([&] {
    ASSERT_TRUE(start());
    watch_power(STATUS_DEVICE_BUSY);
    EXPECT_EQ(io_->power().sleep(PowerSystemSleeping3).error().code(), StatusCode::kDeviceBusy);
    EXPECT_EQ(io_->power().system_state(), PowerSystemWorking);
    EXPECT_EQ(power_.back(), (Seen{IRP_MN_SET_POWER, SystemPowerState, PowerSystemWorking}))
        << "it is told that S0 goes on";
    EXPECT_FALSE(io_->power().sleep(PowerSystemShutdown)) << "no sleep state";
  });
}

TEST_F(LifeTest, ADeviceStateIsAskedForOnTheWayDown) {
  run([&] {
    ASSERT_TRUE(start());
    watch_power();
    ASSERT_TRUE(io_->power().set_device_state(*node_, PowerDeviceD2));
    EXPECT_EQ(node_->device_power, PowerDeviceD2);
    ASSERT_TRUE(io_->power().set_device_state(*node_, PowerDeviceD0));
    EXPECT_EQ(power_, (std::vector<Seen>{{IRP_MN_QUERY_POWER, DevicePowerState, PowerDeviceD2},
                                         {IRP_MN_SET_POWER, DevicePowerState, PowerDeviceD2},
                                         {IRP_MN_SET_POWER, DevicePowerState, PowerDeviceD0}}));
    EXPECT_FALSE(io_->power().set_device_state(*node_, PowerDeviceUnspecified));
  });
}

TEST_F(LifeTest, AnIdleDeviceIsPutToSleep) {
  run([&] {
    ASSERT_TRUE(start());
    watch_power();
    IdleDetection& idle = io_->power().idle();
    EXPECT_EQ(idle.register_device(FakeDriver::device, 0, 0, PowerDeviceD3), nullptr);
    EXPECT_EQ(idle.register_device(FakeDriver::device, ~0u, 5, PowerDeviceD3), nullptr) << "-1 is for disks";
    ULONG* counter = idle.register_device(FakeDriver::device, 3, 10, PowerDeviceD2);
    ASSERT_TRUE(counter);
    kernel_->sleep_for(milliseconds(8500));
    EXPECT_EQ(node_->device_power, PowerDeviceD0);
    PoSetDeviceBusy(counter);
    kernel_->sleep_for(milliseconds(8500));
    EXPECT_EQ(node_->device_power, PowerDeviceD0) << "the count began anew";
    kernel_->sleep_for(milliseconds(2500));
    EXPECT_EQ(node_->device_power, PowerDeviceD2);
    ASSERT_TRUE(io_->power().set_device_state(*node_, PowerDeviceD0));

    // On battery the other limit holds; while the device is busy none does.
    idle.set_policy(PowerPolicy::kConservation);
    idle.start_busy(counter);
    kernel_->sleep_for(seconds(30));
    EXPECT_EQ(node_->device_power, PowerDeviceD0);
    idle.end_busy(counter);
    kernel_->sleep_for(milliseconds(2500));
    EXPECT_EQ(node_->device_power, PowerDeviceD0);
    kernel_->sleep_for(milliseconds(1600));
    EXPECT_EQ(node_->device_power, PowerDeviceD2);
    EXPECT_TRUE(io_->pnp().remove(*node_));
  });
}

RootDeviceSpec with_resources() {
  struct {
    CM_RESOURCE_LIST list;
    CM_PARTIAL_RESOURCE_DESCRIPTOR more;
  } raw{};
  raw.list.Count = 1;
  raw.list.List[0].PartialResourceList.Count = 2;
  auto* entries = raw.list.List[0].PartialResourceList.PartialDescriptors;
  entries[0].Type = CmResourceTypeMemory;
  entries[0].u.Memory.Start.QuadPart = 0xFE000000;
  entries[0].u.Memory.Length = 0x4000;
  entries[1].Type = CmResourceTypeInterrupt;
  entries[1].u.Interrupt.Vector = 17;
  RootDeviceSpec spec;
  const auto bytes = std::as_bytes(std::span(&raw, 1));
  spec.raw_resources.assign(bytes.begin(), bytes.end());
  return spec;
}

// What the driver was started with.
ULONG started_with = 0;
void filter_by(void (*edit)(IO_RESOURCE_REQUIREMENTS_LIST&)) {
  static void (*the_edit)(IO_RESOURCE_REQUIREMENTS_LIST&);
  the_edit = edit;
  FakeDriver::pnp_status.clear();
  FakeDriver::driver->MajorFunction[IRP_MJ_PNP] = +[](DEVICE_OBJECT* d, IRP* irp) __attribute__((ms_abi)) {
    const IO_STACK_LOCATION& location = *IoGetCurrentIrpStackLocation(irp);
    if (location.MinorFunction == IRP_MN_START_DEVICE) {
      const auto* list = location.Parameters.StartDevice.AllocatedResources;
      started_with = list ? list->List[0].PartialResourceList.Count : 0;
    }
    if (location.MinorFunction == IRP_MN_FILTER_RESOURCE_REQUIREMENTS) {
      EXPECT_EQ(reinterpret_cast<ULONG_PTR>(location.Parameters.FilterResourceRequirements.IoResourceRequirementList),
                irp->IoStatus.Information);
      the_edit(*reinterpret_cast<IO_RESOURCE_REQUIREMENTS_LIST*>(irp->IoStatus.Information));
      irp->IoStatus.Status = STATUS_SUCCESS;
    }
    return FakeDriver::dispatch_pnp(d, irp);
  };
}

TEST_F(LifeTest, ADriverFiltersItsResources) {
  run([&] {
    auto driver = io_->drivers().create({.name = "Fake", .entry = &FakeDriver::entry});
    ASSERT_TRUE(driver);
    node_ = *io_->pnp().add_root_device(with_resources());
    filter_by([](IO_RESOURCE_REQUIREMENTS_LIST& list) {
      ASSERT_EQ(list.List[0].Count, 2u);
      EXPECT_EQ(list.List[0].Descriptors[1].u.Interrupt.MinimumVector, 17u);
      list.List[0].Count = 1;  // "I need no interrupt"
    });
    ASSERT_TRUE(io_->pnp().start(*node_, *driver));
    EXPECT_EQ(started_with, 1u);
    EXPECT_TRUE(io_->pnp().remove(*node_));
  });
}

TEST_F(LifeTest, ADriverThatAsksForMoreThanThereIsDoesNotStart) {
  run([&] {
    auto driver = io_->drivers().create({.name = "Fake", .entry = &FakeDriver::entry});
    ASSERT_TRUE(driver);
    node_ = *io_->pnp().add_root_device(with_resources());
    filter_by([](IO_RESOURCE_REQUIREMENTS_LIST& list) { list.List[0].Descriptors[0].u.Memory.Length = 0x8000; });
    EXPECT_EQ(io_->pnp().start(*node_, *driver).error().code(), StatusCode::kConflictingAddresses);
    EXPECT_EQ(node_->state, PnpState::kRemoved);
  });
}

TEST_F(LifeTest, AlternativesAreTriedInOrder) {
  std::vector<std::byte> raw = with_resources().raw_resources;
  auto bytes = requirements_of(raw);
  auto* list = reinterpret_cast<IO_RESOURCE_REQUIREMENTS_LIST*>(bytes.data());
  list->List[0].Descriptors[0] = list->List[0].Descriptors[1];
  list->List[0].Descriptors[0].u.Interrupt.MinimumVector = list->List[0].Descriptors[0].u.Interrupt.MaximumVector = 5;
  list->List[0].Descriptors[1].Option = IO_RESOURCE_ALTERNATIVE;
  const auto assigned = assign(*list, raw, {});
  ASSERT_TRUE(assigned);
  const auto* given = reinterpret_cast<const CM_RESOURCE_LIST*>(assigned->raw.data());
  EXPECT_EQ(given->List[0].PartialResourceList.Count, 1u);
  EXPECT_EQ(given->List[0].PartialResourceList.PartialDescriptors[0].u.Interrupt.Vector, 17u);
  list->List[0].Count = 1000;
  EXPECT_EQ(assign(*list, raw, {}).error().code(), StatusCode::kInvalidParameter);
}

}  // namespace
}  // namespace portside::io
