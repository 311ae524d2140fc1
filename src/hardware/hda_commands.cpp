#include "hardware/hda_commands.h"

#include <fmt/format.h>

#include "hardware/hda_bytes.h"

namespace portside::hardware {
namespace {

constexpr uint8_t kMemoryError = 1, kResponse = 1, kOverrun = 4;
constexpr uint16_t kBusy = 1, kValid = 2;

}  // namespace

uint8_t HdaCommands::read(uint32_t offset) const {
  if (offset >= 0x40 && offset < 0x48) return byte_of(corb_base_, offset - 0x40);
  if (offset >= 0x50 && offset < 0x58) return byte_of(rirb_base_, offset - 0x50);
  if (offset >= 0x60 && offset < 0x64) return byte_of(immediate_out_, offset - 0x60);
  if (offset >= 0x64 && offset < 0x68) return byte_of(immediate_in_, offset - 0x64);
  switch (offset) {
    case 0x48: return byte_of(corb_write_, 0);
    case 0x4A: return byte_of(corb_read_, 0);
    case 0x4B: return corb_read_in_reset_ ? 0x80 : 0;
    case 0x4C: return corb_control_;
    case 0x4D: return corb_status_;
    case 0x4E: return corb_size_;
    case 0x58: return byte_of(rirb_write_, 0);
    case 0x5A: return byte_of(response_count_, 0);
    case 0x5C: return rirb_control_;
    case 0x5D: return rirb_status_;
    case 0x5E: return rirb_size_;
    case 0x68: return byte_of(immediate_status_, 0);
    default: return 0;
  }
}

void HdaCommands::refuse_while_running(bool running, uint32_t offset) {
  if (running)
    bench_.complain(HdaRule::kRingChangedRunning,
                    fmt::format("the register byte at {:#x} was written while its ring runs", offset));
}

void HdaCommands::write(uint32_t offset, uint8_t value) {
  if (offset >= 0x40 && offset < 0x48) {
    refuse_while_running(corb_runs(), offset);
    if (offset == 0x40 && (value & 0x7F))
      bench_.complain(HdaRule::kRingNotAligned, fmt::format("the CORB's address ends in {:#04x}", value));
    set_byte(corb_base_, offset - 0x40, offset == 0x40 ? value & 0x80 : value);
    return;
  }
  if (offset >= 0x50 && offset < 0x58) {
    refuse_while_running(rirb_runs(), offset);
    if (offset == 0x50 && (value & 0x7F))
      bench_.complain(HdaRule::kRingNotAligned, fmt::format("the RIRB's address ends in {:#04x}", value));
    set_byte(rirb_base_, offset - 0x50, offset == 0x50 ? value & 0x80 : value);
    return;
  }
  if (offset >= 0x60 && offset < 0x64) return set_byte(immediate_out_, offset - 0x60, value);
  switch (offset) {
    case 0x48: corb_write_ = static_cast<uint16_t>(value % corb_entries()); break;
    case 0x4B:
      // §3.3.21: 1, to be read back, then 0, to be read back.
      refuse_while_running(corb_runs(), offset);
      if (value & 0x80) corb_read_ = 0;
      corb_read_in_reset_ = value & 0x80;
      break;
    case 0x4C: corb_control_ = value & 3; break;
    case 0x4D: corb_status_ &= static_cast<uint8_t>(~(value & kMemoryError)); break;
    case 0x4E:
      refuse_while_running(corb_runs(), offset);
      if ((value & 3) != 3) corb_size_ = static_cast<uint8_t>((corb_size_ & 0xF0) | (value & 3));
      break;
    case 0x59:
      refuse_while_running(rirb_runs(), offset);
      if (value & 0x80) rirb_write_ = 0, responses_since_interrupt_ = 0;
      break;
    case 0x5A:
      refuse_while_running(rirb_runs(), offset);
      response_count_ = value;
      break;
    case 0x5C: rirb_control_ = value & 7; break;
    case 0x5D:
      if (value & kResponse) responses_since_interrupt_ = 0;
      rirb_status_ &= static_cast<uint8_t>(~(value & (kResponse | kOverrun)));
      break;
    case 0x5E:
      refuse_while_running(rirb_runs(), offset);
      if ((value & 3) != 3) rirb_size_ = static_cast<uint8_t>((rirb_size_ & 0xF0) | (value & 3));
      break;
    case 0x68:
      if (value & kValid) immediate_status_ &= static_cast<uint16_t>(~kValid);  // a 1 clears
      if (!(value & kBusy)) break;
      if (corb_runs())
        bench_.complain(HdaRule::kImmediateWithRing, "an immediate command was given while the CORB runs");
      if (immediate_status_ & kBusy) {
        bench_.complain(HdaRule::kImmediateBusy, "an immediate command was given while another is under way");
        break;
      }
      immediate_status_ = kBusy;
      immediate_due_ = bench_.now() + kFrame;
      break;
    default: break;
  }
}

void HdaCommands::written(uint32_t) {
  if (corb_runs() && corb_read_in_reset_)
    bench_.complain(HdaRule::kRingPointerReset, "the CORB was started with its read pointer still held in reset");
  if (!work_waits()) {
    step_due_.reset();
  } else if (!step_due_) {
    step_due_ = bench_.now() + kFrame;
  }
}

void HdaCommands::reset() {
  corb_base_ = rirb_base_ = 0;
  corb_write_ = corb_read_ = rirb_write_ = response_count_ = 0;
  corb_read_in_reset_ = false;
  corb_control_ = corb_status_ = rirb_control_ = rirb_status_ = 0;
  corb_size_ = rirb_size_ = kSizes;
  responses_since_interrupt_ = 0;
  immediate_out_ = immediate_in_ = 0, immediate_status_ = 0;
  immediate_due_.reset();
  step_due_.reset();
}

void HdaCommands::advance(Nanoseconds now) {
  if (immediate_due_ && *immediate_due_ <= now) {
    immediate_due_.reset();
    const auto response = execute_(immediate_out_);
    immediate_in_ = response.value_or(0);
    // §3.4.3: without a response the command is no longer busy, and no result is valid.
    immediate_status_ = response ? kValid : 0;
  }
  while (step_due_ && *step_due_ <= now) {
    const Nanoseconds at = *step_due_;
    step();
    step_due_.reset();
    if (work_waits()) step_due_ = at + kFrame;
  }
}

// One verb, and its response. Interrupts come at the count of responses that was asked for, or when no more are to come
// (§3.3.28, §3.3.30).
void HdaCommands::step() {
  const auto next = static_cast<uint16_t>((corb_read_ + 1u) % corb_entries());
  uint32_t verb;
  if (!bench_.read(corb_base_ + 4u * next, verb, "a verb is fetched from the CORB")) {
    corb_status_ |= kMemoryError;
    corb_control_ &= static_cast<uint8_t>(~2u);
    return;
  }
  corb_read_ = next;
  if (const auto response = execute_(verb)) respond(*response, verb >> 28);
}

void HdaCommands::respond(uint32_t response, uint32_t extended) {
  if (!rirb_runs()) return;
  rirb_write_ = static_cast<uint16_t>((rirb_write_ + 1u) % entries(rirb_size_));
  const uint64_t both = uint64_t{extended} << 32 | response;
  if (!bench_.store(rirb_base_ + 8u * rirb_write_, both, "a response is written to the RIRB")) {
    rirb_status_ |= kOverrun;
    return;
  }
  const uint32_t wanted = response_count_ ? response_count_ : 256;
  if (++responses_since_interrupt_ >= wanted || corb_write_ == corb_read_) {
    responses_since_interrupt_ = 0;
    rirb_status_ |= kResponse;
  }
}

void HdaCommands::unsolicited(uint8_t codec, uint32_t response) { respond(response, codec | 1u << 4); }

std::optional<Nanoseconds> HdaCommands::next() const {
  if (immediate_due_ && step_due_) return std::min(*immediate_due_, *step_due_);
  return immediate_due_ ? immediate_due_ : step_due_;
}

bool HdaCommands::interrupts() const {
  return ((rirb_status_ & kResponse) && (rirb_control_ & 1)) || ((rirb_status_ & kOverrun) && (rirb_control_ & 4)) ||
         ((corb_status_ & kMemoryError) && (corb_control_ & 1));
}

}  // namespace portside::hardware
