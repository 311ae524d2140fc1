#pragma once
// VectorClock: how far one holder knows each other one (Fidge, Mattern 1988). Holders are numbered from zero.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace portside::verifier {

class VectorClock {
 public:
  uint32_t at(uint32_t holder) const { return holder < times_.size() ? times_[holder] : 0; }
  void tick(uint32_t holder) {
    if (holder >= times_.size()) times_.resize(holder + 1);
    ++times_[holder];
  }
  // Starts anew: knows nothing but its own time.
  void restart(uint32_t holder, uint32_t time) {
    times_.assign(holder + 1, 0);
    times_[holder] = time;
  }
  // Knows from here on what `other` knows.
  void join(const VectorClock& other) {
    if (other.times_.size() > times_.size()) times_.resize(other.times_.size());
    for (size_t i = 0; i < other.times_.size(); ++i) times_[i] = std::max(times_[i], other.times_[i]);
  }
  bool empty() const { return times_.empty(); }

 private:
  std::vector<uint32_t> times_;
};

}  // namespace portside::verifier
