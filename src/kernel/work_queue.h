#pragma once
// WorkQueue: system worker threads, started when the first item is queued.

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/stack.h"
#include "kernel/dispatcher_lock.h"

namespace portside::kernel {

class Kernel;
struct LiveObject;

struct WorkRequest {
  void (*routine)(void* context) = nullptr;
  void* context = nullptr;
  const void* item = nullptr;  // the driver's WORK_QUEUE_ITEM or IO_WORKITEM, for questions about it
  const char* api = "ExQueueWorkItem";
  uint64_t driver_routine = 0;  // what the routine will call; 0: nothing of a driver's
  uint64_t item_bytes = 0;
  StackTrace queued_at = {};
  Nanoseconds due{};  // not taken before
};

class WorkQueue {
 public:
  explicit WorkQueue(Kernel& kernel);
  ~WorkQueue();

  void queue(const WorkRequest& request);
  // Queued or running.
  size_t pending() const;
  bool is_pending(const void* item) const;
  // Adds every queued item of a driver to `found`; takes one off the queue.
  void list(std::vector<LiveObject>& found) const;
  void withdraw(const void* item);

 private:
  struct State;
  void serve();
  void hold_back();

  Kernel& kernel_;
  std::unique_ptr<State> state_;
};

}  // namespace portside::kernel
