#pragma once
// A wave filter with a render pin (0) and a capture pin (1) whose positions, sizes, modes and properties go wrong as
// the test says: each assertion of the conformance check has something in Wayward that must make it fail.

#include <portcls.h>
#include <wdm.h>
#include <wtypes.h>

#include <cstring>
#include <functional>
#include <vector>

#include "portcls/testing/fake_adapter.h"
#include "wayward_stream.h"

namespace portside::verify::testing {

using namespace portside::portcls::testing;

// ---- The filter ----
inline const PCPROPERTY_ITEM kWaywardNodeItems[] = {
    {&KSPROPSETID_Audio, KSPROPERTY_AUDIO_VOLUMELEVEL, kAccess, Wayward::property},
    {&KSPROPSETID_Audio, KSPROPERTY_AUDIO_PEAKMETER2, KSPROPERTY_TYPE_GET, Wayward::meter},
    {&KSPROPSETID_Audio, KSPROPERTY_AUDIO_MUX_SOURCE, KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_SET, Wayward::multiplex}};
inline PCAUTOMATION_TABLE kWaywardNodeTable = {
    sizeof(PCPROPERTY_ITEM), 1, kWaywardNodeItems, 0, 0, nullptr, 0, 0, nullptr, 0};
inline const PCNODE_DESCRIPTOR kWaywardNodes[] = {{0, &kWaywardNodeTable, &KSNODETYPE_VOLUME, nullptr}};
inline const PCPROPERTY_ITEM kWaywardFilterItems[] = {
    {&KSPROPSETID_Pin, KSPROPERTY_PIN_PROPOSEDATAFORMAT, kAccess, Wayward::format},
    {&KSPROPSETID_Jack, KSPROPERTY_JACK_DESCRIPTION, KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_BASICSUPPORT, Wayward::jack},
    {&KSPROPSETID_Jack, KSPROPERTY_JACK_DESCRIPTION2, KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_BASICSUPPORT,
     Wayward::jack_capabilities},
    {&KSPROPSETID_Audio, KSPROPERTY_AUDIO_MIC_ARRAY_GEOMETRY, KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_BASICSUPPORT,
     Wayward::microphones},
    {&KSPROPSETID_SoundDetector, KSPROPERTY_SOUNDDETECTOR_SUPPORTEDPATTERNS,
     KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_BASICSUPPORT, Wayward::detector},
    {&KSPROPSETID_SoundDetector, KSPROPERTY_SOUNDDETECTOR_PATTERNS, kAccess, Wayward::detector},
    {&KSPROPSETID_SoundDetector, KSPROPERTY_SOUNDDETECTOR_ARMED, kAccess, Wayward::detector}};
inline const PCEVENT_ITEM kWaywardEvents[] = {
    {&KSEVENTSETID_PinCapsChange, KSEVENT_PINCAPS_JACKINFOCHANGE, PCEVENT_ITEM_FLAG_ENABLE, Wayward::event}};
inline PCAUTOMATION_TABLE kWaywardFilterTable = {sizeof(PCPROPERTY_ITEM), 7, kWaywardFilterItems, 0, 0, nullptr,
                                                 sizeof(PCEVENT_ITEM),    0, kWaywardEvents,      0};
inline const PCPIN_DESCRIPTOR kWaywardPins[] = {
    {6, 6, 0, nullptr, make_pin(2, kWaveRanges, KSPIN_DATAFLOW_IN, KSPIN_COMMUNICATION_SINK, &KSCATEGORY_AUDIO)},
    {2, 2, 0, nullptr, make_pin(2, kWaveRanges, KSPIN_DATAFLOW_OUT, KSPIN_COMMUNICATION_SINK, &KSCATEGORY_AUDIO)},
    {0, 0, 0, nullptr, make_pin(1, kBridgeRanges, KSPIN_DATAFLOW_OUT, KSPIN_COMMUNICATION_NONE, &KSNODETYPE_SPEAKER)},
    {0, 0, 0, nullptr,
     make_pin(1, kBridgeRanges, KSPIN_DATAFLOW_IN, KSPIN_COMMUNICATION_NONE, &KSNODETYPE_MICROPHONE)}};
inline const PCCONNECTION_DESCRIPTOR kWaywardConnections[] = {
    {PCFILTER_NODE, 0, 0, 1}, {0, 0, PCFILTER_NODE, 2}, {PCFILTER_NODE, 3, PCFILTER_NODE, 1}};
inline const GUID kWaywardCategories[] = {KSCATEGORY_AUDIO, KSCATEGORY_RENDER, KSCATEGORY_CAPTURE, KSCATEGORY_REALTIME};
inline PCFILTER_DESCRIPTOR kWaywardFilter = {0,
                                             &kWaywardFilterTable,
                                             sizeof(PCPIN_DESCRIPTOR),
                                             4,
                                             kWaywardPins,
                                             sizeof(PCNODE_DESCRIPTOR),
                                             1,
                                             kWaywardNodes,
                                             3,
                                             kWaywardConnections,
                                             4,
                                             kWaywardCategories};

class WaywardWave final : public IMiniportWaveRT, public IMiniportAudioSignalProcessing {
 public:
  virtual ~WaywardWave() {
    if (port_) port_->Release();
  }
  STDMETHODIMP_(NTSTATUS) QueryInterface(REFIID iid, PVOID* object) override {
    *object = nullptr;
    if (portcls::is_iunknown(iid) || IsEqualGUID(iid, IID_IMiniport) || IsEqualGUID(iid, IID_IMiniportWaveRT))
      *object = static_cast<IMiniportWaveRT*>(this);
    if (IsEqualGUID(iid, IID_IMiniportAudioSignalProcessing) && !Wayward::modes.empty())
      *object = static_cast<IMiniportAudioSignalProcessing*>(this);
    if (!*object) return STATUS_INVALID_PARAMETER;
    AddRef();
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(ULONG) AddRef() override { return ++references_; }
  STDMETHODIMP_(ULONG) Release() override {
    const ULONG left = --references_;
    if (left == 0) delete this;
    return left;
  }
  STDMETHODIMP_(NTSTATUS) Init(PUNKNOWN, PRESOURCELIST, IPortWaveRT* port) override {
    Wayward::port = port_ = port;
    port_->AddRef();
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(NTSTATUS) GetDescription(PPCFILTER_DESCRIPTOR* description) override {
    *description = &kWaywardFilter;
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(NTSTATUS)
  DataRangeIntersection(ULONG, PKSDATARANGE client, PKSDATARANGE, ULONG, PVOID, PULONG) override {
    const bool audio = client->FormatSize >= sizeof(KSDATARANGE_AUDIO) && Wayward::on_intersection;
    return audio ? Wayward::on_intersection(reinterpret_cast<KSDATARANGE_AUDIO&>(*client)) : STATUS_NOT_IMPLEMENTED;
  }
  STDMETHODIMP_(NTSTATUS)
  NewStream(PMINIPORTWAVERTSTREAM* stream, PPORTWAVERTSTREAM port, ULONG, BOOLEAN capture,
            PKSDATAFORMAT format) override {
    const auto& wave = reinterpret_cast<KSDATAFORMAT_WAVEFORMATEX*>(format)->WaveFormatEx;
    if (wave.nSamplesPerSec == Wayward::refused_rate) return STATUS_NO_MATCH;
    if (const NTSTATUS status = Wayward::on_new_format ? Wayward::on_new_format(*format) : STATUS_SUCCESS; status < 0)
      return status;
    if (Wayward::one_stream && Wayward::streams) return STATUS_INSUFFICIENT_RESOURCES;
    *stream = new WaywardStream(port, wave, capture);
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(NTSTATUS) GetDeviceDescription(PDEVICE_DESCRIPTION) override { return STATUS_NOT_IMPLEMENTED; }
  STDMETHODIMP_(NTSTATUS) GetModes(ULONG pin, GUID* modes, ULONG* count) override {
    if (pin > 1) return STATUS_NOT_SUPPORTED;
    if (modes && *count < Wayward::modes.size()) return STATUS_BUFFER_TOO_SMALL;
    if (modes) std::ranges::copy(Wayward::modes, modes);
    *count = static_cast<ULONG>(Wayward::modes.size());
    return STATUS_SUCCESS;
  }

 private:
  IPortWaveRT* port_ = nullptr;
  ULONG references_ = 1;
};

inline void install_wayward(PDEVICE_OBJECT device, PRESOURCELIST resources) {
  kWaywardFilterTable.EventCount = 0;
  kWaywardNodeTable.PropertyCount = 1;
  PPORT port = nullptr;
  if (PcNewPort(&port, CLSID_PortWaveRT) < 0) return;
  auto* miniport = new WaywardWave;
  if (port->Init(device, nullptr, static_cast<IMiniportWaveRT*>(miniport), nullptr, resources) >= 0)
    (void)PcRegisterSubdevice(device, const_cast<PWSTR>(u"Wayward"), port);
  miniport->Release();
  port->Release();
}

}  // namespace portside::verify::testing
