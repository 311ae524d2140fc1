#include "base/machine_context.h"

#include <cstdio>
#include <cstdlib>

namespace portside {
namespace {
// A host thread belongs to one machine at a time; real-time machines set it on every thread they start.
thread_local MachineContext* current_machine = nullptr;
}  // namespace

MachineContext* MachineContext::current() { return current_machine; }

MachineContext* MachineContext::set_current(MachineContext* machine) {
  MachineContext* previous = current_machine;
  current_machine = machine;
  return previous;
}

void abort_without_machine() {
  std::fputs("portside: a kernel function was called on a host thread that belongs to no machine\n", stderr);
  std::abort();
}

}  // namespace portside
