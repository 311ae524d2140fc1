// WaveMiniport: the wave filter of one endpoint: says which streams its converter can do, and makes them.
#pragma once

#include "hda_device.h"
#include "wave_filter.h"

class WaveMiniport final : public ComObject<WaveMiniport, IMiniportWaveRT> {
 public:
  static NTSTATUS create(HdaDevice& device, Endpoint& endpoint, WaveMiniport** result);

  HdaDevice& device() { return *device_.get(); }
  Endpoint& endpoint() { return endpoint_; }
  ULONG host_pin() const { return endpoint_.capture() ? 1u : 0u; }
  ULONG bridge_pin() const { return endpoint_.capture() ? 0u : 1u; }
  void stream_closed();

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

  // The handler that the filter's automation table names (PCPFNPROPERTY_HANDLER).
  static NTSTATUS on_proposed_format(PPCPROPERTY_REQUEST request);

 private:
  WaveMiniport(HdaDevice& device, Endpoint& endpoint);

  ComPointer<HdaDevice> device_;
  Endpoint& endpoint_;
  LONG streams_ = 0;  // a converter takes one stream
  WaveFilter filter_;
};
