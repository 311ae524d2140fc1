// misuse.sys: the smallest WaveRT render driver that opens a stream. Its stream makes one mistake, named in the registry,
// when the client asks for a buffer.
#include <initguid.h>
#include "case_parts.h"
#include "com_object.h"

PDRIVER_OBJECT the_driver;
PDEVICE_OBJECT the_device;
PDRIVER_DISPATCH next_dispatch;

namespace {

void (*after_unload)();
PDRIVER_UNLOAD port_unload;

VOID NTAPI unload(PDRIVER_OBJECT driver) {
  port_unload(driver);
  if (after_unload) after_unload();
}

}  // namespace

void at_unload(void (*after)()) { after_unload = after; }

void hook_dispatch(UCHAR major, PDRIVER_DISPATCH routine) {
  next_dispatch = the_driver->MajorFunction[major];
  the_driver->MajorFunction[major] = routine;
}

PDEVICE_OBJECT make_device() {
  PDEVICE_OBJECT device = nullptr;
  if (!NT_SUCCESS(IoCreateDevice(the_driver, 0, nullptr, FILE_DEVICE_UNKNOWN, 0, FALSE, &device))) return nullptr;
  device->Flags &= ~DO_DEVICE_INITIALIZING;
  return device;
}

namespace {

WCHAR case_buffer[64];
UNICODE_STRING case_name = {0, sizeof(case_buffer), case_buffer};
ULONG case_is_wrong = 0;

bool case_is(const WCHAR* name) {
  UNICODE_STRING text;
  RtlInitUnicodeString(&text, name);
  return RtlEqualUnicodeString(&text, &case_name, FALSE);
}

class Stream final : public ComObject<Stream, IMiniportWaveRTStream> {
 public:
  explicit Stream(PPORTWAVERTSTREAM port) : port_(port) {}

  STDMETHODIMP QueryInterface(REFIID iid, PVOID* result) override {
    if (IsEqualGUID(iid, IID_IUnknown) || IsEqualGUID(iid, IID_IMiniportWaveRTStream)) return hand_out(this, result);
    *result = nullptr;
    return STATUS_INVALID_PARAMETER;
  }
  STDMETHODIMP_(NTSTATUS) SetFormat(PKSDATAFORMAT) override { return STATUS_NOT_SUPPORTED; }
  STDMETHODIMP_(NTSTATUS) SetState(KSSTATE) override { return STATUS_SUCCESS; }
  STDMETHODIMP_(NTSTATUS) GetPosition(PKSAUDIO_POSITION position) override {
    position->PlayOffset = position->WriteOffset = 0;
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(NTSTATUS)
  AllocateAudioBuffer(ULONG requested, PMDL* mdl, ULONG* actual, ULONG* offset, MEMORY_CACHING_TYPE* cache) override {
    run_case(case_name, port_, case_is_wrong != 0);
    PHYSICAL_ADDRESS high;
    high.QuadPart = 0xFFFFFFFF;
    mdl_ = port_->AllocatePagesForMdl(high, requested);  // breaks AllocatedLessThanRequested
    if (!mdl_) return STATUS_INSUFFICIENT_RESOURCES;
    if (MmGetMdlByteCount(mdl_) < requested && !(case_is(L"ShortMemory") && case_is_wrong)) {
      port_->FreePagesFromMdl(mdl_);
      return STATUS_INSUFFICIENT_RESOURCES;
    }
    *mdl = mdl_;
    *actual = requested;
    *offset = 0;
    *cache = MmCached;
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(VOID) FreeAudioBuffer(PMDL mdl, ULONG) override { port_->FreePagesFromMdl(mdl); }
  STDMETHODIMP_(VOID) GetHWLatency(KSRTAUDIO_HWLATENCY* latency) override { *latency = {}; }
  STDMETHODIMP_(NTSTATUS) GetPositionRegister(KSRTAUDIO_HWREGISTER*) override { return STATUS_NOT_SUPPORTED; }
  STDMETHODIMP_(NTSTATUS) GetClockRegister(KSRTAUDIO_HWREGISTER*) override { return STATUS_NOT_SUPPORTED; }

 private:
  PPORTWAVERTSTREAM port_;
  PMDL mdl_ = nullptr;
};

const KSDATARANGE_AUDIO kRange = {
    {sizeof(KSDATARANGE_AUDIO), 0, 0, 0, STATICGUIDOF(KSDATAFORMAT_TYPE_AUDIO), STATICGUIDOF(KSDATAFORMAT_SUBTYPE_PCM),
     STATICGUIDOF(KSDATAFORMAT_SPECIFIER_WAVEFORMATEX)},
    2,
    16,
    16,
    48000,
    48000};
const PKSDATARANGE kRanges[] = {reinterpret_cast<PKSDATARANGE>(const_cast<KSDATARANGE_AUDIO*>(&kRange))};
const KSDATARANGE kBridgeRange = {sizeof(KSDATARANGE),
                                  0,
                                  0,
                                  0,
                                  STATICGUIDOF(KSDATAFORMAT_TYPE_AUDIO),
                                  STATICGUIDOF(KSDATAFORMAT_SUBTYPE_ANALOG),
                                  STATICGUIDOF(KSDATAFORMAT_SPECIFIER_NONE)};
const PKSDATARANGE kBridgeRanges[] = {const_cast<PKSDATARANGE>(&kBridgeRange)};
const PCPIN_DESCRIPTOR kPins[] = {
    {1,
     1,
     0,
     nullptr,
     {0, nullptr, 0, nullptr, 1, kRanges, KSPIN_DATAFLOW_IN, KSPIN_COMMUNICATION_SINK, &KSCATEGORY_AUDIO, nullptr, 0}},
    {0,
     0,
     0,
     nullptr,
     {0, nullptr, 0, nullptr, 1, kBridgeRanges, KSPIN_DATAFLOW_OUT, KSPIN_COMMUNICATION_NONE, &KSCATEGORY_AUDIO,
      nullptr, 0}}};
const PCCONNECTION_DESCRIPTOR kConnections[] = {{PCFILTER_NODE, 0, PCFILTER_NODE, 1}};
PCFILTER_DESCRIPTOR filter_descriptor = {
    0, nullptr, sizeof(PCPIN_DESCRIPTOR), 2, kPins, sizeof(PCNODE_DESCRIPTOR), 0, nullptr, 1, kConnections, 0, nullptr};

class Miniport final : public ComObject<Miniport, IMiniportWaveRT> {
 public:
  STDMETHODIMP QueryInterface(REFIID iid, PVOID* result) override {
    if (IsEqualGUID(iid, IID_IUnknown) || IsEqualGUID(iid, IID_IMiniport) || IsEqualGUID(iid, IID_IMiniportWaveRT))
      return hand_out(this, result);
    *result = nullptr;
    return STATUS_INVALID_PARAMETER;
  }
  STDMETHODIMP_(NTSTATUS) GetDescription(PPCFILTER_DESCRIPTOR* description) override {
    *description = &filter_descriptor;
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(NTSTATUS)
  DataRangeIntersection(ULONG, PKSDATARANGE, PKSDATARANGE, ULONG, PVOID, PULONG) override {
    return STATUS_NOT_IMPLEMENTED;
  }
  STDMETHODIMP_(NTSTATUS) Init(PUNKNOWN, PRESOURCELIST, PPORTWAVERT) override { return STATUS_SUCCESS; }
  STDMETHODIMP_(NTSTATUS)
  NewStream(PMINIPORTWAVERTSTREAM* stream, PPORTWAVERTSTREAM port, ULONG, BOOLEAN, PKSDATAFORMAT) override {
    Stream* made = new Stream(port);
    if (!made) return STATUS_INSUFFICIENT_RESOURCES;
    *stream = made;
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(NTSTATUS) GetDeviceDescription(PDEVICE_DESCRIPTION description) override {
    RtlZeroMemory(description, sizeof(*description));
    return STATUS_SUCCESS;
  }
};

NTSTATUS start_device(PDEVICE_OBJECT device, PIRP irp, PRESOURCELIST resources) {
  the_device = device;
  PPORT port = nullptr;
  NTSTATUS status = PcNewPort(&port, CLSID_PortWaveRT);
  if (!NT_SUCCESS(status)) return status;
  Miniport* miniport = new Miniport;
  status = miniport ? port->Init(device, irp, miniport, nullptr, resources) : STATUS_INSUFFICIENT_RESOURCES;
  WCHAR name[] = L"Wave";
  if (NT_SUCCESS(status)) status = PcRegisterSubdevice(device, name, port);
  if (miniport) miniport->Release();
  port->Release();
  return status;
}

NTSTATUS add_device(PDRIVER_OBJECT driver, PDEVICE_OBJECT physical) {
  if (case_is(L"LeaveFilterAttached") && case_is_wrong) attach_filter(physical);
  const auto start = reinterpret_cast<PCPFNSTARTDEVICE>(start_device);
  const NTSTATUS status = PcAddAdapterDevice(driver, physical, start, 2, 0);  // breaks InitializingLeftSet
  if (NT_SUCCESS(status) && case_is(L"LeaveInitializing") && case_is_wrong)
    physical->AttachedDevice->Flags |= DO_DEVICE_INITIALIZING;
  return status;
}

}  // namespace

extern "C" NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING registry_path) {
  RTL_QUERY_REGISTRY_TABLE table[] = {
      {nullptr, RTL_QUERY_REGISTRY_SUBKEY | RTL_QUERY_REGISTRY_REQUIRED, const_cast<PWSTR>(L"Parameters"), nullptr,
       REG_NONE, nullptr, 0},
      {nullptr, RTL_QUERY_REGISTRY_DIRECT, const_cast<PWSTR>(L"Case"), &case_name, REG_NONE, nullptr, 0},
      {nullptr, RTL_QUERY_REGISTRY_DIRECT, const_cast<PWSTR>(L"Wrong"), &case_is_wrong, REG_NONE, nullptr, 0},
      {}};
  WCHAR path[256];
  UNICODE_STRING terminated = {0, sizeof(path), path};
  RtlCopyUnicodeString(&terminated, registry_path);
  path[terminated.Length / sizeof(WCHAR)] = L'\0';
  const NTSTATUS status = RtlQueryRegistryValues(RTL_REGISTRY_ABSOLUTE, path, table, nullptr, nullptr);
  if (!NT_SUCCESS(status)) return status;
  the_driver = driver;
  const NTSTATUS initialised = PcInitializeAdapterDriver(driver, registry_path, add_device);
  port_unload = driver->DriverUnload;
  driver->DriverUnload = unload;
  return initialised;
}
