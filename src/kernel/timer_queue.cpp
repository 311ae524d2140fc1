#include "kernel/timer_queue.h"

#include <cassert>

namespace portside::kernel {

void TimerQueue::insert(TimerNode& node, Nanoseconds due) {
  assert(!node.queued());
  node.due = due;
  node.sequence = ++sequence_;
  heap_.push_back(&node);
  node.index = static_cast<uint32_t>(heap_.size() - 1);
  sift_up(node.index);
}

void TimerQueue::remove(TimerNode& node) {
  if (!node.queued()) return;
  const uint32_t index = node.index;
  TimerNode* last = heap_.back();
  heap_.pop_back();
  node.index = TimerNode::kNotQueued;
  if (last == &node) return;
  place(last, index);
  sift_up(index);
  sift_down(last->index);
}

void TimerQueue::place(TimerNode* node, uint32_t index) {
  heap_[index] = node;
  node->index = index;
}

void TimerQueue::sift_up(uint32_t index) {
  TimerNode* node = heap_[index];
  while (index > 0) {
    const uint32_t parent = (index - 1) / 2;
    if (!earlier(*node, *heap_[parent])) break;
    place(heap_[parent], index);
    index = parent;
  }
  place(node, index);
}

void TimerQueue::sift_down(uint32_t index) {
  TimerNode* node = heap_[index];
  const auto size = static_cast<uint32_t>(heap_.size());
  for (;;) {
    uint32_t child = 2 * index + 1;
    if (child >= size) break;
    if (child + 1 < size && earlier(*heap_[child + 1], *heap_[child])) ++child;
    if (!earlier(*heap_[child], *node)) break;
    place(heap_[child], index);
    index = child;
  }
  place(node, index);
}

}  // namespace portside::kernel
