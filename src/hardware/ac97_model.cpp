#include "hardware/ac97_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace portside::hardware {
namespace {

// The first of the family that it behaves like, by whose number drivers find it: the 82801AA.
constexpr PciIdentity kAc97Identity{.vendor = 0x8086,
                                    .device = 0x2415,
                                    .subsystem_vendor = 0x8086,
                                    .subsystem = 0x0001,
                                    .base_class = 0x04,
                                    .sub_class = 0x01,
                                    .interface = 0x00,
                                    .revision = 0x01};
constexpr uint64_t kMixerBytes = 0x100, kBusBytes = 0x40;
constexpr uint32_t kIn = 0x00, kOut = 0x10, kGlobalControl = 0x2C, kGlobalStatus = 0x30, kSemaphore = 0x34;
constexpr uint32_t kOutOfReset = 1u << 1, kInCause = 1u << 5, kOutCause = 1u << 6, kCodecReady = 1u << 8;
// AC'97 2.3, §4.2.1: a codec is ready within 162.8 µs of the link's start and its own calibration; a fast one.
constexpr Nanoseconds kAc97CodecWakes = std::chrono::microseconds(400);

uint64_t ones(uint32_t bytes) { return bytes >= 8 ? ~uint64_t{0} : (uint64_t{1} << (8 * bytes)) - 1; }

}  // namespace

class Ac97Model::Turn {
 public:
  explicit Turn(Ac97Model& model) NO_THREAD_SAFETY_ANALYSIS : model_(model) {
    model.mutex_.lock();
    model.advance();
  }
  ~Turn() NO_THREAD_SAFETY_ANALYSIS {
    Ac97Model& m = model_;
    m.advance();
    const bool asserted = m.awake() && (m.in_.interrupts() || m.out_.interrupts());
    m.config_.set_interrupt_status(asserted);
    const bool level = asserted && !m.config_.interrupts_disabled();
    set_timer();
    if (std::exchange(m.line_, level) != level) m.host_.set_interrupt(level);
    m.mutex_.unlock();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  void set_timer() NO_THREAD_SAFETY_ANALYSIS {
    Ac97Model& m = model_;
    std::optional<Nanoseconds> due = m.in_.next();
    if (const auto out = m.out_.next(); out && (!due || *out < *due)) due = out;
    if (due == m.timer_due_) return;
    if (m.timer_due_) m.host_.take_back(m.timer_);
    m.timer_due_ = due;
    if (!due) return;
    m.timer_ = m.host_.call_at(*due, [self = m.self_] {
      if (Ac97Model* model = self->load()) model->on_timer();
    });
  }
  Ac97Model& model_;
};

Ac97Model::Ac97Model(DeviceHost& host, bool keeps_state_in_d3)
    : host_(host),
      config_(kAc97Identity,
              {{.index = 0, .is_port = true, .bytes = kMixerBytes}, {.index = 1, .is_port = true, .bytes = kBusBytes}},
              keeps_state_in_d3),
      in_(host, true, [this](std::span<std::byte> frames) NO_THREAD_SAFETY_ANALYSIS { speak(frames); }),
      out_(host, false, [this](std::span<std::byte> frames) NO_THREAD_SAFETY_ANALYSIS { hear(frames); }),
      self_(std::make_shared<std::atomic<Ac97Model*>>(this)) {}

Ac97Model::~Ac97Model() {
  self_->store(nullptr);
  MutexLock lock(mutex_);
  if (timer_due_) host_.take_back(timer_);
}

bool Ac97Model::awake() const { return present_ && config_.power_state() == 0; }

void Ac97Model::power_on_reset() {
  in_.reset();
  out_.reset();
  mixer_.reset();
  control_ = 0;
  codec_taken_ = false;
  codec_ready_at_.reset();
}

void Ac97Model::advance() {
  const bool may = config_.masters_bus() && awake();
  in_.advance(host_.now(), may);
  out_.advance(host_.now(), may);
}

void Ac97Model::on_timer() NO_THREAD_SAFETY_ANALYSIS {
  Turn turn(*this);
  timer_due_.reset();
}

std::vector<BaseAddressRegister> Ac97Model::base_address_registers() {
  MutexLock lock(mutex_);
  return config_.bars();
}

Result<uint32_t> Ac97Model::read_config(uint32_t offset, uint32_t bytes) {
  MutexLock lock(mutex_);
  return config_.read(offset, bytes);
}

// PCI Power Management 1.2 §5.4.1: on the way from D3hot the function resets itself, unless it says that it does not.
Result<> Ac97Model::write_config(uint32_t offset, uint32_t bytes, uint32_t value) NO_THREAD_SAFETY_ANALYSIS {
  Turn turn(*this);
  const bool slept = config_.power_state() == 3;
  config_.write(offset, bytes, value);
  if (slept && awake() && !config_.keeps_state_in_d3()) power_on_reset();
  return {};
}

uint32_t Ac97Model::global_status() const {
  const bool ready = codec_ready_at_ && host_.now() >= *codec_ready_at_;
  return (in_.interrupts() ? kInCause : 0) | (out_.interrupts() ? kOutCause : 0) | (ready ? kCodecReady : 0);
}

uint8_t Ac97Model::read_bus(uint32_t offset) {
  if (offset < kIn + Ac97Box::kBytes) return in_.read(offset - kIn);
  if (offset >= kOut && offset < kOut + Ac97Box::kBytes) return out_.read(offset - kOut);
  if (offset >= kGlobalControl && offset < kGlobalControl + 4)
    return static_cast<uint8_t>(control_ >> (8 * (offset - kGlobalControl)));
  if (offset >= kGlobalStatus && offset < kGlobalStatus + 4)
    return static_cast<uint8_t>(global_status() >> (8 * (offset - kGlobalStatus)));
  // §16.2.10: read as 0 it is taken by that; an access of the codec gives it back.
  if (offset == kSemaphore) return std::exchange(codec_taken_, true);
  return 0;
}

void Ac97Model::write_bus(uint32_t offset, uint8_t value) {
  if (offset < kIn + Ac97Box::kBytes) return in_.write(offset - kIn, value);
  if (offset >= kOut && offset < kOut + Ac97Box::kBytes) return out_.write(offset - kOut, value);
  if (offset < kGlobalControl || offset >= kGlobalControl + 4) return;
  const bool ran = control_ & kOutOfReset;
  const uint32_t shift = 8 * (offset - kGlobalControl);
  control_ = (control_ & ~(0xFFu << shift)) | uint32_t{value} << shift;
  const bool runs = control_ & kOutOfReset;
  if (!ran && runs) codec_ready_at_ = host_.now() + kAc97CodecWakes;
  if (ran && !runs) mixer_.reset(), codec_ready_at_.reset();  // §16.2.8: a cold reset of the link
}

Result<uint64_t> Ac97Model::read(uint32_t bar, uint64_t offset, uint32_t bytes) NO_THREAD_SAFETY_ANALYSIS {
  Turn turn(*this);
  if (bar > 1 || offset + bytes > (bar ? kBusBytes : kMixerBytes))
    return fail(StatusCode::kInvalidParameter, fmt::format("BAR {} has no {} bytes at {:#x}", bar, bytes, offset));
  if (!config_.decodes_ports() || !awake()) return ones(bytes);
  const auto at = static_cast<uint32_t>(offset);
  if (bar == 0) {
    codec_taken_ = false;
    return bytes == 2 && codec_ready_at_ ? mixer_.read(at) : ones(bytes);
  }
  uint64_t value = 0;
  for (uint32_t i = 0; i < bytes; ++i) value |= uint64_t{read_bus(at + i)} << (8 * i);
  return value;
}

Result<> Ac97Model::write(uint32_t bar, uint64_t offset, uint32_t bytes, uint64_t value) NO_THREAD_SAFETY_ANALYSIS {
  Turn turn(*this);
  if (bar > 1 || offset + bytes > (bar ? kBusBytes : kMixerBytes))
    return fail(StatusCode::kInvalidParameter, fmt::format("BAR {} has no {} bytes at {:#x}", bar, bytes, offset));
  if (!config_.decodes_ports() || !awake()) return {};
  const auto at = static_cast<uint32_t>(offset);
  if (bar == 0) {
    codec_taken_ = false;
    if (bytes == 2 && codec_ready_at_) mixer_.write(at, static_cast<uint16_t>(value));
    in_.set_rate(mixer_.rate(true));
    out_.set_rate(mixer_.rate(false));
    return {};
  }
  for (uint32_t i = 0; i < bytes; ++i) write_bus(at + i, static_cast<uint8_t>(value >> (8 * i)));
  return {};
}

bool Ac97Model::set_present(bool present) NO_THREAD_SAFETY_ANALYSIS {
  Turn turn(*this);
  if (present == present_) return true;
  if (present) config_ = PciConfigSpace(kAc97Identity, config_.bars(), config_.keeps_state_in_d3());
  power_on_reset();
  present_ = present;
  return true;
}

void Ac97Model::hear(std::span<std::byte> frames) {
  if (!keeps_heard_) return;
  mixer_.shape(false, frames);
  heard_.insert(heard_.end(), frames.begin(), frames.end());
}

void Ac97Model::speak(std::span<std::byte> frames) {
  for (std::byte& byte : frames) {
    if (spoken_at_ == spoken_.size() && endless_) spoken_at_ = 0;
    byte = spoken_at_ < spoken_.size() ? spoken_[spoken_at_++] : std::byte{0};
  }
  mixer_.shape(true, frames);
}

std::vector<std::byte> Ac97Model::heard() { return heard(0); }

std::vector<std::byte> Ac97Model::heard(size_t from) {
  MutexLock lock(mutex_);
  return {heard_.begin() + static_cast<ptrdiff_t>(std::min(from, heard_.size())), heard_.end()};
}

void Ac97Model::keep_heard(bool keep) {
  MutexLock lock(mutex_);
  keeps_heard_ = keep;
}

void Ac97Model::forget_heard() {
  MutexLock lock(mutex_);
  heard_.clear();
}

uint32_t Ac97Model::rate_heard() {
  MutexLock lock(mutex_);
  return mixer_.rate(false);
}

void Ac97Model::hear_by_microphone(bool hears) {
  MutexLock lock(mutex_);
  mixer_.set_microphone(hears);
}

void Ac97Model::play_into(std::vector<std::byte> sound, bool endless) {
  MutexLock lock(mutex_);
  spoken_ = std::move(sound);
  spoken_at_ = 0;
  endless_ = endless;
}

}  // namespace portside::hardware
