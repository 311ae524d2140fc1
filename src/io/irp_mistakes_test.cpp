// What a driver can do wrong with an IRP: told, refused, or the end of the machine.
#include "io/irp_fixture.h"

namespace portside::io {
namespace {

TEST_F(IrpTest, PendingMistakesAreTold) {
  FakeDriver::handlers[IRP_MJ_DEVICE_CONTROL] = [&](DEVICE_OBJECT*, IRP* irp, IO_STACK_LOCATION*) {
    complete_with(irp, STATUS_SUCCESS);
    return STATUS_PENDING;
  };
  FakeDriver::handlers[IRP_MJ_READ] = [&](DEVICE_OBJECT*, IRP* irp, IO_STACK_LOCATION*) {
    IoMarkIrpPending(irp);
    return complete_with(irp, STATUS_SUCCESS);
  };
  FakeDriver::handlers[IRP_MJ_WRITE] = [&](DEVICE_OBJECT*, IRP* irp, IO_STACK_LOCATION*) {
    complete_with(irp, STATUS_DEVICE_BUSY);
    return STATUS_SUCCESS;
  };
  run([&] {
    start();
    FileHandle file = open();
    std::byte byte{};
    EXPECT_TRUE(io_->requests().device_control(file, kNeither, {}, {}));
    EXPECT_TRUE(io_->requests().read(file, std::span(&byte, 1)));
    EXPECT_EQ(io_->requests().write(file, std::span(&byte, 1))->status, STATUS_DEVICE_BUSY);
    io_->requests().close_all();
  });
  EXPECT_EQ(recorder_.misuses, (std::vector<IoMisuse>{IoMisuse::kPendingNotMarked, IoMisuse::kPendingNotReturned,
                                                      IoMisuse::kStatusDiffers}));
}

TEST_F(IrpTest, NeverCompletedDoesNotHang) {
  FakeDriver::handlers[IRP_MJ_DEVICE_CONTROL] = [&](DEVICE_OBJECT*, IRP*, IO_STACK_LOCATION*) {
    return STATUS_UNSUCCESSFUL;
  };
  run([&] {
    start();
    auto outcome = io_->requests().device_control(open(), kNeither, {}, {});
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->status, STATUS_UNSUCCESSFUL);
    io_->requests().close_all();
  });
  EXPECT_EQ(recorder_.misuses, (std::vector<IoMisuse>{IoMisuse::kNeverCompleted}));
}

TEST_F(IrpTest, CompletedWithPendingStatusIsTold) {
  FakeDriver::handlers[IRP_MJ_DEVICE_CONTROL] = [&](DEVICE_OBJECT*, IRP* irp, IO_STACK_LOCATION*) {
    IoMarkIrpPending(irp);
    return complete_with(irp, STATUS_PENDING);
  };
  run([&] {
    start();
    EXPECT_TRUE(io_->requests().device_control(open(), kNeither, {}, {}));
    io_->requests().close_all();
  });
  EXPECT_TRUE(recorder_.has(IoMisuse::kCompletedPending));
}

TEST_F(IrpTest, IrqlMustComeBack) {
  FakeDriver::handlers[IRP_MJ_DEVICE_CONTROL] = [&](DEVICE_OBJECT*, IRP* irp, IO_STACK_LOCATION*) {
    (void)current<kernel::Kernel>().raise_irql(kernel::kDispatchLevel);
    return complete_with(irp, STATUS_SUCCESS);
  };
  run([&] {
    start();
    EXPECT_TRUE(io_->requests().device_control(open(), kNeither, {}, {}));
    EXPECT_EQ(kernel_->current_irql(), kernel::kPassiveLevel);
    io_->requests().close_all();
  });
  EXPECT_TRUE(recorder_.has(IoMisuse::kDispatchIrqlChanged));
}

TEST_F(IrpTest, DoubleCompletionEndsTheMachine) {
  FakeDriver::handlers[IRP_MJ_DEVICE_CONTROL] = [&](DEVICE_OBJECT*, IRP* irp, IO_STACK_LOCATION*) {
    complete_with(irp, STATUS_SUCCESS);
    return complete_with(irp, STATUS_SUCCESS);
  };
  expect_bug_check(0x44, [&] {
    start();
    (void)io_->requests().device_control(open(), kNeither, {}, {});
  });
  EXPECT_TRUE(recorder_.has(IoMisuse::kDoubleCompletion));
}

TEST_F(IrpTest, NoStackLocationLeftEndsTheMachine) {
  FakeDriver::handlers[IRP_MJ_DEVICE_CONTROL] = [&](DEVICE_OBJECT*, IRP* irp, IO_STACK_LOCATION*) {
    return call_driver(node_->pdo, irp);
  };
  expect_bug_check(0x35, [&] {
    start();
    IRP* irp = *io_->irps().allocate(1);
    aim(irp, IRP_MJ_DEVICE_CONTROL);
    (void)call_driver(FakeDriver::device, irp);
  });
  EXPECT_TRUE(recorder_.has(IoMisuse::kNoStackLocation));
}

TEST_F(IrpTest, FreeWhileADriverHoldsItIsRefused) {
  FakeDriver::handlers[IRP_MJ_DEVICE_CONTROL] = [&](DEVICE_OBJECT*, IRP* irp, IO_STACK_LOCATION*) {
    IoMarkIrpPending(irp);
    return STATUS_PENDING;
  };
  run([&] {
    start();
    IRP* irp = allocate();
    aim(irp, IRP_MJ_DEVICE_CONTROL);
    Seen seen;
    IoSetCompletionRoutine(irp, &completion, &seen, TRUE, TRUE, TRUE);
    EXPECT_EQ(call_driver(FakeDriver::device, irp), STATUS_PENDING);
    EXPECT_FALSE(io_->irps().free(irp));
    complete_with(irp, STATUS_SUCCESS);
    EXPECT_TRUE(seen.pending);
    EXPECT_TRUE(io_->irps().free(irp));
  });
  EXPECT_EQ(recorder_.misuses, (std::vector<IoMisuse>{IoMisuse::kIrpStillQueued}));
}

TEST_F(IrpTest, CallsWithWrongPointersAreRefused) {
  run([&] {
    start();
    IRP* irp = allocate();
    aim(irp, IRP_MJ_DEVICE_CONTROL);
    Seen seen;
    IoSetCompletionRoutine(irp, &completion, &seen, TRUE, TRUE, TRUE);
    EXPECT_EQ(call_driver(reinterpret_cast<DEVICE_OBJECT*>(this), irp), STATUS_NO_SUCH_DEVICE);
    EXPECT_EQ(seen.status, STATUS_NO_SUCH_DEVICE);
    (void)io_->irps().free(irp);
    EXPECT_EQ(call_driver(FakeDriver::device, irp), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(call_driver(FakeDriver::device, reinterpret_cast<IRP*>(this)), STATUS_INVALID_PARAMETER);
  });
  EXPECT_EQ(recorder_.misuses,
            (std::vector<IoMisuse>{IoMisuse::kUnknownDevice, IoMisuse::kFreedIrp, IoMisuse::kUnknownIrp}));
}

}  // namespace
}  // namespace portside::io
