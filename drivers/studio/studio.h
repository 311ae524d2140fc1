// Studio: one device: its settings, its mixer, and what several filters of it share. Every miniport and stream holds a
// reference; the device goes with the last of them.
#pragma once

#include "mixer.h"
#include "settings.h"
#include "sound_detector.h"

enum Jack : ULONG { kOutputJack, kInputJack, kJacks };

class Studio final : public Counted<Studio> {
 public:
  // PASSIVE_LEVEL; with one reference. The device is found by the control device from here on.
  static NTSTATUS create(PDEVICE_OBJECT functional_device, Studio** result);
  ~Studio();

  const Settings& settings() const { return settings_; }
  Mixer& mixer() { return mixer_; }
  SoundDetector& detector() { return detector_; }
  PDEVICE_OBJECT functional_device() const { return functional_device_; }

  bool plugged(Jack jack) const { return plugged_[jack]; }
  // PASSIVE_LEVEL. Tells who waits for jack events, when the state is a new one.
  void plug(Jack jack, bool plugged);
  // PASSIVE_LEVEL. The knob beside a jack is turned: all channels of its volume.
  void turn(Jack jack, LONG volume);
  // The topology port of a jack, to send its events through; nullptr when the filter goes.
  void set_jack_events(Jack jack, IPortEvents* events);
  void set_detector_events(IPortEvents* events);
  // Somebody says the keyword: an armed detector reports it (KSEVENT_SOUNDDETECTOR_MATCHDETECTED).
  bool hear_keyword();

  // "The lifetime of this ID is tied to the lifetime of the audio device"
  // (KSPROPERTY_AUDIOMODULE_NOTIFICATION_DEVICE_ID).
  const GUID& notification_id() const { return notification_id_; }
  // The trim that new streams begin with: the "software cache" of the filter's audio module.
  LONG trim() const { return trim_; }
  void set_trim(LONG trim) { trim_ = trim; }

  // Before the filters are gone: what would keep them.
  void start_recorder(IPort* port);
  void stop();

 private:
  Studio() = default;

  PDEVICE_OBJECT functional_device_ = nullptr;
  Settings settings_;
  Mixer mixer_;
  Recorder recorder_;
  SoundDetector detector_;
  void tell(Jack jack, const GUID& set, ULONG event, BOOL of_node, ULONG node);

  FAST_MUTEX lock_;  // over the pointers to ports
  IPortEvents* jack_events_[kJacks] = {};
  IPortEvents* detector_events_ = nullptr;
  volatile LONG plugged_[kJacks] = {};
  GUID notification_id_ = {};
  volatile LONG trim_ = kDefaultTrim;
};
