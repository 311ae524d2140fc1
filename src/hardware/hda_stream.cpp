#include "hardware/hda_stream.h"

#include <fmt/format.h>

#include <algorithm>

#include "hardware/hda_bytes.h"

namespace portside::hardware {
namespace {

constexpr uint32_t kRun = 1u << 1;
constexpr int64_t kSecond = 1'000'000'000;

}  // namespace

HdaStream::HdaStream(HdaBench& bench, HdaLink& link, uint32_t index, bool capture)
    : bench_(bench), link_(link), index_(index), capture_(capture) {}

std::string HdaStream::name() const {
  return fmt::format("{} stream descriptor {}", capture_ ? "input" : "output", index_);
}

uint8_t HdaStream::read(uint32_t offset) const {
  switch (offset) {
    case 0x00:
    case 0x01:
    case 0x02: return byte_of(control_, offset);
    case 0x03: return status_ | (running_ && !stuck_ ? 0x20 : 0);  // §3.3.36: FIFO ready
    case 0x04:
    case 0x05:
    case 0x06:
    case 0x07: return byte_of(position_, offset - 0x04);
    case 0x08:
    case 0x09:
    case 0x0A:
    case 0x0B: return byte_of(length_, offset - 0x08);
    case 0x0C:
    case 0x0D: return byte_of(last_index_, offset - 0x0C);
    case 0x10:
    case 0x11: {
      // §3.3.40: as many bytes as a burst has, in the format that is set.
      const auto format = HdaFormat::decode(format_word_);
      return byte_of(format ? kBurstFrames * format->frame_bytes() : 0, offset - 0x10);
    }
    case 0x12:
    case 0x13: return byte_of(format_word_, offset - 0x12);
    case 0x18:
    case 0x19:
    case 0x1A:
    case 0x1B: return byte_of(list_lower_, offset - 0x18);
    case 0x1C:
    case 0x1D:
    case 0x1E:
    case 0x1F: return byte_of(list_upper_, offset - 0x1C);
    default: return 0;  // reserved
  }
}

void HdaStream::write(uint32_t offset, uint8_t value) {
  const bool fixed_in_run = offset >= 0x08 || offset == 0x02;
  if (running_ && fixed_in_run && read(offset) != value) {
    bench_.complain(HdaRule::kChangedRunning,
                    fmt::format("{}: the byte at {:#x} was changed from {:#04x} to {:#04x} while RUN is 1", name(),
                                offset, read(offset), value));
    return;
  }
  switch (offset) {
    case 0x00: set_byte(control_, 0, value & 0x1F); break;
    case 0x01: break;  // reserved
    case 0x02: set_byte(control_, 2, value & 0xFF); break;
    case 0x03:
      status_ &= static_cast<uint8_t>(~(value & kCauses));  // a 1 clears
      break;
    case 0x08:
    case 0x09:
    case 0x0A:
    case 0x0B: set_byte(length_, offset - 0x08, value); break;
    case 0x0C: last_index_ = value; break;
    case 0x12:
    case 0x13: set_byte(format_word_, offset - 0x12, value); break;
    case 0x18:
      if (value & 0x7F)
        bench_.complain(HdaRule::kListNotAligned, fmt::format("{}: the list's address ends in {:#04x}", name(), value));
      set_byte(list_lower_, 0, value & 0x80);
      break;
    case 0x19:
    case 0x1A:
    case 0x1B: set_byte(list_lower_, offset - 0x18, value); break;
    case 0x1C:
    case 0x1D:
    case 0x1E:
    case 0x1F: set_byte(list_upper_, offset - 0x1C, value); break;
    default: break;  // read only, or reserved
  }
}

void HdaStream::written() {
  if (in_reset()) {
    if (running_) bench_.complain(HdaRule::kResetWhileRunning, fmt::format("{}: SRST was set with RUN at 1", name()));
    const uint32_t kept = control_ & 1;
    reset();
    control_ |= kept;
    return;
  }
  const bool wanted = control_ & kRun;
  if (wanted && !running_) start();
  if (!wanted && running_) stop();
}

void HdaStream::reset() {
  control_ = 0, status_ = 0, position_ = 0, length_ = 0, last_index_ = 0, format_word_ = 0, list_lower_ = 0,
  list_upper_ = 0;
  running_ = stuck_ = false;
  list_.clear();
  buffer_ = 0, in_buffer_ = 0, frames_done_ = 0;
}

void HdaStream::start() {
  if (number() == 0)
    bench_.complain(HdaRule::kStreamNumberZero, fmt::format("{} was started with stream number 0", name()));
  if (last_index_ < 1)
    bench_.complain(HdaRule::kListTooShort,
                    fmt::format("{}: LVI is {}, a list has two entries at least", name(), last_index_));
  const auto format = HdaFormat::decode(format_word_);
  if (!format) bench_.complain(HdaRule::kFormatUnknown, fmt::format("{}: {:#06x} is no format", name(), format_word_));
  // A paused stream goes on with the list that it has.
  const bool fresh = list_.size() != last_index_ + 1u || list_from_ != list_address();
  running_ = true;
  stuck_ = number() == 0 || last_index_ < 1 || !format || (fresh && !read_list());
  if (stuck_) return;
  if (fresh) {
    judge_list();
    begin_buffer();
  }
  format_ = *format;
  started_ = bench_.now();
  frames_done_ = 0;
}

// What an engine is stuck at is not gone on with: at the next start the list is fetched and judged anew.
void HdaStream::stop() {
  if (stuck_) list_.clear();
  running_ = stuck_ = false;
}

bool HdaStream::read_list() {
  list_from_ = list_address();
  list_.assign(last_index_ + 1u, {});
  buffer_ = 0, in_buffer_ = 0, position_ = 0;
  for (size_t i = 0; i < list_.size(); ++i) {
    if (bench_.read(list_address() + i * sizeof(Descriptor), list_[i], "a buffer descriptor is fetched")) continue;
    status_ |= kDescriptorError;
    list_.clear();
    return false;
  }
  return true;
}

void HdaStream::judge_list() {
  uint64_t sum = 0;
  for (size_t i = 0; i < list_.size(); ++i) {
    const Descriptor& d = list_[i];
    sum += d.bytes;
    if (d.address % 128)
      bench_.complain(HdaRule::kBufferNotAligned, fmt::format("{}: buffer {} begins at {:#x}", name(), i, d.address));
    if (d.bytes < 2) {
      bench_.complain(HdaRule::kBufferEmpty, fmt::format("{}: buffer {} has {} bytes", name(), i, d.bytes));
      stuck_ = true;
    }
  }
  if (sum != length_)
    bench_.complain(HdaRule::kLengthDiffers,
                    fmt::format("{}: the cyclic buffer has {} bytes, its descriptors {}", name(), length_, sum));
}

// A controller fetches a descriptor when it comes to it. What it finds then has to be what was there at the start.
void HdaStream::begin_buffer() {
  Descriptor now;
  in_buffer_ = 0;
  if (!bench_.read(list_address() + buffer_ * sizeof(Descriptor), now, "a buffer descriptor is fetched")) {
    status_ |= kDescriptorError;
    stuck_ = true;
    return;
  }
  if (now == list_[buffer_]) return;
  bench_.complain(HdaRule::kListChanged,
                  fmt::format("{}: descriptor {} named {:#x} and {} bytes, and now {:#x} and {}", name(), buffer_,
                              list_[buffer_].address, list_[buffer_].bytes, now.address, now.bytes));
  list_[buffer_] = now;
  if (now.bytes < 2) stuck_ = true;
}

Nanoseconds HdaStream::time_of(uint64_t frame) const {
  // Seconds and the rest apart, rounded up: a frame is due when it is whole.
  const uint64_t seconds = frame / format_.rate, rest = frame % format_.rate;
  return started_ + Nanoseconds(static_cast<int64_t>(seconds) * kSecond +
                                static_cast<int64_t>((rest * kSecond + format_.rate - 1) / format_.rate));
}

std::optional<Nanoseconds> HdaStream::next() const {
  if (!running_ || stuck_) return std::nullopt;
  uint64_t frames = kBurstFrames;
  const Descriptor& buffer = list_[buffer_];
  if (buffer.flags & 1) {
    const uint64_t left = (buffer.bytes - in_buffer_ + format_.frame_bytes() - 1) / format_.frame_bytes();
    frames = std::clamp<uint64_t>(left, 1, frames);
  }
  return time_of(frames_done_ + frames);
}

void HdaStream::advance(Nanoseconds now, std::optional<uint64_t> positions) {
  if (!running_ || stuck_ || now <= started_) return;
  const int64_t passed = (now - started_).count();
  const uint64_t due = static_cast<uint64_t>(passed / kSecond) * format_.rate +
                       static_cast<uint64_t>(passed % kSecond) * format_.rate / kSecond;
  const uint32_t before = position_;
  // In bursts, as the engine would have moved them, had somebody looked.
  while (frames_done_ < due && !stuck_) move(std::min<uint64_t>(due - frames_done_, kBurstFrames));
  if (positions && before != position_)
    bench_.store<uint32_t>(*positions + 8 * index_, position_, "the DMA position is written");
}

void HdaStream::move(uint64_t frames) {
  std::vector<std::byte> bytes(frames * format_.frame_bytes());
  if (capture_) link_.collect(number(), format_word_, bytes);
  move_bytes(bytes);
  if (!capture_) link_.deliver(number(), format_word_, bytes);
  frames_done_ += frames;
}

// From or to memory, as far as each descriptor goes. A frame may lie in two buffers.
void HdaStream::move_bytes(std::span<std::byte> bytes) {
  while (!bytes.empty() && !stuck_) {
    const Descriptor& buffer = list_[buffer_];
    const size_t count = std::min<size_t>(bytes.size(), buffer.bytes - in_buffer_);
    const uint64_t address = buffer.address + in_buffer_;
    const bool moved = capture_ ? bench_.write(address, bytes.first(count), "captured samples are written")
                                : bench_.read(address, bytes.first(count), "samples are fetched");
    if (!moved) status_ |= kFifoError;  // §3.3.36: an under- or overrun; what was not fetched is silence
    bytes = bytes.subspan(count);
    in_buffer_ += static_cast<uint32_t>(count);
    position_ += static_cast<uint32_t>(count);
    if (in_buffer_ < buffer.bytes) continue;
    if (buffer.flags & 1) status_ |= kCompletion;
    buffer_ = (buffer_ + 1) % list_.size();
    if (buffer_ == 0 || position_ >= length_) position_ = 0;
    begin_buffer();
  }
}

}  // namespace portside::hardware
