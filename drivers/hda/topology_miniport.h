// TopologyMiniport: the topology filter of one endpoint: the volume and the mute that its amplifiers have, and its
// jack.
#pragma once

#include "hda_device.h"

class TopologyMiniport final : public ComObject<TopologyMiniport, IMiniportTopology> {
 public:
  // Audio enters both kinds of filter at pin 0.
  enum Pin : ULONG { kInputPin = 0, kOutputPin = 1 };

  static NTSTATUS create(HdaDevice& device, Endpoint& endpoint, TopologyMiniport** result);
  ~TopologyMiniport();

  STDMETHODIMP QueryInterface(REFIID iid, PVOID* result) override;

  // IMiniport
  STDMETHODIMP_(NTSTATUS) GetDescription(PPCFILTER_DESCRIPTOR* description) override;
  STDMETHODIMP_(NTSTATUS)
  DataRangeIntersection(ULONG pin, PKSDATARANGE client_range, PKSDATARANGE my_range, ULONG output_bytes,
                        PVOID resultant_format, PULONG resultant_format_bytes) override;

  // IMiniportTopology
  STDMETHODIMP_(NTSTATUS) Init(PUNKNOWN adapter, PRESOURCELIST resources, PPORTTOPOLOGY port) override;

  // The handlers that the automation tables name.
  static NTSTATUS on_volume(PPCPROPERTY_REQUEST request);
  static NTSTATUS on_mute(PPCPROPERTY_REQUEST request);
  static NTSTATUS on_cpu_resources(PPCPROPERTY_REQUEST request);
  static NTSTATUS on_jack_description(PPCPROPERTY_REQUEST request);  // jack.cpp
  static NTSTATUS on_jack_description2(PPCPROPERTY_REQUEST request);
  static NTSTATUS on_jack_event(PPCEVENT_REQUEST request);

 private:
  TopologyMiniport(HdaDevice& device, Endpoint& endpoint);
  static TopologyMiniport& of(PUNKNOWN major_target) {
    return *static_cast<TopologyMiniport*>(reinterpret_cast<IMiniportTopology*>(major_target));
  }
  ULONG jack_pin() const { return endpoint_.capture() ? kInputPin : kOutputPin; }
  void describe();

  ComPointer<HdaDevice> device_;
  Endpoint& endpoint_;
  ComPointer<IPortEvents> port_events_;

  // The descriptor, made from what the amplifiers and the pin said.
  PCPIN_DESCRIPTOR pins_[2];
  PCNODE_DESCRIPTOR nodes_[2];
  PCCONNECTION_DESCRIPTOR connections_[3];
  PCFILTER_DESCRIPTOR filter_;
};
