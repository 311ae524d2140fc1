#include "portside/coverage_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "base/subprocess.h"
#include "base/temporary_folder.h"
#include "loader/loader.h"
#include "sanitizer/raw_profile.h"

namespace portside::tools {
namespace {

namespace fs = std::filesystem;

// Runs a tool of LLVM 19, or of whatever LLVM stands in the path, with its output in `out`.
Result<> run_tool(const std::string& name, const std::vector<std::string>& arguments, const fs::path& out) {
  auto text = run_program(name + "-19", arguments);
  if (!text && text.error().code() == StatusCode::kNotFound) text = run_program(name, arguments);
  if (!text && text.error().code() == StatusCode::kNotFound)
    return fail(StatusCode::kNotFound,
                fmt::format("{}-19 is not here (Debian: llvm-19); a FILE.profraw needs no tool", name));
  if (!text) return fail(StatusCode::kUnsuccessful, fmt::format("{} cannot read the counters of this driver", name));
  std::ofstream file(out, std::ios::binary);
  file << *text;
  file.close();
  if (!file) return fail(StatusCode::kUnsuccessful, fmt::format("{} cannot be written", out.string()));
  return {};
}

}  // namespace

Result<CoverageFile> CoverageFile::create(const fs::path& path) {
  if (!path.empty() && !std::ofstream(path, std::ios::app))
    return fail(StatusCode::kUnsuccessful, fmt::format("{} cannot be written", path.string()));
  return CoverageFile(path);
}

Result<std::string> CoverageFile::write(host::Machine& machine) const {
  const loader::Image* counted = nullptr;
  for (const loader::Image* image : machine.loader().images().all())
    if (sanitizer::has_profile(*image)) counted = image;
  if (!counted)
    return fail(StatusCode::kNotFound,
                "the driver was not built with COVERAGE (portside_add_driver): there is nothing to count");
  TRY_ASSIGN(const std::vector<uint8_t> profile, sanitizer::raw_profile(*counted));

  const std::string extension = path_.extension().string();
  const TemporaryFolder scratch;
  const bool raw_alone = extension == ".profraw";
  const fs::path raw = raw_alone ? path_ : scratch.path() / "raw.profraw";
  {
    std::ofstream out(raw, std::ios::binary);
    out.write(reinterpret_cast<const char*>(profile.data()), static_cast<std::streamsize>(profile.size()));
    out.close();
    if (!out) return fail(StatusCode::kUnsuccessful, fmt::format("{} cannot be written", raw.string()));
  }
  if (raw_alone) return fmt::format("coverage: {} bytes of counters in {}", profile.size(), path_.string());

  const fs::path merged = extension == ".profdata" ? path_ : scratch.path() / "merged.profdata";
  TRY(run_tool("llvm-profdata", {"merge", "-o", merged.string(), raw.string()}, scratch.path() / "ignored"));
  const std::string image = counted->path().string(), instr = "-instr-profile=" + merged.string();
  std::vector<std::string> command;
  if (extension == ".lcov" || extension == ".info") command = {"export", image, instr, "-format=lcov"};
  else if (extension == ".json") command = {"export", image, instr};
  else if (extension == ".html") command = {"show", image, instr, "-format=html"};
  else if (extension != ".profdata") command = {"show", image, instr};
  if (!command.empty()) TRY(run_tool("llvm-cov", command, path_));

  TRY(run_tool("llvm-cov", {"export", image, instr, "-summary-only"}, scratch.path() / "summary"));
  std::ifstream summary(scratch.path() / "summary");
  const nlohmann::json document = nlohmann::json::parse(summary, nullptr, false);
  if (document.is_discarded()) return fail(StatusCode::kUnsuccessful, "llvm-cov gave no summary");
  const nlohmann::json& lines = document["data"][0]["totals"]["lines"];
  return fmt::format("coverage: {} of {} lines ran ({:.1f} %); see {}", lines["covered"].get<int>(),
                     lines["count"].get<int>(), lines["percent"].get<double>(), path_.string());
}

}  // namespace portside::tools
