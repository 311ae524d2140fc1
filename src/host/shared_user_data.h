#pragma once
// SharedUserData: KUSER_SHARED_DATA, which drivers read at 0xFFFFF78000000000 by plain moves (KeQueryTickCount,
// KeQueryInterruptTime, SharedUserData->...). Offsets are those of the documented structure (ntddk.h, x64).

#include "kernel/kernel.h"
#include "loader/privileged_ops.h"

namespace portside::host {

class SharedUserData final : public loader::TrappedMemory {
 public:
  static constexpr uint64_t kBase = 0xFFFFF78000000000u;
  static constexpr uint64_t kBytes = 0x1000;

  explicit SharedUserData(kernel::Kernel& kernel) : kernel_(kernel) {}
  bool owns(uint64_t address) const override { return address - kBase < kBytes; }
  void read(uint64_t address, void* bytes, unsigned count) override;
  bool write(uint64_t, const void*, unsigned) override { return false; }

 private:
  kernel::Kernel& kernel_;
};

}  // namespace portside::host
