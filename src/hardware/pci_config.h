#pragma once
// Places in PCI configuration space (PCI Local Bus 3.0 §6.1, §6.2; Power Management 1.2 §3.2).

#include <cstdint>

namespace portside::hardware::config {

inline constexpr uint32_t kBytes = 256;
inline constexpr uint32_t kVendor = 0x00, kDevice = 0x02, kCommand = 0x04, kStatus = 0x06, kRevision = 0x08,
                          kClass = 0x09, kHeaderType = 0x0E, kBar0 = 0x10, kSubsystemVendor = 0x2C, kSubsystem = 0x2E,
                          kCapabilities = 0x34, kInterruptLine = 0x3C, kInterruptPin = 0x3D;
inline constexpr uint16_t kCommandIo = 1 << 0, kCommandMemory = 1 << 1, kCommandMaster = 1 << 2,
                          kCommandNoInterrupt = 1 << 10;
inline constexpr uint16_t kStatusInterrupt = 1 << 3, kStatusCapabilities = 1 << 4;
inline constexpr uint8_t kCapabilityPower = 0x01;
inline constexpr uint32_t kPowerControl = 4;  // PMCSR, in that capability

// Where the function's pin (1: INTA#, to 4: INTD#) goes when INTA# goes to that line: boards turn a slot's pins over the
// four lines of a group.
constexpr uint32_t line_of_pin(uint32_t line_of_a, uint32_t pin) {
  return line_of_a / 4 * 4 + (line_of_a % 4 + pin - 1) % 4;
}

}  // namespace portside::hardware::config
