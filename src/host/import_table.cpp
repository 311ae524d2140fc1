#include "host/import_table.h"

#include <fmt/format.h>

#include <span>

#include "loader/exception_exports.h"
#include "loader/image.h"
#include "loader/pe_file.h"

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

Result<std::vector<ImportRow>> list_imports(const std::filesystem::path& image) {
  const auto content = loader::read_image_file(image);
  if (!content) return fail(content.error());
  const std::span<const uint8_t> bytes = *content;
  const auto file = loader::PeFile::parse(bytes);
  if (!file) return fail(file.error().code(), fmt::format("{}: {}", image.string(), file.error().sentence()));
  std::vector<ImportRow> rows;
  for (const loader::PeImport& import : file->imports()) {
    const std::string name = import.name.empty() ? fmt::format("#{}", import.ordinal) : import.name;
    rows.push_back({import.dll, name, find_import({import.dll, import.name, import.ordinal})});
  }
  return rows;
}

}  // namespace portside::host
