// SoundDetector: a keyword spotter that runs while the rest of the computer sleeps (KSPROPSETID_SoundDetector).
//
// "Voice Activation" (audio): the system sets patterns and arms the detector; a match disarms it and raises an event;
// the system reads the result and arms it again. This one hears a keyword when the control device says so.
#pragma once

#include <portcls.h>

class SoundDetector {
 public:
  // KSPROPERTY_SOUNDDETECTOR_ARMED; STATUS_INVALID_DEVICE_STATE without patterns.
  NTSTATUS arm(bool armed);
  bool armed() const { return armed_; }
  // KSPROPERTY_SOUNDDETECTOR_PATTERNS: none disarms, as any new set of them does.
  void set_patterns(ULONG count);
  ULONG patterns() const { return static_cast<ULONG>(patterns_); }
  void reset();
  // True: a match, and the detector is disarmed.
  bool hear();
  // How many matches there have been: the payload of KSPROPERTY_SOUNDDETECTOR_MATCHRESULT.
  ULONG matches() const { return static_cast<ULONG>(matches_); }

  // The handlers that the capture filter's automation table names.
  static NTSTATUS on_supported_patterns(PPCPROPERTY_REQUEST request);
  static NTSTATUS on_patterns(PPCPROPERTY_REQUEST request);
  static NTSTATUS on_armed(PPCPROPERTY_REQUEST request);
  static NTSTATUS on_match_result(PPCPROPERTY_REQUEST request);
  static NTSTATUS on_reset(PPCPROPERTY_REQUEST request);
  static NTSTATUS on_streaming_support(PPCPROPERTY_REQUEST request);
  static NTSTATUS on_event(PPCEVENT_REQUEST request);

 private:
  volatile LONG armed_ = FALSE;
  volatile LONG patterns_ = 0;
  volatile LONG matches_ = 0;
};
