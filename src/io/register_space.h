#pragma once
// RegisterSpace: who has the registers of devices at physical addresses, for MmMapIoSpace. Owned here, implemented by hardware;
// root-enumerated devices have none.

#include <cstdint>

#include "base/address.h"
#include "base/result.h"

namespace portside::io {

class RegisterSpace {
 public:
  virtual ~RegisterSpace() = default;
  // True when all of the range is one device's that has been given it (its translated resources).
  virtual bool owns(PhysicalAddress first, uint64_t bytes) = 0;
  // An address through which a driver reaches the registers by plain moves.
  virtual Result<KernelAddress> map(PhysicalAddress first, uint64_t bytes, uint32_t cache_type) = 0;
  // False: not an address that map() gave.
  virtual bool unmap(KernelAddress base, uint64_t bytes) = 0;
};

}  // namespace portside::io
