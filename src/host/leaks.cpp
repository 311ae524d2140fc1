#include "host/leaks.h"

#include <fmt/format.h>

#include <set>

#include "io/io.h"
#include "kernel/services.h"
#include "kernel/thread.h"
#include "memory/memory.h"

namespace portside::host {
namespace {

using verifier::Leak;

// Objects that a driver makes and holds by a pointer. Threads, devices and the rest have rules of their own.
bool is_drivers_own(const kernel::ObjectType* type) {
  namespace types = kernel::object_types;
  return type == &types::kEvent || type == &types::kSemaphore || type == &types::kMutant || type == &types::kTimer ||
         type == &types::kKey || type == &types::kFile || type == &types::kSection || type == &types::kCallback;
}

// A thread has a reference of its own until it ends; one that runs is told as that.
bool is_ended_thread(const kernel::ObjectInfo& object) {
  return object.type == &kernel::object_types::kThread &&
         static_cast<const kernel::ThreadObject*>(object.body)->state() == kernel::ThreadState::kTerminated;
}

}  // namespace

std::vector<Leak> find_leaks(memory::Memory& memory, kernel::Services& services, io::Io& io) {
  std::vector<Leak> leaks;
  std::set<const void*> with_handle;  // the handle is the leak
  for (const kernel::HandleInfo& handle : services.objects().live_handles()) {
    with_handle.insert(handle.object.body);
    leaks.push_back({Leak::Kind::kHandle,
                     fmt::format("a handle (0x{:X}) to an object of type {}", reinterpret_cast<uint64_t>(handle.handle),
                                 handle.object.type ? handle.object.type->name : "?"),
                     handle.opened_at});
  }
  for (const kernel::ObjectInfo& object : services.objects().live_objects())
    if (!with_handle.contains(object.body) && (is_drivers_own(object.type) || is_ended_thread(object)))
      leaks.push_back({Leak::Kind::kObject,
                       fmt::format("an object of type {} with {} reference(s)", object.type->name, object.references),
                       object.created_at});
  for (const memory::MdlRecord& mdl : memory.live_mdls())
    if (mdl.origin == memory::MdlOrigin::kIoAllocateMdl || mdl.origin == memory::MdlOrigin::kMmAllocatePages)
      leaks.push_back({Leak::Kind::kMdl,
                       fmt::format("an MDL of {} bytes ({})", mdl.bytes, memory::origin_name(mdl.origin)),
                       mdl.allocated_at});
  for (IRP* irp : io.irps().live()) {
    io::IrpRecord* record = io.irps().find(irp);
    if (record->origin != io::IrpOrigin::kAllocated && record->origin != io::IrpOrigin::kThreaded) continue;
    MutexLock lock(record->mutex);
    leaks.push_back({Leak::Kind::kIrp, "an IRP", record->allocated});
  }
  return leaks;
}

}  // namespace portside::host
