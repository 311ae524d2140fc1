// Studio. See studio.h.
#include "studio.h"

#include "control_device.h"
#include "topology_miniport.h"

#pragma code_seg("PAGE")

NTSTATUS Studio::create(PDEVICE_OBJECT functional_device, Studio** result) {
  PAGED_CODE();
  Studio* studio = new Studio();
  if (!studio) return STATUS_INSUFFICIENT_RESOURCES;
  ExInitializeFastMutex(&studio->lock_);
  studio->functional_device_ = functional_device;
  studio->settings_.read(functional_device);
  NTSTATUS status = studio->mixer_.create(48000);
  if (NT_SUCCESS(status)) status = ExUuidCreate(&studio->notification_id_);
  if (!NT_SUCCESS(status)) {
    studio->Release();
    return status;
  }
  studio->plugged_[kOutputJack] = static_cast<LONG>(studio->settings_.output_plugged);
  studio->plugged_[kInputJack] = static_cast<LONG>(studio->settings_.input_plugged);
  studio->mixer_.set_patched(studio->plugged_[kOutputJack] && studio->plugged_[kInputJack]);
  ControlDevice::add(*studio);
  *result = studio;
  return STATUS_SUCCESS;
}

Studio::~Studio() {
  PAGED_CODE();
  stop();
  mixer_.destroy();
}

void Studio::plug(Jack jack, bool plugged) {
  PAGED_CODE();
  if (InterlockedExchange(&plugged_[jack], plugged) == static_cast<LONG>(plugged)) return;
  mixer_.set_patched(plugged_[kOutputJack] && plugged_[kInputJack]);
  // Clients then ask for the jack's description again.
  tell(jack, KSEVENTSETID_PinCapsChange, KSEVENT_PINCAPS_JACKINFOCHANGE, FALSE, 0);
}

void Studio::turn(Jack jack, LONG volume) {
  PAGED_CODE();
  Level& level = mixer_.level(jack == kInputJack);
  for (ULONG channel = 0; channel < settings_.channels; ++channel) level.set_volume(channel, volume);
  tell(jack, KSEVENTSETID_AudioControlChange, KSEVENT_CONTROL_CHANGE, TRUE, TopologyMiniport::kVolumeNode);
}

void Studio::tell(Jack jack, const GUID& set, ULONG event, BOOL of_node, ULONG node) {
  PAGED_CODE();
  ExAcquireFastMutex(&lock_);
  if (IPortEvents* events = jack_events_[jack])
    events->GenerateEventList(const_cast<GUID*>(&set), event, FALSE, 0, of_node, node);
  ExReleaseFastMutex(&lock_);
}

void Studio::set_jack_events(Jack jack, IPortEvents* events) {
  PAGED_CODE();
  ExAcquireFastMutex(&lock_);
  jack_events_[jack] = events;
  ExReleaseFastMutex(&lock_);
}

void Studio::set_detector_events(IPortEvents* events) {
  PAGED_CODE();
  ExAcquireFastMutex(&lock_);
  detector_events_ = events;
  ExReleaseFastMutex(&lock_);
}

bool Studio::hear_keyword() {
  PAGED_CODE();
  const bool matched = detector_.hear();
  ExAcquireFastMutex(&lock_);
  if (matched && detector_events_) {
    detector_events_->GenerateEventList(const_cast<GUID*>(&KSEVENTSETID_SoundDetector),
                                        KSEVENT_SOUNDDETECTOR_MATCHDETECTED, FALSE, 0, FALSE, 0);
  }
  ExReleaseFastMutex(&lock_);
  return matched;
}

void Studio::start_recorder(IPort* port) {
  PAGED_CODE();
  if (!settings_.record_to_file) return;
  ComPointer<IPortClsStreamResourceManager> manager;
  port->QueryInterface(IID_IPortClsStreamResourceManager, reinterpret_cast<PVOID*>(manager.receive()));
  PDEVICE_OBJECT physical_device = nullptr;
  PcGetPhysicalDeviceObject(functional_device_, &physical_device);
  // A file that cannot be had is no reason to have no sound.
  if (!NT_SUCCESS(recorder_.start(manager.get(), physical_device))) {
    recorder_.stop(mixer_.rate());
    return;
  }
  mixer_.set_recorder(&recorder_);
}

void Studio::stop() {
  PAGED_CODE();
  ControlDevice::remove(*this);
  mixer_.set_recorder(nullptr);
  recorder_.stop(mixer_.rate());
}

#pragma code_seg()
