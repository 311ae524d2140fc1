#pragma once
// Ac97Box: one of the bus master's DMA engines in the AC'97 model (Intel ICH7 datasheet, §16.2): it goes through a list
// of 32 descriptors as far as the last valid one, at the codec's rate, in the machine's time.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "base/clock.h"
#include "hardware/device_host.h"

namespace portside::hardware {

class Ac97Box {
 public:
  static constexpr uint32_t kBytes = 0x10;
  static constexpr uint32_t kBurstFrames = 16;
  // Frames of two channels of 16 bits: taken out of memory, or to be filled.
  using Sound = std::function<void(std::span<std::byte> frames)>;

  Ac97Box(DeviceHost& host, bool capture, Sound sound) : host_(host), capture_(capture), sound_(std::move(sound)) {}

  uint8_t read(uint32_t offset) const;
  void write(uint32_t offset, uint8_t value);
  void reset();
  void set_rate(uint32_t rate);

  // Moves what is due. `may`: the command register lets the card master the bus.
  void advance(Nanoseconds now, bool may);
  std::optional<Nanoseconds> next() const;
  bool interrupts() const;

 private:
  static constexpr uint32_t kDescriptors = 32;
  bool running() const { return (control_ & 1) && !halted_; }
  void begin(Nanoseconds now);
  bool fetch();
  void move(uint64_t frames);
  void finish();
  Nanoseconds time_of(uint64_t frame) const;

  DeviceHost& host_;
  const bool capture_;
  const Sound sound_;
  uint32_t rate_ = 48000;

  uint32_t list_ = 0;
  uint8_t current_ = 0, last_ = 0, control_ = 0;
  uint16_t causes_ = 0;
  bool halted_ = true;

  bool fetched_ = false;  // the current descriptor
  uint32_t address_ = 0;
  uint32_t left_ = 0;  // samples of it
  uint16_t flags_ = 0;
  Nanoseconds started_{};
  uint64_t frames_done_ = 0;  // since then
};

}  // namespace portside::hardware
