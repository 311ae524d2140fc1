#include "io/root_bus.h"

#include <cstring>
#include <string>
#include <vector>

#include "io/bus_interface.h"
#include "io/io.h"
#include "io/resource_requirements.h"
#include "kernel/services.h"

namespace portside::io {

namespace {

constexpr uint32_t kPnpTag = '  pP';
// GUID_BUS_TYPE_PCI, GUID_BUS_INTERFACE_STANDARD, GUID_BUS_TYPE_INTERNAL
constexpr GUID kBusTypePci = {0xc8ebdfb0, 0xb510, 0x11d0, {0x80, 0xe5, 0x00, 0xa0, 0xc9, 0x25, 0x42, 0xe3}};
constexpr GUID kBusInterfaceStandard = {0x496b8280, 0x6f25, 0x11d0, {0xbe, 0xaf, 0x08, 0x00, 0x2b, 0xe2, 0x09, 0x2f}};
constexpr GUID kBusTypeInternal = {0x2530ea73, 0x086b, 0x11d1, {0xa0, 0x9f, 0x00, 0xc0, 0x4f, 0xc3, 0x40, 0xb1}};

// Strings and relations are freed by whoever asked, with ExFreePool.
void* allocate(uint64_t bytes) {
  kernel::PoolRequest request;
  request.bytes = bytes;
  request.tag = kPnpTag;
  request.kind = kernel::PoolKind::kPaged;
  request.owner = kernel::PoolOwner::kRuntime;
  request.api = "IRP_MJ_PNP";
  auto block = current<kernel::Services>().pool().allocate(request);
  return block ? *block : nullptr;
}

NTSTATUS give_text(std::u16string_view text, ULONG_PTR& information, bool multiple = false) {
  const size_t bytes = text.size() * sizeof(char16_t);
  auto* copy = static_cast<std::byte*>(allocate(bytes + (multiple ? 2 : 1) * sizeof(char16_t)));
  if (!copy) return STATUS_INSUFFICIENT_RESOURCES;
  std::memcpy(copy, text.data(), bytes);
  information = reinterpret_cast<ULONG_PTR>(copy);
  return STATUS_SUCCESS;
}

std::u16string multi_string(const std::vector<std::u16string>& strings) {
  std::u16string all;
  for (const std::u16string& s : strings) {
    all += s;
    all += u'\0';
  }
  return all;
}

}  // namespace

Result<DRIVER_OBJECT*> RootBus::make_driver(const char* name) {
  TRY_ASSIGN(DRIVER_OBJECT * driver, io_.drivers().create_plain(name));
  driver->MajorFunction[IRP_MJ_PNP] = &RootBus::on_pnp;
  driver->MajorFunction[IRP_MJ_POWER] = &RootBus::on_power;
  driver->MajorFunction[IRP_MJ_SYSTEM_CONTROL] = &RootBus::on_system_control;
  return driver;
}

Result<DEVICE_OBJECT*> RootBus::create_pdo(bool on_bus) {
  DRIVER_OBJECT*& driver = on_bus ? pci_driver_ : driver_;
  if (!driver) { TRY_ASSIGN(driver, make_driver(on_bus ? "pci" : "PnpManager")); }
  DeviceSpec spec;
  spec.driver = driver;
  spec.generate_name = true;
  spec.type = FILE_DEVICE_CONTROLLER;
  TRY_ASSIGN(DEVICE_OBJECT * pdo, io_.devices().create(spec));
  pdo->Flags |= DO_BUS_ENUMERATED_DEVICE | DO_POWER_PAGABLE;
  pdo->Flags &= ~DO_DEVICE_INITIALIZING;
  return pdo;
}

NTSTATUS RootBus::on_pnp(DEVICE_OBJECT* pdo, IRP* irp) {
  Io& io = current<Io>();
  IO_STACK_LOCATION location = *irp->Tail.Overlay.CurrentStackLocation;
  ULONG_PTR information = irp->IoStatus.Information;
  NTSTATUS status = irp->IoStatus.Status;  // a minor code that a bus does not handle keeps its status
  if (DeviceNode* node = io.pnp().find(pdo)) status = answer(*node, irp, location, information);
  return complete_with(irp, status, information);
}

std::optional<NTSTATUS> RootBus::answer_on_bus(DeviceNode& node, const IO_STACK_LOCATION& location,
                                               ULONG_PTR& information) {
  BusAccess& bus = *node.spec.bus;
  const auto give_list = [&](const std::vector<std::byte>& list) -> NTSTATUS {
    if (list.empty()) return STATUS_SUCCESS;
    void* copy = allocate(list.size());
    if (!copy) return STATUS_INSUFFICIENT_RESOURCES;
    std::memcpy(copy, list.data(), list.size());
    information = reinterpret_cast<ULONG_PTR>(copy);
    return STATUS_SUCCESS;
  };
  switch (location.MinorFunction) {
    case IRP_MN_START_DEVICE: bus.enable(); return STATUS_SUCCESS;
    case IRP_MN_STOP_DEVICE: bus.disable(); return STATUS_SUCCESS;
    case IRP_MN_REMOVE_DEVICE: bus.removed(); return STATUS_SUCCESS;
    case IRP_MN_QUERY_RESOURCES: return give_list(node.spec.raw_resources);
    case IRP_MN_QUERY_RESOURCE_REQUIREMENTS: return give_list(requirements_of(node.spec.raw_resources));
    case IRP_MN_READ_CONFIG:
    case IRP_MN_WRITE_CONFIG: {
      const auto& wanted = location.Parameters.ReadWriteConfig;
      // PCI_WHICHSPACE_CONFIG is 0; expansion ROMs are not offered.
      if (wanted.WhichSpace != 0 || !wanted.Buffer) return STATUS_INVALID_PARAMETER_MIX;
      const bool read = location.MinorFunction == IRP_MN_READ_CONFIG;
      information = read ? bus.read_config(wanted.Buffer, wanted.Offset, wanted.Length)
                         : bus.write_config(wanted.Buffer, wanted.Offset, wanted.Length);
      return information == wanted.Length ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER_MIX;
    }
    case IRP_MN_QUERY_INTERFACE: {
      const auto& wanted = location.Parameters.QueryInterface;
      if (!wanted.InterfaceType || !wanted.Interface || !IsEqualGUID(*wanted.InterfaceType, kBusInterfaceStandard))
        return std::nullopt;
      if (wanted.Size < sizeof(BUS_INTERFACE_STANDARD) || wanted.Version < 1) return STATUS_INVALID_PARAMETER;
      fill_bus_interface(*reinterpret_cast<BUS_INTERFACE_STANDARD*>(wanted.Interface), node.pdo);
      return STATUS_SUCCESS;
    }
    case IRP_MN_QUERY_BUS_INFORMATION: {
      auto* info = static_cast<PNP_BUS_INFORMATION*>(allocate(sizeof(PNP_BUS_INFORMATION)));
      if (!info) return STATUS_INSUFFICIENT_RESOURCES;
      info->BusTypeGuid = kBusTypePci;
      info->LegacyBusType = PCIBus;
      info->BusNumber = bus.bus_number();
      information = reinterpret_cast<ULONG_PTR>(info);
      return STATUS_SUCCESS;
    }
    case IRP_MN_QUERY_CAPABILITIES: {
      DEVICE_CAPABILITIES* caps = location.Parameters.DeviceCapabilities.Capabilities;
      // DEVICE_CAPABILITIES.Address of PCI: the device in the high word, the function in the low.
      if (caps && caps->Version == 1 && caps->Size >= sizeof(DEVICE_CAPABILITIES))
        caps->Address = (bus.slot_number() & 31) << 16 | bus.slot_number() >> 5;
      return std::nullopt;
    }
    default: return std::nullopt;
  }
}

NTSTATUS RootBus::answer(DeviceNode& node, IRP* irp, const IO_STACK_LOCATION& location, ULONG_PTR& information) {
  if (node.spec.bus)
    if (const auto answered = answer_on_bus(node, location, information)) return *answered;
  switch (location.MinorFunction) {
    case IRP_MN_START_DEVICE:
    case IRP_MN_QUERY_STOP_DEVICE:
    case IRP_MN_CANCEL_STOP_DEVICE:
    case IRP_MN_STOP_DEVICE:
    case IRP_MN_QUERY_REMOVE_DEVICE:
    case IRP_MN_CANCEL_REMOVE_DEVICE:
    case IRP_MN_REMOVE_DEVICE:
    case IRP_MN_SURPRISE_REMOVAL:
    case IRP_MN_DEVICE_USAGE_NOTIFICATION:
    case IRP_MN_QUERY_PNP_DEVICE_STATE: return STATUS_SUCCESS;
    case IRP_MN_QUERY_CAPABILITIES: {
      DEVICE_CAPABILITIES* caps = location.Parameters.DeviceCapabilities.Capabilities;
      if (!caps || caps->Version != 1 || caps->Size < sizeof(DEVICE_CAPABILITIES)) return STATUS_UNSUCCESSFUL;
      caps->UniqueID = FALSE;
      caps->SilentInstall = TRUE;
      caps->RawDeviceOK = FALSE;
      caps->SurpriseRemovalOK = FALSE;
      caps->Removable = FALSE;
      for (int s = PowerSystemWorking; s < PowerSystemMaximum; ++s)
        caps->DeviceState[s] = s == PowerSystemWorking ? PowerDeviceD0 : PowerDeviceD3;
      caps->SystemWake = PowerSystemUnspecified;
      caps->DeviceWake = PowerDeviceUnspecified;
      return STATUS_SUCCESS;
    }
    case IRP_MN_QUERY_DEVICE_RELATIONS: {
      if (location.Parameters.QueryDeviceRelations.Type != TargetDeviceRelation) return irp->IoStatus.Status;
      auto* relations = static_cast<DEVICE_RELATIONS*>(allocate(sizeof(DEVICE_RELATIONS)));
      if (!relations) return STATUS_INSUFFICIENT_RESOURCES;
      relations->Count = 1;
      relations->Objects[0] = node.pdo;
      (void)current<kernel::Services>().objects().reference(node.pdo, "IRP_MN_QUERY_DEVICE_RELATIONS");
      information = reinterpret_cast<ULONG_PTR>(relations);
      return STATUS_SUCCESS;
    }
    case IRP_MN_QUERY_ID:
      switch (location.Parameters.QueryId.IdType) {
        case BusQueryDeviceID: return give_text(node.spec.enumerator_path, information);
        case BusQueryHardwareIDs: return give_text(multi_string(node.spec.hardware_ids), information, true);
        case BusQueryCompatibleIDs: return give_text(multi_string(node.spec.compatible_ids), information, true);
        case BusQueryInstanceID:
          return give_text(node.instance_path.substr(node.instance_path.rfind(u'\\') + 1), information);
        default: return irp->IoStatus.Status;
      }
    case IRP_MN_QUERY_DEVICE_TEXT:
      if (location.Parameters.QueryDeviceText.DeviceTextType != DeviceTextDescription) return irp->IoStatus.Status;
      return give_text(node.spec.description, information);
    case IRP_MN_QUERY_BUS_INFORMATION: {
      auto* bus = static_cast<PNP_BUS_INFORMATION*>(allocate(sizeof(PNP_BUS_INFORMATION)));
      if (!bus) return STATUS_INSUFFICIENT_RESOURCES;
      bus->BusTypeGuid = kBusTypeInternal;
      bus->LegacyBusType = PNPBus;
      bus->BusNumber = 0;
      information = reinterpret_cast<ULONG_PTR>(bus);
      return STATUS_SUCCESS;
    }
    default: return irp->IoStatus.Status;
  }
}

NTSTATUS RootBus::on_power(DEVICE_OBJECT* pdo, IRP* irp) {
  Io& io = current<Io>();
  const IO_STACK_LOCATION& location = *irp->Tail.Overlay.CurrentStackLocation;
  NTSTATUS status = irp->IoStatus.Status;
  switch (location.MinorFunction) {
    case IRP_MN_SET_POWER:
      if (DeviceNode* node = io.pnp().find(pdo); node && location.Parameters.Power.Type == DevicePowerState) {
        node->device_power = location.Parameters.Power.State.DeviceState;
        if (node->spec.bus) node->spec.bus->set_power(node->device_power);
      }
      status = STATUS_SUCCESS;
      break;
    case IRP_MN_QUERY_POWER: status = STATUS_SUCCESS; break;
    default: break;
  }
  return complete_with(irp, status);
}

NTSTATUS RootBus::on_system_control(DEVICE_OBJECT*, IRP* irp) {
  return complete_with(irp, irp->IoStatus.Status, irp->IoStatus.Information);
}

}  // namespace portside::io
