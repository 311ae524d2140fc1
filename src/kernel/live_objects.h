#pragma once
// LiveObjects: kernel objects that something still refers to: timers that are set, queued DPCs and work items, objects
// that threads wait for or own, resources and lookaside lists on the system's lists, threads. Memory that holds one must not be
// freed, and code that one will call must not be unloaded. When that happens all the same, it is told, and the object is
// taken out of the kernel's lists, so that nobody follows a pointer to what is gone.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/stack.h"

namespace portside::kernel {

class Kernel;

enum class LiveKind : uint8_t {
  kTimer,
  kExTimer,
  kDpc,
  kWorkItem,
  kWaitedFor,
  kResource,
  kLookaside,
  kThread,
  kEtwProvider,
  kOwnedMutex,
  kContiguous,  // MmAllocateContiguousMemory, MmAllocateNonCachedMemory
  kIoSpace      // a view of MmMapIoSpace
};
const char* name_of(LiveKind kind);

struct LiveObject {
  LiveKind kind{};
  uint64_t address = 0;
  uint64_t bytes = 0;
  uint64_t routine = 0;  // of the driver's, that it will call; 0: none
  StackTrace made_at;    // where the driver set, queued, started or initialised it; empty when not known
};

// An object that was left in memory or code that went.
struct LeftObject {
  LiveObject object;
  bool unloaded = false;  // its code went, or the driver that made it
  uint64_t begin = 0;     // of what went
  uint64_t end = 0;
  const char* api = "";  // "ExFreePoolWithTag"
  StackTrace stack;      // of the call; empty for an unload
};

class LiveObjectObserver {
 public:
  virtual ~LiveObjectObserver() = default;
  virtual void on_left(const LeftObject&) {}
  // A driver was unloaded; what it left there has been told.
  virtual void on_code_gone(uint64_t /*begin*/, uint64_t /*end*/) {}
};

class LiveObjects {
 public:
  explicit LiveObjects(Kernel& kernel) : kernel_(kernel) {}

  // ExInitializeResourceLite, ExInitialize...LookasideList, EtwRegister (its handle stands for an address), and what drivers take of Mm by
  // address. Twice for one address: the newer counts.
  void add(LiveKind kind, const void* object, uint64_t bytes);
  void remove(const void* object);

  // Every object in [begin, end).
  std::vector<LiveObject> in_memory(uint64_t begin, uint64_t end);
  // Every object in [begin, end), that will call code there, or that such code made.
  std::vector<LiveObject> of_code(uint64_t begin, uint64_t end);
  // Takes it off the kernel's lists without touching its memory. Threads and what they wait for stay.
  void withdraw(const LiveObject& object);

 private:
  std::vector<LiveObject> all();

  Kernel& kernel_;
  std::map<const void*, LiveObject> listed_;  // guarded by the kernel's lock
};

}  // namespace portside::kernel
