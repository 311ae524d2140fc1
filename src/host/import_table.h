#pragma once
// ImportTable: what an image may import: the export tables, the loader's own exception functions, and nothing else.

#include <optional>
#include <string_view>

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

}  // namespace portside::host
