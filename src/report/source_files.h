#pragma once
// SourceFiles: the driver's sources, where they can be read. The paths in a PDB are those of the machine that built it,
// so a file is looked for as it is called there, and then by ever shorter ends of its path below each folder.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace portside::report {

struct SourceFile {
  std::filesystem::path path;
  std::vector<std::string> lines;
};

class SourceFiles {
 public:
  // `root` is what paths are told relative to, as a repository's folder; empty: nothing.
  explicit SourceFiles(std::vector<std::filesystem::path> folders = {}, std::filesystem::path root = {});

  // Null when it cannot be found, or is no source: a PDB may name any file of this machine, and only sources are shown.
  const SourceFile* find(std::string_view recorded);
  // "src/wave.cpp" below the root, with slashes; none: not found, or not below it.
  std::optional<std::string> relative(std::string_view recorded);
  const std::filesystem::path& root() const { return root_; }

 private:
  std::vector<std::filesystem::path> folders_;
  std::filesystem::path root_;
  std::map<std::string, std::optional<SourceFile>, std::less<>> found_;
};

// The last part of a path of either kind: "wave.cpp" of "C:\\driver\\wave.cpp".
std::string_view file_name(std::string_view path);

}  // namespace portside::report
