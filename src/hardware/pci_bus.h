#pragma once
// PciBus: bus 0 of the machine. Gives its functions addresses, ports and interrupt lines, and takes what drivers do at those
// addresses to the function that has them. Thread safe; functions are called with no lock held.

#include <cstdint>
#include <list>
#include <memory>
#include <optional>

#include "base/mutex.h"
#include "base/observer.h"
#include "base/result.h"
#include "hardware/hardware_observer.h"
#include "hardware/interrupt_controller.h"
#include "hardware/pci_function.h"
#include "hardware/pci_slot.h"
#include "hardware/register_windows.h"
#include "io/register_space.h"

namespace portside::memory {
class Memory;
}

namespace portside::hardware {

class PciBus final : public io::RegisterSpace {
 public:
  // Above all RAM below 4 GiB; ports above the legacy ones.
  static constexpr uint64_t kFirstAddress = 0xE000'0000, kLastAddress = 0xFDFF'FFFF;
  static constexpr uint64_t kFirstPort = 0xC000, kLastPort = 0xFFFF;

  explicit PciBus(memory::Memory& memory) : memory_(memory), interrupts_(observers_) {}

  ObserverList<HardwareObserver>& observers() { return observers_; }
  InterruptController& interrupts() { return interrupts_; }
  const InterruptController& interrupts() const { return interrupts_; }

  // Where the next function would be plugged in: its device number, and the line that its INTA# is on unless it is told another.
  uint32_t next_device() const;
  static uint32_t line_of(uint32_t device) {
    return InterruptController::kFirstLine + device % InterruptController::kLines;
  }
  // Assigns what the function's base address registers ask for. STATUS_CONFLICTING_ADDRESSES when the bus is full.
  Result<PciSlot*> plug(std::unique_ptr<PciFunction> function, std::optional<uint32_t> line = {});
  PciSlot* find(uint32_t slot_number);
  std::list<PciSlot>& slots() { return slots_; }

  // io::RegisterSpace
  bool owns(PhysicalAddress first, uint64_t bytes) override;
  Result<KernelAddress> map(PhysicalAddress first, uint64_t bytes, uint32_t cache_type) override;
  bool unmap(KernelAddress base, uint64_t bytes) override;

  // A driver's access at an address that map() gave. Lock-free; safe in a fault handler.
  bool is_register(uint64_t address) const { return windows_.find(KernelAddress(address)).has_value(); }
  void read(KernelAddress at, void* to, uint32_t bytes);
  void write(KernelAddress at, const void* from, uint32_t bytes);
  // It was tried by an instruction that is no register access.
  void refuse(KernelAddress at, const char* mnemonic);

  // No value: no function has the port.
  std::optional<uint32_t> read_port(uint32_t port, uint32_t bytes);
  bool write_port(uint32_t port, uint32_t bytes, uint32_t value);

 private:
  struct Place {
    PciSlot* slot = nullptr;
    uint32_t bar = 0;
    uint64_t offset = 0;
    uint64_t bytes = 0;  // of the range
  };
  std::optional<Place> place_of(uint64_t address, bool ports);
  // The place of a good access; else it is told.
  std::optional<Place> judge(KernelAddress at, uint32_t bytes, bool write);
  void tell_port_behind(uint32_t port, uint32_t bytes, bool write);
  std::optional<Place> judge_port(uint32_t port, uint32_t bytes, bool write);
  void tell(RegisterMistake mistake, const Place* place, uint32_t bytes, bool write, std::string sentence);
  Result<uint64_t> take(const BaseAddressRegister& bar);

  memory::Memory& memory_;
  ObserverList<HardwareObserver> observers_;
  InterruptController interrupts_;
  RegisterWindows windows_;
  std::list<PciSlot> slots_;  // grows before any driver runs
  uint64_t next_address_ = kFirstAddress, next_port_ = kFirstPort;
};

}  // namespace portside::hardware
