// TopologyMiniport: a topology filter of the studio: what lies between a wave filter and a jack: volume, mute and
// meter, for each channel, and the jack itself.
#pragma once

#include "studio.h"

class TopologyMiniport final : public ComObject<TopologyMiniport, IMiniportTopology, IMiniportPnpNotify> {
 public:
  // In the order of the descriptors in topology_tables.cpp. Audio enters both filters at pin 0.
  enum Pin : ULONG { kInputPin = 0, kOutputPin = 1 };
  enum Node : ULONG { kVolumeNode = 0, kMuteNode = 1, kMeterNode = 2 };

  static NTSTATUS create(Studio& studio, Jack jack, TopologyMiniport** result);
  ~TopologyMiniport();

  static TopologyMiniport& of(PUNKNOWN major_target) {
    return *static_cast<TopologyMiniport*>(reinterpret_cast<IMiniportTopology*>(major_target));
  }

  STDMETHODIMP QueryInterface(REFIID iid, PVOID* result) override;

  // IMiniport
  STDMETHODIMP_(NTSTATUS) GetDescription(PPCFILTER_DESCRIPTOR* description) override;
  STDMETHODIMP_(NTSTATUS)
  DataRangeIntersection(ULONG pin, PKSDATARANGE client_range, PKSDATARANGE my_range, ULONG output_bytes,
                        PVOID resultant_format, PULONG resultant_format_bytes) override;

  // IMiniportTopology
  STDMETHODIMP_(NTSTATUS) Init(PUNKNOWN adapter, PRESOURCELIST resources, PPORTTOPOLOGY port) override;

  // IMiniportPnpNotify
  STDMETHODIMP_(VOID) PnpStop() override;

  // The handlers that the automation tables name: nodes ...
  static NTSTATUS on_volume(PPCPROPERTY_REQUEST request);
  static NTSTATUS on_mute(PPCPROPERTY_REQUEST request);
  static NTSTATUS on_meter(PPCPROPERTY_REQUEST request);
  static NTSTATUS on_cpu_resources(PPCPROPERTY_REQUEST request);
  // ... the jack (jacks.cpp) ...
  static NTSTATUS on_jack_description(PPCPROPERTY_REQUEST request);
  static NTSTATUS on_jack_description2(PPCPROPERTY_REQUEST request);
  static NTSTATUS on_jack_description3(PPCPROPERTY_REQUEST request);
  static NTSTATUS on_jack_sink(PPCPROPERTY_REQUEST request);
  static NTSTATUS on_jack_container(PPCPROPERTY_REQUEST request);
  // ... and events.
  static NTSTATUS on_event(PPCEVENT_REQUEST request);

 private:
  explicit TopologyMiniport(Jack jack) : jack_(jack) {}
  bool input() const { return jack_ == kInputJack; }
  ULONG jack_pin() const { return input() ? kInputPin : kOutputPin; }
  Level& level() { return studio_->mixer().level(input()); }
  void control_changed(ULONG node);

  const Jack jack_;
  ComPointer<Studio> studio_;
  ComPointer<IPortEvents> port_events_;
};

// The filters' descriptors, in topology_tables.cpp.
extern const PCFILTER_DESCRIPTOR kOutputTopologyFilter;
extern const PCFILTER_DESCRIPTOR kInputTopologyFilter;
