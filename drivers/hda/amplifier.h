// Amplifier: one amplifier of a widget: its range in decibels, and the verb that sets it (HDA 1.0a §7.3.3.7,
// §7.3.4.10).
#pragma once

#include "codec.h"

class Amplifier {
 public:
  enum class Side { kInput, kOutput };

  Amplifier() = default;
  // `index`: of an input amplifier, which connection's it is.
  Amplifier(const Widget& widget, Side side, ULONG index)
      : node_(widget.node), side_(side), index_(index),
        caps_(side == Side::kOutput ? widget.output_amplifier : widget.input_amplifier) {}

  UCHAR node() const { return node_; }
  bool exists() const { return caps_ != 0; }
  bool can_mute() const { return caps_ >> 31; }
  ULONG steps() const { return caps_ >> 8 & 0x7F; }
  ULONG unity() const { return caps_ & 0x7F; }  // the step that is 0 dB

  // In units of 1/65536 decibel, as KSPROPERTY_AUDIO_VOLUMELEVEL counts. A step is a multiple of a quarter of a
  // decibel.
  LONG step_size() const { return static_cast<LONG>(((caps_ >> 16 & 0x7F) + 1) * 0x4000); }
  LONG minimum() const { return volume_of(0); }
  LONG maximum() const { return volume_of(steps()); }
  LONG volume_of(ULONG step) const { return (static_cast<LONG>(step) - static_cast<LONG>(unity())) * step_size(); }
  ULONG step_of(LONG volume) const {
    if (volume <= minimum()) return 0;
    if (volume >= maximum()) return steps();
    return static_cast<ULONG>((volume - minimum() + step_size() / 2) / step_size());
  }

  // One channel, 0 being the left. PASSIVE_LEVEL.
  NTSTATUS set(const Codec& codec, ULONG channel, ULONG step, bool mute) const {
    const ULONG side = side_ == Side::kOutput ? 1u << 15 : 1u << 14;
    const ULONG payload =
        side | (channel == 0 ? 1u << 13 : 1u << 12) | index_ << 8 | (mute && can_mute() ? 1u << 7 : 0) | (step & 0x7F);
    return codec.command(node_, verb::kSetAmplifier, payload);
  }

 private:
  UCHAR node_ = 0;
  Side side_ = Side::kOutput;
  ULONG index_ = 0;
  ULONG caps_ = 0;
};
