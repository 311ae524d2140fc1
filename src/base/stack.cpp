#include "base/stack.h"

#include <pthread.h>

#include "base/machine_context.h"

namespace portside {

StackTrace capture_host_stack(unsigned skip) {
  StackTrace trace;
  auto frame = reinterpret_cast<uint64_t>(__builtin_frame_address(0));
  // Frames of one stack grow upwards and lie near each other; anything else is the end of the chain.
  constexpr uint64_t kFarthest = 1 << 20;
  for (unsigned depth = 0; depth < 64; ++depth) {
    auto* words = reinterpret_cast<const uint64_t*>(frame);
    const uint64_t next = words[0];
    const uint64_t return_address = words[1];
    if (return_address == 0) break;
    if (depth >= skip) trace.push(return_address);
    if (next <= frame || next - frame > kFarthest || next % 8 != 0) break;
    frame = next;
  }
  return trace;
}

StackTrace stack_at_entry(uint64_t routine) {
  StackTrace trace;
  if (routine) trace.push(routine + 1);  // as a return address is: behind what it names
  return trace;
}

StackTrace capture_stack() {
  if (MachineContext* machine = MachineContext::current(); machine && machine->stack_source())
    return machine->stack_source()->capture();
  return capture_host_stack(1);
}

StackTrace capture_stack_at(uint64_t rip, uint64_t rsp, uint64_t rbp) {
  if (MachineContext* machine = MachineContext::current(); machine && machine->stack_source())
    return machine->stack_source()->capture_at(rip, rsp, rbp);
  StackTrace trace;
  trace.push(rip + 1);  // as a return address would stand: inside the instruction's line
  return trace;
}

}  // namespace portside
