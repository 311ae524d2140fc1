// The framework (KMDF) beside PortCls, "in miniport mode": PortCls owns the dispatch table and the devices, and a
// driver may still use the framework's objects. In the build without STUDIO_USES_FRAMEWORK nothing of this is left.
#pragma once

#include <portcls.h>

namespace framework {

#ifdef STUDIO_USES_FRAMEWORK
NTSTATUS start(PDRIVER_OBJECT driver, PUNICODE_STRING registry_path);
void stop();
void hook_unload(PDRIVER_OBJECT driver);
NTSTATUS add_device(PDEVICE_OBJECT functional_device);
#else
inline NTSTATUS start(PDRIVER_OBJECT, PUNICODE_STRING) { return STATUS_SUCCESS; }
inline void stop() {}
inline void hook_unload(PDRIVER_OBJECT) {}
inline NTSTATUS add_device(PDEVICE_OBJECT) { return STATUS_SUCCESS; }
#endif

}  // namespace framework
