// ExRaiseStatus and its kin as the host's own code calls them. A driver's imports of these names are bound by the loader,
// which knows where the driver stands: they have no rows here.

#include "exports/raise.h"

#include <fmt/format.h>

#include "exports/api.h"
#include "kernel/kernel.h"

namespace portside::exports {

void raise_status(int32_t status) {
  if (auto* raiser = services().exception_raiser()) raiser->raise(static_cast<uint32_t>(status), {});
  kernel::BugCheck check;
  check.code = kernel::kKmodeExceptionNotHandled;
  check.parameters[0] = static_cast<uint64_t>(static_cast<int64_t>(status));
  check.sentence =
      fmt::format("{} was raised, and nothing can handle it here", status_name(static_cast<uint32_t>(status)));
  current<kernel::Kernel>().bug_check(std::move(check));
}

}  // namespace portside::exports

using namespace portside::exports;

extern "C" {
VOID NTAPI ExRaiseStatus(NTSTATUS Status) {
  { ApiScope scope("ExRaiseStatus", kPassiveLevel, kApcLevel); }
  raise_status(Status);
}
VOID NTAPI ExRaiseAccessViolation(VOID) {
  { ApiScope scope("ExRaiseAccessViolation", kPassiveLevel, kApcLevel); }
  raise_status(STATUS_ACCESS_VIOLATION);
}
VOID NTAPI ExRaiseDatatypeMisalignment(VOID) {
  { ApiScope scope("ExRaiseDatatypeMisalignment", kPassiveLevel, kApcLevel); }
  raise_status(STATUS_DATATYPE_MISALIGNMENT);
}
}
