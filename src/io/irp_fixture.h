#pragma once
// For tests of IRPs: a device to send them to, and a completion routine that keeps what it saw.
#include "io/fake_driver.h"
#include "io/io_fixture.h"

namespace portside::io {

inline constexpr uint32_t kNeither = CTL_CODE(FILE_DEVICE_KS, 0, METHOD_NEITHER, FILE_ANY_ACCESS);
inline constexpr uint32_t kBuffered = CTL_CODE(FILE_DEVICE_KS, 0x801, METHOD_BUFFERED, FILE_ANY_ACCESS);
inline constexpr uint32_t kOutDirect = CTL_CODE(FILE_DEVICE_KS, 0x803, METHOD_OUT_DIRECT, FILE_ANY_ACCESS);

// A started fake device and, on top of it, a second device of the same driver, so that stacks have two of ours.
class IrpTest : public IoMachine {
 protected:
  IrpTest() { FakeDriver::reset(); }

  void start() {
    auto driver = io_->drivers().create({.name = "fake", .entry = &FakeDriver::entry});
    ASSERT_TRUE(driver);
    node_ = *io_->pnp().add_root_device({});
    ASSERT_TRUE(io_->pnp().start(*node_, *driver));
  }
  FileHandle open() {
    auto file = io_->requests().open(u"\\Device\\00000001");
    EXPECT_TRUE(file) << file.error().to_string();
    return file.value_or(FileHandle{});
  }
  IRP* allocate() { return *io_->irps().allocate(FakeDriver::device->StackSize); }
  static void aim(IRP* irp, int major) { IoGetNextIrpStackLocation(irp)->MajorFunction = static_cast<UCHAR>(major); }

  DeviceNode* node_ = nullptr;
};

struct Seen {
  int calls = 0;
  NTSTATUS answer = STATUS_MORE_PROCESSING_REQUIRED;
  DEVICE_OBJECT* device = reinterpret_cast<DEVICE_OBJECT*>(1);
  NTSTATUS status = 0;
  bool pending = false;
};
inline NTSTATUS NTAPI completion(DEVICE_OBJECT* device, IRP* irp, void* context) {
  auto* seen = static_cast<Seen*>(context);
  ++seen->calls;
  seen->device = device;
  seen->status = irp->IoStatus.Status;
  seen->pending = irp->PendingReturned;
  return seen->answer;
}

}  // namespace portside::io
