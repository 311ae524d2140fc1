#pragma once
// SourceLines: what llvm-symbolizer says of offsets in image files. One child process answers for all who share it, and each
// question is asked once: starting the child and reading a PDB take longer than most runs of a machine.
//
// Thread safe. An image file that was written anew is read anew.

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"

namespace portside::loader {

class SymbolizerProcess;

class SourceLines {
 public:
  // `tool`: the program; empty looks for $PORTSIDE_SYMBOLIZER, llvm-symbolizer-19, llvm-symbolizer.
  explicit SourceLines(std::string tool = {});
  ~SourceLines();
  SourceLines(const SourceLines&) = delete;
  SourceLines& operator=(const SourceLines&) = delete;

  // Starts the child now, for a process that will not be allowed to start one later.
  void prepare() EXCLUDES(mutex_);
  // Function, then file:line:column, of each inlined frame, innermost first; nothing when nothing is known.
  std::vector<std::string> at(const std::string& image_file, uint64_t offset) EXCLUDES(mutex_);

 private:
  struct FileVersion {
    std::filesystem::file_time_type written;
    uintmax_t bytes = 0;
    bool operator==(const FileVersion&) const = default;
  };
  void prepare_locked() REQUIRES(mutex_);
  void look_at_version_locked(const std::string& image_file) REQUIRES(mutex_);

  const std::string tool_;
  Mutex mutex_;
  bool started_ GUARDED_BY(mutex_) = false;
  std::unique_ptr<SymbolizerProcess> process_ GUARDED_BY(mutex_);
  std::map<std::string, FileVersion> versions_ GUARDED_BY(mutex_);
  std::map<std::pair<std::string, uint64_t>, std::vector<std::string>> answers_ GUARDED_BY(mutex_);
};

}  // namespace portside::loader
