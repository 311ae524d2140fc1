#pragma once
// CoverageFile: the counters of a machine's drivers that were built with COVERAGE, as what the file's name asks for:
// .profraw and .profdata for LLVM's tools, .lcov or .info, .json, .html, and otherwise the sources with a count a line.

#include <filesystem>
#include <string>

#include "host/machine.h"

namespace portside::tools {

class CoverageFile {
 public:
  // Empty: nothing is written. Fails when the file cannot be made: to know before the sound has been played.
  static Result<CoverageFile> create(const std::filesystem::path& path);
  // After the machine has run, whether or not it ended well. The sentence says how many lines ran.
  Result<std::string> write(host::Machine& machine) const;
  bool wanted() const { return !path_.empty(); }

 private:
  explicit CoverageFile(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

}  // namespace portside::tools
