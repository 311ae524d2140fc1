#include "kernel/thread_source.h"

#include <algorithm>

#include "base/machine_context.h"
#include "kernel/kernel.h"

namespace portside::kernel {
namespace {

Kernel* kernel() {
  MachineContext* machine = MachineContext::current();
  return machine ? machine->find<Kernel>() : nullptr;
}

}  // namespace

ObjectType* ThreadSource::type_of(const void* body) const {
  Kernel* k = kernel();
  if (!k) return nullptr;
  const std::vector<ThreadObject*> threads = k->threads();
  return std::ranges::find(threads, body) != threads.end() ? &object_types::kThread : nullptr;
}

Result<> ThreadSource::reference(void* body) {
  kernel()->reference_thread(static_cast<ThreadObject*>(body));
  return {};
}

Result<> ThreadSource::dereference(void* body) {
  kernel()->release_thread(static_cast<ThreadObject*>(body));
  return {};
}

void* ThreadSource::current_thread() {
  Kernel* k = kernel();
  return k && k->on_simulated_thread() ? k->current_thread() : nullptr;
}

}  // namespace portside::kernel
