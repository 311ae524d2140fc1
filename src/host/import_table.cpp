#include "host/import_table.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include <span>

#include "loader/exception_exports.h"
#include "loader/image.h"
#include "loader/pe_file.h"
#include "sanitizer/callbacks.h"
#include "sanitizer/sanitizer.h"

namespace portside::host {
namespace {

bool same_image(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, [](char c) { return std::tolower(static_cast<unsigned char>(c)); });
}

}  // namespace

ImportStanding find_import(const loader::ImportName& import) {
  if (const exports::Export* row = exports::find_export(import.dll, import.name))
    return {row->completeness, row->note, row->address, row->is_data, row->direct};
  if (same_image(import.dll, sanitizer::kImage)) {
    void* callback = sanitizer::find_callback(import.name);
    if (!callback) return {};
    return {exports::Completeness::kFull, "", callback, false, true};
  }
  // Structured exceptions belong to the kernel's image, as ntoskrnl.exe exports them; they need the loader's unwinder.
  if (!exports::find_export(import.dll, "KeSetEvent")) return {};
  for (const loader::ExceptionExport& row : loader::exception_exports()) {
    if (import.name != row.name) continue;
    return {row.partial ? exports::Completeness::kPartial : exports::Completeness::kFull, row.note, row.address, false,
            false};
  }
  return {};
}

Result<loader::ResolvedImport> ImportTable::resolve(const loader::ImportName& import) {
  const ImportStanding standing = find_import(import);
  if (!standing.completeness)
    return fail(StatusCode::kEntrypointNotFound, fmt::format("{} is not known here", import.to_string()));
  // The first check of an instrumented driver may be the first instruction that it runs.
  if (standing.direct && import.name.starts_with("__asan_")) TRY(current<sanitizer::Sanitizer>().enable());
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
