#include "hardware/ac97_box.h"

#include <algorithm>
#include <vector>

namespace portside::hardware {
namespace {

constexpr uint8_t kBoxRun = 1, kBoxReset = 2, kLastInterrupt = 4, kFifoInterrupt = 8,
                  kBufferInterrupt = 16;                                                       // control, §16.2.7
constexpr uint16_t kHalted = 1, kAtLast = 2, kLastDone = 4, kBufferDone = 8, kFifoError = 16;  // status, §16.2.4
constexpr uint16_t kOnCompletion = 0x8000;
constexpr int64_t kBoxSecond = 1'000'000'000;

}  // namespace

void Ac97Box::reset() {
  list_ = 0;
  current_ = last_ = control_ = 0;
  causes_ = 0;
  halted_ = true;
  fetched_ = false;
  left_ = 0;
}

void Ac97Box::set_rate(uint32_t rate) {
  if (rate == rate_) return;
  rate_ = rate;
  if (running()) begin(host_.now());
}

uint8_t Ac97Box::read(uint32_t offset) const {
  const uint16_t status =
      static_cast<uint16_t>(causes_ | (running() ? 0 : kHalted) | (current_ == last_ && left_ == 0 ? kAtLast : 0));
  switch (offset) {
    case 0x0:
    case 0x1:
    case 0x2:
    case 0x3: return static_cast<uint8_t>(list_ >> (8 * offset));
    case 0x4: return current_;
    case 0x5: return last_;
    case 0x6:
    case 0x7: return static_cast<uint8_t>(status >> (8 * (offset - 6)));
    case 0x8:
    case 0x9: return static_cast<uint8_t>(left_ >> (8 * (offset - 8)));
    case 0xA: return static_cast<uint8_t>((current_ + 1) % kDescriptors);
    case 0xB: return control_;
    default: return 0;
  }
}

void Ac97Box::write(uint32_t offset, uint8_t value) {
  switch (offset) {
    case 0x0:
    case 0x1:
    case 0x2:
    case 0x3:
      if (control_ & kBoxRun) return;  // §16.2.1: while it runs the address stays
      list_ = (list_ & ~(0xFFu << (8 * offset))) | uint32_t{value} << (8 * offset);
      list_ &= ~7u;
      break;
    case 0x5:
      last_ = value % kDescriptors;
      // §16.2.3: one that has come to its end goes on as soon as there is more.
      if ((control_ & kBoxRun) && halted_ && current_ != last_) {
        current_ = static_cast<uint8_t>((current_ + 1) % kDescriptors);
        fetched_ = false;
        begin(host_.now());
      }
      break;
    case 0x6:
      causes_ &= static_cast<uint16_t>(~(value & (kLastDone | kBufferDone | kFifoError)));  // a 1 clears
      break;
    case 0xB:
      if ((value & kBoxReset) && !(control_ & kBoxRun))
        return reset();  // §16.2.7: only while it stands; the bit falls by itself
      const bool was = control_ & kBoxRun;
      control_ = value & (kBoxRun | kLastInterrupt | kFifoInterrupt | kBufferInterrupt);
      if (!was && (control_ & kBoxRun)) begin(host_.now());
      if (!(control_ & kBoxRun)) halted_ = true;
      break;
  }
}

void Ac97Box::begin(Nanoseconds now) {
  halted_ = false;
  started_ = now;
  frames_done_ = 0;
}

bool Ac97Box::fetch() {
  struct {
    uint32_t address;
    uint16_t samples, flags;
  } descriptor{};
  const PhysicalAddress at(list_ + current_ * sizeof descriptor);
  if (!host_.dma().read(at, std::as_writable_bytes(std::span(&descriptor, 1)))) return false;
  address_ = descriptor.address & ~1u;
  left_ = descriptor.samples;
  flags_ = descriptor.flags;
  fetched_ = true;
  return true;
}

Nanoseconds Ac97Box::time_of(uint64_t frame) const {
  const uint64_t seconds = frame / rate_, rest = frame % rate_;
  return started_ + Nanoseconds(static_cast<int64_t>(seconds) * kBoxSecond +
                                static_cast<int64_t>((rest * kBoxSecond + rate_ - 1) / rate_));
}

std::optional<Nanoseconds> Ac97Box::next() const {
  if (!running()) return std::nullopt;
  return time_of(frames_done_ + (fetched_ ? std::clamp<uint64_t>(left_ / 2, 1, kBurstFrames) : 1));
}

void Ac97Box::advance(Nanoseconds now, bool may) {
  if (!running() || now <= started_) return;
  const int64_t passed = (now - started_).count();
  const uint64_t due = static_cast<uint64_t>(passed / kBoxSecond) * rate_ +
                       static_cast<uint64_t>(passed % kBoxSecond) * rate_ / kBoxSecond;
  while (frames_done_ < due && running()) {
    if (!may || (!fetched_ && !fetch())) {  // nothing comes or goes: the codec plays silence
      causes_ |= kFifoError;
      frames_done_ = due;
      return;
    }
    if (left_ >= 2) move(std::min<uint64_t>({due - frames_done_, kBurstFrames, left_ / 2}));
    if (left_ < 2) finish();
  }
}

void Ac97Box::move(uint64_t frames) {
  std::vector<std::byte> bytes(frames * 4);
  if (capture_) sound_(bytes);
  const PhysicalAddress at(address_);
  const bool moved = capture_ ? host_.dma().write(at, bytes).has_value() : host_.dma().read(at, bytes).has_value();
  if (!moved) causes_ |= kFifoError;
  if (!capture_) sound_(bytes);
  address_ += static_cast<uint32_t>(bytes.size());
  left_ -= static_cast<uint32_t>(frames * 2);
  frames_done_ += frames;
}

void Ac97Box::finish() {
  left_ = 0;
  if (flags_ & kOnCompletion) causes_ |= kBufferDone;
  if (current_ == last_) {
    causes_ |= kLastDone;
    halted_ = true;
    return;
  }
  current_ = static_cast<uint8_t>((current_ + 1) % kDescriptors);
  fetched_ = false;
  (void)fetch();
}

bool Ac97Box::interrupts() const {
  return ((causes_ & kLastDone) && (control_ & kLastInterrupt)) ||
         ((causes_ & kBufferDone) && (control_ & kBufferInterrupt)) ||
         ((causes_ & kFifoError) && (control_ & kFifoInterrupt));
}

}  // namespace portside::hardware
