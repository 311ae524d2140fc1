// portside imports: each import of an image, and how complete it is here. Reads the image only; runs nothing of it.

#include <fmt/format.h>

#include <array>

#include "host/import_table.h"
#include "portside/command.h"
#include "portside/json.h"

namespace portside::tools {
namespace {

ExitCode list(const Console& console, const std::string& path) {
  const auto imports = host::list_imports(path);
  if (!imports) return console.error(imports.error());
  std::array<int, 4> counts{};
  nlohmann::json rows = nlohmann::json::array();
  std::string last_dll;
  for (const host::ImportRow& row : *imports) {
    const auto& support = row.standing.completeness;
    const size_t kind = support ? static_cast<size_t>(*support) : 3;
    ++counts[kind];
    static constexpr const char* kKinds[] = {"full", "partial", "stub", "missing"};
    rows.push_back({{"dll", row.dll}, {"name", row.name}, {"support", kKinds[kind]}, {"note", row.standing.note}});
    if (last_dll != row.dll) console.heading(last_dll = row.dll);
    console.line(fmt::format("  {:<9}{:<44}{}", kKinds[kind], row.name, row.standing.note));
  }
  console.line(fmt::format("\n{} imports: {} full, {} partial, {} stub, {} missing", rows.size(), counts[0], counts[1],
                           counts[2], counts[3]));
  if (console.json)
    console.document({{"image", path},
                      {"imports", rows},
                      {"full", counts[0]},
                      {"partial", counts[1]},
                      {"stub", counts[2]},
                      {"missing", counts[3]}});
  return counts[3] ? ExitCode::kDriverFault : ExitCode::kClean;
}

}  // namespace

Runner add_imports(CLI::App& app) {
  auto path = std::make_shared<std::string>();
  app.add_option("image", *path, "The driver image (.sys)")->required()->type_name("FILE");
  return [path](const Console& console) { return list(console, *path); };
}

}  // namespace portside::tools
