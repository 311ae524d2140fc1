#pragma once
// The instrumented frame that an address lies in. clang puts three words at the low end of the redzones of each frame
// (AddressSanitizer.cpp, "Write the Magic value and the frame description constant to the redzone"): 0x41B58AB3, a text
// that lists the variables, and the function's address. The text is "count" and then, for each, "offset bytes
// name-length name", the name with ":line" behind it when the line is known.

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "loader/stack_bounds.h"
#include "sanitizer/shadow.h"

namespace portside::sanitizer {

struct StackVariable {
  uint64_t offset = 0;  // in the frame
  uint64_t bytes = 0;
  std::string name;
  unsigned line = 0;
};

struct StackFrame {
  uint64_t base = 0;
  std::vector<StackVariable> variables;

  // The variable that is nearest to the address.
  std::string describe(uint64_t address) const {
    const uint64_t at = address - base;
    const StackVariable* nearest = nullptr;
    uint64_t best = ~uint64_t{0};
    for (const StackVariable& v : variables) {
      const uint64_t distance = at < v.offset             ? v.offset - at
                                : at < v.offset + v.bytes ? 0
                                                          : at - v.offset - v.bytes + 1;
      if (distance < best) best = distance, nearest = &v;
    }
    if (!nearest) return {};
    const std::string line = nearest->line ? fmt::format(" (declared at line {})", nearest->line) : "";
    return fmt::format("local variable '{}'{}, {} bytes; the touch is {} bytes from its start", nearest->name, line,
                       nearest->bytes, static_cast<int64_t>(at - nearest->offset));
  }
};

inline std::vector<StackVariable> parse_frame_text(const char* text) {
  std::vector<StackVariable> variables;
  char* at = nullptr;
  const unsigned long count = std::strtoul(text, &at, 10);
  for (unsigned long i = 0; i < count && i < 1000; ++i) {
    StackVariable v;
    v.offset = std::strtoull(at, &at, 10);
    v.bytes = std::strtoull(at, &at, 10);
    const size_t length = std::strtoull(at, &at, 10);
    if (*at != ' ' || length > 4096) break;
    v.name.assign(at + 1, length);
    at += 1 + length;
    if (const size_t colon = v.name.rfind(':'); colon != std::string::npos) {
      v.line = static_cast<unsigned>(std::atoi(v.name.c_str() + colon + 1));
      v.name.resize(colon);
    }
    variables.push_back(std::move(v));
  }
  return variables;
}

// Looks downwards for the frame's left redzone.
inline std::optional<StackFrame> find_stack_frame(const Shadow& shadow, const loader::StackBounds& bounds,
                                                  uint64_t address) {
  constexpr uint64_t kMagic = 0x41B58AB3;
  constexpr uint64_t kFurthest = 1 << 16;
  const auto left = static_cast<uint8_t>(ShadowMark::kStackLeft);
  uint64_t at = address / Shadow::kGranule * Shadow::kGranule;
  while (at > bounds.low && address - at < kFurthest && shadow.at(at) != left) at -= Shadow::kGranule;
  while (at > bounds.low && shadow.at(at - Shadow::kGranule) == left) at -= Shadow::kGranule;
  uint64_t magic = 0, text = 0;
  if (!bounds.read(at, magic) || magic != kMagic || !bounds.read(at + 8, text)) return std::nullopt;
  return StackFrame{at, parse_frame_text(reinterpret_cast<const char*>(text))};
}

}  // namespace portside::sanitizer
