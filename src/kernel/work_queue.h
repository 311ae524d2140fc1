#pragma once
// WorkQueue: system worker threads, started when the first item is queued.

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>

#include "kernel/dispatcher_lock.h"

namespace portside::kernel {

class Kernel;

struct WorkRequest {
  void (*routine)(void* context) = nullptr;
  void* context = nullptr;
  const void* item = nullptr;  // the driver's WORK_QUEUE_ITEM or IO_WORKITEM, for questions about it
  const char* api = "ExQueueWorkItem";
};

class WorkQueue {
 public:
  explicit WorkQueue(Kernel& kernel);
  ~WorkQueue();

  void queue(const WorkRequest& request);
  // Queued or running.
  size_t pending() const;
  bool is_pending(const void* item) const;

 private:
  struct State;
  void serve();

  Kernel& kernel_;
  std::unique_ptr<State> state_;
};

}  // namespace portside::kernel
