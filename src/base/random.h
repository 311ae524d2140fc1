#pragma once
// Random: the seeded generator behind every choice a machine makes. The same seed makes the same choices on every host.

#include <cstdint>

namespace portside {

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  // SplitMix64 (public domain, Steele, Lea and Flood 2014).
  uint64_t next() {
    uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }
  // Uniform in [0, bound); bound > 0.
  uint64_t below(uint64_t bound) {
    return static_cast<uint64_t>((static_cast<unsigned __int128>(next()) * bound) >> 64);
  }
  // A generator whose choices do not move this one's, for a part of the machine of its own.
  Random fork(uint64_t salt) const { return Random(Random(state_ ^ (salt * 0xD6E8FEB86659FD93u)).next()); }

 private:
  uint64_t state_;
};

}  // namespace portside
