#pragma once
// Executor: what runs simulated threads. FiberExecutor runs them all on one host thread, deterministic by the seed;
// ThreadExecutor gives each its own.

#include <cstdint>
#include <memory>

#include "kernel/dispatcher_lock.h"
#include "kernel/schedule_strategy.h"
#include "kernel/thread.h"

namespace portside::kernel {

class Schedule;

// The executor's part of a ThreadObject.
struct ExecutorThread {
  virtual ~ExecutorThread() = default;
};

class Executor {
 public:
  virtual ~Executor() = default;

  // From a host thread: runs `main` (already started) until it ends or the machine does.
  virtual void run(ThreadObject* main) = 0;

  // A new thread: gives it a stack and makes it ready.
  virtual void start(ThreadObject* thread, DispatcherLock& lock) REQUIRES(lock) = 0;
  // The calling thread is in state kWaiting: returns once it is kReady and runs again. Never returns in an ended machine.
  virtual void block(ThreadObject* current, DispatcherLock& lock) REQUIRES(lock) = 0;
  virtual void make_ready(ThreadObject* thread, DispatcherLock& lock) REQUIRES(lock) = 0;
  // The calling thread has ended.
  [[noreturn]] virtual void exit_current(ThreadObject* current) = 0;
  // The machine has ended: parks the calling thread for good.
  [[noreturn]] virtual void abandon() = 0;

  // A scheduling point: the strategy may switch here. True when others ran.
  virtual bool preempt(PointKind kind, const char* call) = 0;
  // Null in real time, where the host decides.
  virtual Schedule* schedule() { return nullptr; }
  // Lets somebody else run when anybody can; false when nobody can.
  virtual bool yield() = 0;
  // The caller spins for what `processor` holds: lets that one go on. False when nobody can.
  virtual bool yield_to(uint32_t processor) = 0;
  // The caller has looked so often in vain for what another thread is to do. In real time it sleeps a moment after many
  // looks: the host's scheduler gives nothing to a thread of lower priority while this one only yields.
  virtual void rest(uint32_t looks) {}

  // The calling thread goes to, or leaves, DISPATCH_LEVEL or above: takes or gives back a processor.
  virtual void take_processor(ThreadObject* current) = 0;
  virtual void give_processor(ThreadObject* current) = 0;

  // DPCs were queued to a processor that is not the caller's; the earliest deadline has moved.
  virtual void notify_processor(uint32_t processor, DispatcherLock& lock) REQUIRES(lock) = 0;
  virtual void notify_deadline(DispatcherLock& lock) REQUIRES(lock) = 0;

  // Frees what ended threads have left.
  virtual void reap() {}
  // Every simulated thread has been told to stop; wait for those that can.
  virtual void shut_down() = 0;
};

std::unique_ptr<Executor> make_fiber_executor(Kernel& kernel);
std::unique_ptr<Executor> make_thread_executor(Kernel& kernel);

}  // namespace portside::kernel
