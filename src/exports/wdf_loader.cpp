// WDFLDR.SYS: what binds a driver to the framework, over src/wdf. The functions are known from what compiled drivers import
// and call; Microsoft documents none of them.

#include "exports/api.h"
#include "wdf/wdf.h"

using namespace portside;
using namespace portside::exports;
using wdf::Wdf;

extern "C" {

NTSTATUS NTAPI WdfVersionBind(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath, PWDF_BIND_INFO BindInfo,
                              PWDF_COMPONENT_GLOBALS ComponentGlobals) {
  ApiScope scope("WdfVersionBind", kPassiveLevel, kPassiveLevel);
  if (!ComponentGlobals) return STATUS_INVALID_PARAMETER;
  auto globals = current<Wdf>().bind(DriverObject, copy_of(RegistryPath), BindInfo);
  *ComponentGlobals = globals.value_or(nullptr);
  return status_of(globals);
}

NTSTATUS NTAPI WdfVersionUnbind(PUNICODE_STRING, PWDF_BIND_INFO BindInfo, WDF_COMPONENT_GLOBALS ComponentGlobals) {
  ApiScope scope("WdfVersionUnbind", kPassiveLevel, kPassiveLevel);
  return status_of(current<Wdf>().unbind(BindInfo, ComponentGlobals));
}

// Class extensions (ACX, UcmCx, ...) are other drivers; there is none here to bind to.
NTSTATUS NTAPI WdfVersionBindClass(PWDF_BIND_INFO, PWDF_COMPONENT_GLOBALS, PVOID) {
  ApiScope scope("WdfVersionBindClass", kPassiveLevel, kPassiveLevel);
  return STATUS_NOT_SUPPORTED;
}

VOID NTAPI WdfVersionUnbindClass(PWDF_BIND_INFO, PWDF_COMPONENT_GLOBALS, PVOID) {
  ApiScope scope("WdfVersionUnbindClass", kPassiveLevel, kPassiveLevel);
}

NTSTATUS NTAPI WdfLdrQueryInterface(PVOID) {
  ApiScope scope("WdfLdrQueryInterface", kPassiveLevel, kPassiveLevel);
  return STATUS_NOT_SUPPORTED;
}

}  // extern "C"

namespace portside::exports {
namespace {
constexpr const char* kNoClasses = "no class extension is here to bind to: STATUS_NOT_SUPPORTED";
const Export kWdfLoaderRows[] = {
    EXPORT_PARTIAL(WdfLdr, WdfVersionBind, "KMDF 1.x in miniport mode; other functions stop the machine when called"),
    EXPORT(WdfLdr, WdfVersionUnbind),
    EXPORT_PARTIAL(WdfLdr, WdfVersionBindClass, kNoClasses),
    EXPORT_PARTIAL(WdfLdr, WdfVersionUnbindClass, kNoClasses),
    EXPORT_PARTIAL(WdfLdr, WdfLdrQueryInterface, "no loader interface is offered: STATUS_NOT_SUPPORTED"),
};
}  // namespace
const ExportSet kWdfLoaderExports{kWdfLoaderRows};
}  // namespace portside::exports
