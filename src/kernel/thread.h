#pragma once
// ThreadObject: a simulated thread. Its address is the PKTHREAD / PETHREAD that a driver sees, so it begins with a
// DISPATCHER_HEADER and can be waited for.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/stack.h"
#include "kernel/irql.h"
#include "kernel/timer_queue.h"
#include "kernel/wait_block.h"

struct _DISPATCHER_HEADER;
struct _KMUTANT;

namespace portside::kernel {

class CpuStopwatch;
class Kernel;
struct ExecutorThread;
struct LiveObject;

enum class ThreadState : uint8_t { kInitialized, kReady, kRunning, kWaiting, kTerminated };

// A request on its way through a driver, told only when the machine ends in it.
class Activity {
 public:
  virtual ~Activity() = default;
  virtual std::string text() const = 0;  // "KSPROPERTY_AUDIO_MUTE, a set, node 3, ..."
};

// On the stack of the thread, each within the one before.
struct Serving {
  const Activity* activity = nullptr;
  bool application = false, power = false;
  const Serving* outer = nullptr;
};

class ThreadObject {
  // First of all members: a driver waits for the thread by its address.
  alignas(8) std::byte header_[24] = {};

 public:
  ThreadObject(Kernel& kernel, uint64_t id, std::string name, std::function<void()> body);
  ~ThreadObject();
  ThreadObject(const ThreadObject&) = delete;
  ThreadObject& operator=(const ThreadObject&) = delete;

  _DISPATCHER_HEADER* header() { return reinterpret_cast<_DISPATCHER_HEADER*>(header_); }
  Kernel& kernel() const { return kernel_; }
  // Small numbers in the order of creation: PsGetCurrentThreadId, and the name in traces.
  uint64_t id() const { return id_; }
  const std::string& name() const { return name_; }
  ThreadState state() const { return state_; }
  int32_t exit_status() const { return exit_status_; }
  int32_t priority() const { return priority_; }
  int32_t set_priority(int32_t priority) { return std::exchange(priority_, priority); }
  // KeEnterCriticalRegion nesting: how many times APCs are disabled.
  int32_t apc_disable = 0;
  // Service routines that run on its stack, each above the one before.
  uint32_t in_interrupts = 0;
  // The innermost of what a driver serves on this stack; null: nothing.
  const Serving* serving = nullptr;
  bool serves_application() const;  // a request that an application sent from here
  bool serves_power() const;        // an IRP_MJ_POWER, whoever sent it
  const Activity* activity() const;
  // An exception goes on at `rsp`: what was served below it has gone without a return.
  void unwound_to(uint64_t rsp);
  // KeSetEvent or its kin with Wait TRUE, until the wait that must follow; null: none.
  const char* promised_wait = nullptr;
  StackTrace promised_wait_at;
  // Runs while this thread does; null: none.
  CpuStopwatch* stopwatch = nullptr;

  // Called on the thread itself when it ends, before waiters for it wake: whoever made it lets go of it here.
  std::function<void()> on_end;

  // Of a driver's system thread: its routine, and who started it.
  uint64_t driver_routine = 0;
  StackTrace started_at;
  // Adds the thread, when it is a driver's and has not ended, and what it waits for to `found`. The kernel's lock is held.
  void list(std::vector<LiveObject>& found) const;

  // What this thread waits for, as a sentence; "" when it does not wait.
  std::string waiting_for() const;

  // [first, end) of the memory that the thread's stack occupies; 0,0 before it has run.
  uint64_t stack_base() const { return stack_base_; }
  uint64_t stack_end() const { return stack_end_; }

 private:
  friend class Kernel;
  friend class Dispatcher;
  friend class FiberExecutor;
  friend class Schedule;
  friend class ThreadExecutor;
  friend class TimerQueue;

  Kernel& kernel_;
  uint64_t id_;
  std::string name_;
  std::function<void()> body_;
  std::atomic<uint32_t> references_{1};
  ThreadState state_ = ThreadState::kInitialized;
  int32_t priority_ = 8;
  int32_t exit_status_ = 0;
  bool is_idle_ = false;
  uint64_t schedule_points_ = 0;  // that it has come to (schedule.h)

  // Kept while the thread is off its processor.
  Irql saved_irql_ = kPassiveLevel;
  uint8_t processor_ = 0;
  uint8_t* shadow_base_ = nullptr;
  uint8_t* shadow_top_ = nullptr;
  uint8_t* shadow_limit_ = nullptr;
  uint64_t stack_base_ = 0;
  uint64_t stack_end_ = 0;

  WaitRegistration wait_;
  TimerNode wait_timer_;
  // Ours, and not linked through KMUTANT.MutantListEntry: a mutex lies in a driver's memory, which may go.
  struct OwnedMutex {
    _KMUTANT* mutex;
    bool disables_apcs;
  };
  std::vector<OwnedMutex> owned_mutexes_;

  std::unique_ptr<ExecutorThread> executor_;
};

class ServingScope {
 public:
  ServingScope(ThreadObject& thread, Serving what) : thread_(thread), what_(what) {
    what_.outer = thread.serving;
    thread.serving = &what_;
  }
  ~ServingScope() { thread_.serving = what_.outer; }
  ServingScope(const ServingScope&) = delete;
  ServingScope& operator=(const ServingScope&) = delete;

 private:
  ThreadObject& thread_;
  Serving what_;
};

}  // namespace portside::kernel
