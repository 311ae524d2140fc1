#include "hardware/pci_bus.h"

#include <fmt/format.h>

#include <bit>
#include <cstring>
#include <vector>

#include "hardware/pci_config.h"
#include "memory/memory.h"

namespace portside::hardware {

uint32_t PciBus::next_device() const {
  return static_cast<uint32_t>(slots_.size()) + 3;
}  // 0 to 2 are the chipset's on a PC

Result<uint64_t> PciBus::take(const BaseAddressRegister& bar) {
  // PCI 3.0 §6.2.5.1 leaves a function 256 ports a register; QEMU's AC97 asks for 1024.
  if (!std::has_single_bit(bar.bytes) || bar.bytes > (bar.is_port ? 0x1000 : 0x1000'0000))
    return fail(StatusCode::kInvalidParameter,
                fmt::format("base address register {} asks for {} bytes", bar.index, bar.bytes));
  uint64_t& next = bar.is_port ? next_port_ : next_address_;
  // Memory on pages of its own: a driver's view shows one function's registers.
  const uint64_t step = bar.is_port ? bar.bytes : std::max(bar.bytes, kPageBytes);
  const uint64_t first = (next + step - 1) / step * step;
  if (first + step - 1 > (bar.is_port ? kLastPort : kLastAddress))
    return fail(StatusCode::kConflictingAddresses,
                fmt::format("no room on the bus for {} bytes of {}", bar.bytes, bar.is_port ? "ports" : "registers"));
  next = first + step;
  return first;
}

Result<PciSlot*> PciBus::plug(std::unique_ptr<PciFunction> function, std::optional<uint32_t> line) {
  std::vector<AssignedRange> ranges;
  for (const BaseAddressRegister& bar : function->base_address_registers()) {
    TRY_ASSIGN(const uint64_t first, take(bar));
    ranges.push_back({bar, first});
  }
  TRY_ASSIGN(const uint32_t pin, function->read_config(config::kInterruptPin, 1));
  const uint32_t device = next_device();
  PciSlot& slot = slots_.emplace_back(device, std::move(function), interrupts_);
  slot.assign(std::move(ranges),
              pin ? std::optional(config::line_of_pin(line.value_or(line_of(device)), pin)) : std::nullopt);
  return &slot;
}

PciSlot* PciBus::find(uint32_t slot_number) {
  for (PciSlot& slot : slots_)
    if (slot.slot_number() == slot_number) return &slot;
  return nullptr;
}

std::optional<PciBus::Place> PciBus::place_of(uint64_t address, bool ports) {
  for (PciSlot& slot : slots_)
    for (const AssignedRange& range : slot.ranges())
      if (range.bar.is_port == ports && address >= range.first && address - range.first < range.bar.bytes)
        return Place{&slot, range.bar.index, address - range.first, range.bar.bytes};
  return std::nullopt;
}

bool PciBus::owns(PhysicalAddress first, uint64_t bytes) {
  const auto place = place_of(first.value, false);
  return place && bytes <= place->bytes - place->offset;
}

Result<KernelAddress> PciBus::map(PhysicalAddress first, uint64_t bytes, uint32_t cache_type) {
  TRY_ASSIGN(const KernelAddress page, memory_.reserve_registers(first, bytes, cache_type));
  const RegisterWindows::Window window{page, round_up_to_page(first.offset_in_page() + bytes), first, bytes};
  if (!windows_.add(window)) {
    (void)memory_.release_registers(page);
    return fail(StatusCode::kInsufficientResources,
                fmt::format("{} views of registers are mapped", RegisterWindows::kMost));
  }
  return window.base();
}

bool PciBus::unmap(KernelAddress base, uint64_t bytes) {
  const auto window = windows_.find(base);
  if (!window || window->base() != base || window->bytes != bytes) return false;
  windows_.remove(window->page);
  (void)memory_.release_registers(window->page);
  return true;
}

void PciBus::tell(RegisterMistake mistake, const Place* place, uint32_t bytes, bool write, std::string sentence) {
  RegisterMishap mishap{
      .mistake = mistake, .bytes = bytes, .write = write, .sentence = std::move(sentence), .stack = capture_stack()};
  if (place) {
    mishap.device = place->slot->name();
    mishap.bar = place->bar;
    mishap.offset = place->offset;
  }
  observers_.notify(&HardwareObserver::on_register_mishap, mishap);
}

std::optional<PciBus::Place> PciBus::judge(KernelAddress at, uint32_t bytes, bool write) {
  const auto window = windows_.find(at);
  if (!window) return std::nullopt;
  const PhysicalAddress physical = window->physical(at);
  const auto place = place_of(physical.value, false);
  const char* verb = write ? "written" : "read";
  if (!place || bytes > place->bytes - place->offset || !window->holds(physical, bytes)) {
    const Place nearest = place.value_or(place_of(window->first.value, false).value_or(Place{}));
    const auto beyond = static_cast<int64_t>(physical.value - window->first.value);
    tell(RegisterMistake::kBeyondRange, nearest.slot ? &nearest : nullptr, bytes, write,
         fmt::format("{} bytes at offset {:#x} of a view of {:#x} bytes of {}'s registers were {}", bytes, beyond,
                     window->bytes, nearest.slot ? nearest.slot->name() : "a device", verb));
    return std::nullopt;
  }
  if (place->offset % std::min(bytes, 8u)) {
    tell(RegisterMistake::kMisaligned, &*place, bytes, write,
         fmt::format(
             "register {:#x} of {} (base address register {}) was {} {} bytes wide: it is not aligned to its width",
             place->offset, place->slot->name(), place->bar, verb, bytes));
    return std::nullopt;
  }
  if (place->slot->gone()) return place;
  if (!place->slot->decodes(false)) {
    tell(RegisterMistake::kNotDecoded, &*place, bytes, write,
         fmt::format("register {:#x} of {} was {}, and the device does not answer: {}", place->offset,
                     place->slot->name(), verb, place->slot->why_silent()));
    return std::nullopt;
  }
  return place;
}

void PciBus::read(KernelAddress at, void* to, uint32_t bytes) {
  std::memset(to, 0xFF, bytes);
  const auto place = judge(at, bytes, false);
  if (!place) return;
  for (uint32_t done = 0; done < bytes; done += 8) {
    const uint32_t width = std::min(bytes - done, 8u);
    const uint64_t value = place->slot->read(place->bar, place->offset + done, width);
    std::memcpy(static_cast<std::byte*>(to) + done, &value, width);
  }
}

void PciBus::write(KernelAddress at, const void* from, uint32_t bytes) {
  const auto place = judge(at, bytes, true);
  if (!place) return;
  for (uint32_t done = 0; done < bytes; done += 8) {
    const uint32_t width = std::min(bytes - done, 8u);
    uint64_t value = 0;
    std::memcpy(&value, static_cast<const std::byte*>(from) + done, width);
    place->slot->write(place->bar, place->offset + done, width, value);
  }
}

void PciBus::refuse(KernelAddress at, const char* mnemonic) {
  const auto window = windows_.find(at);
  const auto place = window ? place_of(window->physical(at).value, false) : std::nullopt;
  tell(RegisterMistake::kInstruction, place ? &*place : nullptr, 0, false,
       fmt::format("a register of {} was accessed by the instruction {}, which is no plain load or store",
                   place ? place->slot->name() : "a device", mnemonic));
}

// Most ports that are nobody's are those of the board. One that begins right behind a device's range is meant to be in it.
void PciBus::tell_port_behind(uint32_t port, uint32_t bytes, bool write) {
  constexpr uint64_t kNear = 256;
  for (PciSlot& slot : slots_)
    for (const AssignedRange& range : slot.ranges()) {
      const uint64_t end = range.first + range.bar.bytes;
      if (!range.bar.is_port || port < end || port - end >= kNear) continue;
      const Place last{&slot, range.bar.index, port - range.first, range.bar.bytes};
      return tell(RegisterMistake::kBeyondRange, &last, bytes, write,
                  fmt::format("port {:#x} of {} was {}, and its range has {:#x}", port - range.first, slot.name(),
                              write ? "written" : "read", range.bar.bytes));
    }
}

std::optional<PciBus::Place> PciBus::judge_port(uint32_t port, uint32_t bytes, bool write) {
  const auto place = place_of(port, true);
  if (!place) {
    tell_port_behind(port, bytes, write);
    return std::nullopt;
  }
  const auto refuse = [&](RegisterMistake mistake, const std::string& why) {
    tell(mistake, &*place, bytes, write,
         fmt::format("port {:#x} of {} was {} {} bytes wide: {}", place->offset, place->slot->name(),
                     write ? "written" : "read", bytes, why));
    return std::nullopt;
  };
  if (place->offset % bytes) return refuse(RegisterMistake::kMisaligned, "it is not aligned to its width");
  if (place->offset + bytes > place->bytes)
    return refuse(RegisterMistake::kBeyondRange, "it crosses the end of the range");
  if (!place->slot->gone() && !place->slot->decodes(true))
    return refuse(RegisterMistake::kNotDecoded, "the device does not answer: " + place->slot->why_silent());
  return place;
}

std::optional<uint32_t> PciBus::read_port(uint32_t port, uint32_t bytes) {
  const auto place = judge_port(port, bytes, false);
  if (!place) return std::nullopt;
  return static_cast<uint32_t>(place->slot->read(place->bar, place->offset, bytes));
}

bool PciBus::write_port(uint32_t port, uint32_t bytes, uint32_t value) {
  const auto place = judge_port(port, bytes, true);
  if (place) place->slot->write(place->bar, place->offset, bytes, value);
  return place.has_value();
}

}  // namespace portside::hardware
