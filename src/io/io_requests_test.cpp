// Requests to a device, in each way that their buffers are handed over, with a fake driver in host C++.
#include <cstring>

#include "io/device_fixture.h"

namespace portside::io {
namespace {

constexpr uint32_t kNeither = CTL_CODE(FILE_DEVICE_KS, 0, METHOD_NEITHER, FILE_ANY_ACCESS);
constexpr uint32_t kBuffered = CTL_CODE(FILE_DEVICE_KS, 0x801, METHOD_BUFFERED, FILE_ANY_ACCESS);
constexpr uint32_t kInDirect = CTL_CODE(FILE_DEVICE_KS, 0x802, METHOD_IN_DIRECT, FILE_ANY_ACCESS);
constexpr uint32_t kOutDirect = CTL_CODE(FILE_DEVICE_KS, 0x803, METHOD_OUT_DIRECT, FILE_ANY_ACCESS);
constexpr uint32_t kWriteOnly = CTL_CODE(FILE_DEVICE_KS, 0x804, METHOD_BUFFERED, FILE_WRITE_ACCESS);

TEST_F(IoTest, NeitherGivesTheClientsPointers) {
  std::byte in[8], out[16];
  FakeDriver::handlers[IRP_MJ_DEVICE_CONTROL] = [&](DEVICE_OBJECT*, IRP* irp, IO_STACK_LOCATION* location) {
    EXPECT_EQ(location->Parameters.DeviceIoControl.Type3InputBuffer, in);
    EXPECT_EQ(location->Parameters.DeviceIoControl.InputBufferLength, sizeof in);
    EXPECT_EQ(location->Parameters.DeviceIoControl.OutputBufferLength, sizeof out);
    EXPECT_EQ(irp->UserBuffer, out);
    EXPECT_EQ(irp->RequestorMode, UserMode);
    return complete_with(irp, STATUS_BUFFER_OVERFLOW, 12);
  };
  run([&] {
    start();
    auto outcome = io_->requests().device_control(open(), kNeither, in, out);
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->status, STATUS_BUFFER_OVERFLOW);
    EXPECT_EQ(outcome->information, 12u);
    io_->requests().close_all();
  });
}

TEST_F(IoTest, BufferedCopiesInAndOut) {
  FakeDriver::handlers[IRP_MJ_DEVICE_CONTROL] = [&](DEVICE_OBJECT*, IRP* irp, IO_STACK_LOCATION*) {
    auto* bytes = static_cast<uint8_t*>(irp->AssociatedIrp.SystemBuffer);
    for (int i = 0; i < 8; ++i) bytes[i] = static_cast<uint8_t>(bytes[i] + 1);
    return complete_with(irp, STATUS_SUCCESS, 8);
  };
  run([&] {
    start();
    FileHandle file = open();
    uint8_t in[4] = {1, 2, 3, 4}, out[8] = {};
    auto outcome = io_->requests().device_control(file, kBuffered, std::as_bytes(std::span(in)),
                                                  std::as_writable_bytes(std::span(out)));
    ASSERT_TRUE(outcome);
    EXPECT_EQ(out[0], 2);
    EXPECT_EQ(out[3], 5);
    EXPECT_EQ(out[7], 1);
    EXPECT_EQ(in[0], 1);
    io_->requests().close_all();
  });
  EXPECT_TRUE(recorder_.misuses.empty());
}

TEST_F(IoTest, BufferedWithTooMuchInformationIsClampedAndTold) {
  FakeDriver::handlers[IRP_MJ_DEVICE_CONTROL] = [&](DEVICE_OBJECT*, IRP* irp, IO_STACK_LOCATION*) {
    return complete_with(irp, STATUS_SUCCESS, 4096);
  };
  run([&] {
    start();
    uint8_t out[8] = {9, 9, 9, 9, 9, 9, 9, 9};
    auto outcome =
        io_->requests().device_control(open(), kBuffered, {}, std::as_writable_bytes(std::span(out).first(4)));
    ASSERT_TRUE(outcome);
    EXPECT_EQ(out[0], 0);
    EXPECT_EQ(out[4], 9);
    io_->requests().close_all();
  });
  EXPECT_TRUE(recorder_.has(IoMisuse::kBadArgument));
}

TEST_F(IoTest, DirectDescribesTheClientsPages) {
  std::vector<std::byte> out(6000);
  FakeDriver::handlers[IRP_MJ_DEVICE_CONTROL] = [&](DEVICE_OBJECT*, IRP* irp, IO_STACK_LOCATION*) {
    EXPECT_NE(irp->MdlAddress, nullptr);
    EXPECT_EQ(irp->MdlAddress->ByteCount, 6000u);
    EXPECT_TRUE(irp->MdlAddress->MdlFlags & MDL_PAGES_LOCKED);
    EXPECT_EQ(std::memcmp(irp->AssociatedIrp.SystemBuffer, "abc", 3), 0);
    return complete_with(irp, STATUS_SUCCESS, 6000);
  };
  run([&] {
    start();
    FileHandle file = open();
    for (uint32_t code : {kInDirect, kOutDirect}) {
      auto outcome = io_->requests().device_control(file, code, std::as_bytes(std::span("abc", 3)), out);
      ASSERT_TRUE(outcome) << outcome.error().to_string();
      EXPECT_EQ(outcome->information, 6000u);
    }
    EXPECT_TRUE(memory_->live_mdls().empty());
    io_->requests().close_all();
  });
}

TEST_F(IoTest, AccessBitsOfTheControlCodeAreHeld) {
  run([&] {
    start();
    (void)open();
    auto file = io_->requests().open(u"\\Device\\00000001", {.access = GENERIC_READ});
    ASSERT_TRUE(file) << file.error().to_string();
    EXPECT_EQ(io_->requests().device_control(*file, kWriteOnly, {}, {}).error().code(), StatusCode::kAccessDenied);
    EXPECT_EQ(io_->requests().device_control(FileHandle{12345 * 4}, kWriteOnly, {}, {}).error().code(),
              StatusCode::kInvalidHandle);
    io_->requests().close_all();
  });
}

TEST_F(IoTest, ReadAndWriteAsTheDeviceSays) {
  FakeDriver::handlers[IRP_MJ_WRITE] = [&](DEVICE_OBJECT*, IRP* irp, IO_STACK_LOCATION* location) {
    EXPECT_EQ(std::memcmp(irp->AssociatedIrp.SystemBuffer, "hello", 5), 0);
    return complete_with(irp, STATUS_SUCCESS, location->Parameters.Write.Length);
  };
  FakeDriver::handlers[IRP_MJ_READ] = [&](DEVICE_OBJECT*, IRP* irp, IO_STACK_LOCATION* location) {
    EXPECT_EQ(location->Parameters.Read.ByteOffset.QuadPart, 77);
    std::memcpy(irp->AssociatedIrp.SystemBuffer, "world", 5);
    return complete_with(irp, STATUS_SUCCESS, 5);
  };
  run([&] {
    start();
    FakeDriver::device->Flags |= DO_BUFFERED_IO;
    FileHandle file = open();
    EXPECT_EQ(io_->requests().write(file, std::as_bytes(std::span("hello", 5)))->information, 5u);
    char text[8] = {};
    EXPECT_EQ(io_->requests().read(file, std::as_writable_bytes(std::span(text)), 77)->information, 5u);
    EXPECT_STREQ(text, "world");
    io_->requests().close_all();
  });
  EXPECT_TRUE(recorder_.misuses.empty());
}

TEST_F(IoTest, UnknownMajorFunctionIsAnInvalidRequest) {
  run([&] {
    start();
    FakeDriver::driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = FakeDriver::driver->MajorFunction[IRP_MJ_QUERY_EA];
    auto outcome = io_->requests().device_control(open(), kNeither, {}, {});
    EXPECT_EQ(outcome->status, STATUS_INVALID_DEVICE_REQUEST);
    io_->requests().close_all();
  });
}

}  // namespace
}  // namespace portside::io
