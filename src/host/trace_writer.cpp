#include "host/trace_writer.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

namespace portside::host {

Result<std::unique_ptr<TraceWriter>> TraceWriter::create(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::exists(path, error) && !std::filesystem::is_regular_file(path, error))
    return fail(StatusCode::kAccessDenied,
                fmt::format("{}: it is not a file that a trace could replace", path.string()));
  std::FILE* file = std::fopen(path.c_str(), "w");
  if (!file) return fail(StatusCode::kAccessDenied, fmt::format("{}: {}", path.string(), std::strerror(errno)));
  return std::unique_ptr<TraceWriter>(new TraceWriter(file));
}

TraceWriter::~TraceWriter() {
  MutexLock lock(mutex_);
  std::fclose(file_);
}

void TraceWriter::on_event(const kernel::TraceEvent& event) {
  const std::string line = event.to_string();
  MutexLock lock(mutex_);
  fmt::print(file_, "{}\n", line);
}

void TraceWriter::on_event(const kernel::EtwRecord& event) {
  // Without a time of its own: it lies between the kernel's events that surround it.
  const std::string line = event.to_string();
  MutexLock lock(mutex_);
  fmt::print(file_, "{}\n", line);
}

}  // namespace portside::host
