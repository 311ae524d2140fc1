// RegisterBlock: the controller's memory BAR, mapped. A controller that is gone answers each read with ones (nobody
// drives the bus), so all reads of this driver go through here, and each wait has an end.
#pragma once

#include <wdm.h>

class RegisterBlock {
 public:
  // PASSIVE_LEVEL. `resource` is a translated memory descriptor.
  NTSTATUS map(const CM_PARTIAL_RESOURCE_DESCRIPTOR& resource);
  void unmap();
  bool mapped() const { return base_ != nullptr; }
  SIZE_T bytes() const { return bytes_; }
  volatile UCHAR* at(ULONG offset) const { return base_ + offset; }

  // Any IRQL. Without a mapping they read as a controller does that is gone.
  UCHAR read8(ULONG offset) const { return base_ ? READ_REGISTER_UCHAR(base_ + offset) : 0xFF; }
  USHORT read16(ULONG offset) const { return base_ ? READ_REGISTER_USHORT(as<USHORT>(offset)) : 0xFFFF; }
  ULONG read32(ULONG offset) const { return base_ ? READ_REGISTER_ULONG(as<ULONG>(offset)) : 0xFFFFFFFF; }
  void write8(ULONG offset, UCHAR value) const {
    if (base_) WRITE_REGISTER_UCHAR(base_ + offset, value);
  }
  void write16(ULONG offset, USHORT value) const {
    if (base_) WRITE_REGISTER_USHORT(as<USHORT>(offset), value);
  }
  void write32(ULONG offset, ULONG value) const {
    if (base_) WRITE_REGISTER_ULONG(as<ULONG>(offset), value);
  }
  // A pair of registers that together hold an address: "lower base", "upper base".
  void write_address(ULONG offset, PHYSICAL_ADDRESS address) const {
    write32(offset, address.LowPart);
    write32(offset + 4, static_cast<ULONG>(address.HighPart));
  }

  // No controller has all of GCAP, VMIN and VMAJ at ones.
  bool gone() const { return read32(0) == 0xFFFFFFFF; }

  // Reads until the masked bits are `value`. False: they were not, within about `microseconds`, or the controller is
  // gone. At or below DISPATCH_LEVEL; it spins, so ask for little.
  bool wait8(ULONG offset, UCHAR mask, UCHAR value, ULONG microseconds) const;
  bool wait16(ULONG offset, USHORT mask, USHORT value, ULONG microseconds) const;
  bool wait32(ULONG offset, ULONG mask, ULONG value, ULONG microseconds) const;

 private:
  template <class T>
  volatile T* as(ULONG offset) const {
    return reinterpret_cast<volatile T*>(base_ + offset);
  }

  volatile UCHAR* base_ = nullptr;
  SIZE_T bytes_ = 0;
};
