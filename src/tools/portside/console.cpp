#include "portside/console.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace portside::tools {

bool Console::person_watches() { return isatty(STDOUT_FILENO) && !std::getenv("NO_COLOR"); }

void Console::line(std::string_view text) const {
  if (!quiet && !json) fmt::print("{}\n", text);
}

void Console::fact(std::string_view name, std::string_view value) const {
  line(fmt::format("  {:<14}{}", name, value));
}

void Console::heading(std::string_view text) const {
  line(color() ? fmt::format("\n\x1b[1m{}\x1b[0m", text) : fmt::format("\n{}", text));
}

void Console::product(std::string_view text) const { fmt::print("{}\n", text); }

ExitCode Console::error(const Status& status) const {
  fmt::print(stderr, "portside: {}\n", status.sentence().empty() ? status.to_string() : status.sentence());
  return ExitCode::kBadInput;
}

void Console::hint(std::string_view text) const {
  if (!quiet && !json && isatty(STDERR_FILENO)) fmt::print(stderr, "portside: {}\n", text);
}

void Console::note(std::string_view text) const {
  if (!quiet) fmt::print(stderr, "portside: note: {}\n", text);
}

void Console::progress(double fraction, std::string_view what) const {
  if (quiet || json || !isatty(STDERR_FILENO)) return;
  constexpr int kCells = 30;
  const int full = static_cast<int>(fraction * kCells);
  fmt::print(stderr, "\r  {} [{:=<{}}{:<{}}] {:3.0f} %", what, "", full, "", kCells - full, fraction * 100);
  std::fflush(stderr);
}

void Console::progress_done() const {
  if (quiet || json || !isatty(STDERR_FILENO)) return;
  fmt::print(stderr, "\r\x1b[K");
}

}  // namespace portside::tools
