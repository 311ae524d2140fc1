#pragma once
// What the text reports are put together from. Private to report.

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "verifier/rule.h"

namespace portside::report {

inline std::string_view grade_name(verifier::Grade grade) {
  switch (grade) {
    case verifier::Grade::kViolation: return "VIOLATION";
    case verifier::Grade::kDeviation: return "DEVIATION";
    case verifier::Grade::kAdvice: return "ADVICE";
  }
  return "";
}

class Painter {
 public:
  explicit Painter(bool color) : color_(color) {}
  std::string bold(std::string_view s) const { return paint("1", s); }
  std::string dim(std::string_view s) const { return paint("2", s); }
  std::string grade(verifier::Grade g, std::string_view s) const {
    return paint(g == verifier::Grade::kViolation ? "1;31" : g == verifier::Grade::kDeviation ? "1;33" : "1;36", s);
  }

 private:
  std::string paint(std::string_view code, std::string_view s) const {
    return color_ ? fmt::format("\x1b[{}m{}\x1b[0m", code, s) : std::string(s);
  }
  bool color_;
};

// "  label     text", the text wrapped and indented under itself.
inline std::string paragraph(std::string_view label, std::string_view text, unsigned width) {
  constexpr size_t kIndent = 16;
  std::string out = fmt::format("  {:<{}}", label, kIndent - 2);
  size_t column = kIndent;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find(' ', at), text.size());
    const std::string_view word = text.substr(at, end - at);
    if (column > kIndent && column + 1 + word.size() > width) {
      out += "\n" + std::string(kIndent, ' ');
      column = kIndent;
    } else if (column > kIndent) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
    at = end + 1;
  }
  return out + "\n";
}

}  // namespace portside::report
