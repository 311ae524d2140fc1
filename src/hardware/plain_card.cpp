#include "hardware/plain_card.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace portside::hardware {
namespace {

bool covers(const PlainRegister& at, uint32_t bar, uint64_t offset) {
  return at.bar == bar && offset >= at.offset && offset < at.offset + 4;
}

uint8_t byte_of(uint32_t value, const PlainRegister& at, uint64_t offset) {
  return static_cast<uint8_t>(value >> (8 * (offset - at.offset)));
}

// 128 bits, as a card may have run for days.
uint64_t ticks_in(const PlainCounter& counter, Nanoseconds time) {
  return static_cast<uint64_t>(static_cast<unsigned __int128>(time.count()) * counter.per_second / 1'000'000'000);
}

}  // namespace

PlainCard::PlainCard(DeviceHost& host, PlainCardOptions options)
    : host_(host), options_(std::move(options)), config_(options_.identity, options_.bars, options_.keeps_state_in_d3),
      self_(std::make_shared<std::atomic<PlainCard*>>(this)) {
  MutexLock lock(mutex_);
  for (const BaseAddressRegister& bar : options_.bars) memory_[bar.index].resize(bar.bytes);
  counting_.resize(options_.counters.size());
  settle();
}

PlainCard::~PlainCard() {
  self_->store(nullptr);
  MutexLock lock(mutex_);
  if (timer_) host_.take_back(*timer_);
}

std::string PlainCard::name() const {
  if (!options_.hardware_id.empty()) return fmt::format("plain card {}, model", options_.hardware_id);
  return fmt::format("plain card {:04X}:{:04X}, model", options_.identity.vendor, options_.identity.device);
}

bool PlainCard::awake() const { return present_ && config_.power_state() == 0; }

void PlainCard::power_on_reset() {
  for (std::vector<uint8_t>& memory : memory_) std::ranges::fill(memory, uint8_t{0});
  std::ranges::fill(counting_, Counting{});
  asserted_ = false;
}

bool PlainCard::set_present(bool present) {
  MutexLock lock(mutex_);
  if (present == present_) return true;
  if (present) config_ = PciConfigSpace(options_.identity, options_.bars, options_.keeps_state_in_d3);
  power_on_reset();
  present_ = present;
  settle();
  return true;
}

std::vector<BaseAddressRegister> PlainCard::base_address_registers() { return options_.bars; }

Result<uint32_t> PlainCard::read_config(uint32_t offset, uint32_t bytes) {
  MutexLock lock(mutex_);
  return config_.read(offset, bytes);
}

// PCI Power Management 1.2 §5.4.1: on the way from D3hot the function resets itself, unless it says that it does not.
Result<> PlainCard::write_config(uint32_t offset, uint32_t bytes, uint32_t value) {
  MutexLock lock(mutex_);
  const bool slept = config_.power_state() == 3;
  config_.write(offset, bytes, value);
  if (slept && awake() && !config_.keeps_state_in_d3()) power_on_reset();
  settle();
  return {};
}

uint8_t PlainCard::byte_at(uint32_t bar, uint64_t offset) const {
  uint8_t value = memory_[bar][offset];
  for (size_t i = 0; i < options_.counters.size(); ++i)
    if (const PlainRegister& at = options_.counters[i].at; covers(at, bar, offset))
      value = byte_of(counted(i), at, offset);
  if (options_.interrupt) {
    const PlainBits& cause = options_.interrupt->cause;
    if (covers(cause.at, bar, offset)) {
      const uint8_t bits = byte_of(cause.bits, cause.at, offset);
      value = static_cast<uint8_t>(asserted_ ? value | bits : value & ~bits);
    }
  }
  for (const PlainBits& one : options_.set)
    if (covers(one.at, bar, offset)) value |= byte_of(one.bits, one.at, offset);
  for (const PlainBits& one : options_.clear)
    if (covers(one.at, bar, offset)) value &= static_cast<uint8_t>(~byte_of(one.bits, one.at, offset));
  return value;
}

Result<uint64_t> PlainCard::read(uint32_t bar, uint64_t offset, uint32_t bytes) {
  MutexLock lock(mutex_);
  uint64_t value = 0;
  for (uint32_t i = 0; i < bytes; ++i) {
    const bool answers = awake() && bar < kBars && offset + i < memory_[bar].size();
    value |= uint64_t{answers ? byte_at(bar, offset + i) : uint8_t{0xFF}} << (8 * i);
  }
  const PlainRegister at{bar, offset};
  if (polled_.times == 0 || !(polled_.at == at) || polled_.value != value) polled_ = {at, 0, value};
  if (++polled_.times > longest_.times) longest_ = polled_;
  return value;
}

std::string PlainCard::waited_for() {
  constexpr uint64_t kWaits = 16;  // reads in a row that are no coincidence
  MutexLock lock(mutex_);
  if (longest_.times < kWaits) return {};
  return fmt::format("it read register {}+{:#x} of the {} {} times in a row, and it was always {:#x}", longest_.at.bar,
                     longest_.at.offset, name(), longest_.times, longest_.value);
}

uint32_t PlainCard::counted(size_t counter) const {
  const PlainCounter& its = options_.counters[counter];
  const Counting& now = counting_[counter];
  const uint64_t ticks = now.from + (now.runs ? ticks_in(its, host_.now() - now.since) : 0);
  return static_cast<uint32_t>(its.limit ? ticks % its.limit : ticks);
}

void PlainCard::write_counters(uint32_t bar, uint64_t offset, uint32_t bytes, uint64_t value) {
  for (size_t i = 0; i < options_.counters.size(); ++i) {
    const PlainRegister& at = options_.counters[i].at;
    if (bar != at.bar || offset != at.offset || bytes != 4) continue;
    counting_[i].from = static_cast<uint32_t>(value);
    counting_[i].since = host_.now();
  }
}

Result<> PlainCard::write(uint32_t bar, uint64_t offset, uint32_t bytes, uint64_t value) {
  MutexLock lock(mutex_);
  if (!awake() || bar >= kBars) return {};
  for (uint32_t i = 0; i < bytes && offset + i < memory_[bar].size(); ++i) {
    const auto byte = static_cast<uint8_t>(value >> (8 * i));
    memory_[bar][offset + i] = byte;
    if (!options_.interrupt) continue;
    const PlainBits& cause = options_.interrupt->cause;
    if (covers(cause.at, bar, offset + i) && byte & byte_of(cause.bits, cause.at, offset + i)) asserted_ = false;
  }
  write_counters(bar, offset, bytes, value);
  settle();
  return {};
}

bool PlainCard::all_set(const PlainBits& bits) const {
  uint32_t value = 0;
  for (uint32_t i = 0; i < 4; ++i) value |= uint32_t{byte_at(bits.at.bar, bits.at.offset + i)} << (8 * i);
  return (value & bits.bits) == bits.bits;
}

bool PlainCard::enabled() const {
  if (!options_.interrupt || !awake()) return false;
  return !options_.interrupt->enable || all_set(*options_.interrupt->enable);
}

void PlainCard::settle() {
  for (size_t i = 0; i < counting_.size(); ++i) {
    const auto& enable = options_.counters[i].enable;
    const bool runs = awake() && (!enable || all_set(*enable));
    if (runs == counting_[i].runs) continue;
    // It stands where it is, and begins at 0 again, or goes on where nothing lets it start.
    counting_[i] = {runs, host_.now(), runs && enable ? 0 : counted(i)};
  }
  if (!enabled()) asserted_ = false;
  config_.set_interrupt_status(asserted_);
  const bool level = asserted_ && !config_.interrupts_disabled();
  if (std::exchange(line_, level) != level) host_.set_interrupt(level);
  if (timer_ && !enabled()) host_.take_back(*std::exchange(timer_, std::nullopt));
  if (timer_ || !enabled()) return;
  timer_ = host_.call_at(host_.now() + options_.interrupt->period, [self = self_] {
    if (PlainCard* card = self->load()) card->on_tick();
  });
}

void PlainCard::on_tick() {
  MutexLock lock(mutex_);
  timer_.reset();
  asserted_ = enabled();
  settle();
}

Result<std::unique_ptr<PciFunction>> make_plain_card(DeviceHost& host, const ModelOptions& options) {
  if (!options.heard.empty() || !options.spoken.empty())
    return fail(StatusCode::kInvalidParameter, "model:card plays nothing and hears nothing");
  TRY_ASSIGN(PlainCardOptions parsed, PlainCardOptions::parse(options.options));
  return std::make_unique<PlainCard>(host, std::move(parsed));
}

}  // namespace portside::hardware
