#include "kernel/work_queue.h"

#include <fmt/format.h>
#include <wdm.h>

#include <algorithm>
#include <deque>
#include <vector>

#include "kernel/dispatcher.h"
#include "kernel/kernel.h"
#include "kernel/machine_clock.h"

namespace portside::kernel {

struct WorkQueue::State {
  KSEMAPHORE available;  // counts queued items
  std::deque<WorkRequest> queued;
  std::vector<WorkRequest> running;
  uint32_t threads = 0;
};

WorkQueue::WorkQueue(Kernel& kernel) : kernel_(kernel), state_(std::make_unique<State>()) {
  kernel_.dispatcher().initialize_semaphore(&state_->available, 0, 0x7FFFFFFF);
}
WorkQueue::~WorkQueue() = default;

void WorkQueue::queue(const WorkRequest& request) {
  kernel_.gives(request.context);
  uint32_t first_new = 0, end_new = 0;
  {
    DispatcherGuard guard(kernel_.lock());
    state_->queued.push_back(request);
    // The system has much to do while it starts, and no longer.
    const Nanoseconds now = kernel_.clock().now(), delay = kernel_.options().work_item_delay;
    state_->queued.back().due = now < delay ? now + delay : now;
    if (state_->threads == 0) {
      first_new = 0;
      end_new = state_->threads = kernel_.options().worker_threads;
    }
  }
  // A worker holds its own reference; the creator's is not needed.
  for (uint32_t i = first_new; i < end_new; ++i)
    kernel_.release_thread(kernel_.start_thread(fmt::format("Worker {}", i), [this] { serve(); }));
  bool success;
  kernel_.dispatcher().release_semaphore(&state_->available, 1, success);
}

void WorkQueue::hold_back() {
  for (;;) {
    Nanoseconds due{};
    {
      DispatcherGuard guard(kernel_.lock());
      if (!state_->queued.empty()) due = state_->queued.front().due;
    }
    const Nanoseconds now = kernel_.clock().now();
    if (now >= due) return;
    kernel_.sleep_for(due - now);  // meanwhile another worker may have taken it
  }
}

void WorkQueue::serve() {
  for (;;) {
    kernel_.wait(&state_->available);
    hold_back();
    WorkRequest request;
    {
      DispatcherGuard guard(kernel_.lock());
      if (state_->queued.empty()) continue;  // withdrawn
      request = state_->queued.front();
      state_->queued.pop_front();
      state_->running.push_back(request);
    }
    kernel_.takes(request.context);
    request.routine(request.context);
    const Irql irql = kernel_.current_irql();
    if (irql != kPassiveLevel)
      kernel_.bug_check({0xE1,
                         {reinterpret_cast<uint64_t>(request.item), irql, 0, 0},
                         fmt::format("a work item returned at {}; it must return at PASSIVE_LEVEL", irql_name(irql)),
                         stack_at_entry(request.driver_routine)});
    DispatcherGuard guard(kernel_.lock());
    auto it = std::ranges::find(state_->running, request.context, &WorkRequest::context);
    if (it != state_->running.end()) state_->running.erase(it);
  }
}

size_t WorkQueue::pending() const {
  DispatcherGuard guard(kernel_.lock());
  return state_->queued.size() + state_->running.size();
}

void WorkQueue::list(std::vector<LiveObject>& found) const {
  DispatcherGuard guard(kernel_.lock());
  for (const WorkRequest& request : state_->queued)
    if (request.item)
      found.push_back({LiveKind::kWorkItem, reinterpret_cast<uint64_t>(request.item), request.item_bytes,
                       request.driver_routine, request.queued_at});
}

void WorkQueue::withdraw(const void* item) {
  DispatcherGuard guard(kernel_.lock());
  std::erase_if(state_->queued, [&](const WorkRequest& request) { return request.item == item; });
}

bool WorkQueue::is_pending(const void* item) const {
  DispatcherGuard guard(kernel_.lock());
  return std::ranges::find(state_->queued, item, &WorkRequest::item) != state_->queued.end();
}

}  // namespace portside::kernel
