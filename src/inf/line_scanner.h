#pragma once
// LineScanner: the lines of an INF as its syntax sees them: comments gone, continued lines joined, quotes taken off.
// Page: "General Syntax Rules for INF Files", Line Format, Continuation, and Comments.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace portside::inf {

struct ScannedLine {
  uint32_t number = 0;              // where it begins, from 1
  bool is_section = false;          // [key]
  std::optional<std::string> key;   // what stands before the first '='
  std::vector<std::string> fields;  // %tokens% still in them
};

class LineScanner {
 public:
  // `text` is UTF-8, and lives as long as the scanner. `file` is what errors call it.
  LineScanner(std::string_view text, std::string_view file) : text_(text), file_(file) {}

  // The next line that says something, or none at the end.
  Result<std::optional<ScannedLine>> next();

 private:
  char peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  bool at_line_end(size_t position) const {
    return position >= text_.size() || text_[position] == '\r' || text_[position] == '\n';
  }
  void skip_blanks();
  void skip_to_line_end();
  void take_line_end();
  // A backslash at `at_` that has nothing after it on its line: takes it and the line's end.
  bool take_continuation();
  size_t token_length() const;
  Result<std::string> field(bool may_be_key, bool& ended_by_equals);
  Result<> quoted(std::string& out);
  Result<ScannedLine> section();

  std::string_view text_;
  std::string_view file_;
  size_t at_ = 0;
  uint32_t line_ = 1;
};

// "cable.inf:12: reason"
std::unexpected<Status> fail_at(std::string_view file, uint32_t line, std::string_view reason);

}  // namespace portside::inf
