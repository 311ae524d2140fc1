#pragma once
// Likeness: how alike two sounds are that came by way of something that may have changed every sample a little: aligned
// once, and then compared second by second, so that a gap or a repeat anywhere shows.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

namespace portside::testing_support {

// One channel, as numbers.
inline std::vector<double> channel(std::span<const int16_t> interleaved, unsigned which, unsigned channels = 2) {
  std::vector<double> samples;
  for (size_t i = which; i < interleaved.size(); i += channels) samples.push_back(interleaved[i]);
  return samples;
}

// The correlation coefficient of two stretches; 0 when either is silence.
inline double correlation(std::span<const double> a, std::span<const double> b) {
  double ab = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) ab += a[i] * b[i], aa += a[i] * a[i], bb += b[i] * b[i];
  return aa == 0 || bb == 0 ? 0 : ab / std::sqrt(aa * bb);
}

struct Likeness {
  int64_t offset = -1;  // of the sound in the recording, in frames; -1: it is not there
  double worst = 0;     // the lowest correlation of any second that was compared
  size_t worst_second = 0;
  size_t seconds = 0;  // that were compared
  size_t silent = 0;   // seconds of silence, left out
  size_t shifted = 0;  // seconds that fit better some frames earlier or later: a gap or a repeat before them
};

// Where `needle` lies in `hay`.
inline int64_t find_offset(std::span<const double> hay, std::span<const double> needle) {
  int64_t best = -1;
  double highest = 0.9;
  for (size_t offset = 0; offset + needle.size() <= hay.size(); ++offset) {
    // A look at a few of its samples first: most places are far off.
    constexpr size_t kLook = 64;
    if (needle.size() > kLook && correlation(hay.subspan(offset, kLook), needle.first(kLook)) < 0.9) continue;
    const double c = correlation(hay.subspan(offset, needle.size()), needle);
    if (c > highest) highest = c, best = static_cast<int64_t>(offset);
  }
  return best;
}

inline Likeness likeness(std::span<const double> played, std::span<const double> heard, size_t rate) {
  Likeness result;
  size_t first = 0;
  while (first < played.size() && std::abs(played[first]) < 50) ++first;
  const auto needle = played.subspan(first, std::min<size_t>(4096, played.size() - first));
  const int64_t found = find_offset(heard, needle);
  if (found < 0) return result;
  result.offset = found - static_cast<int64_t>(first);
  for (size_t at = 0, second = 0; at + rate <= played.size(); at += rate, ++second) {
    const auto window = played.subspan(at, rate);
    const int64_t there = result.offset + static_cast<int64_t>(at);
    double power = 0;
    for (const double sample : window) power += sample * sample;
    if (power / static_cast<double>(rate) < 100) {
      ++result.silent;
      continue;
    }
    const auto shifted = [&](int64_t by) {
      const int64_t from = there + by;
      if (from < 0 || from + static_cast<int64_t>(rate) > static_cast<int64_t>(heard.size())) return 0.0;
      return correlation(window, heard.subspan(static_cast<size_t>(from), rate));
    };
    const double here = shifted(0);
    ++result.seconds;
    if (result.seconds == 1 || here < result.worst) result.worst = here, result.worst_second = second;
    if (std::max({shifted(-1), shifted(1), shifted(-441), shifted(441)}) > here) ++result.shifted;
  }
  return result;
}

}  // namespace portside::testing_support
