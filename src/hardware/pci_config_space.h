#pragma once
// PciConfigSpace: the 256 bytes of a model's configuration space (PCI 3.0 §6.1, §6.2) with its base address registers,
// one interrupt pin, and the power management capability (PCI Power Management 1.2 §3.2).

#include <array>
#include <cstdint>
#include <vector>

#include "hardware/pci_function.h"

namespace portside::hardware {

struct PciIdentity {
  uint16_t vendor = 0, device = 0, subsystem_vendor = 0, subsystem = 0;
  uint8_t base_class = 0, sub_class = 0, interface = 0, revision = 0;
};

class PciConfigSpace {
 public:
  PciConfigSpace(const PciIdentity& identity, std::vector<BaseAddressRegister> bars, bool keeps_state_in_d3);

  uint32_t read(uint32_t offset, uint32_t bytes) const;
  void write(uint32_t offset, uint32_t bytes, uint32_t value);

  const std::vector<BaseAddressRegister>& bars() const { return bars_; }
  bool decodes_ports() const { return byte(0x04) & 1; }
  bool decodes_memory() const { return byte(0x04) & 2; }
  bool masters_bus() const { return byte(0x04) & 4; }
  bool interrupts_disabled() const { return byte(0x05) & 4; }
  // §6.2.3: the interrupt status bit follows the device, whether the line is disabled or not.
  void set_interrupt_status(bool pending);

  uint8_t power_state() const { return byte(kPower + 4) & 3; }  // 0 is D0, 3 is D3hot
  bool keeps_state_in_d3() const { return byte(kPower + 4) & 8; }

 private:
  static constexpr uint32_t kPower = 0x50;

  uint8_t byte(uint32_t offset) const { return bytes_[offset]; }
  void put(uint32_t offset, uint32_t bytes, uint32_t value);

  std::vector<BaseAddressRegister> bars_;
  std::array<uint8_t, 256> bytes_{};
  std::array<uint8_t, 256> writable_{};
};

}  // namespace portside::hardware
