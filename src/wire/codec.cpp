#include "wire/codec.h"

#include <algorithm>

namespace portside::wire {

void Writer::text(const std::string& value, size_t most) {
  const size_t count = std::min(value.size(), most);
  raw(static_cast<uint32_t>(count));
  for (size_t i = 0; i < count; ++i) {
    const auto c = static_cast<unsigned char>(value[i]);
    raw(static_cast<uint8_t>(c < 0x20 && c != '\n' && c != '\t' ? ' ' : c));
  }
}

void Reader::text(std::string& value, size_t most) {
  uint32_t count = 0;
  raw(count);
  if (count > most) fail("a text is too long");
  if (count > rest_.size()) fail("it ends too soon");
  if (wrong_) {
    value.clear();
    return;
  }
  value.assign(reinterpret_cast<const char*>(rest_.data()), count);
  rest_ = rest_.subspan(count);
  if (std::ranges::any_of(value, [](unsigned char c) { return c < 0x20 && c != '\n' && c != '\t'; }))
    fail("a text has control characters in it");
}

}  // namespace portside::wire
