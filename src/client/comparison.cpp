#include "client/comparison.h"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace portside::client {
namespace {

std::string_view chars(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Comparison compare_at(std::span<const std::byte> played, std::span<const std::byte> recorded, uint64_t offset,
                      const AudioFormat& format) {
  const size_t frame = format.frame_bytes(), sample = format.bits / 8u;
  Comparison result;
  result.samples = played.size() / sample;
  result.offset_frames = offset;
  const std::span<const std::byte> there = recorded.subspan(std::min<size_t>(offset * frame, recorded.size()));
  const size_t common = std::min(played.size(), there.size());
  for (size_t i = 0; i + sample <= played.size(); i += sample) {
    if (i + sample <= common && std::memcmp(&played[i], &there[i], sample) == 0) ++result.identical;
    else if (!result.first_difference_frame) result.first_difference_frame = i / frame;
  }
  return result;
}

}  // namespace

Comparison compare(std::span<const std::byte> played, std::span<const std::byte> recorded, const AudioFormat& format) {
  const size_t frame = format.frame_bytes();
  Comparison none;
  none.samples = played.size() / (format.bits / 8u);
  if (played.empty() || recorded.empty()) return none;

  // The first frame that is not silence, and a stretch from there as the needle.
  const auto silence = static_cast<std::byte>(format.silence());
  size_t first = 0;
  while (first < played.size() && played[first] == silence) ++first;
  first = first == played.size() ? 0 : first / frame * frame;
  const size_t needle_bytes = std::min(played.size() - first, frame * 32);
  const std::string_view needle = chars(played).substr(first, needle_bytes);

  Comparison best = none;
  size_t from = 0;
  for (int tries = 0; tries < 64; ++tries) {
    const size_t at = chars(recorded).find(needle, from);
    if (at == std::string_view::npos) break;
    from = at + 1;
    if (at % frame != 0 || at < first) continue;
    Comparison here = compare_at(played, recorded, (at - first) / frame, format);
    if (!best.offset_frames || here.identical > best.identical) best = here;
    if (best.all_identical()) break;
  }
  return best;
}

}  // namespace portside::client
