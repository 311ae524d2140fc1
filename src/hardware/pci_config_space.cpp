#include "hardware/pci_config_space.h"

#include <utility>

namespace portside::hardware {

PciConfigSpace::PciConfigSpace(const PciIdentity& identity, std::vector<BaseAddressRegister> bars,
                               bool keeps_state_in_d3)
    : bars_(std::move(bars)) {
  put(0x00, 2, identity.vendor);
  put(0x02, 2, identity.device);
  put(0x06, 2, 0x0010);  // a list of capabilities
  put(0x08, 1, identity.revision);
  put(0x09, 1, identity.interface);
  put(0x0A, 1, identity.sub_class);
  put(0x0B, 1, identity.base_class);
  put(0x2C, 2, identity.subsystem_vendor);
  put(0x2E, 2, identity.subsystem);
  put(0x34, 1, kPower);
  put(0x3D, 1, 1);             // INTA#
  put(kPower, 1, 0x01);        // the capability's number; the last one
  put(kPower + 2, 2, 0x0003);  // version 3, no D1, D2 or PME
  put(kPower + 4, 1, keeps_state_in_d3 ? 8 : 0);

  const auto may_write = [this](uint32_t offset, uint32_t bytes, uint64_t mask) {
    for (uint32_t i = 0; i < bytes; ++i) writable_[offset + i] = static_cast<uint8_t>(mask >> (8 * i));
  };
  may_write(0x04, 2, 0x0407);  // ports, memory, bus master, interrupt disable
  may_write(0x0C, 2, 0xFFFF);  // cache line, latency timer
  for (const BaseAddressRegister& bar : bars_) {
    const uint32_t at = 0x10 + 4 * bar.index;  // §6.2.5.1: ports, or memory anywhere in 32 or 64 bits
    put(at, 4, bar.is_port ? 0x1 : bar.is_64_bit ? 0x4 : 0x0);
    may_write(at, bar.is_64_bit ? 8 : 4, ~(bar.bytes - 1));
  }
  may_write(0x3C, 1, 0xFF);  // interrupt line: the system's own note
  may_write(kPower + 4, 1, 0x03);
}

void PciConfigSpace::put(uint32_t offset, uint32_t bytes, uint32_t value) {
  for (uint32_t i = 0; i < bytes; ++i) bytes_[offset + i] = static_cast<uint8_t>(value >> (8 * i));
}

uint32_t PciConfigSpace::read(uint32_t offset, uint32_t bytes) const {
  uint32_t value = 0;
  for (uint32_t i = 0; i < bytes && offset + i < bytes_.size(); ++i) value |= uint32_t{bytes_[offset + i]} << (8 * i);
  return value;
}

void PciConfigSpace::write(uint32_t offset, uint32_t bytes, uint32_t value) {
  for (uint32_t i = 0; i < bytes && offset + i < bytes_.size(); ++i) {
    const uint8_t mask = writable_[offset + i];
    bytes_[offset + i] = static_cast<uint8_t>((bytes_[offset + i] & ~mask) | (value >> (8 * i) & mask));
  }
}

void PciConfigSpace::set_interrupt_status(bool pending) {
  bytes_[0x06] = static_cast<uint8_t>((bytes_[0x06] & ~8) | (pending ? 8 : 0));
}

}  // namespace portside::hardware
