#include "portcls/buffer_canary.h"

#include <algorithm>

namespace portside::portcls {
namespace {

// Another at each byte, so that a copy of the pattern from elsewhere shows too. No sample format has it for silence.
std::byte pattern_at(uint64_t index) { return static_cast<std::byte>((0xA5 + index * 0x35) & 0xFF); }

}  // namespace

std::optional<BufferCanary> BufferCanary::place(std::byte* pages, uint64_t page_bytes, uint64_t offset, uint64_t bytes,
                                                uint64_t asked_for) {
  const uint64_t end = offset + bytes;
  if (!pages || end > page_bytes || asked_for > end) return std::nullopt;
  BufferCanary canary;
  if (offset) canary.stretches_.push_back({pages, offset, true});
  if (end < page_bytes) canary.stretches_.push_back({pages + end, page_bytes - end, false});
  for (const Stretch& stretch : canary.stretches_)
    for (uint64_t i = 0; i < stretch.bytes; ++i) stretch.at[i] = pattern_at(i);
  return canary;
}

std::vector<BufferCanary::Change> BufferCanary::look() {
  std::vector<Change> changes;
  for (Stretch& stretch : stretches_) {
    if (stretch.told) continue;
    Change change{.before = stretch.before};
    bool one_value = true;
    for (uint64_t i = 0; i < stretch.bytes; ++i) {
      one_value = one_value && stretch.at[i] == stretch.at[0];
      if (stretch.at[i] == pattern_at(i)) continue;
      if (change.changed++ == 0) change.first = i;
    }
    if (change.changed == 0 || one_value) continue;
    stretch.told = true;
    changes.push_back(change);
  }
  return changes;
}

}  // namespace portside::portcls
