#pragma once
// TimerQueue: deadlines in order; equal deadlines fire in the order of their setting. A heap of nodes that their owners
// hold, so arming a timer allocates nothing.

#include <cstdint>
#include <vector>

#include "base/clock.h"

namespace portside::kernel {

enum class TimerNodeKind : uint8_t { kThreadWait, kKernelTimer, kHost };

struct TimerNode {
  static constexpr uint32_t kNotQueued = ~0u;
  Nanoseconds due{};
  uint64_t sequence = 0;
  uint32_t index = kNotQueued;
  TimerNodeKind kind = TimerNodeKind::kThreadWait;
  void* owner = nullptr;

  bool queued() const { return index != kNotQueued; }
};

class TimerQueue {
 public:
  // `node` must not be queued.
  void insert(TimerNode& node, Nanoseconds due);
  // Does nothing when it is not queued.
  void remove(TimerNode& node);
  bool empty() const { return heap_.empty(); }
  TimerNode* first() const { return heap_.empty() ? nullptr : heap_.front(); }
  // The far future when empty.
  Nanoseconds next_due() const { return heap_.empty() ? Nanoseconds::max() : heap_.front()->due; }
  size_t count() const { return heap_.size(); }

 private:
  static bool earlier(const TimerNode& a, const TimerNode& b) {
    return a.due != b.due ? a.due < b.due : a.sequence < b.sequence;
  }
  void place(TimerNode* node, uint32_t index);
  void sift_up(uint32_t index);
  void sift_down(uint32_t index);

  std::vector<TimerNode*> heap_;
  uint64_t sequence_ = 0;
};

}  // namespace portside::kernel
