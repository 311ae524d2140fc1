#include "kernel/timer_queue.h"

#include <gtest/gtest.h>

#include <array>

#include "base/random.h"

namespace portside::kernel {
namespace {

TEST(TimerQueue, EqualDeadlinesKeepTheOrderOfTheirSetting) {
  TimerQueue queue;
  std::array<TimerNode, 8> nodes;
  for (TimerNode& n : nodes) queue.insert(n, Nanoseconds(5));
  for (TimerNode& n : nodes) {
    EXPECT_EQ(queue.first(), &n);
    queue.remove(n);
  }
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.next_due(), Nanoseconds::max());
}

TEST(TimerQueue, StaysOrderedThroughRandomInsertAndRemove) {
  TimerQueue queue;
  Random random(7);
  std::array<TimerNode, 64> nodes;
  for (int step = 0; step < 5000; ++step) {
    TimerNode& n = nodes[random.below(nodes.size())];
    if (n.queued()) queue.remove(n);
    else queue.insert(n, Nanoseconds(random.below(40)));
  }
  Nanoseconds last(-1);
  while (TimerNode* n = queue.first()) {
    EXPECT_GE(n->due, last);
    last = n->due;
    queue.remove(*n);
    EXPECT_FALSE(n->queued());
  }
}

}  // namespace
}  // namespace portside::kernel
