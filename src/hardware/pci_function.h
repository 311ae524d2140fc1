#pragma once
// PciFunction: one PCI device behind a bus, whoever plays it: QEMU over a socket, or a model of ours. It knows registers and
// configuration space; what drivers see of it (resources, mappings, interrupt objects) is the bus's business.
// May be called on any host thread that runs a machine's code; an implementation locks for itself.

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace portside::hardware {

// Where a register range lies in configuration space: base address register `index`, as PCI 3.0 §6.2.5.1 numbers them.
struct BaseAddressRegister {
  uint32_t index = 0;
  bool is_port = false;  // I/O space; else memory
  bool prefetchable = false;
  bool is_64_bit = false;
  uint64_t bytes = 0;  // a power of two
};

class SoundJacks;

class PciFunction {
 public:
  virtual ~PciFunction() = default;
  // For people: "ich9-intel-hda in QEMU".
  virtual std::string name() const = 0;
  // Of a device that another bus names ("ACPI\\INT3438"), and that has what a PCI function has all the same. Empty: PCI's names.
  virtual std::string other_hardware_id() const { return {}; }
  // Of a device that watches it: which register its driver asked again and again, in a sentence, for a driver that gave up. Empty: none.
  virtual std::string waited_for() { return {}; }

  // Aligned reads and writes of 1, 2 or 4 bytes at an offset below 256. Errors: STATUS_DEVICE_REMOVED once the device is gone.
  virtual Result<uint32_t> read_config(uint32_t offset, uint32_t bytes) = 0;
  virtual Result<> write_config(uint32_t offset, uint32_t bytes, uint32_t value) = 0;
  virtual std::vector<BaseAddressRegister> base_address_registers() = 0;

  // A register of 1, 2, 4 or 8 bytes, by its base address register and its offset in it; as a bus cycle does it, so a read may have effects.
  virtual Result<uint64_t> read(uint32_t bar, uint64_t offset, uint32_t bytes) = 0;
  virtual Result<> write(uint32_t bar, uint64_t offset, uint32_t bytes, uint64_t value) = 0;

  // Out of its slot: it does nothing more. Back in it: as at power-on. Nothing happens where it is so. False: this one cannot
  // be taken out.
  virtual bool set_present(bool /*present*/) { return false; }
  // What goes in and out of it; null: nothing, or nobody can hear it.
  virtual SoundJacks* jacks() { return nullptr; }
};

}  // namespace portside::hardware
