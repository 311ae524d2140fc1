#pragma once
// What drivers do to references and handles of objects: done as the directory does it, and told where a driver gives back what
// it does not hold (MisuseObserver). On a simulated thread, at DISPATCH_LEVEL or below.

#include <cstdint>

#include "base/result.h"

namespace portside::kernel {

class Kernel;
class ObjectDirectory;

// ObReferenceObject and its kin: the references after the call, 0 for an unknown object.
int64_t reference_for_driver(ObjectDirectory& objects, void* object, const char* api);
// ObDereferenceObject and its kin: the references that remain. A deleted object, and an event that no driver has referenced, stay
// as they are, are told, and give 0.
int64_t dereference_for_driver(Kernel& kernel, ObjectDirectory& objects, void* object, const char* api);
// ZwClose and ObCloseHandle. NULL is refused and not told: drivers that have no handle close it. STATUS_INVALID_HANDLE.
Result<> close_for_driver(Kernel& kernel, ObjectDirectory& objects, void* handle, const char* api);

}  // namespace portside::kernel
