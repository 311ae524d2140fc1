// WaveMiniport: a wave filter of the card, for rendering or for recording.
#pragma once

#include "card.h"
#include "wave_filter.h"

class WaveMiniport final : public ComObject<WaveMiniport, IMiniportWaveRT> {
 public:
  static NTSTATUS create(Card& card, bool capture, WaveMiniport** result);

  Card& card() { return *card_.get(); }
  bool capture() const { return capture_; }
  ULONG host_pin() const { return capture_ ? 1u : 0u; }
  ULONG bridge_pin() const { return capture_ ? 0u : 1u; }
  void stream_closed();
  // What the card can do, which is 16 bits and two channels.
  NTSTATUS check_format(const KSDATAFORMAT* format, StreamFormat* result) const;

  STDMETHODIMP QueryInterface(REFIID iid, PVOID* result) override;

  // IMiniport
  STDMETHODIMP_(NTSTATUS) GetDescription(PPCFILTER_DESCRIPTOR* description) override;
  STDMETHODIMP_(NTSTATUS)
  DataRangeIntersection(ULONG pin, PKSDATARANGE client_range, PKSDATARANGE my_range, ULONG output_bytes,
                        PVOID resultant_format, PULONG resultant_format_bytes) override;

  // IMiniportWaveRT
  STDMETHODIMP_(NTSTATUS) Init(PUNKNOWN adapter, PRESOURCELIST resources, PPORTWAVERT port) override;
  STDMETHODIMP_(NTSTATUS)
  NewStream(PMINIPORTWAVERTSTREAM* stream, PPORTWAVERTSTREAM port_stream, ULONG pin, BOOLEAN capture,
            PKSDATAFORMAT format) override;
  STDMETHODIMP_(NTSTATUS) GetDeviceDescription(PDEVICE_DESCRIPTION description) override;

  static NTSTATUS on_proposed_format(PPCPROPERTY_REQUEST request);

 private:
  WaveMiniport(Card& card, bool capture);

  ComPointer<Card> card_;
  const bool capture_;
  LONG streams_ = 0;  // an engine takes one stream
  WaveFilter filter_;
};
