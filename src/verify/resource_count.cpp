#include "verify/resource_count.h"

#include <fmt/format.h>

#include "host/machine.h"
#include "io/io.h"
#include "kernel/kernel.h"
#include "kernel/kernel_timers.h"
#include "kernel/services.h"
#include "memory/memory.h"
#include "portcls/portcls.h"

namespace portside::verify {

ResourceCount ResourceCount::of(host::Machine& machine) {
  ResourceCount count;
  count.counts[kHandles] = machine.services().objects().live_handles().size();
  count.counts[kObjects] = machine.services().objects().live_objects().size();
  count.counts[kMdls] = machine.memory().stats().live_mdls;
  count.counts[kRequests] = machine.io().irps().live().size();
  count.counts[kTimers] = machine.kernel().timers().live_ex_timers();
  count.counts[kThreads] = machine.kernel().threads().size();
  count.counts[kPorts] = machine.portcls().ports().size();
  return count;
}

ResourceCount ResourceCount::twice() const {
  ResourceCount more = *this;
  for (uint64_t& count : more.counts) count *= 2;
  return more;
}

std::string ResourceCount::beyond(const ResourceCount& before) const {
  constexpr const char* kNames[][2] = {
      {"handle", "handles"}, {"object", "objects"}, {"MDL", "MDLs"},  {"request (IRP)", "requests (IRPs)"},
      {"timer", "timers"},   {"thread", "threads"}, {"port", "ports"}};
  std::string text;
  for (size_t i = 0; i < kKinds; ++i) {
    if (counts[i] <= before.counts[i]) continue;
    const uint64_t more = counts[i] - before.counts[i];
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", more, kNames[i][more > 1]);
  }
  return text;
}

StackTrace stack_of_left(host::Machine& machine) {
  StackTrace found;
  for (const kernel::HandleInfo& handle : machine.services().objects().live_handles())
    if (!handle.opened_at.empty()) found = handle.opened_at;
  for (const memory::MdlRecord& mdl : machine.memory().live_mdls())
    if (!mdl.allocated_at.empty()) found = mdl.allocated_at;
  return found;
}

}  // namespace portside::verify
