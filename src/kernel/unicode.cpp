#include "kernel/unicode.h"

#include <clocale>
#include <cwctype>

#include "base/code_page.h"

namespace portside::kernel {
namespace {

// The C library's tables, without the user's locale, so that every host folds alike. Null where C.UTF-8 is missing:
// then only ASCII and Latin-1 have case.
locale_t unicode_locale() {
  static const locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return locale;
}

char16_t fold(char16_t c, bool up) {
  const locale_t locale = unicode_locale();
  if (!locale) {
    const bool latin_lower = c >= 0xE0 && c <= 0xFE && c != 0xF7;
    const bool latin_upper = c >= 0xC0 && c <= 0xDE && c != 0xD7;
    if (up) return latin_lower ? c - 0x20 : c;
    return latin_upper ? c + 0x20 : c;
  }
  const wint_t folded = up ? towupper_l(c, locale) : towlower_l(c, locale);
  // Windows never folds a letter into ASCII (dotless i, long s, Kelvin) nor the micro sign into Greek.
  if (folded < 0x80 || folded > 0xFFFF || c == 0xB5) return c;
  return static_cast<char16_t>(folded);
}

}  // namespace

char16_t upcase(char16_t c) {
  if (c < 0x80) return c >= u'a' && c <= u'z' ? c - 0x20 : c;
  return fold(c, true);
}

char16_t downcase(char16_t c) {
  if (c < 0x80) return c >= u'A' && c <= u'Z' ? c + 0x20 : c;
  return fold(c, false);
}

std::u16string upcase(std::u16string_view text) {
  std::u16string out(text);
  for (char16_t& c : out) c = upcase(c);
  return out;
}

int compare(std::u16string_view a, std::u16string_view b, bool ignore_case) {
  const size_t shared = std::min(a.size(), b.size());
  for (size_t i = 0; i < shared; ++i) {
    const char16_t x = ignore_case ? upcase(a[i]) : a[i];
    const char16_t y = ignore_case ? upcase(b[i]) : b[i];
    if (x != y) return int{x} - int{y};
  }
  return a.size() == b.size() ? 0 : a.size() < b.size() ? -1 : 1;
}

std::string to_utf8(std::u16string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const uint32_t c = text[i];
    const bool high = c >= 0xD800 && c < 0xDC00;
    if (high && i + 1 < text.size() && text[i + 1] >= 0xDC00 && text[i + 1] < 0xE000) {
      append_utf8(out, 0x10000 + ((c - 0xD800) << 10) + (text[++i] - 0xDC00u));
    } else if (c >= 0xD800 && c < 0xE000) {
      append_utf8(out, 0xFFFD);
    } else {
      append_utf8(out, c);
    }
  }
  return out;
}

std::u16string from_utf8(std::string_view text) {
  std::u16string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<uint8_t>(text[i]);
    const unsigned length = lead < 0x80 ? 1 : lead >> 5 == 6 ? 2 : lead >> 4 == 14 ? 3 : lead >> 3 == 30 ? 4 : 0;
    uint32_t c = length == 1 ? lead : length == 0 ? 0 : lead & (0x7F >> length);
    bool valid = length != 0 && i + length <= text.size();
    for (unsigned k = 1; valid && k < length; ++k) {
      const auto next = static_cast<uint8_t>(text[i + k]);
      valid = next >> 6 == 2;
      c = c << 6 | (next & 0x3F);
    }
    constexpr uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
    valid = valid && c >= kSmallest[length] && c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF);
    if (!valid) {
      out += from_code_page_1252(text[i++]);
      continue;
    }
    i += length;
    if (c < 0x10000) {
      out += static_cast<char16_t>(c);
    } else {
      out += static_cast<char16_t>(0xD800 + ((c - 0x10000) >> 10));
      out += static_cast<char16_t>(0xDC00 + ((c - 0x10000) & 0x3FF));
    }
  }
  return out;
}

}  // namespace portside::kernel
