#include "kernel/live_objects.h"

#include <wdm.h>

#include <algorithm>

#include "kernel/dpc_queue.h"
#include "kernel/kernel.h"
#include "kernel/kernel_timers.h"
#include "kernel/work_queue.h"

namespace portside::kernel {

const char* name_of(LiveKind kind) {
  switch (kind) {
    case LiveKind::kTimer: return "a timer that is set";
    case LiveKind::kExTimer: return "a timer of ExAllocateTimer that was not deleted";
    case LiveKind::kDpc: return "a DPC that is queued";
    case LiveKind::kWorkItem: return "a work item that is queued";
    case LiveKind::kWaitedFor: return "an object that a thread waits for";
    case LiveKind::kResource: return "an ERESOURCE that was not deleted";
    case LiveKind::kLookaside: return "a lookaside list that was not deleted";
    case LiveKind::kThread: return "a system thread that has not ended";
    case LiveKind::kEtwProvider: return "an event provider that was not unregistered";
    case LiveKind::kOwnedMutex: return "a mutex that a thread owns";
    case LiveKind::kContiguous: return "contiguous or non-cached memory that was not freed";
    case LiveKind::kIoSpace: return "a view of MmMapIoSpace that was not unmapped";
  }
  return "";
}

void LiveObjects::add(LiveKind kind, const void* object, uint64_t bytes) {
  if (kernel_.live_object_observers().empty()) return;
  LiveObject made{kind, reinterpret_cast<uint64_t>(object), bytes, 0, capture_stack()};
  DispatcherGuard guard(kernel_.lock());
  listed_.insert_or_assign(object, std::move(made));
}

void LiveObjects::remove(const void* object) {
  DispatcherGuard guard(kernel_.lock());
  listed_.erase(object);
}

std::vector<LiveObject> LiveObjects::all() {
  std::vector<LiveObject> found;
  kernel_.timers().list(found);
  kernel_.dpcs().list(found);
  kernel_.work_queue().list(found);
  DispatcherGuard guard(kernel_.lock());
  for (const auto& [address, object] : listed_) found.push_back(object);
  kernel_.for_each_thread_locked([&](ThreadObject* thread) { thread->list(found); });
  return found;
}

std::vector<LiveObject> LiveObjects::in_memory(uint64_t begin, uint64_t end) {
  std::vector<LiveObject> found = all();
  std::erase_if(found, [&](const LiveObject& o) {
    return o.kind == LiveKind::kThread || o.kind == LiveKind::kEtwProvider || o.kind == LiveKind::kContiguous ||
           o.kind == LiveKind::kIoSpace || o.address >= end || o.address + o.bytes <= begin;
  });
  return found;
}

std::vector<LiveObject> LiveObjects::of_code(uint64_t begin, uint64_t end) {
  const auto inside = [&](uint64_t address) { return address >= begin && address < end; };
  std::vector<LiveObject> found = all();
  std::erase_if(found, [&](const LiveObject& o) {
    if (inside(o.address) || inside(o.routine)) return false;
    // Of the rest only what the driver itself put on a list: a layer's own timer is also set below a driver's call.
    const bool listed = o.kind == LiveKind::kResource || o.kind == LiveKind::kLookaside ||
                        o.kind == LiveKind::kExTimer || o.kind == LiveKind::kEtwProvider ||
                        o.kind == LiveKind::kContiguous || o.kind == LiveKind::kIoSpace;
    return !listed || std::ranges::none_of(o.made_at.addresses(), inside);
  });
  return found;
}

void LiveObjects::withdraw(const LiveObject& object) {
  switch (object.kind) {
    case LiveKind::kTimer:
    case LiveKind::kExTimer: kernel_.timers().withdraw(object.address); break;
    case LiveKind::kDpc: kernel_.dpcs().withdraw(object.address); break;
    case LiveKind::kWorkItem: kernel_.work_queue().withdraw(reinterpret_cast<const void*>(object.address)); break;
    case LiveKind::kResource:
    case LiveKind::kEtwProvider:
    case LiveKind::kContiguous:
    case LiveKind::kIoSpace:
    case LiveKind::kLookaside: remove(reinterpret_cast<const void*>(object.address)); break;
    case LiveKind::kOwnedMutex:  // Dispatcher::forget_owned, for the whole range
    case LiveKind::kWaitedFor:
    case LiveKind::kThread: break;
  }
}

}  // namespace portside::kernel
