#include "hardware/hda_controller.h"

#include <fmt/format.h>

#include <algorithm>

#include "hardware/hda_bytes.h"

namespace portside::hardware {
namespace {

using std::chrono::microseconds;

constexpr Nanoseconds kResetHold = microseconds(100);   // §5.5.1.2
constexpr Nanoseconds kCodecWakes = microseconds(480);  // it asks for attention within 25 frames (§4.3)
constexpr Nanoseconds kVerbsFrom = microseconds(521);
// §3.3.2: four and four streams, none that goes both ways, one data line, 64-bit addresses.
constexpr uint16_t kCapabilities = HdaController::kOutputs << 12 | HdaController::kInputs << 8 | 1;
constexpr uint32_t kStreams = 0x80;

}  // namespace

HdaController::HdaController(HdaBench& bench)
    : bench_(bench), codec_(bench), commands_(bench, [this](uint32_t verb) { return execute(verb); }) {
  for (uint32_t i = 0; i < kInputs + kOutputs; ++i)
    streams_.push_back(std::make_unique<HdaStream>(bench, static_cast<HdaLink&>(*this), i, i < kInputs));
  power_on_reset();
}

void HdaController::power_on_reset() {
  control_ = 0, wake_enable_ = 0, wake_status_ = 0;
  reset_began_ = bench_.now();
  enter_reset();
}

// §4.2.2, §3.3.7: all registers but those of the resume well, and the link, and through it the codec.
void HdaController::enter_reset() {
  for (auto& stream : streams_) stream->reset();
  commands_.reset();
  codec_.link_reset();
  control_ = 0;
  interrupt_control_ = stream_sync_ = 0;
  position_lower_ = position_upper_ = 0;
  codec_awake_ = false;
}

void HdaController::leave_reset() {
  const Nanoseconds held = bench_.now() - reset_began_;
  if (held < kResetHold)
    bench_.complain(HdaRule::kResetTooShort, fmt::format("the controller was held in reset for {} ns", held.count()));
  reset_ended_ = bench_.now();
  told_too_soon_ = false;
}

uint32_t HdaController::wall_clock() const {
  if (!running()) return 0;
  return static_cast<uint32_t>((bench_.now() - reset_ended_).count() * 24 / 1000);  // 24 MHz, §3.3.16
}

uint32_t HdaController::interrupt_status() const {
  uint32_t status = 0;
  for (size_t i = 0; i < streams_.size(); ++i)
    if (streams_[i]->interrupts()) status |= 1u << i;
  if (commands_.interrupts() || (wake_status_ & wake_enable_)) status |= 1u << 30;
  // §3.3.15: the global bit is the sum of those that are enabled.
  if (status & interrupt_control_ & 0x7FFFFFFF) status |= 1u << 31;
  return status;
}

std::optional<uint64_t> HdaController::positions() const {
  if (!(position_lower_ & 1)) return std::nullopt;
  return uint64_t{position_upper_} << 32 | (position_lower_ & ~0x7Fu);
}

std::optional<uint32_t> HdaController::execute(uint32_t verb) {
  if (verb >> 28 != 0 || !codec_awake_) return std::nullopt;
  if (bench_.now() - reset_ended_ < kVerbsFrom && !std::exchange(told_too_soon_, true))
    bench_.complain(HdaRule::kVerbTooSoon,
                    fmt::format("a verb was sent {} ns after the reset", (bench_.now() - reset_ended_).count()));
  return codec_.execute(static_cast<uint8_t>(verb >> 20), verb & 0xFFFFF);
}

uint8_t HdaController::read_byte(uint32_t offset) const {
  if (offset >= kStreams && offset < kStreams + streams_.size() * HdaStream::kBytes)
    return streams_[(offset - kStreams) / HdaStream::kBytes]->read((offset - kStreams) % HdaStream::kBytes);
  if (offset >= 0x40 && offset < 0x70) return commands_.read(offset);
  // §3.3.16, §3.3.37: counters once more, for a page that may be shown to anybody.
  if (offset >= 0x2030 && offset < 0x2034) return byte_of(wall_clock(), offset - 0x2030);
  if (offset >= 0x2084 && (offset - 0x2084) % HdaStream::kBytes < 4 &&
      (offset - 0x2084) / HdaStream::kBytes < streams_.size())
    return byte_of(streams_[(offset - 0x2084) / HdaStream::kBytes]->position(), (offset - 0x2084) % HdaStream::kBytes);
  switch (offset) {
    case 0x00:
    case 0x01: return byte_of(kCapabilities, offset);
    case 0x02: return 0x00;  // VMIN
    case 0x03: return 0x01;  // VMAJ
    case 0x04: return 0x3C;  // OUTPAY
    case 0x06: return 0x1D;  // INPAY
    case 0x08:
    case 0x09:
    case 0x0A:
    case 0x0B: return byte_of(control_, offset - 0x08);
    case 0x0C:
    case 0x0D: return byte_of(wake_enable_, offset - 0x0C);
    case 0x0E:
    case 0x0F: return byte_of(wake_status_, offset - 0x0E);
    case 0x20:
    case 0x21:
    case 0x22:
    case 0x23: return byte_of(interrupt_control_, offset - 0x20);
    case 0x24:
    case 0x25:
    case 0x26:
    case 0x27: return byte_of(interrupt_status(), offset - 0x24);
    case 0x30:
    case 0x31:
    case 0x32:
    case 0x33: return byte_of(wall_clock(), offset - 0x30);
    case 0x38:
    case 0x39:
    case 0x3A:
    case 0x3B: return byte_of(stream_sync_, offset - 0x38);
    case 0x70:
    case 0x71:
    case 0x72:
    case 0x73: return byte_of(position_lower_, offset - 0x70);
    case 0x74:
    case 0x75:
    case 0x76:
    case 0x77: return byte_of(position_upper_, offset - 0x74);
    default: return 0;
  }
}

uint32_t HdaController::read(uint32_t offset, uint32_t bytes) {
  advance();
  uint32_t value = 0;
  for (uint32_t i = 0; i < bytes; ++i) value |= uint32_t{read_byte(offset + i)} << (8 * i);
  return value;
}

void HdaController::write_byte(uint32_t offset, uint8_t value) {
  if (offset >= kStreams && offset < kStreams + streams_.size() * HdaStream::kBytes)
    return streams_[(offset - kStreams) / HdaStream::kBytes]->write((offset - kStreams) % HdaStream::kBytes, value);
  if (offset >= 0x40 && offset < 0x70) return commands_.write(offset, value);
  switch (offset) {
    case 0x08:
    case 0x09:
    case 0x0A:
    case 0x0B:
      set_byte(control_, offset - 0x08, value);
      control_ &= kRunning | kAcceptUnsolicited;
      break;
    case 0x0C:
    case 0x0D: set_byte(wake_enable_, offset - 0x0C, value); break;
    case 0x0E:
    case 0x0F:
      wake_status_ &= static_cast<uint16_t>(~(uint32_t{value} << (8 * (offset - 0x0E))));  // a 1 clears
      break;
    case 0x20:
    case 0x21:
    case 0x22:
    case 0x23: set_byte(interrupt_control_, offset - 0x20, value); break;
    case 0x38:
    case 0x39:
    case 0x3A:
    case 0x3B:
      if (value) bench_.complain(HdaRule::kNotModelled, "SSYNC (§3.3.17): streams are not held to start together");
      set_byte(stream_sync_, offset - 0x38, value);
      break;
    case 0x70:
      if (value & 0x7E)
        bench_.complain(HdaRule::kRingNotAligned,
                        fmt::format("the DMA position buffer's address ends in {:#04x}", value));
      set_byte(position_lower_, 0, value & 0x81);
      break;
    case 0x71:
    case 0x72:
    case 0x73: set_byte(position_lower_, offset - 0x70, value); break;
    case 0x74:
    case 0x75:
    case 0x76:
    case 0x77: set_byte(position_upper_, offset - 0x74, value); break;
    default: break;  // read only, or reserved
  }
}

void HdaController::write(uint32_t offset, uint32_t bytes, uint32_t value) {
  advance();
  const bool was_running = running();
  // The resume well's registers and GCTL itself are there in reset too (§4.2.2, §3.3.8, §3.3.9).
  const bool always = offset >= 0x08 && offset < 0x10;
  if (!was_running && !always) {
    bench_.complain(HdaRule::kWriteInReset,
                    fmt::format("the register at {:#x} was written while the controller is in reset", offset));
    return;
  }
  for (uint32_t i = 0; i < bytes; ++i) write_byte(offset + i, byte_of(value, i));
  if (was_running && !running()) {
    reset_began_ = bench_.now();
    enter_reset();
  } else if (!was_running && running()) {
    leave_reset();
  }
  written(offset);
  advance();
}

void HdaController::written(uint32_t offset) {
  if (offset >= 0x40 && offset < 0x70) commands_.written(offset);
  if (offset >= kStreams && offset < kStreams + streams_.size() * HdaStream::kBytes)
    written_stream(*streams_[(offset - kStreams) / HdaStream::kBytes]);
}

void HdaController::written_stream(HdaStream& stream) {
  const bool ran = stream.running();
  stream.written();
  if (ran || !stream.running() || stream.number() == 0) return;
  for (const auto& other : streams_) {
    if (other.get() != &stream && other->running() && other->capture() == stream.capture() &&
        other->number() == stream.number())
      bench_.complain(HdaRule::kStreamNumberShared, fmt::format("{} was started with number {}, which {} has",
                                                                stream.name(), stream.number(), other->name()));
  }
  if (!codec_.listens(stream.number(), stream.capture()))
    bench_.complain(HdaRule::kNobodyListens,
                    fmt::format("{} was started with number {}, which no powered converter was told", stream.name(),
                                stream.number()));
}

void HdaController::advance() {
  if (!running()) return;
  const Nanoseconds now = bench_.now();
  if (!codec_awake_ && now - reset_ended_ >= kCodecWakes) {
    codec_awake_ = true;
    wake_status_ |= 1;
  }
  commands_.advance(now);
  for (auto& stream : streams_) stream->advance(now, positions());
}

std::optional<Nanoseconds> HdaController::next() const {
  if (!running()) return std::nullopt;
  std::optional<Nanoseconds> first;
  const auto consider = [&](std::optional<Nanoseconds> when) {
    if (when && (!first || *when < *first)) first = when;
  };
  if (!codec_awake_) consider(reset_ended_ + kCodecWakes);
  consider(commands_.next());
  for (const auto& stream : streams_) consider(stream->next());
  return first;
}

void HdaController::plug(uint8_t pin, bool present) {
  const auto response = codec_.plug(pin, present);
  if (!response) return;
  if (!running()) {
    wake_status_ |= 1;  // §3.3.9, §5.6: with the link down the codec can but ask for attention
  } else if (control_ & kAcceptUnsolicited) {
    commands_.unsolicited(0, *response);
  }
}

}  // namespace portside::hardware
