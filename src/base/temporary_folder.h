#pragma once
// TemporaryFolder: a folder of its own below the system's temporary one, gone with the object.

#include <stdlib.h>

#include <filesystem>
#include <string>
#include <system_error>

namespace portside {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string text = (std::filesystem::temp_directory_path() / "portside-XXXXXX").string();
    if (mkdtemp(text.data())) path_ = text;
  }
  ~TemporaryFolder() {
    std::error_code error;
    if (!path_.empty()) std::filesystem::remove_all(path_, error);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  // Empty when none could be made.
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace portside
