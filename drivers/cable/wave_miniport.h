// WaveMiniport: a wave filter of the cable, for rendering or for capture. Says what streams can be had, and makes them.
#pragma once

#include "cable.h"

class WaveMiniport final : public ComObject<WaveMiniport, IMiniportWaveRT> {
 public:
  // The pins of either filter, in the order of its descriptor (wave_tables.cpp).
  enum RenderPin : ULONG { kRenderHostPin = 0, kRenderBridgePin = 1 };
  enum CapturePin : ULONG { kCaptureBridgePin = 0, kCaptureHostPin = 1 };

  static NTSTATUS create(Cable& cable, bool capture, WaveMiniport** result);

  Cable& cable() { return *cable_.get(); }
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
  explicit WaveMiniport(bool capture) : capture_(capture) {}

  const bool capture_;
  ComPointer<Cable> cable_;
  LONG streams_ = 0;  // the cable has one plug at either end
};

// The filters' descriptors, in wave_tables.cpp.
extern const PCFILTER_DESCRIPTOR kRenderWaveFilter;
extern const PCFILTER_DESCRIPTOR kCaptureWaveFilter;
