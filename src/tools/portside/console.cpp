#include "portside/console.h"

#include <fmt/format.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "base/printable.h"

namespace portside::tools {
namespace {

constexpr std::string_view kBold = "\x1b[1m", kPlain = "\x1b[0m";

// bold()'s own sequences stay; a driver that says them does no harm.
std::string shown(std::string_view text) {
  std::string out;
  for (;;) {
    const size_t at = std::min(text.find(kBold), text.find(kPlain));
    out += printable(text.substr(0, at));
    if (at == text.npos) return out;
    out += text.substr(at, kBold.size());
    text.remove_prefix(at + kBold.size());
  }
}

}  // namespace

bool Console::person_watches() { return isatty(STDOUT_FILENO) && !std::getenv("NO_COLOR"); }

std::string Console::bold(std::string_view text) { return fmt::format("{}{}{}", kBold, text, kPlain); }

void Console::line(std::string_view text) const {
  if (!quiet && !json) fmt::print("{}\n", shown(text));
}

void Console::fact(std::string_view name, std::string_view value) const {
  line(fmt::format("  {:<14}{}", name, value));
}

void Console::heading(std::string_view text) const {
  line(fmt::format("\n{}", color() ? bold(text) : std::string(text)));
}

void Console::document(const nlohmann::json& json) const {
  product(json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

void Console::product(std::string_view text) const { fmt::print("{}\n", json ? printable_json(text) : shown(text)); }

ExitCode Console::error(const Status& status) const {
  fmt::print(stderr, "portside: {}\n", printable(status.sentence().empty() ? status.to_string() : status.sentence()));
  return ExitCode::kBadInput;
}

void Console::hint(std::string_view text) const {
  if (!quiet && !json && isatty(STDERR_FILENO)) fmt::print(stderr, "portside: {}\n", printable(text));
}

void Console::note(std::string_view text) const {
  if (!quiet) fmt::print(stderr, "portside: note: {}\n", printable(text));
}

void Console::progress(double fraction, std::string_view what) const {
  if (quiet || json || !isatty(STDERR_FILENO)) return;
  constexpr int kCells = 30;
  const int full = static_cast<int>(fraction * kCells);
  fmt::print(stderr, "\r  {} [{:=<{}}{:<{}}] {:3.0f} %", printable(what), "", full, "", kCells - full, fraction * 100);
  std::fflush(stderr);
}

void Console::progress_done() const {
  if (quiet || json || !isatty(STDERR_FILENO)) return;
  fmt::print(stderr, "\r\x1b[K");
}

}  // namespace portside::tools
