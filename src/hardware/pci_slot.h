#pragma once
// PciSlot: one function on the bus as the system sees it: its identity, what it was assigned, whether it decodes. The registers
// themselves are the function's.

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/mutex.h"
#include "hardware/pci_function.h"
#include "io/interrupts.h"

namespace portside::hardware {

class InterruptController;

struct AssignedRange {
  BaseAddressRegister bar;
  uint64_t first = 0;  // a physical address, or a port
};

// What a start does not bring, for tests of drivers: an entry of the resource lists, or all of a register range but its
// first bytes.
struct ResourceShortage {
  static constexpr uint64_t kBytes = 16;
  enum class Kind : uint8_t {
    kMissing,
    kShort,   // kBytes are left
    kSilent,  // it is there, and answers nothing: reads are all ones
  };
  size_t entry = 0;  // in the lists' order: register ranges, then the interrupt
  Kind kind = Kind::kMissing;
};

class PciSlot final : public io::BusAccess {
 public:
  PciSlot(uint32_t device, std::unique_ptr<PciFunction> function, InterruptController& interrupts);

  PciFunction& function() { return *function_; }
  const std::string& name() const { return name_; }
  const std::vector<AssignedRange>& ranges() const { return ranges_; }
  std::optional<uint32_t> line() const { return line_; }

  // As a bus driver makes them, the most special first: PCI\VEN_8086&DEV_2668&SUBSYS_11001AF4&REV_01 to PCI\CC_0403.
  std::vector<std::u16string> hardware_ids() const;
  std::vector<std::u16string> compatible_ids() const;
  // PCI\VEN_8086&DEV_2668&SUBSYS_11001AF4&REV_01
  std::u16string device_id() const;
  // CM_RESOURCE_LISTs: register ranges in the order of their base address registers, then the interrupt.
  std::vector<std::byte> raw_resources() const;
  std::vector<std::byte> translated_resources() const;
  // From here on the device has no more than that, as the system sees it; none: all of it. While no driver has it.
  void withhold(std::optional<ResourceShortage> shortage);

  // The device is no longer there: reads are all ones from now on.
  void set_gone();
  bool gone() const { return gone_; }
  // Registers answer: started, in D0, and the command register lets them.
  bool decodes(bool ports) const;
  // Why they do not, for people.
  std::string why_silent() const;
  // Aligned. A device that does not answer reads as all ones; STATUS_DEVICE_REMOVED marks it gone.
  uint64_t read(uint32_t bar, uint64_t offset, uint32_t bytes);
  void write(uint32_t bar, uint64_t offset, uint32_t bytes, uint64_t value);

  // What the function does with INTA#. A function that is not enabled drives no line.
  void set_interrupt(bool asserted);

  // The bus's part: called once, before anybody else sees the slot.
  void assign(std::vector<AssignedRange> ranges, std::optional<uint32_t> line);

  // io::BusAccess
  uint32_t read_config(void* buffer, uint32_t offset, uint32_t bytes) override;
  uint32_t write_config(const void* buffer, uint32_t offset, uint32_t bytes) override;
  uint32_t bus_number() const override { return 0; }
  uint32_t slot_number() const override {
    return device_;
  }  // PCI_SLOT_NUMBER: the device in the low five bits, function 0
  void enable() override;
  void disable() override;
  void removed() override;
  void set_power(DEVICE_POWER_STATE state) override;
  bool set_present(bool present) override;

 private:
  std::vector<std::byte> resources(bool translated) const;
  uint32_t config(uint32_t offset, uint32_t bytes);
  void set_config(uint32_t offset, uint32_t bytes, uint32_t value);
  uint32_t find_capability(uint8_t id);
  void write_ranges();
  void drive_line();

  const uint32_t device_;
  InterruptController& interrupts_;
  const std::string name_;
  uint16_t vendor_ = 0, device_code_ = 0, subsystem_vendor_ = 0, subsystem_ = 0;
  uint32_t class_code_ = 0;  // base class, sub class, programming interface
  uint8_t revision_ = 0;
  std::vector<AssignedRange> assigned_, ranges_;  // by the bus, and what there is of it now
  std::optional<uint32_t> line_;
  bool lacks_line_ = false;
  Mutex line_mutex_;
  std::atomic<uint16_t> command_{0};
  std::atomic<bool> enabled_{false}, gone_{false}, asserts_{false};
  static constexpr uint32_t kNoBar = ~0u;
  std::atomic<uint32_t> silent_bar_{kNoBar};
  std::atomic<DEVICE_POWER_STATE> power_{PowerDeviceD0};
  const std::unique_ptr<PciFunction> function_;  // last: while it ends it may still drive its line
};

}  // namespace portside::hardware
