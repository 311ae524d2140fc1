// Drivers, devices and objects: WdfDriver*, WdfDevice*, WdfObject*.

#include <fmt/format.h>

#include <cstring>

#include "io/io.h"
#include "io/text.h"
#include "kernel/api_scope.h"
#include "kernel/kernel.h"
#include "kernel/services.h"
#include "wdf/function_table.h"
#include "wdf/wdf.h"

namespace portside::wdf {
namespace {

using kernel::ApiScope;
using kernel::kDispatchLevel;
using kernel::kPassiveLevel;
using Globals = PWDF_DRIVER_GLOBALS;

Wdf& wdf() { return current<Wdf>(); }

NTSTATUS NTAPI impl_WdfDriverCreate(Globals globals, PDRIVER_OBJECT wdm, PCUNICODE_STRING path,
                                    PWDF_OBJECT_ATTRIBUTES attributes, PWDF_DRIVER_CONFIG config, WDFDRIVER* driver) {
  ApiScope scope("WdfDriverCreate", kPassiveLevel, kPassiveLevel);
  Binding& binding = wdf().binding(globals, "WdfDriverCreate");
  if (driver) *driver = nullptr;
  if (kernel::made_to_fail(kernel::FailureKind::kObject, "WdfDriverCreate")) return STATUS_INSUFFICIENT_RESOURCES;
  if (!wdm || !path || !config) return STATUS_INVALID_PARAMETER;
  // WdfDriverCreate, Return value: a wrong Size.
  if (config->Size != sizeof(WDF_DRIVER_CONFIG)) return STATUS_INFO_LENGTH_MISMATCH;
  if (binding.driver) return STATUS_DRIVER_INTERNAL_ERROR;  // called before
  // Without the flag the framework takes over the driver's dispatch table, which a miniport driver forbids.
  if (!(config->DriverInitFlags & (WdfDriverInitNoDispatchOverride | WdfDriverInitNonPnpDriver)))
    return STATUS_NOT_SUPPORTED;
  if ((config->DriverInitFlags & WdfDriverInitNonPnpDriver) && config->EvtDriverDeviceAdd)
    return STATUS_INVALID_PARAMETER;
  auto object = std::make_unique<DriverObject>();
  object->wdm = wdm;
  object->registry_path = io::copy_of(path);
  object->config = *config;
  auto made = wdf().objects().insert(std::move(object), binding, attributes, nullptr);
  if (!made) return made.error().nt();
  binding.driver = static_cast<DriverObject*>(*made);
  globals->Driver = reinterpret_cast<WDFDRIVER>((*made)->handle());
  globals->DriverFlags = config->DriverInitFlags;
  if (config->DriverPoolTag) globals->DriverTag = config->DriverPoolTag;
  if (driver) *driver = globals->Driver;
  return STATUS_SUCCESS;
}

PWSTR NTAPI impl_WdfDriverGetRegistryPath(Globals, WDFDRIVER driver) {
  ApiScope scope("WdfDriverGetRegistryPath", kPassiveLevel, kPassiveLevel);
  return reinterpret_cast<PWSTR>(wdf().get<DriverObject>(driver, "WdfDriverGetRegistryPath").registry_path.data());
}

PDRIVER_OBJECT NTAPI impl_WdfDriverWdmGetDriverObject(Globals, WDFDRIVER driver) {
  ApiScope scope("WdfDriverWdmGetDriverObject", kPassiveLevel, kDispatchLevel);
  return wdf().get<DriverObject>(driver, "WdfDriverWdmGetDriverObject").wdm;
}

VOID NTAPI impl_WdfDriverMiniportUnload(Globals globals, WDFDRIVER driver) {
  ApiScope scope("WdfDriverMiniportUnload", kPassiveLevel, kPassiveLevel);
  auto& object = wdf().get<DriverObject>(driver, "WdfDriverMiniportUnload");
  if (object.config.EvtDriverUnload) object.config.EvtDriverUnload(driver);
  Binding& binding = wdf().binding(globals, "WdfDriverMiniportUnload");
  binding.driver = nullptr;
  globals->Driver = nullptr;
  wdf().objects().remove(object);
}

NTSTATUS NTAPI impl_WdfDeviceMiniportCreate(Globals globals, WDFDRIVER driver, PWDF_OBJECT_ATTRIBUTES attributes,
                                            PDEVICE_OBJECT fdo, PDEVICE_OBJECT attached, PDEVICE_OBJECT pdo,
                                            WDFDEVICE* device) {
  ApiScope scope("WdfDeviceMiniportCreate", kPassiveLevel, kPassiveLevel);
  auto& parent = wdf().get<DriverObject>(driver, "WdfDeviceMiniportCreate");
  if (!device || !fdo) return STATUS_INVALID_PARAMETER;
  *device = nullptr;
  if (kernel::made_to_fail(kernel::FailureKind::kObject, "WdfDeviceMiniportCreate"))
    return STATUS_INSUFFICIENT_RESOURCES;
  // WDF_OBJECT_ATTRIBUTES.ParentObject must be NULL for framework device objects: their parent is the driver.
  if (attributes && attributes->ParentObject) return STATUS_INVALID_PARAMETER;
  auto object = std::make_unique<DeviceObject>();
  object->fdo = fdo;
  object->attached = attached;
  object->pdo = pdo;
  auto made =
      wdf().objects().insert(std::move(object), wdf().binding(globals, "WdfDeviceMiniportCreate"), attributes, &parent);
  if (!made) return made.error().nt();
  *device = reinterpret_cast<WDFDEVICE>((*made)->handle());
  return STATUS_SUCCESS;
}

WDFDEVICE NTAPI impl_WdfWdmDeviceGetWdfDeviceHandle(Globals, PDEVICE_OBJECT fdo) {
  ApiScope scope("WdfWdmDeviceGetWdfDeviceHandle", kPassiveLevel, kDispatchLevel);
  DeviceObject* device = wdf().device_of(fdo);
  return device ? reinterpret_cast<WDFDEVICE>(device->handle()) : nullptr;
}

PDEVICE_OBJECT NTAPI impl_WdfDeviceWdmGetDeviceObject(Globals, WDFDEVICE device) {
  ApiScope scope("WdfDeviceWdmGetDeviceObject", kPassiveLevel, kDispatchLevel);
  return wdf().get<DeviceObject>(device, "WdfDeviceWdmGetDeviceObject").fdo;
}

PDEVICE_OBJECT NTAPI impl_WdfDeviceWdmGetAttachedDevice(Globals, WDFDEVICE device) {
  ApiScope scope("WdfDeviceWdmGetAttachedDevice", kPassiveLevel, kDispatchLevel);
  return wdf().get<DeviceObject>(device, "WdfDeviceWdmGetAttachedDevice").attached;
}

PDEVICE_OBJECT NTAPI impl_WdfDeviceWdmGetPhysicalDevice(Globals, WDFDEVICE device) {
  ApiScope scope("WdfDeviceWdmGetPhysicalDevice", kPassiveLevel, kDispatchLevel);
  return wdf().get<DeviceObject>(device, "WdfDeviceWdmGetPhysicalDevice").pdo;
}

WDFDRIVER NTAPI impl_WdfDeviceGetDriver(Globals globals, WDFDEVICE device) {
  ApiScope scope("WdfDeviceGetDriver", kPassiveLevel, kDispatchLevel);
  (void)wdf().get<DeviceObject>(device, "WdfDeviceGetDriver");
  return globals->Driver;
}

PVOID NTAPI impl_WdfObjectGetTypedContextWorker(Globals, WDFOBJECT handle, PCWDF_OBJECT_CONTEXT_TYPE_INFO type) {
  ApiScope scope("WdfObjectGetTypedContextWorker", kPassiveLevel, kDispatchLevel);
  return wdf().objects().context(wdf().any(handle, "WdfObjectGetTypedContext"), type);
}

NTSTATUS NTAPI impl_WdfObjectAllocateContext(Globals, WDFOBJECT handle, PWDF_OBJECT_ATTRIBUTES attributes,
                                             PVOID* context) {
  ApiScope scope("WdfObjectAllocateContext", kPassiveLevel, kDispatchLevel);
  if (kernel::made_to_fail(kernel::FailureKind::kObject, "WdfObjectAllocateContext"))
    return STATUS_INSUFFICIENT_RESOURCES;
  Object& object = wdf().any(handle, "WdfObjectAllocateContext");
  if (!attributes) return STATUS_INVALID_PARAMETER;
  if (attributes->Size != sizeof(WDF_OBJECT_ATTRIBUTES)) return STATUS_INFO_LENGTH_MISMATCH;
  if (!attributes->ContextTypeInfo) return STATUS_OBJECT_NAME_INVALID;
  bool existed = false;
  auto made = wdf().objects().allocate_context(object, *attributes, existed);
  if (!made) return made.error().nt();
  if (context) *context = *made;
  return existed ? STATUS_OBJECT_NAME_EXISTS : STATUS_SUCCESS;
}

WDFOBJECT NTAPI impl_WdfObjectContextGetObject(Globals, PVOID context) {
  ApiScope scope("WdfObjectContextGetObject", kPassiveLevel, kDispatchLevel);
  Object* object = wdf().objects().object_of_context(context);
  if (!object) wdf().violation("WdfObjectContextGetObject", context, "not the context of a framework object");
  return object->handle();
}

VOID NTAPI impl_WdfObjectReferenceActual(Globals, WDFOBJECT handle, PVOID, LONG, PCCH) {
  ApiScope scope("WdfObjectReference", kPassiveLevel, kDispatchLevel);
  wdf().objects().reference(wdf().any(handle, "WdfObjectReference"));
}

VOID NTAPI impl_WdfObjectDereferenceActual(Globals, WDFOBJECT handle, PVOID, LONG, PCCH) {
  ApiScope scope("WdfObjectDereference", kPassiveLevel, kDispatchLevel);
  if (!wdf().objects().dereference(wdf().any(handle, "WdfObjectDereference")))
    wdf().violation("WdfObjectDereference", handle, "the object was dereferenced more often than referenced");
}

NTSTATUS NTAPI impl_WdfObjectCreate(Globals globals, PWDF_OBJECT_ATTRIBUTES attributes, WDFOBJECT* object) {
  ApiScope scope("WdfObjectCreate", kPassiveLevel, kDispatchLevel);
  if (kernel::made_to_fail(kernel::FailureKind::kObject, "WdfObjectCreate")) {
    if (object) *object = nullptr;
    return STATUS_INSUFFICIENT_RESOURCES;
  }
  Binding& binding = wdf().binding(globals, "WdfObjectCreate");
  if (!object) return STATUS_INVALID_PARAMETER;
  auto made = wdf().objects().insert(std::make_unique<GeneralObject>(), binding, attributes, binding.driver);
  *object = made ? (*made)->handle() : nullptr;
  return made ? STATUS_SUCCESS : made.error().nt();
}

VOID NTAPI impl_WdfObjectDelete(Globals, WDFOBJECT handle) {
  ApiScope scope("WdfObjectDelete", kPassiveLevel, kDispatchLevel);
  Object& object = wdf().any(handle, "WdfObjectDelete");
  // WdfObjectDelete, Remarks: framework driver objects cannot be deleted by it.
  if (object.type() == ObjectType::kDriver)
    wdf().violation("WdfObjectDelete", handle, "a framework driver object is deleted by WdfDriverMiniportUnload alone");
  wdf().objects().remove(object);
}

const TableSlot kSlots[] = {
    PORTSIDE_WDF_SLOT(WdfDriverCreate, PFN_WDFDRIVERCREATE),
    PORTSIDE_WDF_SLOT(WdfDriverGetRegistryPath, PFN_WDFDRIVERGETREGISTRYPATH),
    PORTSIDE_WDF_SLOT(WdfDriverWdmGetDriverObject, PFN_WDFDRIVERWDMGETDRIVEROBJECT),
    PORTSIDE_WDF_SLOT(WdfDriverMiniportUnload, PFN_WDFDRIVERMINIPORTUNLOAD),
    PORTSIDE_WDF_SLOT(WdfDeviceMiniportCreate, PFN_WDFDEVICEMINIPORTCREATE),
    PORTSIDE_WDF_SLOT(WdfWdmDeviceGetWdfDeviceHandle, PFN_WDFWDMDEVICEGETWDFDEVICEHANDLE),
    PORTSIDE_WDF_SLOT(WdfDeviceWdmGetDeviceObject, PFN_WDFDEVICEWDMGETDEVICEOBJECT),
    PORTSIDE_WDF_SLOT(WdfDeviceWdmGetAttachedDevice, PFN_WDFDEVICEWDMGETATTACHEDDEVICE),
    PORTSIDE_WDF_SLOT(WdfDeviceWdmGetPhysicalDevice, PFN_WDFDEVICEWDMGETPHYSICALDEVICE),
    PORTSIDE_WDF_SLOT(WdfDeviceGetDriver, PFN_WDFDEVICEGETDRIVER),
    PORTSIDE_WDF_SLOT(WdfObjectGetTypedContextWorker, PFN_WDFOBJECTGETTYPEDCONTEXTWORKER),
    PORTSIDE_WDF_SLOT(WdfObjectAllocateContext, PFN_WDFOBJECTALLOCATECONTEXT),
    PORTSIDE_WDF_SLOT(WdfObjectContextGetObject, PFN_WDFOBJECTCONTEXTGETOBJECT),
    PORTSIDE_WDF_SLOT(WdfObjectReferenceActual, PFN_WDFOBJECTREFERENCEACTUAL),
    PORTSIDE_WDF_SLOT(WdfObjectDereferenceActual, PFN_WDFOBJECTDEREFERENCEACTUAL),
    PORTSIDE_WDF_SLOT(WdfObjectCreate, PFN_WDFOBJECTCREATE),
    PORTSIDE_WDF_SLOT(WdfObjectDelete, PFN_WDFOBJECTDELETE),
};

}  // namespace

std::span<const TableSlot> object_functions() { return kSlots; }

}  // namespace portside::wdf
