#pragma once
// MappedRegister: a register of the device in this process: the driver's own page, mapped for reading.

#include <cstdint>

#include "wire/message.h"
#include "wire/shared_memory.h"

namespace portside::wire {

class MappedRegister {
 public:
  // Of what a host passed. Fails unless the memory is one page whose size is sealed and the register lies aligned in it.
  static Result<MappedRegister> map(Descriptor page, const PassedRegister& passed);

  const RegisterFacts& facts() const { return facts_; }
  // As it is now. What the driver or its device wrote before it is there as well.
  uint64_t read() const;

 private:
  RegisterFacts facts_;
  SharedMemory memory_;
};

}  // namespace portside::wire
