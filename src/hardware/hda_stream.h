#pragma once
// HdaStream: one stream descriptor of the model (HDA 1.0a §3.3.34 to §3.3.43, §4.5): a DMA engine that goes through its
// buffer descriptor list at the stream's rate, in the machine's time. It moves bursts of frames; at the end of a buffer
// that asks for it, it raises its interrupt.

#include <optional>
#include <string>
#include <vector>

#include "hardware/hda_bench.h"
#include "hardware/hda_format.h"
#include "hardware/hda_link.h"

namespace portside::hardware {

class HdaStream {
 public:
  static constexpr uint32_t kBytes = 0x20;
  static constexpr uint32_t kBurstFrames = 16;

  HdaStream(HdaBench& bench, HdaLink& link, uint32_t index, bool capture);

  // Registers by their offset in the descriptor, byte by byte: the model has checked sizes.
  uint8_t read(uint32_t offset) const;
  void write(uint32_t offset, uint8_t value);
  // Called after all bytes of a write: what a change of RUN or SRST means.
  void written();
  void reset();  // by SRST, or with the controller

  // Moves what is due; `positions`: the DMA position buffer's address, if there is one (§3.6.1).
  void advance(Nanoseconds now, std::optional<uint64_t> positions);
  // When it wants to be advanced; none while it stands.
  std::optional<Nanoseconds> next() const;

  bool capture() const { return capture_; }
  bool running() const { return running_; }
  uint8_t number() const { return static_cast<uint8_t>(control_ >> 20 & 0xF); }
  uint16_t format_word() const { return format_word_; }
  uint32_t position() const { return position_; }
  // A cause that is enabled (§3.3.36, §3.3.35).
  bool interrupts() const { return status_ & control_ & kCauses; }
  bool has_cause() const { return status_ & kCauses; }
  std::string name() const;

 private:
  struct Descriptor {
    uint64_t address = 0;
    uint32_t bytes = 0;
    uint32_t flags = 0;
    bool operator==(const Descriptor&) const = default;
  };
  static constexpr uint8_t kCauses = 0x1C;  // BCIS, FIFOE, DESE: the same bits in status and control
  static constexpr uint8_t kCompletion = 0x04, kFifoError = 0x08, kDescriptorError = 0x10;

  bool in_reset() const { return control_ & 1; }
  uint64_t list_address() const { return uint64_t{list_upper_} << 32 | list_lower_; }
  void start();
  void stop();
  bool read_list();
  void judge_list();
  void begin_buffer();
  void move(uint64_t frames);
  void move_bytes(std::span<std::byte> bytes);
  Nanoseconds time_of(uint64_t frame) const;

  HdaBench& bench_;
  HdaLink& link_;
  const uint32_t index_;
  const bool capture_;

  // Registers.
  uint32_t control_ = 0;
  uint8_t status_ = 0;
  uint32_t position_ = 0, length_ = 0;
  uint16_t last_index_ = 0, format_word_ = 0;
  uint32_t list_lower_ = 0, list_upper_ = 0;

  // While it runs.
  bool running_ = false, stuck_ = false;
  HdaFormat format_;
  Nanoseconds started_{};
  uint64_t frames_done_ = 0;  // since started_
  std::vector<Descriptor> list_;
  uint64_t list_from_ = 0;
  size_t buffer_ = 0;       // which descriptor
  uint32_t in_buffer_ = 0;  // bytes of it that are done
};

}  // namespace portside::hardware
