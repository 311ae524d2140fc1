// TopologyMiniport: a topology filter of the cable: what lies between a wave filter and the plug. Here a volume and a
// mute, as Windows shows them in its mixer.
#pragma once

#include "cable.h"

class TopologyMiniport final : public ComObject<TopologyMiniport, IMiniportTopology> {
 public:
  // In the order of the descriptors in topology_tables.cpp. Audio enters both filters at pin 0.
  enum Pin : ULONG { kInputPin = 0, kOutputPin = 1 };
  enum Node : ULONG { kVolumeNode = 0, kMuteNode = 1 };

  static NTSTATUS create(Cable& cable, bool capture, TopologyMiniport** result);

  STDMETHODIMP QueryInterface(REFIID iid, PVOID* result) override;

  // IMiniport
  STDMETHODIMP_(NTSTATUS) GetDescription(PPCFILTER_DESCRIPTOR* description) override;
  STDMETHODIMP_(NTSTATUS)
  DataRangeIntersection(ULONG pin, PKSDATARANGE client_range, PKSDATARANGE my_range, ULONG output_bytes,
                        PVOID resultant_format, PULONG resultant_format_bytes) override;

  // IMiniportTopology
  STDMETHODIMP_(NTSTATUS) Init(PUNKNOWN adapter, PRESOURCELIST resources, PPORTTOPOLOGY port) override;

  // The handlers that the nodes' automation tables name (PCPFNPROPERTY_HANDLER).
  static NTSTATUS on_volume(PPCPROPERTY_REQUEST request);
  static NTSTATUS on_mute(PPCPROPERTY_REQUEST request);
  static NTSTATUS on_cpu_resources(PPCPROPERTY_REQUEST request);

 private:
  explicit TopologyMiniport(bool capture) : capture_(capture) {}
  Level& level() { return cable_->level(capture_); }

  const bool capture_;
  ComPointer<Cable> cable_;
};

// The filters' descriptors, in topology_tables.cpp.
extern const PCFILTER_DESCRIPTOR kRenderTopologyFilter;
extern const PCFILTER_DESCRIPTOR kCaptureTopologyFilter;
