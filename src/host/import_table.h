#pragma once
// ImportTable: what an image may import: the export tables, the loader's own exception functions, and nothing else.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exports/export_table.h"
#include "loader/import_resolver.h"

namespace portside::host {

class ImportTable final : public loader::ImportResolver {
 public:
  Result<loader::ResolvedImport> resolve(const loader::ImportName& import) override;
};

// How complete an import is here; completeness is none when it is missing.
struct ImportStanding {
  std::optional<exports::Completeness> completeness;
  std::string_view note;
  void* address = nullptr;
  bool is_data = false;
  bool direct = false;
};
ImportStanding find_import(const loader::ImportName& import);

struct ImportRow {
  std::string dll;
  std::string name;  // "#12": by ordinal
  ImportStanding standing;
};
// What an image file imports, in its own order. Reads the file and runs nothing of it.
Result<std::vector<ImportRow>> list_imports(const std::filesystem::path& image);

}  // namespace portside::host
