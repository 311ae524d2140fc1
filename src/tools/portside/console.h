#pragma once
// Console: where a command writes. Knows whether a person watches (color, progress), and what --quiet and --json mean.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace portside::tools {

// 0: clean. 1: the driver broke a rule or bug-checked, or its device was lost. 2: bad usage or bad input.
enum class ExitCode : int { kClean = 0, kDriverFault = 1, kBadInput = 2 };

class Console {
 public:
  bool quiet = false;
  bool json = false;

  static bool person_watches();  // stdout is a terminal, and NO_COLOR is not set
  bool color() const { return person_watches() && !json; }
  static std::string bold(std::string_view text);

  // All text may have been a driver's: control characters but newline and tab are shown as '?', in JSON escaped.
  // bold()'s are let through.

  // To stdout unless --quiet or --json.
  void line(std::string_view text) const;
  // Two columns: "  buffer        3840 bytes".
  void fact(std::string_view name, std::string_view value) const;
  void heading(std::string_view text) const;
  // To stdout always: the product of the command.
  void product(std::string_view text) const;
  // To stderr: "portside: <sentence>". Returns kBadInput.
  ExitCode error(const Status& status) const;
  // To stderr, only when a person watches.
  void hint(std::string_view text) const;
  // To stderr, "portside: note: ...", unless --quiet.
  void note(std::string_view text) const;
  // A line that is overwritten, on stderr, only when a person watches.
  void progress(double fraction, std::string_view what) const;
  void progress_done() const;
};

}  // namespace portside::tools
