#include "verify/sound_match.h"

#include <algorithm>
#include <cmath>

namespace portside::verify {
namespace {

constexpr double kLike = 0.5;       // a correlation: two channels of the marker have hardly any
constexpr uint64_t kPiece = 480;    // frames; of noise that is plenty
constexpr uint64_t kSearch = 9600;  // frames of the marker that are looked through, around where the piece should be

constexpr double kSame = 0.97;  // of two pieces of which one is the other, smaller and rounded
constexpr double kSteadyDb = 0.75;
constexpr double kFaintDb = -60;  // rounding leaves too little of it

struct Best {
  double correlation = 0, gain = 0;
  size_t at = 0;
};

double decibels_of(double gain) { return 20 * std::log10(std::max(std::abs(gain), 1e-9)); }

Best compare(std::span<const double> played, std::span<const double> heard) {
  double cross = 0, x2 = 0, y2 = 0;
  for (size_t i = 0; i < heard.size(); ++i) {
    cross += played[i] * heard[i];
    x2 += played[i] * played[i];
    y2 += heard[i] * heard[i];
  }
  return x2 <= 0 || y2 <= 0 ? Best{} : Best{cross / std::sqrt(x2 * y2), cross / x2};
}

Best best_of(std::span<const double> played, std::span<const double> heard) {
  Best best;
  for (size_t at = 0; at + heard.size() <= played.size(); ++at)
    if (const Best here = compare(played.subspan(at), heard); std::abs(here.correlation) > std::abs(best.correlation))
      best = {here.correlation, here.gain, at};
  return best;
}

}  // namespace

std::vector<ChannelMatch> match_channels(const Marker& marker, std::span<const std::byte> recorded, uint64_t frames) {
  const client::AudioFormat& format = marker.format();
  const uint64_t frame = format.frame_bytes(), count = recorded.size() / frame;
  const uint64_t piece = std::min(kPiece, count), middle = (count - piece) / 2;
  // What is recorded there was played there, or, where the device is slow to begin, before.
  const uint64_t last = std::min(frames, middle + piece + kSearch / 4), first = last - std::min(last, kSearch);
  const auto values = [&](uint64_t from, uint64_t to, uint16_t channel, auto&& frame_at) {
    std::vector<double> out;
    for (uint64_t i = from; i < to; ++i) out.push_back(marker.value(frame_at(i), channel));
    return out;
  };
  std::vector<std::byte> bytes(frame);
  const auto played_at = [&](uint64_t i) {
    marker.write(i, bytes.data());
    return bytes.data();
  };
  const auto heard_at = [&](uint64_t i) { return &recorded[i * frame]; };

  std::vector<ChannelMatch> matches;
  for (uint16_t c = 0; c < format.channels; ++c) {
    const std::vector<double> heard = values(middle, middle + piece, c, heard_at);
    ChannelMatch match;
    match.silent = std::ranges::all_of(heard, [](double y) { return y == 0; });
    double most = kLike;
    Best found;
    for (uint16_t p = 0; !match.silent && p < format.channels; ++p) {
      const Best best = best_of(values(first, last, p, played_at), heard);
      if (std::abs(best.correlation) < most) continue;
      most = std::abs(best.correlation);
      match.played = p;
      match.inverted = best.gain < 0;
      match.decibels = decibels_of(best.gain);
      found = best;
    }
    match.lag = static_cast<int64_t>(middle) - static_cast<int64_t>(first + found.at);
    // The same lag and the same gain from there to both ends.
    for (uint64_t at = format.rate_hz / 50; match.played >= 0 && match.decibels > kFaintDb && at + piece <= count;
         at += piece) {
      const int64_t from = static_cast<int64_t>(at) - match.lag;
      if (from < 0) continue;
      const auto begin = static_cast<uint64_t>(from);
      const Best here = compare(values(begin, begin + piece, static_cast<uint16_t>(match.played), played_at),
                                values(at, at + piece, c, heard_at));
      match.steady = match.steady && std::abs(here.correlation) > kSame &&
                     std::abs(decibels_of(here.gain) - match.decibels) < kSteadyDb;
    }
    matches.push_back(match);
  }
  return matches;
}

std::optional<int64_t> lag_of(const Marker& marker, std::span<const std::byte> recorded, uint64_t frames) {
  for (const ChannelMatch& match : match_channels(marker, recorded, frames))
    if (match.played >= 0) return match.lag;
  return std::nullopt;
}

}  // namespace portside::verify
