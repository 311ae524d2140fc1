#include "hardware/bus_faults.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

#include "base/mutex.h"
#include "base/random.h"
#include "hardware/pci_config.h"

namespace portside::hardware {
namespace {

std::optional<Nanoseconds> duration(std::string_view text) {
  double value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::string_view unit(stop, static_cast<size_t>(text.data() + text.size() - stop));
  const double scale = unit == "ns" ? 1 : unit == "us" ? 1e3 : unit == "ms" ? 1e6 : unit == "s" ? 1e9 : 0;
  if (error != std::errc() || scale == 0 || value < 0 || value * scale > 3.6e12) return std::nullopt;
  return Nanoseconds(static_cast<int64_t>(value * scale));
}

std::optional<uint32_t> one_in(std::string_view text) {
  if (!text.starts_with("1/")) return std::nullopt;
  uint32_t value = 0;
  const auto [stop, error] = std::from_chars(text.data() + 2, text.data() + text.size(), value);
  if (error != std::errc() || stop != text.data() + text.size() || value == 0) return std::nullopt;
  return value;
}

// A line is level-sensitive: what was lost of it is seen the next time that somebody looks. And how long a pulse is that nobody made.
constexpr Nanoseconds kLostFor = std::chrono::milliseconds(5), kDoubledFor = std::chrono::microseconds(1);

// What the device has around it, with the way of its interrupt made uncertain.
class FaultyHost final : public DeviceHost {
 public:
  FaultyHost(DeviceHost& host, const BusFaults& faults, uint64_t seed) : host_(host), faults_(faults), random_(seed) {
    host_.interrupts_lag();
    if (faults_.hang_at) hang_ = host_.call_at(*faults_.hang_at, [this] { hang(); });
  }
  ~FaultyHost() override {
    MutexLock lock(mutex_);
    host_.take_back(pending_);
    host_.take_back(hang_);
  }

  // A device that hangs does nothing more: its time stands.
  Nanoseconds now() const override { return faults_.hang_at ? std::min(host_.now(), *faults_.hang_at) : host_.now(); }
  uint64_t call_at(Nanoseconds due, std::function<void()> work) override {
    return host_.call_at(due, [&host = host_, hang_at = faults_.hang_at, work = std::move(work)] {
      if (!hang_at || host.now() < *hang_at) work();
    });
  }
  void take_back(uint64_t token) override { host_.take_back(token); }
  memory::DmaView& dma() override { return host_.dma(); }
  void delay(Nanoseconds time) override { host_.delay(time); }
  void gone(std::string why) override { host_.gone(std::move(why)); }

  void set_interrupt(bool asserted) override {
    MutexLock lock(mutex_);
    if (hangs() || asserted == level_) return;
    level_ = asserted;
    host_.take_back(pending_);  // what was to be seen of the level before
    if (asserted && draw_locked(faults_.lost_in)) return pass_on_after_locked(kLostFor);
    if (asserted && faults_.interrupt_latency > Nanoseconds(0)) {
      const auto most = static_cast<uint64_t>(faults_.interrupt_latency.count());
      if (const Nanoseconds later(static_cast<int64_t>(random_.below(most + 1))); later > Nanoseconds(0))
        return pass_on_after_locked(later);
    }
    host_.set_interrupt(asserted);
    if (asserted || !draw_locked(faults_.doubled_in)) return;
    host_.set_interrupt(true);
    pass_on_after_locked(kDoubledFor);
  }

  // What else has to be done to the device when it hangs; empty: nothing any more. Not while the device goes.
  void on_hang(std::function<void()> work) {
    MutexLock lock(hang_mutex_);
    on_hang_ = std::move(work);
  }

  bool hangs() const { return faults_.hang_at && host_.now() >= *faults_.hang_at; }
  Nanoseconds read_latency() {
    MutexLock lock(mutex_);
    return Nanoseconds(
        faults_.register_latency > Nanoseconds(0)
            ? static_cast<int64_t>(random_.below(static_cast<uint64_t>(faults_.register_latency.count()) + 1))
            : 0);
  }

 private:
  bool draw_locked(uint32_t in) REQUIRES(mutex_) { return in && random_.below(in) == 0; }
  // The line as the device has it by now.
  void pass_on() {
    MutexLock lock(mutex_);
    host_.set_interrupt(level_ && !hangs());
  }
  void hang() {
    host_.falls_silent();
    pass_on();
    // By itself: a device in another process answers on a thread that may be about to set its line.
    MutexLock lock(hang_mutex_);
    if (on_hang_) on_hang_();
  }
  void pass_on_after_locked(Nanoseconds time) REQUIRES(mutex_) {
    pending_ = host_.call_at(host_.now() + time, [this] { pass_on(); });
  }

  DeviceHost& host_;
  const BusFaults faults_;
  Mutex mutex_;
  Random random_ GUARDED_BY(mutex_);
  bool level_ GUARDED_BY(mutex_) = false;
  uint64_t pending_ GUARDED_BY(mutex_) = 0;
  uint64_t hang_ = 0;
  Mutex hang_mutex_;
  std::function<void()> on_hang_ GUARDED_BY(hang_mutex_);
};

class FaultyFunction final : public PciFunction {
 public:
  FaultyFunction(std::unique_ptr<FaultyHost> host, std::unique_ptr<PciFunction> function)
      : host_(std::move(host)), function_(std::move(function)) {
    host_->on_hang([this] { master_no_more(); });
  }
  ~FaultyFunction() override {
    host_->on_hang({});
    function_.reset();  // before what it stands in
  }

  std::string name() const override { return function_->name(); }
  std::string waited_for() override { return function_->waited_for(); }
  Result<uint32_t> read_config(uint32_t offset, uint32_t bytes) override {
    return function_->read_config(offset, bytes);
  }
  Result<> write_config(uint32_t offset, uint32_t bytes, uint32_t value) override {
    if (offset == config::kCommand && host_->hangs()) value &= ~uint32_t{config::kCommandMaster};
    return function_->write_config(offset, bytes, value);
  }
  std::vector<BaseAddressRegister> base_address_registers() override { return function_->base_address_registers(); }
  Result<uint64_t> read(uint32_t bar, uint64_t offset, uint32_t bytes) override {
    if (host_->hangs()) return bytes >= 8 ? UINT64_MAX : (uint64_t{1} << bytes * 8) - 1;
    if (const Nanoseconds longer = host_->read_latency(); longer > Nanoseconds(0)) host_->delay(longer);
    return function_->read(bar, offset, bytes);
  }
  Result<> write(uint32_t bar, uint64_t offset, uint32_t bytes, uint64_t value) override {
    if (host_->hangs()) return {};
    return function_->write(bar, offset, bytes, value);
  }

 private:
  // A device of another process has a time of its own; without this bit it reaches no memory (PCI 3.0 §6.2.2).
  void master_no_more() {
    const auto command = function_->read_config(config::kCommand, 2);
    if (command) (void)function_->write_config(config::kCommand, 2, *command & ~uint32_t{config::kCommandMaster});
  }

  std::unique_ptr<FaultyHost> host_;
  std::unique_ptr<PciFunction> function_;
};

}  // namespace

Result<BusFaults> BusFaults::parse(std::string_view text) {
  BusFaults faults;
  for (bool more = true; more;) {
    const size_t comma = text.find(',');
    const std::string_view element = text.substr(0, comma);
    more = comma != std::string_view::npos;
    text = more ? text.substr(comma + 1) : std::string_view();
    const size_t mark = element.find_first_of("=@");
    const std::string_view key = element.substr(0, mark),
                           value = mark == std::string_view::npos ? std::string_view() : element.substr(mark + 1);
    const auto time = duration(value);
    const auto odds = one_in(value);
    const char is = mark == std::string_view::npos ? ' ' : element[mark];
    if (key == "registers" && is == '=' && time) faults.register_latency = *time;
    else if (key == "interrupts" && is == '=' && time) faults.interrupt_latency = *time;
    else if (key == "hang" && is == '@' && time) faults.hang_at = *time;
    else if (key == "lost" && is == '=' && odds) faults.lost_in = *odds;
    else if (key == "doubled" && is == '=' && odds) faults.doubled_in = *odds;
    else
      return fail(StatusCode::kInvalidParameter,
                  fmt::format("\"{}\" is no fault of a bus. There are registers=TIME, interrupts=TIME (the most that "
                              "each takes longer), lost=1/N, "
                              "doubled=1/N and hang@TIME; a time is a number with ns, us, ms or s",
                              element));
  }
  return faults;
}

DeviceMaker behind_faults(DeviceMaker device, const BusFaults& faults, uint64_t seed) {
  return [device = std::move(device), faults, seed](DeviceHost& host) -> Result<std::unique_ptr<PciFunction>> {
    auto around = std::make_unique<FaultyHost>(host, faults, seed);
    TRY_ASSIGN(std::unique_ptr<PciFunction> function, device(*around));
    return std::make_unique<FaultyFunction>(std::move(around), std::move(function));
  };
}

}  // namespace portside::hardware
