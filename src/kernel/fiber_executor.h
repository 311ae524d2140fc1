#pragma once
// FiberExecutor: virtual time. Every simulated thread is a fibre; all run on the one host thread that called run().
//
// Why a run repeats: nothing here looks at host time or addresses. Who runs next is chosen by a seeded strategy (schedule.h)
// among the candidates in a fixed order: the threads that own a processor (at DISPATCH_LEVEL), the ready threads in the order
// in which they became ready, the idle threads that have DPCs or timers to serve. A switch happens only inside a kernel
// call, before a DPC, and, when asked for, at the loads and stores of drivers that were built for it. Two processors are seen by a driver because a thread at DISPATCH_LEVEL may be switched out while it owns its
// processor, and others then run on the other one.

#include <boost/context/detail/fcontext.hpp>

#include <vector>

#include "kernel/executor.h"
#include "kernel/fiber_stack.h"
#include "kernel/processor_block.h"
#include "kernel/schedule.h"
#include "kernel/watchdog.h"

namespace portside::kernel {

class FiberExecutor final : public Executor {
 public:
  explicit FiberExecutor(Kernel& kernel);
  ~FiberExecutor() override;

  void run(ThreadObject* main) override;
  void start(ThreadObject* thread, DispatcherLock& lock) override REQUIRES(lock);
  void block(ThreadObject* current, DispatcherLock& lock) override REQUIRES(lock);
  void make_ready(ThreadObject* thread, DispatcherLock& lock) override REQUIRES(lock);
  [[noreturn]] void exit_current(ThreadObject* current) override;
  [[noreturn]] void abandon() override;
  bool preempt(PointKind kind, const char* call) override;
  bool yield() override;
  bool yield_to(uint32_t processor) override;
  void take_processor(ThreadObject*) override {}
  void give_processor(ThreadObject*) override {}
  void notify_processor(uint32_t, DispatcherLock& lock) override REQUIRES(lock) {}
  void notify_deadline(DispatcherLock& lock) override REQUIRES(lock) {}
  void shut_down() override {}
  Schedule* schedule() override { return &schedule_; }

 private:
  using Context = boost::context::detail::fcontext_t;
  using Transfer = boost::context::detail::transfer_t;

  struct Fiber : ExecutorThread {
    ~Fiber() override;
    FiberExecutor* executor = nullptr;
    ThreadObject* thread = nullptr;  // null: the host caller of run()
    Context context = nullptr;
    FiberStack stack;
    bool has_stack = false;
    const void* bottom = nullptr;  // for ASan
    size_t bytes = 0;
    void* fake_stack = nullptr;
    void* tsan = nullptr;
  };
  struct Choice {
    ThreadObject* thread = nullptr;
    uint32_t processor = 0;
  };

  static void entry(Transfer transfer);
  static Fiber* fiber_of(ThreadObject* thread);
  void make_fiber(ThreadObject* thread);
  void make_idle_threads();
  void serve_idle(uint32_t processor);

  // Who could run besides the current thread, in candidates_.
  void look_for_candidates(bool current_keeps_processor);
  // Takes its choice out of where it stands: the ready list, or the ownership of a processor. No thread: nobody can, or the
  // current one goes on.
  Choice pick(PointKind kind, const char* call, ThreadObject* current, bool current_keeps_processor);
  // The same, moving the clock to the next deadline when all wait; ends the machine when there is none.
  Choice pick_or_wait(ThreadObject* current);
  bool keeps_processor() const;
  bool switch_to_another(PointKind kind, const char* call);
  // The thread is off its processor, as if another program had it, until the next deadline.
  bool pause(PointKind kind, const char* call);
  void resume(const Choice& choice);
  void switch_fibers(Fiber* to, bool dying);
  void arrived(Transfer transfer);
  void save(ThreadObject* thread);

  Kernel& kernel_;
  Schedule schedule_;
  ProcessorBlock block_{};
  FiberStackPool stacks_;
  Fiber host_;
  Fiber* running_ = nullptr;
  ThreadObject* main_ = nullptr;
  std::vector<ThreadObject*> ready_;
  std::vector<ScheduleCandidate> candidates_;
  size_t first_ready_ = 0;  // in candidates_
  ThreadObject* idle_[2] = {};
  Fiber* zombie_ = nullptr;             // ended; its stack is free once somebody else runs
  std::unique_ptr<Watchdog> watchdog_;  // of the host thread that runs this machine
};

}  // namespace portside::kernel
