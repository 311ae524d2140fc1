// AudioPath. See audio_path.h.
#include "audio_path.h"

#pragma code_seg("PAGE")

// The amplifiers in the order in which the sound meets them, seen from the converter.
template <class Pick>
Amplifier AudioPath::pick(bool output, Pick pick) const {
  for (ULONG i = 0; i < length_; ++i) {
    // An output path begins with the pin, an input path with the converter; both converters come first here.
    const ULONG at = output ? length_ - 1 - i : i;
    const Hop& hop = hops_[at];
    const Amplifier out(*hop.widget, Amplifier::Side::kOutput, 0);
    const Amplifier in(*hop.widget, Amplifier::Side::kInput, hop.input);
    const Amplifier& first = output ? out : in;
    const Amplifier& second = output ? in : out;
    if (first.exists() && pick(first)) return first;
    // The input amplifier of an output path's converter, or of an input path's pin, is on another way.
    if (second.exists() && pick(second) && at + 1 < length_) return second;
  }
  return Amplifier();
}

Amplifier AudioPath::find_volume(bool output) const {
  PAGED_CODE();
  return pick(output, [](const Amplifier& a) { return a.steps() > 0; });
}

Amplifier AudioPath::find_mute(bool output) const {
  PAGED_CODE();
  return pick(output, [](const Amplifier& a) { return a.can_mute(); });
}

NTSTATUS AudioPath::open_amplifier(const Codec& codec, const Amplifier& amplifier, bool mute) {
  PAGED_CODE();
  NTSTATUS status = STATUS_SUCCESS;
  for (ULONG channel = 0; NT_SUCCESS(status) && channel < 2; ++channel)
    status = amplifier.set(codec, channel, amplifier.unity(), mute);
  return status;
}

NTSTATUS AudioPath::open_hop(const Codec& codec, ULONG i) const {
  PAGED_CODE();
  const Hop& hop = hops_[i];
  const Widget& widget = *hop.widget;
  NTSTATUS status = STATUS_SUCCESS;
  // §7.3.3.2: a mixer hears all of its inputs, whatever is selected; its other inputs are muted instead.
  const bool is_mixer = widget.type == WidgetType::kMixer;
  const bool leads_on = i + 1 < length_;
  if (leads_on && !is_mixer && widget.connection_count > 1)
    status = codec.command(widget.node, verb::kSetConnection, hop.input);
  if (widget.input_amplifier) {
    const ULONG inputs = widget.connection_count ? widget.connection_count : 1;
    for (ULONG input = 0; NT_SUCCESS(status) && input < inputs; ++input) {
      // A pin or a converter has one input amplifier for whatever is selected, unless it counts them (§7.3.3.7, Index).
      const Amplifier amplifier(widget, Amplifier::Side::kInput, input);
      status = open_amplifier(codec, amplifier, is_mixer && leads_on && input != hop.input);
    }
  }
  if (NT_SUCCESS(status) && widget.output_amplifier)
    status = open_amplifier(codec, Amplifier(widget, Amplifier::Side::kOutput, 0), false);
  return status;
}

NTSTATUS AudioPath::open_pin(const Codec& codec, const Widget& pin, bool output) {
  PAGED_CODE();
  ULONG control;
  if (output) {
    const bool headphone = configuration::device(pin.configuration) == configuration::kHeadphone &&
                           (pin.pin_capabilities & pin_caps::kHeadphone);
    control = pin_control::kOutput | (headphone ? pin_control::kHeadphone : 0);
  } else {
    const bool microphone = configuration::device(pin.configuration) == configuration::kMicrophone &&
                            (pin.pin_capabilities & pin_caps::kVref80);
    control = pin_control::kInput | (microphone ? pin_control::kVref80 : 0);
  }
  NTSTATUS status = codec.command(pin.node, verb::kSetPinControl, control);
  if (NT_SUCCESS(status) && output && (pin.pin_capabilities & pin_caps::kEapd))
    status = codec.command(pin.node, verb::kSetEapd, eapd::kPoweredUp);
  return status;
}

NTSTATUS AudioPath::open(const Codec& codec, bool output) const {
  PAGED_CODE();
  NTSTATUS status = STATUS_SUCCESS;
  for (ULONG i = 0; NT_SUCCESS(status) && i < length_; ++i) status = open_hop(codec, i);
  if (NT_SUCCESS(status)) status = open_pin(codec, output ? hop(0) : last(), output);
  return status;
}

ULONG AudioPath::delay_frames() const {
  PAGED_CODE();
  ULONG frames = 0;
  for (ULONG i = 0; i < length_; ++i) frames += widget_caps::delay_frames(hop(i).capabilities);
  return frames;
}

#pragma code_seg()
