#include "verify/coverage_tally.h"

#include <fmt/format.h>

#include <charconv>
#include <fstream>

#include "base/subprocess.h"
#include "base/temporary_folder.h"
#include "host/machine.h"
#include "loader/image.h"
#include "loader/loader.h"
#include "sanitizer/raw_profile.h"

namespace portside::verify {
namespace {

namespace fs = std::filesystem;

Result<std::string> run_llvm(const std::string& name, const std::vector<std::string>& arguments) {
  auto out = run_program(name + "-19", arguments);
  if (!out && out.error().code() == StatusCode::kNotFound) out = run_program(name, arguments);
  if (!out && out.error().code() == StatusCode::kNotFound)
    return fail(StatusCode::kNotFound,
                fmt::format("the driver was counted, and {}-19 is not here to read it (Debian: llvm-19)", name));
  return out;
}

}  // namespace

void CoverageTally::add(host::Machine& machine) {
  for (const loader::Image* image : machine.loader().images().all()) {
    if (!sanitizer::has_profile(*image)) continue;
    auto profile = sanitizer::raw_profile(*image);
    if (!profile) continue;
    if (profile_.empty()) {
      profile_ = std::move(*profile);
      image_ = image->path();
    } else if (image->path() == image_) {
      sanitizer::add_raw_profile(profile_, *profile);
    }
  }
}

Result<std::vector<report::CoverageFile>> CoverageTally::files() const {
  const TemporaryFolder scratch;
  const fs::path raw = scratch.path() / "raw.profraw", merged = scratch.path() / "merged.profdata";
  {
    std::ofstream out(raw, std::ios::binary);
    out.write(reinterpret_cast<const char*>(profile_.data()), static_cast<std::streamsize>(profile_.size()));
    out.close();
    if (!out) return fail(StatusCode::kUnsuccessful, fmt::format("{} cannot be written", raw.string()));
  }
  TRY(run_llvm("llvm-profdata", {"merge", "-o", merged.string(), raw.string()}));
  TRY_ASSIGN(const std::string lcov,
             run_llvm("llvm-cov", {"export", image_.string(), "-instr-profile=" + merged.string(), "-format=lcov"}));
  return parse_lcov(lcov);
}

std::vector<report::CoverageFile> parse_lcov(std::string_view text) {
  std::vector<report::CoverageFile> files;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.starts_with("SF:")) {
      files.push_back({std::string(line.substr(3)), {}});
    } else if (line.starts_with("DA:") && !files.empty()) {
      uint64_t number = 0, count = 0;
      const char* const last = line.data() + line.size();
      const auto [comma, error] = std::from_chars(line.data() + 3, last, number);
      if (error != std::errc() || comma == last || *comma != ',' ||
          std::from_chars(comma + 1, last, count).ec != std::errc())
        continue;
      constexpr uint64_t kMostLines = 10'000'000;  // what no source has
      if (number == 0 || number > kMostLines) continue;
      auto& counts = files.back().counts;
      if (counts.size() < number) counts.resize(number);
      counts[number - 1] = counts[number - 1].value_or(0) + count;
    }
  }
  return files;
}

}  // namespace portside::verify
