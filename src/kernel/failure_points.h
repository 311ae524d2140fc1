#pragma once
// FailurePoints: the calls of a driver that can fail for want of something, and who decides whether one does. Each
// export and each COM method that may fail asks here before it does its work; nobody decides in an ordinary run, and
// nothing fails.

#include <atomic>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/stack.h"

namespace portside::kernel {

// What there is too little of, or what refuses.
enum class FailureKind : uint8_t {
  kPool,        // ExAllocatePool2 and its elders, and functions that give pool: STATUS_INSUFFICIENT_RESOURCES
  kPages,       // IPortWaveRTStream's allocators, MmAllocatePagesForMdl, contiguous memory: NULL
  kShortPages,  // fewer pages than asked for, where the page of the function allows it
  kMap,         // MapAllocatedPages, MmMapLockedPagesSpecifyCache, MmMapIoSpace: NULL; MmProbeAndLockPages raises
  kObject,      // devices, threads, events, MDLs, IRPs, ports, subdevices, interfaces, framework objects
  kRegistry,    // keys and values
  kFile,        // files opened, read, written
  kTimer,       // ExAllocateTimer, IoInitializeTimer, WdfTimerCreate
  kResource,    // resource lists, interrupts, stream resources
  kValueType,   // a registry value that is read has another type, and the size of that, than the one that is there
  kValueSize,   // it has the type of the one that is there, and a size that is not that type's
  kCount
};
const char* name_of(FailureKind kind);  // "pool", "short-pages"
std::optional<FailureKind> failure_kind_named(std::string_view name);

// A call that may be made to fail.
struct FailableCall {
  FailureKind kind{};
  const char* api = "";  // a literal
  StackTrace stack;      // the driver's frames, innermost first; never empty
};

class FailureDecider {
 public:
  virtual ~FailureDecider() = default;
  // On the driver's thread, at its IRQL, inside the call. May not block and may not call into the machine.
  virtual bool fails(const FailableCall& call) = 0;
};

class FailurePoints {
 public:
  // Null: nothing fails. Set while no simulated code runs.
  void set_decider(FailureDecider* decider) { decider_.store(decider, std::memory_order_release); }

  // Whether the call that asks is to fail now. Only what a driver calls asks; what Portside's own layers take for
  // themselves has no driver frame, or is marked as theirs where it is taken (PoolOwner::kRuntime).
  bool should_fail(FailureKind kind, const char* api) {
    return decider_.load(std::memory_order_acquire) && ask(kind, api);
  }

 private:
  bool ask(FailureKind kind, const char* api);

  std::atomic<FailureDecider*> decider_{nullptr};
};

}  // namespace portside::kernel
