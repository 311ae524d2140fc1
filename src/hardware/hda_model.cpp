#include "hardware/hda_model.h"

#include <fmt/format.h>

#include <utility>

namespace portside::hardware {
namespace {

// Not anybody's: a driver finds the model by its class, multimedia and HD Audio.
constexpr PciIdentity kIdentity{.vendor = 0x5053,
                                .device = 0x0A0D,
                                .subsystem_vendor = 0x5053,
                                .subsystem = 0x0001,
                                .base_class = 0x04,
                                .sub_class = 0x03,
                                .interface = 0x00,
                                .revision = 0x01};

}  // namespace

class HdaModel::Turn {
 public:
  explicit Turn(HdaModel& model) NO_THREAD_SAFETY_ANALYSIS : model_(model) { model.mutex_.lock(); }
  ~Turn() NO_THREAD_SAFETY_ANALYSIS {
    HdaModel& m = model_;
    const bool asserted = !m.gone_ && m.controller_.interrupts();
    m.config_.set_interrupt_status(asserted);
    const bool level = asserted && !m.config_.interrupts_disabled();
    set_timer();
    const std::vector<HdaViolation> complaints = m.bench_.take_complaints();
    if (std::exchange(m.line_, level) != level) m.host_.set_interrupt(level);
    m.mutex_.unlock();
    for (const HdaViolation& violation : complaints) m.observers_.notify(&HdaObserver::on_violation, violation);
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  void set_timer() NO_THREAD_SAFETY_ANALYSIS {
    HdaModel& m = model_;
    const auto due = m.gone_ ? std::nullopt : m.controller_.next();
    if (due == m.timer_due_) return;
    if (m.timer_due_) m.host_.take_back(m.timer_);
    m.timer_due_ = due;
    if (!due) return;
    m.timer_ = m.host_.call_at(*due, [self = m.self_] {
      if (HdaModel* model = self->load()) model->on_timer();
    });
  }
  HdaModel& model_;
};

HdaModel::HdaModel(DeviceHost& host, const HdaModelOptions& options)
    : host_(host),
      config_(kIdentity, {{.index = 0, .is_64_bit = true, .bytes = kRegisterBytes}}, options.keeps_state_in_d3),
      bench_(host), controller_(bench_), self_(std::make_shared<std::atomic<HdaModel*>>(this)) {}

HdaModel::~HdaModel() {
  self_->store(nullptr);
  MutexLock lock(mutex_);
  if (timer_due_) host_.take_back(timer_);
}

void HdaModel::on_timer() NO_THREAD_SAFETY_ANALYSIS {
  Turn turn(*this);
  timer_due_.reset();
  if (!gone_) controller_.advance();
}

Result<> HdaModel::check(uint32_t bar, uint64_t offset, uint32_t bytes) NO_THREAD_SAFETY_ANALYSIS {
  if (gone_) return fail(StatusCode::kDeviceRemoved, "the card was taken out");
  if (bar != 0 || offset + bytes > kRegisterBytes)
    return fail(StatusCode::kInvalidParameter, fmt::format("BAR {} has no {} bytes at {:#x}", bar, bytes, offset));
  return {};
}

std::vector<BaseAddressRegister> HdaModel::base_address_registers() {
  MutexLock lock(mutex_);
  return config_.bars();
}

Result<uint32_t> HdaModel::read_config(uint32_t offset, uint32_t bytes) {
  MutexLock lock(mutex_);
  if (gone_) return fail(StatusCode::kDeviceRemoved, "the card was taken out");
  return config_.read(offset, bytes);
}

Result<> HdaModel::write_config(uint32_t offset, uint32_t bytes, uint32_t value) NO_THREAD_SAFETY_ANALYSIS {
  Turn turn(*this);
  if (gone_) return fail(StatusCode::kDeviceRemoved, "the card was taken out");
  const uint8_t before = config_.power_state();
  controller_.advance();
  config_.write(offset, bytes, value);
  bench_.set_bus_master(config_.masters_bus() && config_.power_state() == 0);
  if (config_.power_state() != before) power_changed(before);
  return {};
}

// PCI Power Management 1.2 §5.4.1: on the way from D3hot the function resets itself, unless it says that it does not.
void HdaModel::power_changed(uint8_t before) NO_THREAD_SAFETY_ANALYSIS {
  if (before == 3 && config_.power_state() == 0 && !config_.keeps_state_in_d3()) controller_.power_on_reset();
}

Result<uint64_t> HdaModel::read(uint32_t bar, uint64_t offset, uint32_t bytes) NO_THREAD_SAFETY_ANALYSIS {
  Turn turn(*this);
  if (auto r = check(bar, offset, bytes); !r) return fail(r.error());
  const uint64_t ones = bytes == 8 ? ~uint64_t{0} : (uint64_t{1} << (8 * bytes)) - 1;
  if (!config_.decodes_memory()) return ones;
  if (config_.power_state() != 0) {
    bench_.complain(HdaRule::kAsleep,
                    fmt::format("the register at {:#x} was read in D{}", offset, config_.power_state()));
    return ones;
  }
  if (bytes > 4 || offset % bytes) {
    bench_.complain(HdaRule::kAccessSize, fmt::format("{} bytes were read at {:#x}", bytes, offset));
    return ones;
  }
  return controller_.read(static_cast<uint32_t>(offset), bytes);
}

Result<> HdaModel::write(uint32_t bar, uint64_t offset, uint32_t bytes, uint64_t value) NO_THREAD_SAFETY_ANALYSIS {
  Turn turn(*this);
  if (auto r = check(bar, offset, bytes); !r) return fail(r.error());
  if (!config_.decodes_memory()) return {};
  if (config_.power_state() != 0) {
    bench_.complain(HdaRule::kAsleep,
                    fmt::format("the register at {:#x} was written in D{}", offset, config_.power_state()));
    return {};
  }
  if (bytes > 4 || offset % bytes) {
    bench_.complain(HdaRule::kAccessSize, fmt::format("{} bytes were written at {:#x}", bytes, offset));
    return {};
  }
  controller_.write(static_cast<uint32_t>(offset), bytes, static_cast<uint32_t>(value));
  return {};
}

bool HdaModel::set_present(bool present) NO_THREAD_SAFETY_ANALYSIS {
  Turn turn(*this);
  if (present && gone_) {
    config_ = PciConfigSpace(kIdentity, config_.bars(), config_.keeps_state_in_d3());
    bench_.set_bus_master(false);
    controller_.power_on_reset();
  }
  gone_ = !present;
  return true;
}

HdaCodec::Heard HdaModel::heard(uint8_t pin) {
  MutexLock lock(mutex_);
  return controller_.codec().heard(pin);
}

HdaCodec::Heard HdaModel::heard(uint8_t pin, size_t from) {
  MutexLock lock(mutex_);
  const HdaCodec::Heard& all = controller_.codec().heard(pin);
  HdaCodec::Heard part{.format = all.format, .bytes = {}, .stretches = {}};
  if (from < all.bytes.size()) part.bytes.assign(all.bytes.begin() + static_cast<ptrdiff_t>(from), all.bytes.end());
  return part;
}

void HdaModel::keep_heard(bool keep) {
  MutexLock lock(mutex_);
  controller_.codec().keep_heard(keep);
}

void HdaModel::forget_heard() {
  MutexLock lock(mutex_);
  controller_.codec().forget_heard();
}

void HdaModel::play_into(uint8_t pin, std::vector<std::byte> sound, HdaCodec::Times times) {
  MutexLock lock(mutex_);
  controller_.codec().play_into(pin, std::move(sound), times);
}

void HdaModel::plug(uint8_t pin, bool present) NO_THREAD_SAFETY_ANALYSIS {
  Turn turn(*this);
  controller_.plug(pin, present);
}

void HdaModel::unplug_card() NO_THREAD_SAFETY_ANALYSIS {
  {
    Turn turn(*this);
    gone_ = true;
  }
  host_.gone("the card was taken out");
}

}  // namespace portside::hardware
