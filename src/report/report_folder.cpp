#include "report/report_folder.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "report/html_report.h"
#include "report/junit_report.h"
#include "report/sarif_report.h"
#include "report/trace_report.h"

namespace portside::report {
namespace {

namespace fs = std::filesystem;

// A file beside its final place, gone again when it is not put there.
class NewFile {
 public:
  static Result<NewFile> create(const fs::path& place, std::string_view text) {
    std::string name = place.string() + ".XXXXXX";
    const int handle = mkstemp(name.data());
    if (handle < 0)
      return fail(StatusCode::kAccessDenied,
                  fmt::format("{} cannot be written: {}", place.string(), std::strerror(errno)));
    NewFile file(place, name);
    std::FILE* out = fdopen(handle, "wb");
    const bool written = out && std::fwrite(text.data(), 1, text.size(), out) == text.size();
    const bool flushed = out && std::fflush(out) == 0 && fchmod(handle, 0644) == 0;
    const bool closed = out ? std::fclose(out) == 0 : close(handle) == 0;
    if (!written || !flushed || !closed)
      return fail(StatusCode::kDiskFull, fmt::format("{} cannot be written: {}", place.string(), std::strerror(errno)));
    return file;
  }
  NewFile(NewFile&& other) noexcept : place_(std::move(other.place_)), name_(std::exchange(other.name_, {})) {}
  NewFile& operator=(NewFile&&) = delete;
  ~NewFile() {
    if (!name_.empty()) unlink(name_.c_str());
  }

  Result<> put_in_place() {
    if (std::rename(name_.c_str(), place_.c_str()) != 0)
      return fail(StatusCode::kAccessDenied,
                  fmt::format("{} cannot be replaced: {}", place_.string(), std::strerror(errno)));
    name_.clear();
    return {};
  }

 private:
  NewFile(fs::path place, std::string name) : place_(std::move(place)), name_(std::move(name)) {}
  fs::path place_;
  std::string name_;
};

}  // namespace

Result<> prepare_report_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error || !fs::is_directory(folder))
    return fail(StatusCode::kAccessDenied, fmt::format("the folder {} cannot be made{}{}", folder.string(),
                                                       error ? ": " : "", error ? error.message() : ""));
  TRY(NewFile::create(folder / "report.html", ""));
  return {};
}

Result<> write_report_folder(const fs::path& folder, const CampaignReport& report, SourceFiles& sources) {
  TRY(prepare_report_folder(folder));
  const std::pair<const char*, std::string> files[] = {{"report.html", to_html(report, sources)},
                                                       {"junit.xml", to_junit(report)},
                                                       {"report.sarif", to_sarif(report, sources)},
                                                       {"trace.json", to_trace(report)}};
  std::vector<NewFile> written;
  for (const auto& [name, text] : files) {
    TRY_ASSIGN(NewFile file, NewFile::create(folder / name, text));
    written.push_back(std::move(file));
  }
  for (NewFile& file : written) TRY(file.put_in_place());
  return {};
}

}  // namespace portside::report
