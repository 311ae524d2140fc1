// portside imports: each import of an image, and how complete it is here. Reads the image only; runs nothing of it.

#include <fmt/format.h>

#include <array>
#include <fstream>
#include <iterator>

#include "host/import_table.h"
#include "loader/pe_file.h"
#include "portside/command.h"
#include "portside/json.h"

namespace portside::tools {
namespace {

ExitCode list(const Console& console, const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return console.error(Status(StatusCode::kObjectNameNotFound, path + ": it cannot be read"));
  const std::vector<uint8_t> bytes{std::istreambuf_iterator<char>(in), {}};
  const auto file = loader::PeFile::parse(bytes);
  if (!file) return console.error(Status(file.error().code(), fmt::format("{}: {}", path, file.error().sentence())));
  std::array<int, 4> counts{};
  nlohmann::json rows = nlohmann::json::array();
  std::string last_dll;
  for (const loader::PeImport& import : file->imports()) {
    const loader::ImportName name{import.dll, import.name, import.ordinal};
    const host::ImportStanding standing = host::find_import(name);
    const size_t kind = standing.completeness ? static_cast<size_t>(*standing.completeness) : 3;
    ++counts[kind];
    static constexpr const char* kKinds[] = {"full", "partial", "stub", "missing"};
    const std::string shown = import.name.empty() ? fmt::format("#{}", import.ordinal) : std::string(import.name);
    rows.push_back({{"dll", import.dll}, {"name", shown}, {"support", kKinds[kind]}, {"note", standing.note}});
    if (last_dll != import.dll) console.heading(last_dll = import.dll);
    console.line(fmt::format("  {:<9}{:<44}{}", kKinds[kind], shown, standing.note));
  }
  console.line(fmt::format("\n{} imports: {} full, {} partial, {} stub, {} missing", rows.size(), counts[0], counts[1], counts[2], counts[3]));
  if (console.json)
    console.product(nlohmann::json{{"image", path}, {"imports", rows}, {"full", counts[0]}, {"partial", counts[1]}, {"stub", counts[2]}, {"missing", counts[3]}}.dump(2));
  return counts[3] ? ExitCode::kDriverFault : ExitCode::kClean;
}

}  // namespace

Runner add_imports(CLI::App& app) {
  auto path = std::make_shared<std::string>();
  app.add_option("image", *path, "The driver image (.sys)")->required()->type_name("FILE");
  return [path](const Console& console) { return list(console, *path); };
}

}  // namespace portside::tools
