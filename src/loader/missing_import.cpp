#include "loader/missing_import.h"

#include <cstdlib>

#include <fmt/format.h>

#include "loader/loader_hooks.h"
#include "loader/shadow_stack.h"
#include "loader/thunks.h"

namespace portside::loader {
namespace {

__attribute__((ms_abi)) void on_missing_import() {
  // The thunk that led here has just pushed its frame.
  const ShadowFrame& frame = ShadowStack::top()[-1];
  const ImportRecord& import = *frame.import;
  if (import.hooks)
    import.hooks->bug_check(
        kMissingImportBugCheck, frame.return_address, 0, 0, 0,
        fmt::format("The driver called {}!{}, which Portside does not have.", import.dll, import.name),
        capture_stack());
  std::abort();
}

}  // namespace

void* missing_import_address() { return reinterpret_cast<void*>(&on_missing_import); }

}  // namespace portside::loader
