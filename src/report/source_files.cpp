#include "report/source_files.h"

#include <algorithm>
#include <array>
#include <fstream>

namespace portside::report {
namespace {

namespace fs = std::filesystem;

bool is_source(const fs::path& path) {
  static constexpr std::array<std::string_view, 14> kEndings = {".c",   ".cc",  ".cpp", ".cxx", ".h",   ".hh", ".hpp",
                                                                ".hxx", ".inl", ".inc", ".ipp", ".asm", ".s",  ".tmh"};
  std::string ending = path.extension().string();
  std::ranges::transform(ending, ending.begin(),
                         [](char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
  return std::ranges::count(kEndings, ending) != 0;
}

std::optional<SourceFile> read(const fs::path& path) {
  constexpr uintmax_t kMostBytes = 8 << 20;
  std::error_code error;
  if (!is_source(path) || !fs::is_regular_file(path, error) || fs::file_size(path, error) > kMostBytes)
    return std::nullopt;
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  SourceFile file{path, {}};
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    file.lines.push_back(std::move(line));
  }
  return file;
}

}  // namespace

std::string_view file_name(std::string_view path) { return path.substr(path.find_last_of("/\\") + 1); }

SourceFiles::SourceFiles(std::vector<fs::path> folders, fs::path root) : folders_(std::move(folders)) {
  std::error_code error;
  if (!root.empty()) root_ = fs::weakly_canonical(root, error);
}

const SourceFile* SourceFiles::find(std::string_view recorded) {
  if (recorded.empty()) return nullptr;
  const auto known = found_.find(recorded);
  if (known != found_.end()) return known->second ? &*known->second : nullptr;
  auto& file = found_[std::string(recorded)];
  std::string path(recorded);
  std::ranges::replace(path, '\\', '/');
  if (path.starts_with('/')) file = read(path);
  if (path.find("..") != std::string::npos) path = file_name(path);
  for (size_t at = 0; !file && at != std::string::npos;) {
    const std::string end = path.substr(at);
    for (const fs::path& folder : folders_)
      if (!file && !end.empty() && end.front() != '/') file = read(folder / end);
    at = path.find('/', at);
    if (at != std::string::npos) ++at;
  }
  return file ? &*file : nullptr;
}

std::optional<std::string> SourceFiles::relative(std::string_view recorded) {
  const SourceFile* file = find(recorded);
  if (!file || root_.empty()) return std::nullopt;
  std::error_code error;
  const fs::path below = fs::weakly_canonical(file->path, error).lexically_relative(root_);
  if (below.empty() || *below.begin() == "..") return std::nullopt;
  return below.generic_string();
}

}  // namespace portside::report
