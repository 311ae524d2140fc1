#pragma once
// What most files of this folder need: ApiScope, the services of the current machine, and driver strings as copies (a
// driver's memory is read before any lock is taken: it may fault).

#include <wdm.h>

#include <string>
#include <string_view>

#include "base/machine_context.h"
#include "exports/export_table.h"
#include "kernel/api_scope.h"
#include "kernel/kernel.h"
#include "kernel/services.h"

namespace portside::exports {

using kernel::ApiScope;
using kernel::FailureKind;
using kernel::kApcLevel;
using kernel::kDispatchLevel;
using kernel::kHighLevel;
using kernel::kPassiveLevel;
using kernel::made_to_fail;

inline kernel::Services& services() { return current<kernel::Services>(); }

inline std::u16string copy_of(PCUNICODE_STRING string) {
  if (!string || !string->Buffer) return {};
  return std::u16string(string->Buffer, string->Length / sizeof(WCHAR));
}
// A name by which something is looked for.
inline std::u16string name_of(PCUNICODE_STRING string, const char* api) {
  std::u16string name = copy_of(string);
  if (name.ends_with(u'\0'))
    current<kernel::Kernel>().report_misuse(kernel::MisuseKind::kNameHoldsNul, api, string,
                                            std::string(api) + ": the Length of the name counts its terminating zero");
  return name;
}
inline std::u16string copy_of(const WCHAR* string) { return string ? std::u16string(string) : std::u16string(); }

template <class T>
NTSTATUS status_of(const Result<T>& result) {
  return result ? STATUS_SUCCESS : result.error().nt();
}

// OBJ_KERNEL_HANDLE; a system thread's handles are kernel handles in any case, but a driver's user handles are low.
inline kernel::HandleKind handle_kind(ULONG attributes, const char* api) {
  if (attributes & OBJ_KERNEL_HANDLE) return kernel::HandleKind::kKernel;
  current<kernel::Kernel>().judge_user_handle(api);
  return kernel::HandleKind::kUser;
}

}  // namespace portside::exports
