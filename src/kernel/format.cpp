#include "kernel/format.h"

#include <algorithm>
#include <bit>
#include <cstdio>
#include <string_view>

#include "base/code_page.h"
#include "kernel/unicode.h"

namespace portside::kernel {
namespace {

// ANSI_STRING and UNICODE_STRING, whose layout is the same.
struct CountedString {
  uint16_t length_bytes;
  uint16_t maximum_bytes;
  const void* buffer;
};

enum class Size : uint8_t { kDefault, kChar, kShort, kLong, kWide, k32, k64 };

struct Directive {
  bool left = false, plus = false, space = false, alternate = false, zero = false;
  int width = 0;
  int precision = -1;
  Size size = Size::kDefault;
  char type = 0;
};

template <class Char>
class Formatter {
 public:
  using String = std::basic_string<Char>;
  Formatter(FormatArguments arguments, NarrowText narrow) : arguments_(arguments), narrow_(narrow) {}

  String run(const Char* format) {
    if (!format) return {};
    while (*format) {
      if (*format != '%') {
        out_ += *format++;
        continue;
      }
      ++format;
      if (*format == '%') {
        out_ += *format++;
        continue;
      }
      format = parse(format);
      if (!directive_.type) break;  // the format ended in the middle of a directive
      convert();
    }
    return std::move(out_);
  }

 private:
  static constexpr int kWidest = 65'535;  // no kernel buffer of text is longer
  static constexpr bool kWideOutput = sizeof(Char) == 2;

  const Char* parse(const Char* p) {
    directive_ = {};
    for (bool flags = true; flags;) {
      switch (*p) {
        case '-': directive_.left = true; break;
        case '+': directive_.plus = true; break;
        case ' ': directive_.space = true; break;
        case '#': directive_.alternate = true; break;
        case '0': directive_.zero = true; break;
        default: flags = false; continue;
      }
      ++p;
    }
    if (*p == '*') {
      directive_.width = static_cast<int32_t>(arguments_.next());
      if (directive_.width < 0) {
        directive_.left = true;
        directive_.width = directive_.width < -kWidest ? kWidest : -directive_.width;
      }
      directive_.width = std::min(directive_.width, kWidest);
      ++p;
    } else {
      directive_.width = number(p);
    }
    if (*p == '.') {
      ++p;
      if (*p == '*') {
        directive_.precision = std::min(static_cast<int32_t>(arguments_.next()), kWidest);
        ++p;
      } else {
        directive_.precision = number(p);
      }
    }
    p = parse_size(p);
    directive_.type = *p && *p < 0x80 ? static_cast<char>(*p) : *p ? '?' : 0;
    return *p ? p + 1 : p;
  }

  const Char* parse_size(const Char* p) {
    switch (*p) {
      case 'h': directive_.size = p[1] == 'h' ? Size::kChar : Size::kShort; return p + (p[1] == 'h' ? 2 : 1);
      case 'l': directive_.size = p[1] == 'l' ? Size::k64 : Size::kLong; return p + (p[1] == 'l' ? 2 : 1);
      case 'w': directive_.size = Size::kWide; return p + 1;
      case 'L': directive_.size = Size::kLong; return p + 1;
      case 'I':
        if (p[1] == '6' && p[2] == '4') return directive_.size = Size::k64, p + 3;
        if (p[1] == '3' && p[2] == '2') return directive_.size = Size::k32, p + 3;
        directive_.size = Size::k64;  // pointer-sized
        return p + 1;
      case 'j':
      case 'z':
      case 't': directive_.size = Size::k64; return p + 1;
      default: return p;
    }
  }

  static int number(const Char*& p) {
    int n = 0;
    while (*p >= '0' && *p <= '9') n = std::min(n * 10 + (*p - '0'), kWidest), ++p;
    return n;
  }

  void convert() {
    switch (directive_.type) {
      case 'd':
      case 'i': return signed_integer();
      case 'u': return unsigned_integer(10, false);
      case 'o': return unsigned_integer(8, false);
      case 'x': return unsigned_integer(16, false);
      case 'X': return unsigned_integer(16, true);
      case 'p':
        // Pointers are printed in all their digits, in upper case.
        directive_.precision = 16;
        directive_.size = Size::k64;
        return unsigned_integer(16, true);
      case 'c':
      case 'C': return character();
      case 's':
      case 'S': return string();
      case 'Z': return counted_string();
      case 'e':
      case 'E':
      case 'f':
      case 'F':
      case 'g':
      case 'G':
      case 'a':
      case 'A': return floating();
      case 'n': (void)arguments_.next(); return;
      default: out_ += static_cast<Char>(directive_.type); return;
    }
  }

  void signed_integer() {
    const uint64_t raw = arguments_.next();
    int64_t value = 0;
    switch (directive_.size) {
      case Size::k64: value = static_cast<int64_t>(raw); break;
      case Size::kShort: value = static_cast<int16_t>(raw); break;
      case Size::kChar: value = static_cast<int8_t>(raw); break;
      default: value = static_cast<int32_t>(raw); break;
    }
    const uint64_t magnitude = value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
    number_text(magnitude, 10, false, value < 0 ? "-" : directive_.plus ? "+" : directive_.space ? " " : "");
  }

  void unsigned_integer(unsigned base, bool upper) {
    const uint64_t raw = arguments_.next();
    uint64_t value = 0;
    switch (directive_.size) {
      case Size::k64: value = raw; break;
      case Size::kShort: value = static_cast<uint16_t>(raw); break;
      case Size::kChar: value = static_cast<uint8_t>(raw); break;
      default: value = static_cast<uint32_t>(raw); break;
    }
    const bool prefix = directive_.alternate && value != 0;
    number_text(value, base, upper, prefix && base == 16 ? (upper ? "0X" : "0x") : prefix && base == 8 ? "0" : "");
  }

  void number_text(uint64_t value, unsigned base, bool upper, std::string_view prefix) {
    char digits[32];
    unsigned count = 0;
    for (; value; value /= base) digits[count++] = (upper ? "0123456789ABCDEF" : "0123456789abcdef")[value % base];
    unsigned wanted = directive_.precision < 0 ? 1 : static_cast<unsigned>(directive_.precision);
    if (directive_.precision < 0 && directive_.zero && !directive_.left &&
        static_cast<unsigned>(directive_.width) > prefix.size())
      wanted = directive_.width - prefix.size();
    String text;
    for (char c : prefix) text += static_cast<Char>(c);
    if (wanted > count) text.append(wanted - count, Char{'0'});
    while (count) text += static_cast<Char>(digits[--count]);
    pad(text);
  }

  // %s is of the output's width; %S of the other; h and l (or w) say so themselves.
  bool argument_is_wide(bool other) const {
    if (directive_.size == Size::kShort || directive_.size == Size::kChar) return false;
    if (directive_.size == Size::kLong || directive_.size == Size::kWide) return true;
    return kWideOutput != other;
  }

  void character() {
    const uint64_t raw = arguments_.next();
    String text;
    if (argument_is_wide(directive_.type == 'C')) put(text, static_cast<char16_t>(raw));
    else put(text, static_cast<char>(raw));
    pad(text);
  }

  void string() {
    const void* pointer = std::bit_cast<const void*>(arguments_.next());
    const size_t limit = directive_.precision < 0 ? SIZE_MAX : static_cast<size_t>(directive_.precision);
    if (!pointer) return null_text(limit);
    String text;
    if (argument_is_wide(directive_.type == 'S')) {
      // A driver's string may be at an odd address.
      const char* bytes = static_cast<const char*>(pointer);
      for (size_t i = 0; i < limit; ++i) {
        const char16_t c = unit_at(bytes, i);
        if (!c) break;
        i += put(text, c, i + 1 < limit ? bytes + 2 * (i + 1) : nullptr);
      }
    } else {
      const char* bytes = static_cast<const char*>(pointer);
      for (size_t i = 0; i < limit && bytes[i]; ++i) put(text, bytes[i]);
    }
    pad(text);
  }

  void counted_string() {
    const auto* counted = std::bit_cast<const CountedString*>(arguments_.next());
    if (!counted || !counted->buffer) return null_text(SIZE_MAX);
    String text;
    const char* bytes = static_cast<const char*>(counted->buffer);
    const size_t limit = directive_.precision < 0 ? SIZE_MAX : static_cast<size_t>(directive_.precision);
    if (directive_.size == Size::kWide || directive_.size == Size::kLong) {
      const size_t units = std::min<size_t>(counted->length_bytes / 2, limit);
      for (size_t i = 0; i < units; ++i)
        i += put(text, unit_at(bytes, i), i + 1 < units ? bytes + 2 * (i + 1) : nullptr);
    } else {
      const size_t units = std::min<size_t>(counted->length_bytes, limit);
      for (size_t i = 0; i < units; ++i) put(text, bytes[i]);
    }
    pad(text);
  }

  void null_text(size_t limit) {
    String text;
    for (char c : std::string_view("(null)").substr(0, limit)) text += static_cast<Char>(c);
    pad(text);
  }

  void floating() {
    const double value = std::bit_cast<double>(arguments_.next());
    std::string host = "%";
    if (directive_.plus) host += '+';
    if (directive_.space) host += ' ';
    if (directive_.alternate) host += '#';
    if (directive_.zero && !directive_.left) host += '0';
    host += directive_.precision >= 0 ? "*.*" : "*";
    host += directive_.type;
    char buffer[512];
    const int width = directive_.left ? 0 : std::min(directive_.width, 400);
    const int written = directive_.precision >= 0 ? std::snprintf(buffer, sizeof buffer, host.c_str(), width,
                                                                  std::min(directive_.precision, 100), value)
                                                  : std::snprintf(buffer, sizeof buffer, host.c_str(), width, value);
    String text;
    for (int i = 0; i < written && i < static_cast<int>(sizeof buffer) - 1; ++i) text += static_cast<Char>(buffer[i]);
    pad(text);
  }

  static char16_t unit_at(const char* bytes, size_t index) {
    const auto* at = reinterpret_cast<const uint8_t*>(bytes) + 2 * index;
    return static_cast<char16_t>(at[0] | at[1] << 8);
  }

  void put(String& text, char c) {
    if constexpr (kWideOutput) text += from_code_page_1252(c);
    else text += c;
  }
  // `following` is the next unit if there is one; the count of further units that were used.
  size_t put(String& text, char16_t c, const char* following = nullptr) {
    if constexpr (kWideOutput) {
      text += c;
    } else if (narrow_ == NarrowText::kAnsi) {
      text += to_code_page_1252(c);
    } else if (c >= 0xD800 && c < 0xDC00 && following && (unit_at(following, 0) & 0xFC00) == 0xDC00) {
      text += to_utf8(std::u16string{c, unit_at(following, 0)});
      return 1;
    } else {
      text += to_utf8(std::u16string_view(&c, 1));
    }
    return 0;
  }

  void pad(const String& text) {
    const size_t width = static_cast<size_t>(directive_.width);
    const size_t missing = width > text.size() ? width - text.size() : 0;
    // The zero flag pads strings with zeros too, as Windows' does.
    if (!directive_.left) out_.append(missing, Char{directive_.zero && directive_.precision < 0 ? '0' : ' '});
    out_ += text;
    if (directive_.left) out_.append(missing, Char{' '});
  }

  FormatArguments arguments_;
  const NarrowText narrow_;
  Directive directive_;
  String out_;
};

}  // namespace

std::string format_narrow(const char* format, FormatArguments arguments, NarrowText narrow) {
  return Formatter<char>(arguments, narrow).run(format);
}

std::u16string format_wide(const char16_t* format, FormatArguments arguments) {
  return Formatter<char16_t>(arguments, NarrowText::kAnsi).run(format);
}

}  // namespace portside::kernel
