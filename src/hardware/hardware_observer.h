#pragma once
// HardwareObserver: what drivers do to devices that no device expects. Nothing here judges: the verifier does.

#include <cstdint>
#include <string>

#include "base/stack.h"

namespace portside::hardware {

enum class RegisterMistake : uint8_t {
  kBeyondRange,  // past the end of the device's register range, or of what was mapped
  kMisaligned,   // not a multiple of its width
  kNotDecoded,   // the device has no resources now (stopped, removed), or is not in D0
  kInstruction,  // by an instruction that no register access is made of
};

struct RegisterMishap {
  RegisterMistake mistake{};
  std::string device;
  uint32_t bar = 0;
  uint64_t offset = 0;
  uint32_t bytes = 0;
  bool write = false;
  std::string sentence;
  StackTrace stack;
};

enum class InterruptMistake : uint8_t {
  kUnclaimed,      // the line stays asserted, and no service routine says that the interrupt was its device's
  kNotQuieted,     // a service routine claims the interrupt again and again and leaves its device asserting the line
  kLeftConnected,  // a device was removed with its interrupt connected
};

struct InterruptMishap {
  InterruptMistake mistake{};
  std::string device;
  uint32_t vector = 0;
  std::string sentence;
  StackTrace connected_at;
};

class HardwareObserver {
 public:
  virtual ~HardwareObserver() = default;
  virtual void on_register_mishap(const RegisterMishap&) {}
  virtual void on_interrupt_mishap(const InterruptMishap&) {}
};

}  // namespace portside::hardware
