// TopologyMiniport: a topology filter of the card: volume and mute in the codec's mixer, and a socket.
#pragma once

#include "card.h"

class TopologyMiniport final : public ComObject<TopologyMiniport, IMiniportTopology> {
 public:
  enum Pin : ULONG { kInputPin = 0, kOutputPin = 1 };  // audio enters both filters at pin 0
  enum Node : ULONG { kVolumeNode = 0, kMuteNode = 1 };

  static NTSTATUS create(Card& card, bool capture, TopologyMiniport** result);

  STDMETHODIMP QueryInterface(REFIID iid, PVOID* result) override;

  // IMiniport
  STDMETHODIMP_(NTSTATUS) GetDescription(PPCFILTER_DESCRIPTOR* description) override;
  STDMETHODIMP_(NTSTATUS)
  DataRangeIntersection(ULONG pin, PKSDATARANGE client_range, PKSDATARANGE my_range, ULONG output_bytes,
                        PVOID resultant_format, PULONG resultant_format_bytes) override;

  // IMiniportTopology
  STDMETHODIMP_(NTSTATUS) Init(PUNKNOWN adapter, PRESOURCELIST resources, PPORTTOPOLOGY port) override;

  static NTSTATUS on_volume(PPCPROPERTY_REQUEST request);
  static NTSTATUS on_mute(PPCPROPERTY_REQUEST request);
  static NTSTATUS on_cpu_resources(PPCPROPERTY_REQUEST request);

 private:
  TopologyMiniport(Card& card, bool capture);
  static TopologyMiniport& of(PUNKNOWN major_target) {
    return *static_cast<TopologyMiniport*>(reinterpret_cast<IMiniportTopology*>(major_target));
  }

  ComPointer<Card> card_;
  const bool capture_;
  PCPIN_DESCRIPTOR pins_[2];
  PCFILTER_DESCRIPTOR filter_;
};
