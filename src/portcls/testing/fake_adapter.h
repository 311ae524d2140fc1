#pragma once
// For tests: an adapter driver with a wave and a topology subdevice, in host C++ against the real exports. Static, since
// a driver's routines are plain functions: one test, one driver.

#include <portcls.h>
#include <wdm.h>

#include <functional>
#include <map>
#include <string>

#include "portcls/testing/fake_stream.h"

namespace portside::portcls::testing {

// ---- Descriptors: pin 0 of the wave filter is the sink a client opens, pin 1 the bridge to the topology filter. ----
inline KSDATARANGE_AUDIO make_range(ULONG channels, ULONG bits, ULONG low, ULONG high) {
  KSDATARANGE_AUDIO range{};
  range.DataRange.FormatSize = sizeof range;
  range.DataRange.MajorFormat = KSDATAFORMAT_TYPE_AUDIO;
  range.DataRange.SubFormat = KSDATAFORMAT_SUBTYPE_PCM;
  range.DataRange.Specifier = KSDATAFORMAT_SPECIFIER_WAVEFORMATEX;
  range.MaximumChannels = channels;
  range.MinimumBitsPerSample = 8;
  range.MaximumBitsPerSample = bits;
  range.MinimumSampleFrequency = low;
  range.MaximumSampleFrequency = high;
  return range;
}
inline KSDATARANGE make_bridge_range() {
  KSDATARANGE range{};
  range.FormatSize = sizeof range;
  range.MajorFormat = KSDATAFORMAT_TYPE_AUDIO;
  range.SubFormat = KSDATAFORMAT_SUBTYPE_ANALOG;
  range.Specifier = KSDATAFORMAT_SPECIFIER_NONE;
  return range;
}
inline KSATTRIBUTE kModeAttribute = {sizeof(KSATTRIBUTE), 0, KSATTRIBUTEID_AUDIOSIGNALPROCESSING_MODE};
inline PKSATTRIBUTE kModeAttributes[] = {&kModeAttribute};
inline KSATTRIBUTE_LIST kModeList = {1, kModeAttributes};
inline KSDATARANGE_AUDIO kWaveRange = [] {
  KSDATARANGE_AUDIO range = make_range(2, 16, 8000, 48000);
  range.DataRange.Flags = KSDATARANGE_ATTRIBUTES;
  return range;
}();
inline KSDATARANGE kBridgeRange = make_bridge_range();
inline PKSDATARANGE kWaveRanges[] = {&kWaveRange.DataRange, reinterpret_cast<PKSDATARANGE>(&kModeList)};
inline PKSDATARANGE kBridgeRanges[] = {&kBridgeRange};

inline KSPIN_DESCRIPTOR make_pin(ULONG count, PKSDATARANGE* ranges, KSPIN_DATAFLOW flow,
                                 KSPIN_COMMUNICATION communication, const GUID* category) {
  KSPIN_DESCRIPTOR pin{};
  pin.DataRangesCount = count;
  pin.DataRanges = ranges;
  pin.DataFlow = flow;
  pin.Communication = communication;
  pin.Category = category;
  return pin;
}

// A property item larger than the documented one, as some drivers have it.
struct WideItem {
  PCPROPERTY_ITEM item;
  ULONG_PTR extra[2];
};

struct FakeDriver {
  static inline StreamFaults faults;
  static inline StreamLog log;
  static inline bool notification = true;
  static inline NTSTATUS intersection = STATUS_NOT_IMPLEMENTED;
  static inline ULONG extension_bytes = 0;
  static inline ULONG maximum_objects = 4;
  static inline NTSTATUS start_status = STATUS_SUCCESS;
  static inline bool malformed_descriptor = false;
  static inline std::function<void(PDEVICE_OBJECT, PRESOURCELIST)> on_start;  // after the subdevices are registered
  static inline std::function<NTSTATUS(PPCPROPERTY_REQUEST)> on_property;
  static inline std::function<NTSTATUS(PPCEVENT_REQUEST)> on_event;
  static inline std::function<IUnknown*(REFIID)>
      further;  // more interfaces of both miniports; not referenced for the port
  static inline PDEVICE_OBJECT device = nullptr;
  static inline PPORT wave_port = nullptr, topology_port = nullptr;  // not referenced
  static inline int live_miniports = 0;
  static inline LONG volume = -6 * 65536, muted = 0;
  static inline int hooked_irps = 0;

  static void reset() {
    faults = {};
    log = {};
    notification = true;
    intersection = STATUS_NOT_IMPLEMENTED;
    extension_bytes = 0;
    maximum_objects = 4;
    start_status = STATUS_SUCCESS;
    malformed_descriptor = false;
    on_start = {};
    on_property = {};
    on_event = {};
    further = {};
    device = nullptr;
    wave_port = topology_port = nullptr;
    live_miniports = 0;
    volume = -6 * 65536;
    muted = 0;
    hooked_irps = 0;
  }

  static NTSTATUS NTAPI property(PPCPROPERTY_REQUEST request) {
    if (on_property) return on_property(request);
    LONG& value = request->PropertyItem->Id == KSPROPERTY_AUDIO_VOLUMELEVEL ? volume : muted;
    if (request->Verb & KSPROPERTY_TYPE_BASICSUPPORT) {
      if (request->ValueSize < sizeof(ULONG)) return STATUS_BUFFER_TOO_SMALL;
      *static_cast<ULONG*>(request->Value) = KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_SET | KSPROPERTY_TYPE_BASICSUPPORT;
      request->ValueSize = sizeof(ULONG);
      return STATUS_SUCCESS;
    }
    // KSNODEPROPERTY_AUDIO_CHANNEL: the instance begins at Channel.
    if (request->InstanceSize < sizeof(LONG)) return STATUS_INVALID_PARAMETER;
    if (request->ValueSize == 0) {
      request->ValueSize = sizeof(LONG);
      return STATUS_BUFFER_OVERFLOW;
    }
    if (request->ValueSize < sizeof(LONG)) return STATUS_BUFFER_TOO_SMALL;
    if (request->Verb & KSPROPERTY_TYPE_GET) {
      *static_cast<LONG*>(request->Value) = value;
      request->ValueSize = sizeof(LONG);
    } else {
      value = *static_cast<LONG*>(request->Value);
    }
    return STATUS_SUCCESS;
  }
  static NTSTATUS NTAPI event(PPCEVENT_REQUEST request) {
    return on_event ? on_event(request) : STATUS_NOT_IMPLEMENTED;
  }

  static NTSTATUS NTAPI entry(PDRIVER_OBJECT driver, PUNICODE_STRING path);
  static NTSTATUS NTAPI add_device(PDRIVER_OBJECT driver, PDEVICE_OBJECT pdo);
  static NTSTATUS NTAPI start_device(PDEVICE_OBJECT fdo, PIRP irp, PRESOURCELIST resources);
  static NTSTATUS NTAPI hooked_pnp(PDEVICE_OBJECT fdo, PIRP irp) {
    ++hooked_irps;
    return PcDispatchIrp(fdo, irp);
  }
};

constexpr ULONG kAccess = KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_SET | KSPROPERTY_TYPE_BASICSUPPORT;
inline const WideItem kVolumeItems[] = {
    {{&KSPROPSETID_Audio, KSPROPERTY_AUDIO_CPU_RESOURCES, KSPROPERTY_TYPE_GET, FakeDriver::property}, {}},
    {{&KSPROPSETID_Audio, KSPROPERTY_AUDIO_VOLUMELEVEL, kAccess, FakeDriver::property}, {}}};
inline const PCPROPERTY_ITEM kMuteItems[] = {
    {&KSPROPSETID_Audio, KSPROPERTY_AUDIO_MUTE, KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_SET, FakeDriver::property}};
inline const PCEVENT_ITEM kVolumeEvents[] = {{&KSEVENTSETID_AudioControlChange, KSEVENT_CONTROL_CHANGE,
                                              KSEVENT_TYPE_ENABLE | KSEVENT_TYPE_BASICSUPPORT, FakeDriver::event}};
inline const PCAUTOMATION_TABLE kVolumeTable = {sizeof(WideItem),     2, &kVolumeItems[0].item, 0, 0, nullptr,
                                                sizeof(PCEVENT_ITEM), 1, kVolumeEvents,         0};
inline const PCAUTOMATION_TABLE kMuteTable = {sizeof(PCPROPERTY_ITEM), 1, kMuteItems, 0, 0, nullptr, 0, 0, nullptr, 0};
inline const PCNODE_DESCRIPTOR kNodes[] = {{0, &kVolumeTable, &KSNODETYPE_VOLUME, nullptr},
                                           {0, &kMuteTable, &KSNODETYPE_MUTE, nullptr}};
inline const PCCONNECTION_DESCRIPTOR kTopologyConnections[] = {
    {PCFILTER_NODE, 0, 0, 1}, {0, 0, 1, 1}, {1, 0, PCFILTER_NODE, 1}};
inline const PCCONNECTION_DESCRIPTOR kWaveConnections[] = {{PCFILTER_NODE, 0, PCFILTER_NODE, 1}};
inline const PCPIN_DESCRIPTOR kWavePins[] = {
    {2, 2, 0, nullptr, make_pin(2, kWaveRanges, KSPIN_DATAFLOW_IN, KSPIN_COMMUNICATION_SINK, &KSCATEGORY_AUDIO)},
    {0, 0, 0, nullptr, make_pin(1, kBridgeRanges, KSPIN_DATAFLOW_OUT, KSPIN_COMMUNICATION_NONE, &KSCATEGORY_AUDIO)}};
inline const PCPIN_DESCRIPTOR kTopologyPins[] = {
    {0, 0, 0, nullptr, make_pin(1, kBridgeRanges, KSPIN_DATAFLOW_IN, KSPIN_COMMUNICATION_NONE, &KSCATEGORY_AUDIO)},
    {0, 0, 0, nullptr, make_pin(1, kBridgeRanges, KSPIN_DATAFLOW_OUT, KSPIN_COMMUNICATION_NONE, &KSNODETYPE_SPEAKER)}};
inline const GUID kWaveCategories[] = {KSCATEGORY_AUDIO, KSCATEGORY_RENDER, KSCATEGORY_REALTIME};
inline PCFILTER_DESCRIPTOR kWaveFilter = {
    0,       nullptr, sizeof(PCPIN_DESCRIPTOR), 2, kWavePins,      sizeof(PCNODE_DESCRIPTOR), 0,
    nullptr, 1,       kWaveConnections,         3, kWaveCategories};
inline PCFILTER_DESCRIPTOR kTopologyFilter = {
    0,      nullptr, sizeof(PCPIN_DESCRIPTOR), 2, kTopologyPins, sizeof(PCNODE_DESCRIPTOR), 2,
    kNodes, 3,       kTopologyConnections,     0, nullptr};

template <class Interface, class PortInterface, const GUID& kIid, PCFILTER_DESCRIPTOR& kFilter>
class FakeMiniport : public ComObject<Interface, IID_IMiniport, kIid> {
 public:
  FakeMiniport() { ++FakeDriver::live_miniports; }
  ~FakeMiniport() override {
    if (port_) port_->Release();
    --FakeDriver::live_miniports;
  }
  STDMETHODIMP_(NTSTATUS) QueryInterface(REFIID iid, PVOID* object) override {
    IUnknown* found = object && FakeDriver::further ? FakeDriver::further(iid) : nullptr;
    if (!found) return ComObject<Interface, IID_IMiniport, kIid>::QueryInterface(iid, object);
    found->AddRef();
    *object = found;
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(NTSTATUS) Init(PUNKNOWN, PRESOURCELIST, PortInterface* port) override {
    port_ = port;
    port_->AddRef();  // most miniports do: the port must break the circle
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(NTSTATUS) GetDescription(PPCFILTER_DESCRIPTOR* description) override {
    static PCFILTER_DESCRIPTOR malformed;
    malformed = kFilter;
    malformed.PinSize = 8;
    *description = FakeDriver::malformed_descriptor ? &malformed : &kFilter;
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(NTSTATUS) DataRangeIntersection(ULONG, PKSDATARANGE, PKSDATARANGE, ULONG, PVOID, PULONG) override {
    return FakeDriver::intersection;
  }

 private:
  PortInterface* port_ = nullptr;
};

class FakeWave final : public FakeMiniport<IMiniportWaveRT, IPortWaveRT, IID_IMiniportWaveRT, kWaveFilter> {
 public:
  STDMETHODIMP_(NTSTATUS)
  NewStream(PMINIPORTWAVERTSTREAM* stream, PPORTWAVERTSTREAM port, ULONG, BOOLEAN, PKSDATAFORMAT format) override {
    if (FakeDriver::faults.new_stream < 0) return FakeDriver::faults.new_stream;
    const auto& wave = reinterpret_cast<KSDATAFORMAT_WAVEFORMATEX*>(format)->WaveFormatEx;
    *stream = new FakeStream(port, FakeDriver::notification, FakeDriver::faults, FakeDriver::log, wave.nAvgBytesPerSec);
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(NTSTATUS) GetDeviceDescription(PDEVICE_DESCRIPTION) override { return STATUS_NOT_IMPLEMENTED; }
};
using FakeTopology = FakeMiniport<IMiniportTopology, IPortTopology, IID_IMiniportTopology, kTopologyFilter>;

inline NTSTATUS FakeDriver::entry(PDRIVER_OBJECT driver, PUNICODE_STRING path) {
  const NTSTATUS status = PcInitializeAdapterDriver(driver, path, add_device);
  driver->MajorFunction[IRP_MJ_PNP] = hooked_pnp;
  return status;
}

inline NTSTATUS FakeDriver::add_device(PDRIVER_OBJECT driver, PDEVICE_OBJECT pdo) {
  return PcAddAdapterDevice(driver, pdo, start_device, maximum_objects, extension_bytes);
}

template <class Miniport>
NTSTATUS install_subdevice(PDEVICE_OBJECT fdo, PIRP irp, PRESOURCELIST resources, REFCLSID class_id,
                           const char16_t* name, PPORT* out) {
  PPORT port = nullptr;
  NTSTATUS status = PcNewPort(&port, class_id);
  if (status < 0) return status;
  auto* miniport = new Miniport;
  status = port->Init(fdo, irp, miniport, nullptr, resources);
  if (status >= 0) status = PcRegisterSubdevice(fdo, const_cast<PWSTR>(name), port);
  *out = port;
  miniport->Release();
  port->Release();  // the subdevice holds it from here
  return status;
}

inline NTSTATUS FakeDriver::start_device(PDEVICE_OBJECT fdo, PIRP irp, PRESOURCELIST resources) {
  device = fdo;
  if (start_status < 0) return start_status;
  NTSTATUS status = install_subdevice<FakeWave>(fdo, irp, resources, CLSID_PortWaveRT, u"Wave", &wave_port);
  if (status >= 0)
    status = install_subdevice<FakeTopology>(fdo, irp, resources, CLSID_PortTopology, u"Topology", &topology_port);
  if (status >= 0) status = PcRegisterPhysicalConnection(fdo, wave_port, 1, topology_port, 0);
  if (status >= 0 && on_start) on_start(fdo, resources);
  return status;
}

}  // namespace portside::portcls::testing
