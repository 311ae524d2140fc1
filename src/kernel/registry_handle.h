#pragma once
// Registry keys behind handles: what ZwOpenKey and IoOpenDriverRegistryKey give a driver.

#include <cstdint>

#include "base/result.h"
#include "kernel/object.h"
#include "kernel/registry.h"

namespace portside::kernel {

// A handle that holds the key open. `access` is an ACCESS_MASK.
Result<void*> open_key_handle(ObjectDirectory&, RegistryKeyPtr, uint32_t access, HandleKind, const char* api);
// STATUS_INVALID_HANDLE, STATUS_OBJECT_TYPE_MISMATCH.
Result<RegistryKeyPtr> key_of_handle(ObjectDirectory&, void* handle, const char* api);

}  // namespace portside::kernel
