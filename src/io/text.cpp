#include "io/text.h"

#include "kernel/unicode.h"

namespace portside::io {

std::u16string copy_of(const UNICODE_STRING* text) {
  if (!text || !text->Buffer) return {};
  return std::u16string(reinterpret_cast<const char16_t*>(text->Buffer), text->Length / sizeof(char16_t));
}

static void append_hex(std::u16string& out, uint64_t number, int digits) {
  for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) out += u"0123456789abcdef"[(number >> shift) & 15];
}

std::u16string text_of(const GUID& guid) {
  std::u16string out = u"{";
  append_hex(out, guid.Data1, 8);
  out += u'-';
  append_hex(out, guid.Data2, 4);
  out += u'-';
  append_hex(out, guid.Data3, 4);
  out += u'-';
  for (int i = 0; i < 8; ++i) {
    if (i == 2) out += u'-';
    append_hex(out, guid.Data4[i], 2);
  }
  return out + u'}';
}

std::optional<GUID> guid_of(std::u16string_view text) {
  static constexpr std::u16string_view kShape = u"{xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}";
  if (text.size() != kShape.size()) return std::nullopt;
  uint8_t nibbles[32];
  int count = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    char16_t c = text[i];
    if (kShape[i] != u'x') {
      if (c != kShape[i]) return std::nullopt;
      continue;
    }
    if (c >= u'0' && c <= u'9') nibbles[count++] = static_cast<uint8_t>(c - u'0');
    else if (c >= u'a' && c <= u'f') nibbles[count++] = static_cast<uint8_t>(c - u'a' + 10);
    else if (c >= u'A' && c <= u'F') nibbles[count++] = static_cast<uint8_t>(c - u'A' + 10);
    else return std::nullopt;
  }
  auto number = [&](int first, int digits) {
    uint32_t value = 0;
    for (int i = 0; i < digits; ++i) value = value << 4 | nibbles[first + i];
    return value;
  };
  GUID guid{};
  guid.Data1 = number(0, 8);
  guid.Data2 = static_cast<unsigned short>(number(8, 4));
  guid.Data3 = static_cast<unsigned short>(number(12, 4));
  for (int i = 0; i < 8; ++i) guid.Data4[i] = static_cast<unsigned char>(number(16 + 2 * i, 2));
  return guid;
}

std::u16string hex8(uint32_t number) {
  std::u16string out;
  append_hex(out, number, 8);
  return out;
}

UNICODE_STRING unicode_over(const std::u16string& text) {
  UNICODE_STRING s{};
  s.Length = static_cast<USHORT>(text.size() * sizeof(char16_t));
  s.MaximumLength = static_cast<USHORT>(s.Length + sizeof(char16_t));
  s.Buffer = reinterpret_cast<PWCH>(const_cast<char16_t*>(text.c_str()));
  return s;
}

std::string narrow(std::u16string_view text) { return kernel::to_utf8(text); }

}  // namespace portside::io
