#pragma once
// ThreadExecutor: real time. Every simulated thread is a host thread; they really run in parallel. DISPATCH_LEVEL is one of
// two processor tokens: who has it has that processor alone. One more host thread serves the timers, and one for each
// processor serves the DPCs that others queue to it.

#include <condition_variable>
#include <cstdint>
#include <vector>

#include "base/machine_context.h"
#include "base/mutex.h"
#include "kernel/executor.h"
#include "kernel/processor_block.h"

namespace portside::kernel {

class ThreadExecutor final : public Executor {
 public:
  explicit ThreadExecutor(Kernel& kernel) : kernel_(kernel) {}
  ~ThreadExecutor() override;

  void run(ThreadObject* main) override;
  void start(ThreadObject* thread, DispatcherLock& lock) override REQUIRES(lock);
  void block(ThreadObject* current, DispatcherLock& lock) override REQUIRES(lock);
  void make_ready(ThreadObject* thread, DispatcherLock& lock) override REQUIRES(lock);
  [[noreturn]] void exit_current(ThreadObject* current) override;
  [[noreturn]] void abandon() override;
  bool preempt(PointKind, const char*) override { return false; }
  bool yield() override;
  bool yield_to(uint32_t processor) override;
  void rest(uint32_t looks) override;
  void take_processor(ThreadObject* current) override;
  void give_processor(ThreadObject* current) override;
  void notify_processor(uint32_t processor, DispatcherLock& lock) override REQUIRES(lock);
  void notify_deadline(DispatcherLock& lock) override REQUIRES(lock);
  void reap() override;
  void shut_down() override;

 private:
  struct HostThread;

  static HostThread* host_of(ThreadObject* thread);
  static void* entry(void* host_thread);
  void start_service_threads();
  void serve_timers();
  void serve_dpcs(uint32_t processor);
  // Any token, or the one of `wanted`.
  void take_token(HostThread& host, int wanted);
  [[noreturn]] void leave(HostThread& host);

  Kernel& kernel_;
  MachineContext* machine_ = nullptr;

  Mutex tokens_mutex_;
  std::condition_variable_any token_free_;
  HostThread* token_owner_[2] GUARDED_BY(tokens_mutex_) = {};

  std::condition_variable_any timer_changed_;   // with the dispatcher lock
  std::condition_variable_any dpc_arrived_[2];  // with the dispatcher lock

  Mutex threads_mutex_;
  std::condition_variable_any threads_changed_;
  uint32_t live_ GUARDED_BY(threads_mutex_) = 0;  // host threads that may still touch this machine
  ThreadObject* main_ GUARDED_BY(threads_mutex_) = nullptr;
  bool main_ended_ GUARDED_BY(threads_mutex_) = false;
  bool destroying_ GUARDED_BY(threads_mutex_) = false;
  std::vector<ThreadObject*> left_ GUARDED_BY(threads_mutex_);  // ended; the executor's reference is still held
  bool services_ = false;
};

}  // namespace portside::kernel
