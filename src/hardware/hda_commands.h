#pragma once
// HdaCommands: how verbs get to the codecs and responses back (HDA 1.0a §3.3.18 to §3.3.31, §3.4, §4.4): the CORB and
// the RIRB in memory, and immediate commands. One verb goes out in each frame of the link, and is answered in the next.

#include <deque>
#include <optional>

#include "hardware/hda_bench.h"

namespace portside::hardware {

class HdaCommands {
 public:
  // Gives a verb to the codec that it names; none: there is no such codec, or it is not yet awake.
  using Execute = std::function<std::optional<uint32_t>(uint32_t verb)>;

  HdaCommands(HdaBench& bench, Execute execute) : bench_(bench), execute_(std::move(execute)) {}

  // Registers by their offset in the controller, 0x40 to 0x6F.
  uint8_t read(uint32_t offset) const;
  void write(uint32_t offset, uint8_t value);
  void written(uint32_t offset);  // after all bytes of a write to a register that lies there
  void reset();

  // An unsolicited response (§4.4.2); the controller has looked whether they are accepted.
  void unsolicited(uint8_t codec, uint32_t response);

  void advance(Nanoseconds now);
  std::optional<Nanoseconds> next() const;
  bool interrupts() const;

 private:
  static constexpr Nanoseconds kFrame{20833};

  bool corb_runs() const { return corb_control_ & 2; }
  bool rirb_runs() const { return rirb_control_ & 2; }
  uint32_t corb_entries() const { return entries(corb_size_); }
  static uint32_t entries(uint8_t size) { return (size & 3) == 0 ? 2 : (size & 3) == 1 ? 16 : 256; }
  bool work_waits() const { return corb_runs() && rirb_runs() && corb_write_ != corb_read_; }
  void step();
  void respond(uint32_t response, uint32_t extended);
  void refuse_while_running(bool running, uint32_t offset);

  HdaBench& bench_;
  Execute execute_;

  uint64_t corb_base_ = 0, rirb_base_ = 0;
  uint16_t corb_write_ = 0, corb_read_ = 0, rirb_write_ = 0, response_count_ = 0;
  bool corb_read_in_reset_ = false;
  uint8_t corb_control_ = 0, corb_status_ = 0, corb_size_ = kSizes, rirb_control_ = 0, rirb_status_ = 0,
          rirb_size_ = kSizes;
  static constexpr uint8_t kSizes = 0x72;  // can 2, 16 and 256; has 256
  uint32_t responses_since_interrupt_ = 0;

  uint32_t immediate_out_ = 0, immediate_in_ = 0;
  uint16_t immediate_status_ = 0;
  std::optional<Nanoseconds> immediate_due_;
  std::optional<Nanoseconds> step_due_;
};

}  // namespace portside::hardware
