#include "verify/sound_match.h"

#include <algorithm>
#include <cmath>

namespace portside::verify {
namespace {

constexpr double kLike = 0.5;       // a correlation: two channels of the marker have hardly any
constexpr uint64_t kPiece = 480;    // frames; of noise that is plenty
constexpr uint64_t kSearch = 9600;  // frames of the marker that are looked through, around where the piece should be

struct Best {
  double correlation = 0, gain = 0;
};

Best best_of(const std::vector<double>& played, const std::vector<double>& heard) {
  Best best;
  double y2 = 0;
  for (const double y : heard) y2 += y * y;
  for (size_t at = 0; at + heard.size() <= played.size(); ++at) {
    double cross = 0, x2 = 0;
    for (size_t i = 0; i < heard.size(); ++i) {
      cross += played[at + i] * heard[i];
      x2 += played[at + i] * played[at + i];
    }
    if (x2 <= 0 || y2 <= 0) continue;
    const double correlation = cross / std::sqrt(x2 * y2);
    if (std::abs(correlation) > std::abs(best.correlation)) best = {correlation, cross / x2};
  }
  return best;
}

}  // namespace

std::vector<ChannelMatch> match_channels(const Marker& marker, std::span<const std::byte> recorded, uint64_t frames) {
  const client::AudioFormat& format = marker.format();
  const uint64_t frame = format.frame_bytes(), count = recorded.size() / frame;
  const uint64_t piece = std::min(kPiece, count), from = (count - piece) / 2;
  // What is recorded at `from` was played there, or, where the device is slow to begin, before.
  const uint64_t last = std::min(frames, from + piece + kSearch / 4), first = last - std::min(last, kSearch);
  std::vector<std::vector<double>> played(format.channels, std::vector<double>(last - first));
  std::vector<std::byte> bytes(frame);
  for (uint64_t i = first; i < last; ++i) {
    marker.write(i, bytes.data());
    for (uint16_t c = 0; c < format.channels; ++c) played[c][i - first] = marker.value(bytes.data(), c);
  }
  std::vector<ChannelMatch> matches;
  for (uint16_t c = 0; c < format.channels; ++c) {
    std::vector<double> heard(piece);
    for (uint64_t i = 0; i < piece; ++i) heard[i] = marker.value(&recorded[(from + i) * frame], c);
    ChannelMatch match;
    match.silent = std::ranges::all_of(heard, [](double y) { return y == 0; });
    double most = kLike;
    for (uint16_t p = 0; !match.silent && p < format.channels; ++p) {
      const Best best = best_of(played[p], heard);
      if (std::abs(best.correlation) < most) continue;
      most = std::abs(best.correlation);
      match.played = p;
      match.inverted = best.gain < 0;
      match.decibels = 20 * std::log10(std::max(std::abs(best.gain), 1e-9));
    }
    matches.push_back(match);
  }
  return matches;
}

}  // namespace portside::verify
