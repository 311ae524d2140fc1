#include "loader/stack_walk.h"

#include "kernel/fault.h"
#include "loader/frame_cursor.h"
#include "loader/image_list.h"

namespace portside::loader {

StackTrace DriverStackWalker::capture() const {
  const auto* frame = static_cast<const uint64_t*>(__builtin_frame_address(0));
  const auto rsp = reinterpret_cast<uint64_t>(frame + 2);
  if (const kernel::FaultContext* fault = hub_ ? hub_->walk_context() : nullptr) {
    const auto fault_rsp = static_cast<uint64_t>(fault->registers[REG_RSP]);
    const StackBounds stack = stack_bounds(fault_rsp);  // empty when another thread faulted
    if (stack.holds(fault_rsp) && (fault_rsp > rsp || !stack.holds(rsp)))
      return capture_at(static_cast<uint64_t>(fault->registers[REG_RIP]), fault_rsp,
                        static_cast<uint64_t>(fault->registers[REG_RBP]));
  }
  return capture_from(frame[1], rsp, frame[0]);
}

StackTrace DriverStackWalker::capture_at(uint64_t rip, uint64_t rsp, uint64_t rbp) const {
  StackTrace trace = capture_from(rip, rsp, rbp);
  if (!trace.empty() && trace.frames[0] == rip) ++trace.frames[0];
  return trace;
}

StackTrace DriverStackWalker::capture_from(uint64_t rip, uint64_t rsp, uint64_t rbp) const {
  StackTrace trace;
  ContextRecord start;
  start.rip = rip;
  for (uint64_t& value : start.gpr) value = 0;
  start.gpr[kRsp] = rsp;
  start.gpr[kRbp] = rbp;
  FrameCursor cursor(images_, start, false);
  while (trace.count < StackTrace::kDepth && cursor.next()) trace.push(cursor.context().rip);
  return trace;
}

}  // namespace portside::loader
