#include "hardware/ac97_mixer.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace portside::hardware {
namespace {

constexpr uint32_t kMixerReset = 0x00, kMaster = 0x02, kPcmOut = 0x18, kRecordSelect = 0x1A, kRecordGain = 0x1C,
                   kPowerdown = 0x26, kExtendedId = 0x28, kExtendedControl = 0x2A, kDacRate = 0x2C, kAdcRate = 0x32,
                   kVendor1 = 0x7C, kVendor2 = 0x7E;
constexpr uint16_t kMute = 0x8000, kVariableRate = 1, kLineIn = 4, kMicrophone = 0;

}  // namespace

// §5.7: the defaults that the specification gives.
void Ac97Mixer::reset() {
  registers_.fill(0);
  at(kMaster) = kMute;
  for (const uint32_t input : {0x0Eu, 0x10u, 0x12u, 0x14u, 0x16u, kPcmOut})
    at(input) = kMute | (input == 0x0E ? 0x08 : 0x0808);
  at(kRecordGain) = kMute;
  at(kExtendedId) = kVariableRate;
  at(kDacRate) = at(kAdcRate) = 48000;
  at(kVendor1) = 0x5053, at(kVendor2) = 0x0A97;  // nobody's
}

uint16_t Ac97Mixer::read(uint32_t offset) const {
  if (offset >= kRegisters || offset % 2) return 0xFFFF;
  if (offset != kPowerdown) return at(offset);
  // §5.7.6: what is not powered down is ready: PR0 the ADC, PR1 the DAC, PR2 the mixer, PR3 the reference.
  const uint16_t down = at(kPowerdown) >> 8 & 0xF;
  return static_cast<uint16_t>((at(kPowerdown) & 0xFF00) | (~down & 0xF));
}

void Ac97Mixer::write(uint32_t offset, uint16_t value) {
  if (offset >= kRegisters || offset % 2) return;
  switch (offset) {
    case kMixerReset: return reset();
    case kMaster:
    case kPcmOut: at(offset) = value & 0x9F1F; break;
    case kRecordSelect: at(offset) = value & 0x0707; break;
    case kRecordGain: at(offset) = value & 0x8F0F; break;
    case kPowerdown: at(offset) = value & 0xFF00; break;
    case kExtendedControl:
      at(offset) = value & kVariableRate;
      if (!at(offset)) at(kDacRate) = at(kAdcRate) = 48000;
      break;
    case kDacRate:
    case kAdcRate:
      // §5.8.3: without variable rates it is 48 kHz; what it cannot do it shows as what it does.
      if (at(kExtendedControl) & kVariableRate) at(offset) = std::clamp<uint16_t>(value, 8000, 48000);
      break;
    case kExtendedId:
    case kVendor1:
    case kVendor2: break;  // read only
    default: at(offset) = value;
  }
}

uint32_t Ac97Mixer::rate(bool capture) const { return at(capture ? kAdcRate : kDacRate); }

// §5.7.2: steps of 1.5 dB; §5.7.3: of the inputs 8 is 0 dB; §5.7.4: gain from 0 dB up.
double Ac97Mixer::gain(bool capture, bool right) const {
  const auto steps = [right](uint16_t value, uint16_t mask) {
    return static_cast<int>(right ? value & mask : value >> 8 & mask);
  };
  if (capture) {
    const uint16_t source = right ? at(kRecordSelect) & 7 : at(kRecordSelect) >> 8 & 7;
    if ((at(kRecordGain) & kMute) || (source != kLineIn && !(source == kMicrophone && microphone_)) ||
        !(read(kPowerdown) & 1))
      return 0;
    return std::pow(10.0, steps(at(kRecordGain), 0xF) * 1.5 / 20);
  }
  if (((at(kMaster) | at(kPcmOut)) & kMute) || (read(kPowerdown) & 0xE) != 0xE) return 0;
  return std::pow(10.0, (8 - steps(at(kPcmOut), 0x1F) - steps(at(kMaster), 0x1F)) * 1.5 / 20);
}

void Ac97Mixer::shape(bool capture, std::span<std::byte> frames) const {
  const double gains[] = {gain(capture, false), gain(capture, true)};
  if (gains[0] == 1.0 && gains[1] == 1.0) return;  // exact
  for (size_t at = 0, i = 0; at + 2 <= frames.size(); at += 2, ++i) {
    int16_t sample;
    std::memcpy(&sample, &frames[at], 2);
    sample = static_cast<int16_t>(std::clamp<long>(std::lround(sample * gains[i % 2]), INT16_MIN, INT16_MAX));
    std::memcpy(&frames[at], &sample, 2);
  }
}

}  // namespace portside::hardware
