#pragma once
// What drivers take of Mm by address: listed until it is given back, to be told of when its driver is unloaded.

#include "exports/api.h"
#include "kernel/kernel.h"

namespace portside::exports {

inline void* listed(kernel::LiveKind kind, void* base, uint64_t bytes) {
  current<kernel::Kernel>().live_objects().add(kind, base, bytes);
  return base;
}
inline void unlist(const void* base) { current<kernel::Kernel>().live_objects().remove(base); }

}  // namespace portside::exports
