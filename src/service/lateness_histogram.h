#pragma once
// LatenessHistogram: how late notifications came, in steps that double: most are early, and it is the few that are late
// that glitch.

#include <algorithm>
#include <array>
#include <cstdint>

namespace portside::service {

class LatenessHistogram {
 public:
  // Upper edges; what is later than the last is counted behind it.
  static constexpr std::array<int64_t, 11> kEdgesUs = {25, 50, 100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600};

  void add(int64_t lateness_ns) {
    const auto edge = std::ranges::find_if(kEdgesUs, [&](int64_t us) { return lateness_ns < us * 1000; });
    ++counts_[static_cast<size_t>(edge - kEdgesUs.begin())];
  }
  const std::array<uint64_t, kEdgesUs.size() + 1>& counts() const { return counts_; }

 private:
  std::array<uint64_t, kEdgesUs.size() + 1> counts_{};
};

}  // namespace portside::service
