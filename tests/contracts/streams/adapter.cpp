// misuse_streams.sys: entry, the device's start, and the mistakes that are made there.
#include <initguid.h>
#include "filter.h"

namespace {

// Of a device that has nothing to power.
class Management final : public ComObject<Management, IAdapterPowerManagement, IAdapterPnpManagement> {
 public:
  STDMETHODIMP QueryInterface(REFIID iid, PVOID* result) override {
    if (IsEqualGUID(iid, IID_IUnknown) || IsEqualGUID(iid, IID_IAdapterPowerManagement))
      return hand_out(static_cast<IAdapterPowerManagement*>(this), result);
    if (IsEqualGUID(iid, IID_IAdapterPnpManagement)) return hand_out(static_cast<IAdapterPnpManagement*>(this), result);
    *result = nullptr;
    return STATUS_INVALID_PARAMETER;
  }
  STDMETHODIMP_(void) PowerChangeState(POWER_STATE) override {}
  STDMETHODIMP_(NTSTATUS) QueryPowerChangeState(POWER_STATE) override { return STATUS_SUCCESS; }
  STDMETHODIMP_(NTSTATUS)
  QueryDeviceCapabilities(PDEVICE_CAPABILITIES capabilities) override {  // answers CapabilityWeakened
    if (WRONG(WeakCapability)) capabilities->DeviceState[PowerSystemSleeping3] = PowerDeviceD0;
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(PC_REBALANCE_TYPE) GetSupportedRebalanceType() override { return PcRebalanceNotSupported; }
  STDMETHODIMP_(void) PnpQueryStop() override {}
  STDMETHODIMP_(void) PnpCancelStop() override {}
  STDMETHODIMP_(void) PnpStop() override {}
};

volatile NTSTATUS outcome = 0;

void make_device_mistakes(PDEVICE_OBJECT device, PUNKNOWN management) {
  PDEVICE_OBJECT physical = nullptr;
  outcome = PcGetPhysicalDeviceObject(device, &physical);
  if (CASE_IS(PowerTwice) || CASE_IS(WeakCapability) || (CASE_IS(PowerUnseen) && !WRONG(PowerUnseen)))
    outcome = PcRegisterAdapterPowerManagement(management, device);
  if (WRONG(PowerTwice))
    outcome = PcRegisterAdapterPowerManagement(management, device);             // breaks PowerManagementRegisteredTwice
  if (WRONG(PowerNever)) outcome = PcUnregisterAdapterPowerManagement(device);  // breaks PowerManagementNotRegistered
  if (CASE_IS(NoObject))
    outcome = PcRegisterAdapterPnpManagement(WRONG(NoObject) ? nullptr : management, device);  // breaks ObjectMissing
  if (CASE_IS(PnpTwice)) outcome = PcRegisterAdapterPnpManagement(management, device);
  if (WRONG(PnpTwice))
    outcome = PcRegisterAdapterPnpManagement(management, device);           // breaks PnpManagementRegisteredTwice
  if (WRONG(PnpNever)) outcome = PcUnregisterAdapterPnpManagement(device);  // breaks PnpManagementNotRegistered

  if (CASE_IS(ResourceLeft) || CASE_IS(ResourceTwice)) {
    PCSTREAMRESOURCE_DESCRIPTOR descriptor;
    PCSTREAMRESOURCE_DESCRIPTOR_INIT(&descriptor);
    descriptor.Pdo = physical;
    descriptor.Type = ePcStreamResourceThread;
    descriptor.Resource.Thread = PsGetCurrentThread();
    PCSTREAMRESOURCE resource = nullptr;
    outcome = PcAddStreamResource(physical, nullptr, &descriptor, &resource);  // breaks StreamResourceLeft
    if (!WRONG(ResourceLeft)) outcome = PcRemoveStreamResource(resource);
    if (WRONG(ResourceTwice)) outcome = PcRemoveStreamResource(resource);  // breaks StreamResourceInvalid
  }
  if (CASE_IS(ContentLeft)) {
    ULONG content = 0;
    outcome = PcCreateContentMixed(nullptr, 0, &content);  // breaks DrmContentLeft
    if (!WRONG(ContentLeft)) outcome = PcDestroyContent(content);
  }
}

NTSTATUS add_subdevice(PDEVICE_OBJECT device, PIRP irp, PRESOURCELIST resources, PWSTR name) {
  PPORT port = nullptr;
  NTSTATUS status = PcNewPort(&port, CLSID_PortWaveRT);  // breaks PortLeaked
  if (!NT_SUCCESS(status)) return status;
  PMINIPORT miniport = new_miniport(device);
  status = miniport ? port->Init(device, irp, miniport, nullptr, resources) : STATUS_INSUFFICIENT_RESOURCES;
  if (NT_SUCCESS(status) && WRONG(ForeignPort))
    outcome = PcRegisterSubdevice(device, name, miniport);  // breaks ForeignPortObject
  if (NT_SUCCESS(status))
    status = PcRegisterSubdevice(device, name, port);  // breaks TooManySubdevices SubdeviceNameTaken
  if (NT_SUCCESS(status) && CASE_IS(WiredBackwards)) {
    // Of the bridge pins 1 gives data out, and 3 takes them in. One call: two would be made one by the compiler.
    const ULONG from = WRONG(WiredBackwards) ? 3 : 1;
    outcome = PcRegisterPhysicalConnection(device, port, from, port, 4 - from);  // breaks PhysicalConnectionBroken
  }
  if (NT_SUCCESS(status) && WRONG(PortNotReady)) {
    static WCHAR empty[] = L"Empty";
    PPORT bare = nullptr;
    outcome = PcNewPort(&bare, CLSID_PortWaveRT);
    outcome = PcRegisterSubdevice(device, empty, bare);  // breaks PortNotInitialised
    bare->Release();
  }
  if (miniport) miniport->Release();
  if (!WRONG(PortKept)) port->Release();
  return status;
}

// A subdevice that is there for a moment, with a wire to itself.
void plug_and_unplug(PDEVICE_OBJECT device, PIRP irp, PRESOURCELIST resources) {
  static WCHAR name[] = L"Headset";
  PPORT port = nullptr;
  if (!NT_SUCCESS(PcNewPort(&port, CLSID_PortWaveRT))) return;
  ComPointer<IUnregisterSubdevice> subdevices;
  ComPointer<IUnregisterPhysicalConnection> connections;
  PMINIPORT miniport = new_miniport(device);
  if (miniport && NT_SUCCESS(port->Init(device, irp, miniport, nullptr, resources)) &&
      NT_SUCCESS(PcRegisterSubdevice(device, name, port)) &&
      NT_SUCCESS(port->QueryInterface(IID_IUnregisterSubdevice, reinterpret_cast<PVOID*>(subdevices.receive()))) &&
      NT_SUCCESS(
          port->QueryInterface(IID_IUnregisterPhysicalConnection, reinterpret_cast<PVOID*>(connections.receive())))) {
    outcome = PcRegisterPhysicalConnection(device, port, 1, port, 3);
    if (!WRONG(WiresLeft)) outcome = connections->UnregisterPhysicalConnection(device, port, 1, port, 3);
    outcome = subdevices->UnregisterSubdevice(device, port);  // breaks PhysicalConnectionLeft
  }
  if (miniport) miniport->Release();
  port->Release();
}

NTSTATUS start_device(PDEVICE_OBJECT device, PIRP irp, PRESOURCELIST resources) {  // answers PowerChangeUnseen
  ComPointer<Management> management;
  management.adopt(new Management);
  if (!management) return STATUS_INSUFFICIENT_RESOURCES;
  make_device_mistakes(device, static_cast<IAdapterPowerManagement*>(management.get()));
  static WCHAR first[] = L"Wave", second[] = L"Wave2", third[] = L"Wave3";
  NTSTATUS status = add_subdevice(device, irp, resources, first);
  if (NT_SUCCESS(status) && (CASE_IS(SameName) || CASE_IS(TooMany)))
    outcome = add_subdevice(device, irp, resources, WRONG(SameName) ? first : second);
  if (NT_SUCCESS(status) && CASE_IS(WiresLeft)) plug_and_unplug(device, irp, resources);
  if (NT_SUCCESS(status) && WRONG(TooMany)) outcome = add_subdevice(device, irp, resources, third);
  return status;
}

void NTAPI unload(PDRIVER_OBJECT) {}

NTSTATUS add_device(PDRIVER_OBJECT driver, PDEVICE_OBJECT physical) {
  const auto start = reinterpret_cast<PCPFNSTARTDEVICE>(start_device);
  if (WRONG(SmallExtension))
    outcome = PcAddAdapterDevice(driver, physical, start, 2, 16);  // breaks DeviceExtensionSize
  return PcAddAdapterDevice(driver, physical, start, 2, 0);
}

}  // namespace

extern "C" NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING registry_path) {
  const NTSTATUS status = read_case(registry_path);
  if (!NT_SUCCESS(status)) return status;
  if (CASE_IS(UnloadLost)) driver->DriverUnload = unload;
  const NTSTATUS initialized = PcInitializeAdapterDriver(driver, registry_path, add_device);  // breaks UnloadReplaced
  if (NT_SUCCESS(initialized) && CASE_IS(UnloadLost) && !WRONG(UnloadLost)) driver->DriverUnload = unload;
  return initialized;
}
