// MixerLevel: volume and mute of one direction: a stereo register of the codec with steps of 1.5 dB (AC'97 2.3,
// §5.7.2): attenuation from 0 dB down for what is played, gain from 0 dB up for what is recorded.
#pragma once

#include <wdm.h>

#include "faults.h"

class MixerLevel {
 public:
  static constexpr ULONG kChannels = 2;
  static constexpr LONG kStep = 0x18000;  // 1.5 dB in units of 1/65536 dB

  MixerLevel() = default;
  MixerLevel(ULONG reg, bool gain) : reg_(reg), gain_(gain) {}

  ULONG reg() const { return reg_; }
  LONG minimum() const { return gain_ ? 0 : -31 * kStep; }
  LONG maximum() const { return gain_ ? 15 * kStep : 0; }
  LONG volume(ULONG channel) const { return volume_[channel]; }
  bool muted() const { return muted_; }

  void set_volume(ULONG channel, LONG volume) {
    if (volume < minimum()) volume = minimum();
    if (volume > maximum()) volume = maximum();
    // To the nearest step, and a node answers with the step it took.
    const LONG half = volume < 0 ? -kStep / 2 : kStep / 2;
    volume_[channel] = (volume + half) / kStep * kStep;
  }
  void set_muted(bool muted) { muted_ = muted; }

  // What the register is to hold.
  USHORT value() const {
    constexpr ULONG kLeft = faults::kSwapsChannels ? 1 : 0;
    return static_cast<USHORT>((muted_ ? 1u << 15 : 0) | steps(kLeft) << 8 | steps(1 - kLeft));
  }

 private:
  ULONG steps(ULONG channel) const {
    const LONG steps = gain_ ? volume_[channel] / kStep : -volume_[channel] / kStep;
    return static_cast<ULONG>(faults::kTurnsLevels ? (gain_ ? 15 : 31) - steps : steps);
  }

  ULONG reg_ = 0;
  bool gain_ = false;
  LONG volume_[kChannels] = {};
  bool muted_ = false;
};
