// A second loopback driver, which shares nothing with the host it runs in: compiled by g++, against mingw-w64's own
// portcls.h. If the host, the client and drivers/cable all misread the contract in the same way, this one does not.
// As small as it can be: a KTIMER with its DPC every millisecond carries whole bytes from render to capture.
#include <initguid.h>

#include "mingw_ddk.h"
#include "stream.h"

namespace {

// --- descriptors ---------------------------------------------------------------------------------------------------

// Written out: mingw-w64's GUID macros for KS are different ones in C++ and under INITGUID.
#define AUDIO_TYPE {0x73647561, 0x0000, 0x0010, {0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71}}
#define PCM_SUBTYPE {0x00000001, 0x0000, 0x0010, {0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71}}
#define ANALOG_SUBTYPE {0x6DBA3190, 0x67BD, 0x11CF, {0xA0, 0xF7, 0x00, 0x20, 0xAF, 0xD1, 0x56, 0xE4}}
#define WAVE_SPECIFIER {0x05589F81, 0xC356, 0x11CE, {0xBF, 0x01, 0x00, 0xAA, 0x00, 0x55, 0x59, 0x5A}}
#define NO_SPECIFIER {0x0F6417D6, 0xC318, 0x11D0, {0xA4, 0x3F, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96}}
const GUID kAudioCategory = {0x6994AD04, 0x93EF, 0x11D0, {0xA3, 0xCC, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96}};
const GUID kSpeaker = {0xDFF21CE1, 0xF70F, 0x11D0, {0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96}};
const GUID kLineConnector = {0xDFF21FE3, 0xF70F, 0x11D0, {0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96}};
const GUID kWaveSpecifier = WAVE_SPECIFIER;

KSDATARANGE_AUDIO host_range = {
    {{sizeof(KSDATARANGE_AUDIO), 0, 0, 0, AUDIO_TYPE, PCM_SUBTYPE, WAVE_SPECIFIER}}, 8, 16, 32, 8000, 192000};
KSDATARANGE bridge_range = {{sizeof(KSDATARANGE), 0, 0, 0, AUDIO_TYPE, ANALOG_SUBTYPE, NO_SPECIFIER}};
PKSDATARANGE host_ranges[] = {reinterpret_cast<PKSDATARANGE>(&host_range)};
PKSDATARANGE bridge_ranges[] = {&bridge_range};

#define HOST(flow)                                                                                          \
  {                                                                                                         \
    1, 1, 0, nullptr, {                                                                                     \
      0, nullptr, 0, nullptr, 1, host_ranges, flow, KSPIN_COMMUNICATION_SINK, &kAudioCategory, nullptr, {0} \
    }                                                                                                       \
  }
#define BRIDGE(flow, category)                                                                         \
  {                                                                                                    \
    0, 0, 0, nullptr, {                                                                                \
      0, nullptr, 0, nullptr, 1, bridge_ranges, flow, KSPIN_COMMUNICATION_NONE, category, nullptr, {0} \
    }                                                                                                  \
  }

// Pin 0 is where audio comes in, pin 1 where it goes out, on each of the four filters.
const PCPIN_DESCRIPTOR pins[4][2] = {
    {HOST(KSPIN_DATAFLOW_IN), BRIDGE(KSPIN_DATAFLOW_OUT, &kAudioCategory)},
    {BRIDGE(KSPIN_DATAFLOW_IN, &kAudioCategory), HOST(KSPIN_DATAFLOW_OUT)},
    {BRIDGE(KSPIN_DATAFLOW_IN, &kAudioCategory), BRIDGE(KSPIN_DATAFLOW_OUT, &kSpeaker)},
    {BRIDGE(KSPIN_DATAFLOW_IN, &kLineConnector), BRIDGE(KSPIN_DATAFLOW_OUT, &kAudioCategory)}};
const PCCONNECTION_DESCRIPTOR straight_through[] = {{PCFILTER_NODE, 0, PCFILTER_NODE, 1}};

#define FILTER(i)                                                                        \
  {0,       nullptr, sizeof(PCPIN_DESCRIPTOR), 2, pins[i], sizeof(PCNODE_DESCRIPTOR), 0, \
   nullptr, 1,       straight_through,         0, nullptr}
const PCFILTER_DESCRIPTOR filters[4] = {FILTER(0), FILTER(1), FILTER(2), FILTER(3)};

// --- miniports -----------------------------------------------------------------------------------------------------

class Wave final : public Counted<IMiniportWaveRT> {
 public:
  Wave(Wire& wire, bool capture) : wire_(wire), capture_(capture) { InterlockedIncrement(&wire_.references); }

  NTSTATUS STDMETHODCALLTYPE QueryInterface(REFIID iid, PVOID* result) override {
    if (IsEqualGUID(iid, IID_IUnknown) || IsEqualGUID(iid, IID_IMiniport) || IsEqualGUID(iid, IID_IMiniportWaveRT)) {
      return give(result);
    }
    *result = nullptr;
    return STATUS_INVALID_PARAMETER;
  }
  NTSTATUS STDMETHODCALLTYPE GetDescription(PPCFILTER_DESCRIPTOR* description) override {
    *description = const_cast<PPCFILTER_DESCRIPTOR>(&filters[capture_]);
    return STATUS_SUCCESS;
  }
  NTSTATUS STDMETHODCALLTYPE DataRangeIntersection(ULONG, PKSDATARANGE, PKSDATARANGE, ULONG, PVOID, PULONG) override {
    return STATUS_NOT_IMPLEMENTED;  // the port's own handler
  }
  NTSTATUS STDMETHODCALLTYPE Init(PUNKNOWN, PRESOURCELIST, PPORTWAVERT) override { return STATUS_SUCCESS; }
  NTSTATUS STDMETHODCALLTYPE GetDeviceDescription(PDEVICE_DESCRIPTION description) override {
    RtlZeroMemory(description, sizeof(*description));
    description->Version = DEVICE_DESCRIPTION_VERSION;
    description->Master = TRUE;
    description->ScatterGather = TRUE;
    description->Dma32BitAddresses = TRUE;
    description->InterfaceType = PCIBus;
    description->MaximumLength = 0xFFFFFFFF;
    return STATUS_SUCCESS;
  }
  NTSTATUS STDMETHODCALLTYPE NewStream(PMINIPORTWAVERTSTREAM* stream, PPORTWAVERTSTREAM port, ULONG pin,
                                       BOOLEAN capture, PKSDATAFORMAT format) override {
    if (pin != (capture_ ? 1u : 0u) || (capture != FALSE) != capture_) return STATUS_INVALID_PARAMETER;
    if (format->FormatSize < sizeof(KSDATAFORMAT) + sizeof(WAVEFORMATEX) ||
        !IsEqualGUID(format->Specifier, kWaveSpecifier)) {
      return STATUS_NO_MATCH;
    }
    const WAVEFORMATEX& wave = *reinterpret_cast<WAVEFORMATEX*>(format + 1);
    if (wave.nBlockAlign == 0 || wave.nSamplesPerSec == 0) return STATUS_INVALID_PARAMETER;
    *stream = new Stream(wire_, port, capture_, wave);
    return *stream ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
  }

 private:
  void destroy() override {
    Wire& wire = wire_;
    delete this;
    wire.release();
  }
  Wire& wire_;
  bool capture_;
};

class Topology final : public Counted<IMiniportTopology> {
 public:
  explicit Topology(bool capture) : capture_(capture) {}

  NTSTATUS STDMETHODCALLTYPE QueryInterface(REFIID iid, PVOID* result) override {
    if (IsEqualGUID(iid, IID_IUnknown) || IsEqualGUID(iid, IID_IMiniport) || IsEqualGUID(iid, IID_IMiniportTopology)) {
      return give(result);
    }
    *result = nullptr;
    return STATUS_INVALID_PARAMETER;
  }
  NTSTATUS STDMETHODCALLTYPE GetDescription(PPCFILTER_DESCRIPTOR* description) override {
    *description = const_cast<PPCFILTER_DESCRIPTOR>(&filters[2 + capture_]);
    return STATUS_SUCCESS;
  }
  NTSTATUS STDMETHODCALLTYPE DataRangeIntersection(ULONG, PKSDATARANGE, PKSDATARANGE, ULONG, PVOID, PULONG) override {
    return STATUS_NOT_IMPLEMENTED;
  }
  NTSTATUS STDMETHODCALLTYPE Init(PUNKNOWN, PRESOURCELIST, PPORTTOPOLOGY) override { return STATUS_SUCCESS; }

 private:
  void destroy() override { delete this; }
  bool capture_;
};

// --- the adapter ---------------------------------------------------------------------------------------------------

NTSTATUS install(PDEVICE_OBJECT device, PIRP irp, PRESOURCELIST resources, const wchar_t* name, REFCLSID port_class,
                 PUNKNOWN miniport, IPort** port) {
  if (!miniport) return STATUS_INSUFFICIENT_RESOURCES;
  NTSTATUS status = PcNewPort(port, port_class);
  if (NT_SUCCESS(status)) status = (*port)->Init(device, irp, miniport, nullptr, resources);
  if (NT_SUCCESS(status)) status = PcRegisterSubdevice(device, const_cast<PWSTR>(name), *port);
  return status;
}

NTSTATUS install_pair(PDEVICE_OBJECT device, PIRP irp, PRESOURCELIST resources, Wire& wire, bool capture) {
  IPort *wave_port = nullptr, *topology_port = nullptr;
  Wave* wave = new Wave(wire, capture);
  Topology* topology = new Topology(capture);
  NTSTATUS status =
      install(device, irp, resources, capture ? L"WaveCapture" : L"WaveRender", CLSID_PortWaveRT, wave, &wave_port);
  if (NT_SUCCESS(status)) {
    status = install(device, irp, resources, capture ? L"TopologyCapture" : L"TopologyRender", CLSID_PortTopology,
                     topology, &topology_port);
  }
  if (NT_SUCCESS(status)) {
    IPort* from = capture ? topology_port : wave_port;
    IPort* to = capture ? wave_port : topology_port;
    status = PcRegisterPhysicalConnection(device, from, 1, to, 0);
  }
  if (wave_port) wave_port->Release();
  if (topology_port) topology_port->Release();
  if (wave) wave->Release();
  if (topology) topology->Release();
  return status;
}

NTSTATUS NTAPI start_device(PDEVICE_OBJECT device, PIRP irp, PRESOURCELIST resources) {
  Wire* wire = Wire::create();
  if (!wire) return STATUS_INSUFFICIENT_RESOURCES;
  NTSTATUS status = install_pair(device, irp, resources, *wire, false);
  if (NT_SUCCESS(status)) status = install_pair(device, irp, resources, *wire, true);
  wire->release();
  return status;
}

NTSTATUS NTAPI add_device(PDRIVER_OBJECT driver, PDEVICE_OBJECT physical_device) {
  return PcAddAdapterDevice(driver, physical_device, &start_device, 4, 0);
}

}  // namespace

extern "C" NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING registry_path) {
  return PcInitializeAdapterDriver(driver, registry_path, &add_device);
}
