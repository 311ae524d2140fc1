// faulty.sys: a small WaveRT render driver with two endpoints that is right in everything, until the registry value
// Parameters\Case of its service names a mistake: then it makes that one when a call fails, or when its device goes.
#include <initguid.h>
#include <ntstrsafe.h>
#include <portcls.h>

#include "stream.h"

namespace {

const KSDATARANGE_AUDIO kRange = {
    {sizeof(KSDATARANGE_AUDIO), 0, 0, 0, STATICGUIDOF(KSDATAFORMAT_TYPE_AUDIO), STATICGUIDOF(KSDATAFORMAT_SUBTYPE_PCM),
     STATICGUIDOF(KSDATAFORMAT_SPECIFIER_WAVEFORMATEX)},
    2,
    16,
    16,
    kRate,
    kRate};
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
  ~Miniport() {
    give_back(first_);
    give_back(second_);
  }
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
  STDMETHODIMP_(NTSTATUS) Init(PUNKNOWN, PRESOURCELIST, PPORTWAVERT) override {
    void* first = pool(100);
    if (!first) return STATUS_INSUFFICIENT_RESOURCES;
    second_ = pool(200);
    if (!second_) {
      if (!mistake(L"LeaksOnErrorPath")) give_back(first);
      return STATUS_INSUFFICIENT_RESOURCES;
    }
    first_ = first;
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(NTSTATUS)
  NewStream(PMINIPORTWAVERTSTREAM* stream, PPORTWAVERTSTREAM port, ULONG, BOOLEAN, PKSDATAFORMAT format) override {
    const auto& wave = reinterpret_cast<const KSDATAFORMAT_WAVEFORMATEX*>(format)->WaveFormatEx;
    Stream* made = new Stream(port, wave.nBlockAlign);
    if (!made) busy = mistake(L"StaysBusy");
    if (busy || !made) {
      if (made) made->Release();
      return STATUS_INSUFFICIENT_RESOURCES;
    }
    const NTSTATUS status = made->init();
    if (!NT_SUCCESS(status)) {
      if (!mistake(L"LeaksStream")) made->Release();
      return status;
    }
    *stream = made;
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(NTSTATUS) GetDeviceDescription(PDEVICE_DESCRIPTION description) override {
    RtlZeroMemory(description, sizeof(*description));
    return STATUS_SUCCESS;
  }

 private:
  void* first_ = nullptr;
  void* second_ = nullptr;
};

NTSTATUS add_subdevice(PDEVICE_OBJECT device, PIRP irp, PRESOURCELIST resources, PWSTR name) {
  PPORT port = nullptr;
  NTSTATUS status = PcNewPort(&port, CLSID_PortWaveRT);
  if (!NT_SUCCESS(status)) return status;
  Miniport* miniport = new Miniport;
  status = miniport ? port->Init(device, irp, miniport, nullptr, resources) : STATUS_INSUFFICIENT_RESOURCES;
  if (NT_SUCCESS(status)) status = PcRegisterSubdevice(device, name, port);
  if (miniport) miniport->Release();
  port->Release();
  return status;
}

WCHAR parameters_path[256];  // of the registry

NTSTATUS make_link() {
  const NTSTATUS status = IoCreateSymbolicLink(&link_name, &link_target);
  linked = NT_SUCCESS(status);
  return status;
}

// The level that the INF wrote, in a block of its own.
ULONG* level = nullptr;

NTSTATUS read_level() {
  level = static_cast<ULONG*>(pool(sizeof(ULONG)));
  if (!level) return STATUS_INSUFFICIENT_RESOURCES;
  UNICODE_STRING path = {static_cast<USHORT>(wcslen(parameters_path) * sizeof(WCHAR)), sizeof(parameters_path),
                         parameters_path};
  UNICODE_STRING name = RTL_CONSTANT_STRING(L"Level");
  OBJECT_ATTRIBUTES attributes;
  InitializeObjectAttributes(&attributes, &path, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, nullptr, nullptr);
  HANDLE key = nullptr;
  NTSTATUS status = ZwOpenKey(&key, KEY_READ, &attributes);
  if (!NT_SUCCESS(status)) return status;
  alignas(KEY_VALUE_PARTIAL_INFORMATION) UCHAR buffer[128];
  ULONG bytes = 0;
  status = ZwQueryValueKey(key, &name, KeyValuePartialInformation, buffer, sizeof(buffer), &bytes);
  ZwClose(key);
  if (!NT_SUCCESS(status)) return status;
  const auto& value = *reinterpret_cast<KEY_VALUE_PARTIAL_INFORMATION*>(buffer);
  const bool is_level = value.Type == REG_DWORD && (value.DataLength == sizeof(ULONG) || mistake(L"TrustsSize"));
  if (is_level || mistake(L"TrustsValue")) RtlCopyMemory(level, value.Data, value.DataLength);
  return STATUS_SUCCESS;
}

// What is looked at once, some time after the start.
PIO_WORKITEM look_item = nullptr;
Device* looked_at = nullptr;
KEVENT look_done;

void look(PDEVICE_OBJECT, void*) {
  looked_at->registers[0] = 1;
  IoFreeWorkItem(look_item);
  KeSetEvent(&look_done, IO_NO_INCREMENT, FALSE);
}
NTSTATUS look_later(PDEVICE_OBJECT device) {
  look_item = IoAllocateWorkItem(device);
  if (!look_item) return STATUS_INSUFFICIENT_RESOURCES;
  looked_at = device_memory;
  KeClearEvent(&look_done);
  IoQueueWorkItem(look_item, look, DelayedWorkQueue, nullptr);
  return STATUS_SUCCESS;
}

void stop_device() {
  if (!mistake(L"ForgetsWorkItem")) (void)KeWaitForSingleObject(&look_done, Executive, KernelMode, FALSE, nullptr);
  if (linked) (void)IoDeleteSymbolicLink(&link_name);
  linked = false;
  give_back(device_memory);
  device_memory = nullptr;
  if (level) give_back(level);
  level = nullptr;
}

NTSTATUS start_device(PDEVICE_OBJECT device, PIRP irp, PRESOURCELIST resources) {
  device_memory = static_cast<Device*>(pool(sizeof(Device)));
  if (!device_memory) return STATUS_INSUFFICIENT_RESOURCES;
  if (mistake(L"FreesUnderOtherTags")) {
    forget_one();
    forget_another();
  }
  HANDLE key = nullptr;
  OBJECT_ATTRIBUTES attributes;
  UNICODE_STRING path = RTL_CONSTANT_STRING(L"\\Registry\\Machine\\Software");
  InitializeObjectAttributes(&attributes, &path, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, nullptr, nullptr);
  NTSTATUS status = ZwCreateKey(&key, KEY_READ, &attributes, 0, nullptr, REG_OPTION_NON_VOLATILE, nullptr);
  if (NT_SUCCESS(status)) status = make_link();
  if (key && (NT_SUCCESS(status) || !mistake(L"LeaksHandle"))) ZwClose(key);
  WCHAR first[] = L"Wave", second[] = L"WaveToo";
  if (NT_SUCCESS(status)) status = add_subdevice(device, irp, resources, first);
  if (NT_SUCCESS(status)) {
    status = add_subdevice(device, irp, resources, second);
    if (mistake(L"StartsInPart")) status = STATUS_SUCCESS;
  }
  if (NT_SUCCESS(status)) status = read_level();
  if (NT_SUCCESS(status)) status = look_later(device);
  if (!NT_SUCCESS(status)) {
    if (mistake(L"LeavesLink")) linked = false;
    stop_device();
  }
  return status;
}

NTSTATUS add_device(PDRIVER_OBJECT driver, PDEVICE_OBJECT physical) {
  return PcAddAdapterDevice(driver, physical, reinterpret_cast<PCPFNSTARTDEVICE>(start_device), 2, 0);
}

// A device for the driver's own program, in the cases "Control..." alone.
PDEVICE_OBJECT control = nullptr;
PDRIVER_DISPATCH port_dispatch[IRP_MJ_MAXIMUM_FUNCTION + 1];
struct Settings {
  ULONG values[16];
};
volatile ULONG applied[16];

NTSTATUS on_control(PDEVICE_OBJECT device, PIRP irp) {
  const IO_STACK_LOCATION& location = *IoGetCurrentIrpStackLocation(irp);
  if (device != control) return port_dispatch[location.MajorFunction](device, irp);
  NTSTATUS status = STATUS_SUCCESS;
  if (location.MajorFunction == IRP_MJ_DEVICE_CONTROL) {
    const auto& call = location.Parameters.DeviceIoControl;
    if (call.IoControlCode != CTL_CODE(FILE_DEVICE_UNKNOWN, 0x801, METHOD_BUFFERED, FILE_ANY_ACCESS))
      status = STATUS_INVALID_DEVICE_REQUEST;
    else if (call.InputBufferLength < (mistake(L"ControlTrusts") ? 1 : sizeof(Settings)))
      status = STATUS_BUFFER_TOO_SMALL;
    else
      for (ULONG i = 0; i < 16; ++i) applied[i] = static_cast<Settings*>(irp->AssociatedIrp.SystemBuffer)->values[i];
  }
  irp->IoStatus.Status = status;
  irp->IoStatus.Information = 0;
  IoCompleteRequest(irp, IO_NO_INCREMENT);
  return status;
}

NTSTATUS make_control(PDRIVER_OBJECT driver) {
  UNICODE_STRING name = RTL_CONSTANT_STRING(L"\\Device\\PortsideFaultyControl");
  const NTSTATUS status = IoCreateDevice(driver, 0, &name, FILE_DEVICE_UNKNOWN, 0, FALSE, &control);
  if (!NT_SUCCESS(status)) return status;
  constexpr UCHAR kMajors[] = {IRP_MJ_CREATE, IRP_MJ_CLEANUP, IRP_MJ_CLOSE, IRP_MJ_DEVICE_CONTROL};
  for (const UCHAR major : kMajors) {
    port_dispatch[major] = driver->MajorFunction[major];
    driver->MajorFunction[major] = on_control;
  }
  return STATUS_SUCCESS;
}

NTSTATUS on_pnp(PDEVICE_OBJECT device, PIRP irp) {
  const UCHAR minor = IoGetCurrentIrpStackLocation(irp)->MinorFunction;
  if (minor == IRP_MN_SURPRISE_REMOVAL && mistake(L"TouchesGoneDevice")) {
    give_back(device_memory);
    device_memory = nullptr;
  }
  if (minor == IRP_MN_QUERY_REMOVE_DEVICE && mistake(L"GoesWhenAsked")) {
    give_back(device_memory);
    device_memory = nullptr;
  }
  const NTSTATUS status = PcDispatchIrp(device, irp);
  if (minor == IRP_MN_REMOVE_DEVICE || minor == IRP_MN_STOP_DEVICE) stop_device();
  if (minor == IRP_MN_REMOVE_DEVICE && control) {
    IoDeleteDevice(control);
    control = nullptr;
  }
  return status;
}

NTSTATUS on_power(PDEVICE_OBJECT device, PIRP irp) {
  const IO_STACK_LOCATION& location = *IoGetCurrentIrpStackLocation(irp);
  if (location.MinorFunction == IRP_MN_SET_POWER && location.Parameters.Power.Type == DevicePowerState) {
    asleep = location.Parameters.Power.State.DeviceState != PowerDeviceD0;
    if (asleep) busy = false;
    if (asleep && mistake(L"SleepsOn")) woken_for_good = false;
  }
  return PcDispatchIrp(device, irp);
}

}  // namespace

extern "C" NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING registry_path) {
  RTL_QUERY_REGISTRY_TABLE table[] = {
      {nullptr, RTL_QUERY_REGISTRY_SUBKEY | RTL_QUERY_REGISTRY_REQUIRED, const_cast<PWSTR>(L"Parameters"), nullptr,
       REG_NONE, nullptr, 0},
      {nullptr, RTL_QUERY_REGISTRY_DIRECT, const_cast<PWSTR>(L"Case"), &case_name, REG_NONE, nullptr, 0},
      {}};
  WCHAR path[256];
  UNICODE_STRING terminated = {0, sizeof(path), path};
  RtlCopyUnicodeString(&terminated, registry_path);
  path[terminated.Length / sizeof(WCHAR)] = L'\0';
  UNICODE_STRING parameters = {0, sizeof(parameters_path), parameters_path};
  RtlCopyUnicodeString(&parameters, registry_path);
  (void)RtlAppendUnicodeToString(&parameters, L"\\Parameters");
  parameters_path[parameters.Length / sizeof(WCHAR)] = L'\0';
  KeInitializeEvent(&look_done, NotificationEvent, TRUE);
  NTSTATUS status = RtlQueryRegistryValues(RTL_REGISTRY_ABSOLUTE, path, table, nullptr, nullptr);
  if (!NT_SUCCESS(status)) return status;
  status = PcInitializeAdapterDriver(driver, registry_path, add_device);
  driver->MajorFunction[IRP_MJ_PNP] = on_pnp;
  driver->MajorFunction[IRP_MJ_POWER] = on_power;
  if (NT_SUCCESS(status) && (mistake(L"ControlTrusts") || mistake(L"ControlChecks"))) status = make_control(driver);
  return status;
}
