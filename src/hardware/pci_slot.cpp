#include "hardware/pci_slot.h"

#include <fmt/format.h>
#include <fmt/xchar.h>

#include <algorithm>
#include <cstring>

#include "hardware/interrupt_controller.h"
#include "hardware/pci_config.h"

namespace portside::hardware {
namespace {

std::u16string wide(const std::string& text) { return {text.begin(), text.end()}; }

uint64_t all_ones(uint32_t bytes) { return bytes >= 8 ? UINT64_MAX : (uint64_t{1} << bytes * 8) - 1; }

}  // namespace

PciSlot::PciSlot(uint32_t device, std::unique_ptr<PciFunction> function, InterruptController& interrupts)
    : device_(device), interrupts_(interrupts), name_(function->name()), function_(std::move(function)) {
  vendor_ = static_cast<uint16_t>(config(config::kVendor, 2));
  device_code_ = static_cast<uint16_t>(config(config::kDevice, 2));
  revision_ = static_cast<uint8_t>(config(config::kRevision, 1));
  class_code_ = config(config::kRevision, 4) >> 8;
  subsystem_vendor_ = static_cast<uint16_t>(config(config::kSubsystemVendor, 2));
  subsystem_ = static_cast<uint16_t>(config(config::kSubsystem, 2));
}

uint32_t PciSlot::config(uint32_t offset, uint32_t bytes) {
  auto value = function_->read_config(offset, bytes);
  if (!value && value.error() == StatusCode::kDeviceRemoved) set_gone();
  return value.value_or(static_cast<uint32_t>(all_ones(bytes)));
}

void PciSlot::set_config(uint32_t offset, uint32_t bytes, uint32_t value) {
  if (auto done = function_->write_config(offset, bytes, value); !done && done.error() == StatusCode::kDeviceRemoved)
    set_gone();
}

// "Identifiers for PCI Devices" (Microsoft Learn).
std::u16string PciSlot::device_id() const {
  if (const std::string other = function_->other_hardware_id(); !other.empty()) return wide(other);
  return wide(fmt::format("PCI\\VEN_{:04X}&DEV_{:04X}&SUBSYS_{:04X}{:04X}&REV_{:02X}", vendor_, device_code_,
                          subsystem_, subsystem_vendor_, revision_));
}

std::vector<std::u16string> PciSlot::hardware_ids() const {
  if (!function_->other_hardware_id().empty()) return {device_id()};
  const std::string base = fmt::format("PCI\\VEN_{:04X}&DEV_{:04X}", vendor_, device_code_);
  const std::string subsystem = fmt::format("{}&SUBSYS_{:04X}{:04X}", base, subsystem_, subsystem_vendor_);
  return {device_id(), wide(subsystem), wide(fmt::format("{}&CC_{:06X}", base, class_code_)),
          wide(fmt::format("{}&CC_{:04X}", base, class_code_ >> 8))};
}

std::vector<std::u16string> PciSlot::compatible_ids() const {
  if (!function_->other_hardware_id().empty()) return {};
  const std::string base = fmt::format("PCI\\VEN_{:04X}&DEV_{:04X}", vendor_, device_code_);
  const std::string by_class = fmt::format("CC_{:06X}", class_code_),
                    by_sub_class = fmt::format("CC_{:04X}", class_code_ >> 8);
  return {wide(fmt::format("{}&REV_{:02X}", base, revision_)),
          wide(base),
          wide(fmt::format("PCI\\VEN_{:04X}&{}", vendor_, by_class)),
          wide(fmt::format("PCI\\VEN_{:04X}&{}", vendor_, by_sub_class)),
          wide(fmt::format("PCI\\VEN_{:04X}", vendor_)),
          wide("PCI\\" + by_class),
          wide("PCI\\" + by_sub_class)};
}

std::vector<std::byte> PciSlot::resources(bool translated) const {
  std::vector<CM_PARTIAL_RESOURCE_DESCRIPTOR> entries;
  for (const AssignedRange& range : ranges_) {
    CM_PARTIAL_RESOURCE_DESCRIPTOR entry{};
    entry.ShareDisposition = CmResourceShareDeviceExclusive;
    entry.Type = range.bar.is_port ? CmResourceTypePort : CmResourceTypeMemory;
    entry.Flags = range.bar.is_port
                      ? CM_RESOURCE_PORT_IO | CM_RESOURCE_PORT_16_BIT_DECODE | CM_RESOURCE_PORT_POSITIVE_DECODE
                  : range.bar.prefetchable ? CM_RESOURCE_MEMORY_PREFETCHABLE
                                           : CM_RESOURCE_MEMORY_READ_WRITE;
    entry.u.Generic.Start.QuadPart = static_cast<LONGLONG>(range.first);
    entry.u.Generic.Length = static_cast<ULONG>(range.bar.bytes);
    entries.push_back(entry);
  }
  if (line_ && !lacks_line_) {
    CM_PARTIAL_RESOURCE_DESCRIPTOR entry{};
    entry.Type = CmResourceTypeInterrupt;
    entry.ShareDisposition = CmResourceShareShared;
    entry.Flags = CM_RESOURCE_INTERRUPT_LEVEL_SENSITIVE;
    entry.u.Interrupt.Level = static_cast<USHORT>(translated ? InterruptController::irql_of(*line_) : *line_);
    entry.u.Interrupt.Vector = translated ? InterruptController::vector_of(*line_) : *line_;
    entry.u.Interrupt.Affinity = 3;
    entries.push_back(entry);
  }
  if (entries.empty()) return {};
  constexpr size_t kHead = offsetof(CM_RESOURCE_LIST, List[0].PartialResourceList.PartialDescriptors);
  const size_t body = entries.size() * sizeof(CM_PARTIAL_RESOURCE_DESCRIPTOR);
  std::vector<std::byte> bytes(std::max(sizeof(CM_RESOURCE_LIST), kHead + body));
  auto* list = reinterpret_cast<CM_RESOURCE_LIST*>(bytes.data());
  list->Count = 1;
  list->List[0].InterfaceType = PCIBus;
  list->List[0].BusNumber = bus_number();
  list->List[0].PartialResourceList.Version = list->List[0].PartialResourceList.Revision = 1;
  list->List[0].PartialResourceList.Count = static_cast<ULONG>(entries.size());
  std::memcpy(bytes.data() + kHead, entries.data(), body);
  return bytes;
}

std::vector<std::byte> PciSlot::raw_resources() const { return resources(false); }
std::vector<std::byte> PciSlot::translated_resources() const { return resources(true); }

void PciSlot::assign(std::vector<AssignedRange> ranges, std::optional<uint32_t> line) {
  assigned_ = ranges_ = std::move(ranges);
  line_ = line;
  write_ranges();
}

void PciSlot::withhold(std::optional<ResourceShortage> shortage) {
  ranges_ = assigned_;
  lacks_line_ = shortage && shortage->entry == ranges_.size();
  silent_bar_ = kNoBar;
  if (!shortage || shortage->entry >= ranges_.size()) return;
  const auto at = ranges_.begin() + static_cast<ptrdiff_t>(shortage->entry);
  if (shortage->kind == ResourceShortage::Kind::kSilent) silent_bar_ = at->bar.index;
  else if (shortage->kind == ResourceShortage::Kind::kShort) at->bar.bytes = ResourceShortage::kBytes;
  else ranges_.erase(at);
}

void PciSlot::write_ranges() {
  for (const AssignedRange& range : ranges_) {
    const uint32_t at = config::kBar0 + range.bar.index * 4;
    set_config(at, 4, static_cast<uint32_t>(range.first));
    if (range.bar.is_64_bit) set_config(at + 4, 4, static_cast<uint32_t>(range.first >> 32));
  }
  if (line_) set_config(config::kInterruptLine, 1, *line_);
}

bool PciSlot::decodes(bool ports) const {
  return enabled_ && power_ == PowerDeviceD0 && (command_ & (ports ? config::kCommandIo : config::kCommandMemory));
}

std::string PciSlot::why_silent() const {
  if (!enabled_) return "it is not started: it has no resources";
  if (power_ != PowerDeviceD0) return fmt::format("it is in D{}", static_cast<int>(power_.load()) - 1);
  return "its command register does not let it decode";
}

uint64_t PciSlot::read(uint32_t bar, uint64_t offset, uint32_t bytes) {
  if (gone_ || silent_bar_ == bar) return all_ones(bytes);
  auto value = function_->read(bar, offset, bytes);
  if (value) return *value;
  if (value.error() == StatusCode::kDeviceRemoved) set_gone();
  return all_ones(bytes);
}

void PciSlot::write(uint32_t bar, uint64_t offset, uint32_t bytes, uint64_t value) {
  if (gone_ || silent_bar_ == bar) return;
  if (auto done = function_->write(bar, offset, bytes, value); !done && done.error() == StatusCode::kDeviceRemoved)
    set_gone();
}

uint32_t PciSlot::read_config(void* buffer, uint32_t offset, uint32_t bytes) {
  if (offset >= config::kBytes) return 0;
  bytes = std::min(bytes, config::kBytes - offset);
  auto* to = static_cast<std::byte*>(buffer);
  for (uint32_t done = 0; done < bytes;) {
    const uint32_t at = offset + done;
    const uint32_t width = at % 4 == 0 && bytes - done >= 4 ? 4 : at % 2 == 0 && bytes - done >= 2 ? 2 : 1;
    const uint32_t value = gone_ ? UINT32_MAX : config(at, width);
    std::memcpy(to + done, &value, width);
    done += width;
  }
  return bytes;
}

uint32_t PciSlot::write_config(const void* buffer, uint32_t offset, uint32_t bytes) {
  if (offset >= config::kBytes) return 0;
  bytes = std::min(bytes, config::kBytes - offset);
  const auto* from = static_cast<const std::byte*>(buffer);
  for (uint32_t done = 0; done < bytes;) {
    const uint32_t at = offset + done;
    const uint32_t width = at % 4 == 0 && bytes - done >= 4 ? 4 : at % 2 == 0 && bytes - done >= 2 ? 2 : 1;
    uint32_t value = 0;
    std::memcpy(&value, from + done, width);
    // Where the ranges lie is the bus's to say: a driver's write to a base address register changes nothing.
    const bool range = at >= config::kBar0 && at < config::kBar0 + 24;
    if (!gone_ && !range) set_config(at, width, value);
    done += width;
  }
  command_ = static_cast<uint16_t>(gone_ ? 0 : config(config::kCommand, 2));
  return bytes;
}

void PciSlot::enable() {
  enabled_ = true;
  const uint32_t command =
      config(config::kCommand, 2) | config::kCommandIo | config::kCommandMemory | config::kCommandMaster;
  set_config(config::kCommand, 2, command & ~uint32_t{config::kCommandNoInterrupt});
  command_ = static_cast<uint16_t>(config(config::kCommand, 2));
  drive_line();
}

void PciSlot::drive_line() {
  // Read and passed on as one, so that the last to come here passes on what is so.
  MutexLock lock(line_mutex_);
  if (line_) interrupts_.set_level(*line_, device_, name_, asserts_ && enabled_ && !gone_);
}

void PciSlot::set_interrupt(bool asserted) {
  asserts_ = asserted;
  drive_line();
}

void PciSlot::set_gone() {
  gone_ = true;
  drive_line();
}

bool PciSlot::set_present(bool present) {
  if (!function_->set_present(present)) return false;
  if (present != gone_) return true;
  if (!present) {
    set_gone();
    return true;
  }
  power_ = PowerDeviceD0;
  gone_ = false;
  write_ranges();
  if (enabled_) enable();
  return true;
}

void PciSlot::disable() {
  if (!enabled_.exchange(false)) return;
  set_config(
      config::kCommand, 2,
      config(config::kCommand, 2) & ~uint32_t{config::kCommandIo | config::kCommandMemory | config::kCommandMaster});
  command_ = 0;
  drive_line();
}

void PciSlot::removed() {
  set_power(PowerDeviceD0);  // the next driver finds it as the system starts it
  disable();
  if (line_) interrupts_.report_connected(*line_, name_);
}

uint32_t PciSlot::find_capability(uint8_t id) {
  if (gone_ || !(config(config::kStatus, 2) & config::kStatusCapabilities)) return 0;
  uint32_t at = config(config::kCapabilities, 1) & 0xFC;
  for (int most = 48; at >= 0x40 && at < config::kBytes - 1 && most > 0; --most) {  // no more fit
    if (config(at, 1) == id) return at;
    at = config(at + 1, 1) & 0xFC;
  }
  return 0;
}

void PciSlot::set_power(DEVICE_POWER_STATE state) {
  const DEVICE_POWER_STATE before = power_.exchange(state);
  const uint32_t power = find_capability(config::kCapabilityPower);
  if (!power || before == state) return;
  const uint32_t control = config(power + config::kPowerControl, 2);
  set_config(power + config::kPowerControl, 2, (control & ~3u) | static_cast<uint32_t>(state - PowerDeviceD0));
  if (state != PowerDeviceD0) return;
  // A function that comes back from D3 may have lost its configuration (Power Management 1.2 §5.4.1): it is written again.
  write_ranges();
  if (enabled_) enable();
}

}  // namespace portside::hardware
