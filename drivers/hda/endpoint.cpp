// Endpoint. See endpoint.h.
#include "endpoint.h"

#pragma code_seg("PAGE")

bool Endpoint::leads_out(const Widget& pin) {
  PAGED_CODE();
  return pin.is_pin() && !pin.is_digital() && (pin.pin_capabilities & pin_caps::kOutput) &&
         configuration::connectivity(pin.configuration) != configuration::kNothing &&
         configuration::device(pin.configuration) < configuration::kLineIn;
}

bool Endpoint::leads_in(const Widget& pin) {
  PAGED_CODE();
  return pin.is_pin() && !pin.is_digital() && (pin.pin_capabilities & pin_caps::kInput) &&
         configuration::connectivity(pin.configuration) != configuration::kNothing &&
         configuration::device(pin.configuration) >= configuration::kLineIn;
}

void Endpoint::adopt(Codec& codec, bool capture) {
  PAGED_CODE();
  ExInitializeFastMutex(&mutex_);
  codec_ = &codec;
  capture_ = capture;
  const Widget& converter = this->converter();
  formats_.pcm = converter.formats & 1 ? converter.pcm : 0;  // §7.3.4.8: bit 0 is PCM
  formats_.channels = widget_caps::channels(converter.capabilities);
  volume_amplifier_ = path_.find_volume(!capture);
  mute_amplifier_ = path_.find_mute(!capture);
  for (ULONG& step : steps_) step = volume_amplifier_.unity();
}

NTSTATUS Endpoint::open(UCHAR tag) {
  PAGED_CODE();
  tag_ = tag;
  return restore();
}

NTSTATUS Endpoint::restore() {
  PAGED_CODE();
  NTSTATUS status = path_.open(*codec_, !capture_);
  if (NT_SUCCESS(status)) {
    ExAcquireFastMutex(&mutex_);
    for (ULONG channel = 0; NT_SUCCESS(status) && channel < kChannels; ++channel) status = write_amplifiers(channel);
    ExReleaseFastMutex(&mutex_);
  }
  if (NT_SUCCESS(status)) status = bind(stream_number_, link_format_);
  if (NT_SUCCESS(status) && detects_presence()) {
    status = codec_->command(pin().node, verb::kSetUnsolicited, unsolicited::kEnable | tag_);
    // A plug may have come or gone while nobody listened.
    if (NT_SUCCESS(status)) look_at_jack();
  }
  return status;
}

NTSTATUS Endpoint::bind(UCHAR stream_number, USHORT link_format) {
  PAGED_CODE();
  stream_number_ = stream_number;
  link_format_ = link_format;
  NTSTATUS status = STATUS_SUCCESS;
  // The format first: from the moment the number is set, the converter takes what is on the link.
  if (stream_number != 0) status = codec_->command(converter().node, verb::kSetConverterFormat, link_format);
  if (NT_SUCCESS(status))
    status = codec_->command(converter().node, verb::kSetStreamAndChannel, static_cast<ULONG>(stream_number) << 4);
  // Asleep: it is told when it wakes.
  return status == STATUS_DEVICE_NOT_READY ? STATUS_SUCCESS : status;
}

// Volume and mute may be of one amplifier or of two.
NTSTATUS Endpoint::write_amplifiers(ULONG channel) {
  PAGED_CODE();
  const bool one =
      volume_amplifier_.exists() && mute_amplifier_.exists() && volume_amplifier_.node() == mute_amplifier_.node();
  NTSTATUS status = STATUS_SUCCESS;
  if (volume_amplifier_.exists())
    status = volume_amplifier_.set(*codec_, channel, steps_[channel], one && muted_[channel]);
  if (NT_SUCCESS(status) && mute_amplifier_.exists() && !one)
    status = mute_amplifier_.set(*codec_, channel, mute_amplifier_.unity(), muted_[channel]);
  return status;
}

NTSTATUS Endpoint::set_volume(ULONG channel, LONG volume) {
  PAGED_CODE();
  ExAcquireFastMutex(&mutex_);
  steps_[channel] = volume_amplifier_.step_of(volume);
  const NTSTATUS status = write_amplifiers(channel);
  ExReleaseFastMutex(&mutex_);
  return status == STATUS_DEVICE_NOT_READY ? STATUS_SUCCESS : status;  // as above
}

NTSTATUS Endpoint::set_muted(ULONG channel, bool muted) {
  PAGED_CODE();
  ExAcquireFastMutex(&mutex_);
  muted_[channel] = muted;
  const NTSTATUS status = write_amplifiers(channel);
  ExReleaseFastMutex(&mutex_);
  return status == STATUS_DEVICE_NOT_READY ? STATUS_SUCCESS : status;
}

bool Endpoint::detects_presence() const {
  PAGED_CODE();
  return (pin().capabilities & widget_caps::kUnsolicited) && (pin().pin_capabilities & pin_caps::kPresenceDetect) &&
         !configuration::overrides_presence(pin().configuration) && has_jack();
}

void Endpoint::look_at_jack() {
  PAGED_CODE();
  // §7.3.3.15: some pins measure only when told to.
  if (pin().pin_capabilities & pin_caps::kTriggerRequired) codec_->command(pin().node, verb::kExecutePinSense, 0);
  ULONG sense;
  if (!NT_SUCCESS(codec_->command(pin().node, verb::kGetPinSense, 0, &sense))) return;
  const bool now = sense & pin_sense::kPresent;
  ExAcquireFastMutex(&mutex_);
  const bool changed = now != plugged_;
  plugged_ = now;
  if (changed && events_)
    events_->GenerateEventList(const_cast<GUID*>(&KSEVENTSETID_PinCapsChange), KSEVENT_PINCAPS_JACKINFOCHANGE, FALSE, 0,
                               FALSE, 0);
  ExReleaseFastMutex(&mutex_);
}

void Endpoint::set_events(IPortEvents* events) {
  PAGED_CODE();
  ExAcquireFastMutex(&mutex_);
  events_ = events;
  ExReleaseFastMutex(&mutex_);
}

#pragma code_seg()
