#pragma once
// PrivilegedOps: what a driver's inlined kernel-only instructions do in this machine. The host implements it with the
// kernel's IRQL, clock and the io layer's ports. Called on the driver's own stack, never on the signal stack, so that
// lowering IRQL may run DPCs and switch threads.

#include <cstdint>
#include <optional>

namespace portside::loader {

class PrivilegedOps {
 public:
  virtual ~PrivilegedOps() = default;

  virtual uint64_t read_cr8() = 0;            // IRQL
  virtual void write_cr8(uint64_t irql) = 0;  // raises or lowers
  virtual void disable_interrupts() {}        // cli
  virtual void enable_interrupts() {}         // sti
  virtual void halt() {}                      // hlt: wait for an interrupt

  // bytes is 1, 2 or 4. No value: no such port; the driver reads all ones, as from a bus with nothing on it.
  virtual std::optional<uint32_t> read_port(uint16_t port, unsigned bytes) { return std::nullopt; }
  virtual bool write_port(uint16_t port, unsigned bytes, uint32_t value) { return false; }

  // No value: the register does not exist, and the driver gets STATUS_PRIVILEGED_INSTRUCTION.
  virtual std::optional<uint64_t> read_msr(uint32_t msr) { return std::nullopt; }
  virtual bool write_msr(uint32_t msr, uint64_t value) { return false; }
};

// Memory that a driver reaches by plain moves though nothing is mapped there: KUSER_SHARED_DATA at 0xFFFFF78000000000,
// and a device's registers. Each access is decoded and handed to the owner.
class TrappedMemory {
 public:
  virtual ~TrappedMemory() = default;
  virtual bool owns(uint64_t address) const = 0;  // called in a signal handler
  virtual void read(uint64_t address, void* bytes, unsigned count) = 0;
  // False: not writable; the fault goes on as an access violation.
  virtual bool write(uint64_t address, const void* bytes, unsigned count) = 0;
  // The instruction is none that is done here: the fault goes on as an access violation.
  virtual void refuse(uint64_t /*address*/, const char* /*mnemonic*/) {}
};

}  // namespace portside::loader
