#pragma once
// Ac97Mixer: the codec of the AC'97 model by its registers (AC'97 2.3, §5.7): volumes, the record selector and gain,
// power, and variable rates. 16 bits each.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace portside::hardware {

class Ac97Mixer {
 public:
  Ac97Mixer() { reset(); }

  // To what the registers are after a reset: muted all over, 48 kHz.
  void reset();
  uint16_t read(uint32_t offset) const;
  void write(uint32_t offset, uint16_t value);

  uint32_t rate(bool capture) const;
  // Whether what the line-in hears is spoken into the microphone as well.
  void set_microphone(bool hears) { microphone_ = hears; }
  // 16-bit frames of two channels on their way out or in: louder, softer or silent.
  void shape(bool capture, std::span<std::byte> frames) const;

 private:
  static constexpr uint32_t kRegisters = 0x80;
  uint16_t& at(uint32_t offset) { return registers_[offset / 2]; }
  uint16_t at(uint32_t offset) const { return registers_[offset / 2]; }
  double gain(bool capture, bool right) const;

  std::array<uint16_t, kRegisters / 2> registers_{};
  bool microphone_ = false;
};

}  // namespace portside::hardware
