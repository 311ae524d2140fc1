#include "host/import_table.h"

#include <fmt/format.h>

#include "loader/exception_exports.h"

namespace portside::host {

ImportStanding find_import(const loader::ImportName& import) {
  if (const exports::Export* row = exports::find_export(import.dll, import.name))
    return {row->completeness, row->note, row->address, row->is_data, false};
  // Structured exceptions belong to the kernel's image, as ntoskrnl.exe exports them; they need the loader's unwinder.
  if (!exports::find_export(import.dll, "KeSetEvent")) return {};
  for (const loader::ExceptionExport& row : loader::exception_exports()) {
    if (import.name != row.name) continue;
    return {row.partial ? exports::Completeness::kPartial : exports::Completeness::kFull, row.note, row.address, false, false};
  }
  return {};
}

Result<loader::ResolvedImport> ImportTable::resolve(const loader::ImportName& import) {
  const ImportStanding standing = find_import(import);
  if (!standing.completeness)
    return fail(StatusCode::kEntrypointNotFound, fmt::format("{} is not known here", import.to_string()));
  return loader::ResolvedImport{standing.address, standing.is_data, standing.direct};
}

}  // namespace portside::host
