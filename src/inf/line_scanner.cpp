#include "inf/line_scanner.h"

#include <fmt/format.h>

namespace portside::inf {
namespace {

constexpr size_t kLongestField = 4095;       // "INF Size Limits": 4096 with the terminating NUL
constexpr size_t kLongestSectionName = 255;  // "Section Names"

bool is_blank(char c) { return c == ' ' || c == '\t'; }

}  // namespace

std::unexpected<Status> fail_at(std::string_view file, uint32_t line, std::string_view reason) {
  return fail(StatusCode::kInvalidParameter, fmt::format("{}:{}: {}", file, line, reason));
}

void LineScanner::skip_blanks() {
  while (is_blank(peek())) ++at_;
}

void LineScanner::skip_to_line_end() {
  while (!at_line_end(at_)) ++at_;
}

void LineScanner::take_line_end() {
  if (peek() == '\r' && peek(1) == '\n') ++at_;
  if (at_ < text_.size()) {
    ++at_;
    ++line_;
  }
}

bool LineScanner::take_continuation() {
  size_t end = at_;
  while (end < text_.size() && text_[end] == '\\') ++end;  // of two, Windows ignores the first
  while (end < text_.size() && is_blank(text_[end])) ++end;
  if (end < text_.size() && text_[end] == ';')
    while (!at_line_end(end)) ++end;
  if (!at_line_end(end) || end >= text_.size()) return false;
  at_ = end;
  take_line_end();
  skip_blanks();
  return true;
}

// The length of the %token% at `at_`, in which a semicolon begins no comment; 1 when it is a lone percent.
size_t LineScanner::token_length() const {
  for (size_t end = at_ + 1; !at_line_end(end); ++end) {
    if (text_[end] == '%') return end + 1 - at_;
    if (text_[end] == ',' || text_[end] == '"' || text_[end] == '=') break;
  }
  return 1;
}

// `at_` is behind the opening quotation mark.
Result<> LineScanner::quoted(std::string& out) {
  // ""text"" is "text" with its quotation marks; "" alone is nothing.
  const auto ends_field = [&](size_t ahead) {
    const char c = peek(ahead);
    return at_line_end(at_ + ahead) || c == ',' || c == ';' || c == '=' || is_blank(c);
  };
  const bool doubled = peek() == '"' && peek(1) != '"' && !ends_field(1);
  if (doubled) {
    out += '"';
    ++at_;
  }
  while (!at_line_end(at_)) {
    const char c = text_[at_++];
    if (c != '"') {
      out += c;
    } else if (peek() == '"') {
      out += '"';
      ++at_;
      if (doubled && ends_field(0)) return {};
    } else {
      return {};
    }
  }
  return fail_at(file_, line_, "a quotation mark is opened here and not closed on its line");
}

Result<std::string> LineScanner::field(bool may_be_key, bool& ended_by_equals) {
  ended_by_equals = false;
  std::string out;
  size_t kept = 0;  // what stood in quotation marks keeps its blanks
  skip_blanks();
  while (!at_line_end(at_)) {
    const char c = text_[at_];
    if (c == ';') {
      skip_to_line_end();
      break;
    }
    if (c == ',') break;
    if (c == '=' && may_be_key) {
      ended_by_equals = true;
      break;
    }
    if (c == '"') {
      ++at_;
      TRY(quoted(out));
      kept = out.size();
    } else if (c == '\\' && take_continuation()) {
      continue;
    } else if (c == '%') {
      const size_t length = token_length();
      out += text_.substr(at_, length);
      at_ += length;
    } else {
      out += c;
      ++at_;
    }
  }
  while (out.size() > kept && is_blank(out.back())) out.pop_back();
  if (out.size() > kLongestField)
    return fail_at(file_, line_, fmt::format("a field of {} characters; {} are allowed", out.size(), kLongestField));
  return out;
}

Result<ScannedLine> LineScanner::section() {
  ScannedLine line{line_, true, {}, {}};
  const size_t begin = ++at_;
  while (!at_line_end(at_) && text_[at_] != ']') ++at_;
  if (peek() != ']') return fail_at(file_, line_, "a section's name is opened with [ and not closed with ]");
  line.key = std::string(text_.substr(begin, at_ - begin));
  ++at_;
  if (line.key->empty()) return fail_at(file_, line_, "a section without a name");
  if (line.key->size() > kLongestSectionName)
    return fail_at(file_, line_, "a section's name has at most 255 characters");
  skip_blanks();
  if (peek() != ';' && !at_line_end(at_))
    return fail_at(file_, line_, fmt::format("something follows [{}] on its line", *line.key));
  skip_to_line_end();
  return line;
}

Result<std::optional<ScannedLine>> LineScanner::next() {
  while (at_ < text_.size()) {
    skip_blanks();
    if (peek() == '\x1A') break;  // Ctrl+Z ends a text, as DOS had it
    if (peek() == ';') skip_to_line_end();
    if (at_line_end(at_)) {
      take_line_end();
      continue;
    }
    if (peek() == '[') {
      TRY_ASSIGN(ScannedLine line, section());
      return line;
    }
    ScannedLine line{line_, false, {}, {}};
    while (true) {
      bool ended_by_equals = false;
      TRY_ASSIGN(std::string text, field(!line.key && line.fields.empty(), ended_by_equals));
      if (ended_by_equals) line.key = std::move(text);
      else line.fields.push_back(std::move(text));
      if (at_line_end(at_)) break;
      ++at_;  // the ',' or '='
    }
    return line;
  }
  return std::optional<ScannedLine>();
}

}  // namespace portside::inf
