// IRPs: their life, completion and cancellation.
#include <cstring>

#include "io/fake_driver.h"
#include "io/irp_build.h"
#include "io/irp_fixture.h"
#include "kernel/dispatcher.h"

namespace portside::io {
namespace {

TEST_F(IrpTest, AllocatedIrpHasWindowsLayout) {
  run([&] {
    auto irp = io_->irps().allocate(3);
    ASSERT_TRUE(irp);
    EXPECT_EQ((*irp)->Type, IO_TYPE_IRP);
    EXPECT_EQ((*irp)->Size, IoSizeOfIrp(3));
    EXPECT_EQ((*irp)->StackCount, 3);
    EXPECT_EQ((*irp)->CurrentLocation, 4);
    EXPECT_EQ(
        reinterpret_cast<std::byte*>((*irp)->Tail.Overlay.CurrentStackLocation) - reinterpret_cast<std::byte*>(*irp),
        IoSizeOfIrp(3));
    EXPECT_TRUE(io_->irps().free(*irp));
    EXPECT_FALSE(io_->irps().allocate(0));
    EXPECT_FALSE(io_->irps().allocate(127));
    EXPECT_FALSE(io_->irps().free(*irp));
    EXPECT_FALSE(io_->irps().free(reinterpret_cast<IRP*>(this)));
  });
  EXPECT_TRUE(recorder_.has(IoMisuse::kFreedIrp));
  EXPECT_TRUE(recorder_.has(IoMisuse::kUnknownIrp));
}

TEST_F(IrpTest, FreedIrpsAreNotGivenOutSoon) {
  run([&] {
    IRP* first = *io_->irps().allocate(2);
    (void)io_->irps().free(first);
    for (int i = 0; i < 20; ++i) {
      IRP* irp = *io_->irps().allocate(2);
      EXPECT_NE(irp, first);
      (void)io_->irps().free(irp);
    }
    EXPECT_TRUE(io_->irps().live().empty());
  });
}

TEST_F(IrpTest, CreatorTakesItsIrpBack) {
  run([&] {
    start();
    IRP* irp = allocate();
    aim(irp, IRP_MJ_DEVICE_CONTROL);
    Seen seen;
    IoSetCompletionRoutine(irp, &completion, &seen, TRUE, TRUE, TRUE);
    EXPECT_EQ(call_driver(FakeDriver::device, irp), STATUS_SUCCESS);
    EXPECT_EQ(seen.calls, 1);
    EXPECT_EQ(seen.device, nullptr);
    // Used again, this time asking for errors alone.
    ASSERT_TRUE(io_->irps().reuse(irp, STATUS_SUCCESS));
    aim(irp, IRP_MJ_QUERY_EA);
    IoSetCompletionRoutine(irp, &completion, &seen, FALSE, TRUE, FALSE);
    EXPECT_EQ(call_driver(FakeDriver::device, irp), STATUS_INVALID_DEVICE_REQUEST);
    EXPECT_EQ(seen.calls, 2);
    EXPECT_EQ(seen.status, STATUS_INVALID_DEVICE_REQUEST);
    EXPECT_TRUE(io_->irps().free(irp));
  });
  EXPECT_TRUE(recorder_.misuses.empty()) << recorder_.sentences.front();
}

TEST_F(IrpTest, NobodyTakesItBack) {
  run([&] {
    start();
    IRP* irp = allocate();
    aim(irp, IRP_MJ_DEVICE_CONTROL);
    EXPECT_EQ(call_driver(FakeDriver::device, irp), STATUS_SUCCESS);
    EXPECT_TRUE(io_->irps().free(irp));
  });
  EXPECT_TRUE(recorder_.has(IoMisuse::kCreatedIrpReachedTop));
}

TEST_F(IrpTest, CompletionRoutineOfADriverInTheMiddle) {
  // The fake passes PNP on with a completion routine, waits, and completes again: "forward and wait".
  static Seen seen;
  seen = {};
  run([&] {
    start();
    FakeDriver::driver->MajorFunction[IRP_MJ_PNP] = +[](DEVICE_OBJECT* d, IRP* irp) NTAPI -> NTSTATUS {
      IoCopyCurrentIrpStackLocationToNext(irp);
      IoSetCompletionRoutine(irp, &completion, &seen, TRUE, TRUE, TRUE);
      NTSTATUS status = call_driver(static_cast<FakeExtension*>(d->DeviceExtension)->lower, irp);
      EXPECT_EQ(status, STATUS_SUCCESS);
      EXPECT_EQ(seen.device, d);
      return complete_with(irp, STATUS_DEVICE_BUSY, irp->IoStatus.Information);
    };
    IO_STACK_LOCATION location{};
    location.MajorFunction = IRP_MJ_PNP;
    location.MinorFunction = IRP_MN_QUERY_STOP_DEVICE;
    EXPECT_EQ(io_->pnp().send(*node_, location, STATUS_NOT_SUPPORTED, nullptr), STATUS_DEVICE_BUSY);
    EXPECT_EQ(seen.calls, 1);
    EXPECT_EQ(seen.status, STATUS_SUCCESS);
  });
  EXPECT_TRUE(recorder_.misuses.empty()) << recorder_.sentences.front();
}

TEST_F(IrpTest, PendingIsWaitedForAndMarked) {
  static IRP* held = nullptr;
  FakeDriver::handlers[IRP_MJ_DEVICE_CONTROL] = [&](DEVICE_OBJECT*, IRP* irp, IO_STACK_LOCATION*) {
    IoMarkIrpPending(irp);
    held = irp;
    current<kernel::Kernel>().start_thread("completer", [] {
      current<kernel::Kernel>().sleep_for(std::chrono::milliseconds(5));
      complete_with(held, STATUS_SUCCESS, 33);
    });
    return STATUS_PENDING;
  };
  run([&] {
    start();
    auto outcome = io_->requests().device_control(open(), kNeither, {}, {});
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->information, 33u);
    io_->requests().close_all();
  });
  EXPECT_TRUE(recorder_.misuses.empty()) << recorder_.sentences.front();
}

// A cancellable request as drivers write it.
IRP* g_cancellable = nullptr;
void NTAPI on_cancel(DEVICE_OBJECT*, IRP* irp) {
  current<Io>().flow().release_cancel_lock(irp->CancelIrql);
  EXPECT_EQ(current<kernel::Kernel>().current_irql(), kernel::kPassiveLevel);
  complete_with(irp, STATUS_CANCELLED);
}

TEST_F(IrpTest, CancelCallsTheRoutineOnce) {
  FakeDriver::handlers[IRP_MJ_DEVICE_CONTROL] = [&](DEVICE_OBJECT*, IRP* irp, IO_STACK_LOCATION*) {
    IoMarkIrpPending(irp);
    g_cancellable = irp;
    IoSetCancelRoutine(irp, &on_cancel);
    return STATUS_PENDING;
  };
  run([&] {
    start();
    FileHandle file = open();
    auto request = io_->requests().start_device_control(file, kNeither, {}, {});
    ASSERT_TRUE(request);
    EXPECT_EQ(io_->requests().wait(*request, Hns(10'000)).error().code(), StatusCode::kTimeout);
    ASSERT_TRUE(io_->requests().cancel(*request));
    EXPECT_EQ(io_->requests().wait(*request)->status, STATUS_CANCELLED);
    EXPECT_FALSE(io_->requests().cancel(*request));
    // And by a time-out.
    auto outcome = io_->requests().device_control(file, kNeither, {}, {}, {.timeout = Hns(50'000)});
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->status, STATUS_CANCELLED);
    // An IRP without a cancel routine is only marked.
    IRP* irp = allocate();
    EXPECT_FALSE(io_->flow().cancel(irp));
    EXPECT_TRUE(irp->Cancel);
    (void)io_->irps().free(irp);
    EXPECT_FALSE(io_->flow().cancel(irp));
    io_->requests().close_all();
  });
  EXPECT_EQ(recorder_.misuses, (std::vector<IoMisuse>{IoMisuse::kFreedIrp}));
}

TEST_F(IrpTest, CancelRoutineLeftSetIsTold) {
  FakeDriver::handlers[IRP_MJ_DEVICE_CONTROL] = [&](DEVICE_OBJECT*, IRP* irp, IO_STACK_LOCATION*) {
    IoSetCancelRoutine(irp, &on_cancel);
    return complete_with(irp, STATUS_SUCCESS);
  };
  run([&] {
    start();
    EXPECT_TRUE(io_->requests().device_control(open(), kNeither, {}, {}));
    io_->requests().close_all();
  });
  EXPECT_TRUE(recorder_.has(IoMisuse::kCancelRoutineLeft));
}

TEST_F(IrpTest, InitializedIrpLivesInTheDriversMemory) {
  alignas(16) static std::byte memory[IoSizeOfIrp(2)];
  run([&] {
    start();
    auto* irp = reinterpret_cast<IRP*>(memory);
    EXPECT_FALSE(io_->irps().initialize(irp, sizeof memory - 1, 2));
    ASSERT_TRUE(io_->irps().initialize(irp, sizeof memory, 2));
    aim(irp, IRP_MJ_DEVICE_CONTROL);
    Seen seen;
    IoSetCompletionRoutine(irp, &completion, &seen, TRUE, TRUE, TRUE);
    EXPECT_EQ(call_driver(FakeDriver::device, irp), STATUS_SUCCESS);
    EXPECT_EQ(seen.calls, 1);
  });
  EXPECT_EQ(recorder_.misuses, (std::vector<IoMisuse>{IoMisuse::kBadArgument}));
}

TEST_F(IrpTest, BuiltDeviceControlSetsEventAndFreesItself) {
  FakeDriver::handlers[IRP_MJ_DEVICE_CONTROL] = [&](DEVICE_OBJECT*, IRP* irp, IO_STACK_LOCATION* location) {
    auto* buffer = static_cast<char*>(irp->AssociatedIrp.SystemBuffer);
    EXPECT_STREQ(buffer, "ask");
    EXPECT_EQ(irp->RequestorMode, KernelMode);
    if (location->Parameters.DeviceIoControl.IoControlCode == kOutDirect) {
      EXPECT_NE(irp->MdlAddress, nullptr);
      return complete_with(irp, STATUS_SUCCESS, 8);
    }
    std::strcpy(buffer, "answer");
    return complete_with(irp, STATUS_SUCCESS, 7);
  };
  run([&] {
    start();
    KEVENT event;
    kernel_->dispatcher().initialize_event(&event, true, false);
    IO_STATUS_BLOCK status{};
    char in[] = "ask", out[8] = {};
    ControlIrp request{kBuffered, FakeDriver::device, in, sizeof in, out, sizeof out, false, &event, &status};
    auto irp = build_device_control(*io_, request);
    ASSERT_TRUE(irp);
    EXPECT_EQ(call_driver(FakeDriver::device, *irp), STATUS_SUCCESS);
    EXPECT_EQ(kernel_->wait(&event), STATUS_SUCCESS);
    EXPECT_STREQ(out, "answer");
    EXPECT_EQ(status.Information, 7u);
    request.code = kOutDirect;
    auto direct = build_device_control(*io_, request);
    ASSERT_TRUE(direct) << direct.error().to_string();
    EXPECT_EQ(call_driver(FakeDriver::device, *direct), STATUS_SUCCESS);
    EXPECT_TRUE(io_->irps().live().empty());
    EXPECT_TRUE(memory_->live_mdls().empty());
    EXPECT_FALSE(build_device_control(*io_, {.code = kBuffered, .device = reinterpret_cast<DEVICE_OBJECT*>(this)}));
    EXPECT_FALSE(build_fsd_request(*io_, {.major = 99, .device = FakeDriver::device}));
  });
}

TEST_F(IrpTest, PowerRequestsReachTheStackAndComeBack) {
  static int completed = 0;
  completed = 0;
  run([&] {
    start();
    POWER_STATE state{};
    state.DeviceState = PowerDeviceD3;
    auto done = +[](DEVICE_OBJECT*, UCHAR minor, POWER_STATE s, void*, IO_STATUS_BLOCK* status) NTAPI {
      EXPECT_EQ(minor, IRP_MN_SET_POWER);
      EXPECT_EQ(s.DeviceState, PowerDeviceD3);
      EXPECT_EQ(status->Status, STATUS_SUCCESS);
      ++completed;
    };
    EXPECT_EQ(io_->power().request(FakeDriver::device, IRP_MN_SET_POWER, state, done, nullptr, nullptr),
              STATUS_PENDING);
    EXPECT_EQ(completed, 1);
    EXPECT_EQ(node_->device_power, PowerDeviceD3);
    {
      kernel::IrqlScope raised(*kernel_, kernel::kDispatchLevel);
      EXPECT_EQ(io_->power().request(FakeDriver::device, IRP_MN_SET_POWER, state, done, nullptr, nullptr),
                STATUS_PENDING);
      EXPECT_EQ(completed, 1);
    }
    kernel_->yield_until([] { return completed == 2; }, "the power request");
    EXPECT_EQ(io_->power().request(FakeDriver::device, 0x55, state, done, nullptr, nullptr),
              STATUS_INVALID_PARAMETER_2);
    EXPECT_TRUE(io_->power().set_system_state(*node_, PowerSystemSleeping3, PowerActionSleep));
    EXPECT_TRUE(io_->power().set_system_state(*node_, PowerSystemWorking, PowerActionNone));
    EXPECT_TRUE(io_->irps().live().empty());
  });
  EXPECT_EQ(recorder_.misuses, (std::vector<IoMisuse>{IoMisuse::kPowerRequest}));
}

TEST_F(IrpTest, RemoveLockWaitsForItsHolders) {
  run([&] {
    RemoveLocks& locks = io_->remove_locks();
    IO_REMOVE_LOCK lock{};
    locks.initialize(&lock);
    EXPECT_EQ(locks.acquire(&lock, nullptr), STATUS_SUCCESS);
    EXPECT_EQ(locks.acquire(&lock, this), STATUS_SUCCESS);
    bool released = false;
    kernel_->start_thread("holder", [&] {
      kernel_->sleep_for(std::chrono::milliseconds(3));
      released = true;
      locks.release(&lock, this);
    });
    locks.release_and_wait(&lock, nullptr);
    EXPECT_TRUE(released);
    EXPECT_EQ(locks.acquire(&lock, nullptr), STATUS_DELETE_PENDING);
    // Who is waited for is told, and that he has gone.
    ASSERT_GE(recorder_.waits.size(), 2u);
    EXPECT_EQ(recorder_.waits.front(), (std::vector<const void*>{this}));
    EXPECT_TRUE(recorder_.waits.back().empty());
  });
  EXPECT_TRUE(recorder_.misuses.empty());
}

TEST_F(IrpTest, RemoveLocksTellOfMistakes) {
  run([&] {
    RemoveLocks& locks = io_->remove_locks();
    IO_REMOVE_LOCK lock{};
    locks.initialize(&lock);
    locks.release(&lock, nullptr);
    EXPECT_EQ(recorder_.misuses, (std::vector<IoMisuse>{IoMisuse::kRemoveLock}));
    EXPECT_EQ(locks.acquire(&lock, this), STATUS_SUCCESS);
    locks.release(&lock, nullptr);
    EXPECT_EQ(recorder_.misuses.back(), IoMisuse::kRemoveLockTag);
    IO_REMOVE_LOCK never{};
    EXPECT_EQ(locks.acquire(&never, nullptr), STATUS_SUCCESS);
    EXPECT_EQ(recorder_.misuses.back(), IoMisuse::kRemoveLock);
    EXPECT_EQ(recorder_.misuses.size(), 3u);
  });
}

TEST_F(IrpTest, DeviceThatGoesHadItsRemoveLockWaitedFor) {
  run([&] {
    start();
    RemoveLocks& locks = io_->remove_locks();
    const auto device_goes = [&](bool uses, bool waits) {
      auto device = io_->devices().create(
          {.driver = FakeDriver::device->DriverObject, .extension_bytes = sizeof(IO_REMOVE_LOCK)});
      ASSERT_TRUE(device);
      ASSERT_TRUE(io_->devices().attach(*device, node_->pdo));
      ASSERT_TRUE(io_->devices().detach(io_->devices().lower(*device)));
      auto* lock = static_cast<IO_REMOVE_LOCK*>((*device)->DeviceExtension);
      locks.initialize(lock);
      if (uses) EXPECT_EQ(locks.acquire(lock, nullptr), STATUS_SUCCESS);
      if (waits) locks.release_and_wait(lock, nullptr);
      EXPECT_TRUE(io_->devices().remove(*device));
    };
    device_goes(false, false);
    device_goes(true, true);
    EXPECT_TRUE(recorder_.misuses.empty());
    device_goes(true, false);
    EXPECT_EQ(recorder_.misuses, (std::vector<IoMisuse>{IoMisuse::kRemoveLockNotAwaited}));
  });
}

}  // namespace
}  // namespace portside::io
