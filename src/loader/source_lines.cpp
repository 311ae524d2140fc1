#include "loader/source_lines.h"

#include <fmt/format.h>

#include <cstdlib>

#include "loader/symbolizer_process.h"

namespace portside::loader {

SourceLines::SourceLines(std::string tool) : tool_(std::move(tool)) {}
SourceLines::~SourceLines() = default;

void SourceLines::prepare() {
  MutexLock lock(mutex_);
  prepare_locked();
}

void SourceLines::prepare_locked() {
  if (started_) return;
  started_ = true;
  const char* chosen = std::getenv("PORTSIDE_SYMBOLIZER");
  const std::vector<std::string> candidates = !tool_.empty() ? std::vector<std::string>{tool_}
                                              : chosen
                                                  ? std::vector<std::string>{chosen}
                                                  : std::vector<std::string>{"llvm-symbolizer-19", "llvm-symbolizer"};
  for (const std::string& candidate : candidates)
    if ((process_ = SymbolizerProcess::start(candidate))) break;
}

void SourceLines::look_at_version_locked(const std::string& image_file) {
  std::error_code ignored;
  const FileVersion now{std::filesystem::last_write_time(image_file, ignored),
                        std::filesystem::file_size(image_file, ignored)};
  const auto [known, added] = versions_.try_emplace(image_file, now);
  if (known->second == now) return;
  // The child keeps what it has read for as long as it lives.
  versions_.clear();
  versions_.emplace(image_file, now);
  answers_.clear();
  process_.reset();
  started_ = false;
}

std::vector<std::string> SourceLines::at(const std::string& image_file, uint64_t offset) {
  // A question is a line, and the name stands between quotes in it.
  if (image_file.find('"') != std::string::npos || image_file.find('\n') != std::string::npos) return {};
  MutexLock lock(mutex_);
  look_at_version_locked(image_file);
  if (const auto known = answers_.find({image_file, offset}); known != answers_.end()) return known->second;
  prepare_locked();
  if (!process_) return {};
  std::vector<std::string> lines = process_->ask(fmt::format("CODE \"{}\" 0x{:x}", image_file, offset));
  if (!lines.empty()) answers_.emplace(std::pair(image_file, offset), lines);
  return lines;
}

}  // namespace portside::loader
