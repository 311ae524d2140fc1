#pragma once
// TraceWriter: the kernel's events, and what drivers trace themselves (ETW, WPP), as lines of a file. Nothing in a line depends on the host, so two runs with one seed
// write the same file.

#include <cstdio>
#include <filesystem>
#include <memory>

#include "base/mutex.h"
#include "base/result.h"
#include "kernel/kernel_log.h"
#include "kernel/trace.h"

namespace portside::host {

class TraceWriter final : public kernel::TraceObserver, public kernel::LogObserver {
 public:
  static Result<std::unique_ptr<TraceWriter>> create(const std::filesystem::path& path);
  ~TraceWriter() override;
  void on_event(const kernel::TraceEvent& event) override;
  void on_event(const kernel::EtwRecord& event) override;

 private:
  explicit TraceWriter(std::FILE* file) : file_(file) {}
  Mutex mutex_;
  std::FILE* file_ GUARDED_BY(mutex_);
};

}  // namespace portside::host
