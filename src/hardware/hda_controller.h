#pragma once
// HdaController: the registers of the HD Audio model, and what they do (HDA 1.0a §3.3). Without a lock and without a
// bus: HdaModel puts it behind both.

#include <memory>
#include <optional>
#include <vector>

#include "hardware/hda_codec.h"
#include "hardware/hda_commands.h"
#include "hardware/hda_stream.h"

namespace portside::hardware {

class HdaController final : private HdaLink {
 public:
  static constexpr uint32_t kInputs = 4, kOutputs = 4;

  explicit HdaController(HdaBench& bench);

  // 1, 2 or 4 bytes, aligned, inside the registers or their aliases.
  uint32_t read(uint32_t offset, uint32_t bytes);
  void write(uint32_t offset, uint32_t bytes, uint32_t value);
  void power_on_reset();

  // Does what is due; asked again at next().
  void advance();
  std::optional<Nanoseconds> next() const;
  bool interrupts() const { return interrupt_status() >> 31 && interrupt_control_ >> 31; }

  HdaCodec& codec() { return codec_; }
  void plug(uint8_t pin, bool present);
  const HdaStream& stream(uint32_t index) const { return *streams_[index]; }

 private:
  static constexpr uint32_t kRunning = 1, kAcceptUnsolicited = 1u << 8;

  // HdaLink
  void deliver(uint8_t number, uint16_t format, std::span<const std::byte> frames) override {
    codec_.deliver(number, format, frames);
  }
  void collect(uint8_t number, uint16_t format, std::span<std::byte> frames) override {
    codec_.collect(number, format, frames);
  }

  uint8_t read_byte(uint32_t offset) const;
  void write_byte(uint32_t offset, uint8_t value);
  void written(uint32_t offset);
  void written_stream(HdaStream& stream);
  void enter_reset();
  void leave_reset();
  bool running() const { return control_ & kRunning; }
  uint32_t wall_clock() const;
  uint32_t interrupt_status() const;
  std::optional<uint32_t> execute(uint32_t verb);
  std::optional<uint64_t> positions() const;

  HdaBench& bench_;
  HdaCodec codec_;
  HdaCommands commands_;
  std::vector<std::unique_ptr<HdaStream>> streams_;

  uint32_t control_ = 0;
  uint16_t wake_enable_ = 0, wake_status_ = 0;
  uint32_t interrupt_control_ = 0, stream_sync_ = 0;
  uint32_t position_lower_ = 0, position_upper_ = 0;
  Nanoseconds reset_began_{}, reset_ended_{};
  bool codec_awake_ = false, told_too_soon_ = false;
};

}  // namespace portside::hardware
