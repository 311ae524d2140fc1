#pragma once
// Kernel: the facade of the layer. One per machine; two processors; every other class of the layer hangs off it.

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/machine_context.h"
#include "base/observer.h"
#include "base/random.h"
#include "base/result.h"
#include "kernel/api_scope.h"
#include "kernel/bug_check.h"
#include "kernel/dispatcher_lock.h"
#include "kernel/event_observer.h"
#include "kernel/fault.h"
#include "kernel/hardware.h"
#include "kernel/irql.h"
#include "kernel/kernel_options.h"
#include "kernel/live_objects.h"
#include "kernel/lock_observer.h"
#include "kernel/misuse.h"
#include "kernel/order_observer.h"
#include "kernel/pageable_memory.h"
#include "kernel/pageable_observer.h"
#include "kernel/processor_block.h"
#include "kernel/thread.h"
#include "kernel/time_observer.h"
#include "kernel/trace.h"

struct _KEVENT;

namespace portside::kernel {

class Dispatcher;
class DpcQueue;
class Executor;
class Processors;
class Schedule;
class KernelTimers;
class MachineClock;
class SpinLocks;
class WorkQueue;

class Kernel {
 public:
  static constexpr LayerSlot kSlot = LayerSlot::kKernel;
  static constexpr uint32_t kProcessorCount = 2;

  static Result<std::unique_ptr<Kernel>> create(const KernelOptions& options);
  ~Kernel();
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;

  // Runs `body` as a simulated thread until it returns. Other threads run meanwhile, and stay where they are when run()
  // returns. Called from a simulated thread it simply calls `body`. kMachineEnded when the machine has bug-checked,
  // before or meanwhile. The caller makes the machine current first (CurrentMachineScope).
  Result<> run(std::function<void()> body, std::string_view name = "main");

  // A new thread, ready to run. The object stays valid until release_thread().
  ThreadObject* start_thread(std::string name, std::function<void()> body);
  // The same in two steps: the thread runs from start_thread(thread) on; one that never will is discarded.
  ThreadObject* create_thread(std::string name, std::function<void()> body);
  void start_thread(ThreadObject* thread);
  void discard_thread(ThreadObject* thread);
  void reference_thread(ThreadObject* thread);
  void release_thread(ThreadObject* thread);
  // Ends the calling thread: PsTerminateSystemThread. Destructors on its stack do not run.
  [[noreturn]] void exit_thread(int32_t status);
  // The calling simulated thread; aborts with a sentence on a host thread that is none.
  ThreadObject* current_thread() const;
  // True on a simulated thread of this kernel.
  bool on_simulated_thread() const;
  std::vector<ThreadObject*> threads() const;

  // IRQL of the processor that the caller runs on.
  Irql current_irql() const { return this_processor_block()->irql; }
  // Returns the previous IRQL. Both tell a misuse and do nothing harmful when the order is wrong.
  Irql raise_irql(Irql new_irql, const char* api = "KeRaiseIrql");
  void lower_irql(Irql new_irql, const char* api = "KeLowerIrql");
  uint32_t current_processor() const { return this_processor_block()->number; }
  // From here on a loop is taken for endless sooner: a device answers nothing any more, and who polls it polls for ever.
  void expect_endless_loops() {
    most_calls_ = std::min(options_.most_calls, kMostCallsOfAPoll);
    most_accesses_ = std::min(options_.most_accesses, kMostAccessesOfAPoll);
  }

  // Virtual time only moves by these, by kernel calls and by everyone waiting. Real time: busy waits.
  void stall(Nanoseconds time);
  // Waits exactly this long (no timer granularity): for clients and device models.
  void sleep_for(Nanoseconds time);
  // Runs `pred` again and again, letting others run between, until it is true.
  void yield_until(const std::function<bool()>& pred, const char* what);
  void yield();

  // The parts. dispatcher(): events, mutexes, semaphores, waits; timers(): KTIMER and EX_TIMER.
  Dispatcher& dispatcher() { return *dispatcher_; }
  KernelTimers& timers() { return *timers_; }
  DpcQueue& dpcs() { return *dpcs_; }
  SpinLocks& spin_locks() { return *spin_locks_; }
  WorkQueue& work_queue() { return *work_queue_; }
  Processors& processors() { return *processors_; }
  MachineClock& clock() { return *clock_; }
  const MachineClock& clock() const { return *clock_; }
  FaultHub& fault_hub() { return *fault_hub_; }
  PageableMemory& pageable() { return pageable_; }
  LiveObjects& live_objects() { return live_objects_; }
  const KernelOptions& options() const { return options_; }
  bool is_virtual() const { return options_.clock == ClockKind::kVirtual; }

  // Shorthands for dispatcher().
  int32_t set_event(_KEVENT* event);
  // STATUS_WAIT_0, STATUS_TIMEOUT...; no timeout waits for ever. Hns as in Windows: negative relative, positive absolute.
  int32_t wait(void* dispatcher_object, std::optional<int64_t> timeout_hns = std::nullopt);

  // Ends the machine. Never returns: the calling thread is parked for good.
  [[noreturn]] void bug_check(BugCheck bug_check);
  // The same when making the report has failed itself: no observers, no stack walk.
  [[noreturn]] void end_without_report(BugCheck bug_check);
  const std::optional<BugCheckRecord>& bug_check_record() const { return bug_check_; }
  bool ended() const { return ended_.load(std::memory_order_acquire); }

  // Null without devices. Set while no simulated code runs.
  void set_hardware(Hardware* hardware) { hardware_ = hardware; }
  // The next thing that happens of itself: a timer, or a device. Virtual time.
  Nanoseconds next_due() const;
  // A driver's access to a device: takes time, and is a scheduling point, as a call is. `name` is "a register read" or the like.
  void bus_cycle(const char* name, Nanoseconds cost, uint64_t address = 0);
  // Virtual time: serves what the hardware wants now.
  void serve_hardware() {
    if (is_virtual() && hardware_wants()) hardware_->serve();
  }
  bool interrupt_waits() const { return hardware_ && hardware_->interrupts(kPassiveLevel); }

  // The host wires these; all while no simulated code runs.
  ObserverList<ApiObserver>& api_observers() { return api_observers_; }
  ObserverList<TraceObserver>& trace_observers() { return trace_observers_; }
  ObserverList<MisuseObserver>& misuse_observers() { return misuse_observers_; }
  ObserverList<EventObserver>& event_observers() { return event_observers_; }
  ObserverList<BugCheckObserver>& bug_check_observers() { return bug_check_observers_; }
  ObserverList<LiveObjectObserver>& live_object_observers() { return live_object_observers_; }
  ObserverList<LockObserver>& lock_observers() { return lock_observers_; }
  ObserverList<OrderObserver>& order_observers() { return order_observers_; }
  ObserverList<TimeObserver>& time_observers() { return time_observers_; }
  ObserverList<PageableObserver>& pageable_observers() { return pageable_observers_; }
  // Says what an address is ("the last byte of a view that was unmapped at ..."), for fault sentences.
  void set_address_describer(std::function<std::string(uint64_t)> describer) { describe_ = std::move(describer); }
  std::string describe_address(uint64_t address) const;
  // True for addresses of driver code; the watchdog interrupts only there once this is set.
  void set_driver_code_test(std::function<bool(uint64_t)> test) { is_driver_code_ = std::move(test); }
  bool may_interrupt(uint64_t rip) const { return !is_driver_code_ || is_driver_code_(rip); }
  bool is_driver_code(uint64_t rip) const { return is_driver_code_ && is_driver_code_(rip); }

  // Memory is about to be freed (its bytes are readable still), or a view was unmapped: what lives in it is told and taken out.
  void memory_gone(uint64_t begin, uint64_t end, const char* api, bool readable = true);
  // A driver was unloaded: what will call its code, or was made by it and is listed still, is told and taken out.
  void code_gone(uint64_t begin, uint64_t end);
  // Null in real time.
  Schedule* schedule();
  // An instrumented driver is about to read or write this address: a point where the strategy may switch, at any IRQL. Does
  // nothing unless ScheduleOptions::at_accesses asks for it, and for the thread's own stack, which nobody else looks at.
  void preempt_at_access(uint64_t address) {
    if (preempts_at_accesses_) access_point(address);
  }

  // For the layer's own parts.
  Executor& executor() { return *executor_; }
  DispatcherLock& lock() RETURN_CAPABILITY(lock_) { return lock_; }
  void tell_lock(LockKind kind, const void* lock, bool tried, const char* api, bool shared = false) {
    if (!lock_observers_.empty()) lock_event({kind, lock, tried, shared, 0, api}, true);
  }
  void tell_unlock(LockKind kind, const void* lock, const char* api) {
    if (!lock_observers_.empty()) lock_event({kind, lock, false, false, 0, api}, false);
  }
  // Who runs, as observers of locks and of order tell them apart (order_observer.h): a thread, by its id, or the DPCs or the
  // interrupts of the processor. Zero: the host.
  uint64_t holder();
  // What the running holder did until here comes before what those do who take from `through` later.
  void gives(const void* through) {
    if (!order_observers_.empty()) order_event(&OrderObserver::on_given, through);
  }
  void takes(const void* through) {
    if (!order_observers_.empty()) order_event(&OrderObserver::on_taken, through);
  }
  // The IRQL of the running thread is at DISPATCH_LEVEL or above from here on.
  void close_pageable() {
    if (pageable_.any_open()) pageable_.close();
  }
  // Tells of what was touched and must not be. With no lock held.
  void tell_pageable_touches() {
    if (pageable_.any_forbidden()) pageable_touched();
  }
  // `stack`: of a routine that has returned; without one the caller's is captured.
  void report_misuse(MisuseKind kind, const char* api, const void* object, std::string sentence,
                     const StackTrace& stack = {});
  // The running thread called KeSetEvent or its kin with Wait TRUE: a wait must be the next thing that it calls.
  void promise_wait(const char* api);
  // A time to wait until, as a driver gives it: relative below zero.
  void judge_due_time(const char* api, int64_t hns);
  // ExSetTimerResolution by the running thread.
  void judge_timer_resolution();
  // The running thread opens a handle without OBJ_KERNEL_HANDLE.
  void judge_user_handle(const char* api);
  void trace(TraceKind kind, const char* name, uint64_t detail) {
    if (!trace_observers_.empty()) trace_event(kind, name, detail);
  }
  void on_api_call(const char* name, Irql lowest, Irql highest);
  // For executors: threads that wait in a machine that is destroyed never go on.
  void end_quietly() { ended_.store(true, std::memory_order_release); }
  void for_each_thread_locked(const std::function<void(ThreadObject*)>& visit) REQUIRES(lock_) {
    for (ThreadObject* thread : threads_) visit(thread);
  }
  // A new thread that is not started: for executors.
  ThreadObject* make_thread(std::string name, std::function<void()> body);
  // The first thing that a new thread runs; does not return.
  [[noreturn]] void run_thread_body(ThreadObject* thread);
  // Fires due timers and runs DPCs of the caller's processor; the IRQL is below DISPATCH_LEVEL, or is DISPATCH_LEVEL
  // with the caller about to lower it.
  void process_pending();
  bool work_pending() const;
  // Every thread waits and no deadline is set: says who waits for what, and ends the machine.
  [[noreturn]] void bug_check_deadlock();
  void pageable_touched();
  // `does`: "calls KeStallExecutionProcessor: 10000000 calls".
  [[noreturn]] void bug_check_endless(const std::string& does);
  // Every thread waits, and the clock goes on to what is due next.
  void all_wait() { calls_since_wait_ = accesses_since_wait_ = 0; }

 private:
  friend class ThreadObject;
  explicit Kernel(const KernelOptions& options);
  void record_bug_check(BugCheck check);
  void judge_promised_wait(std::string_view next);
  bool hardware_wants() const {
    return hardware_ && (hardware_->interrupts(current_irql()) || clock_now() >= hardware_->next_due());
  }
  Nanoseconds clock_now() const;
  void access_point(uint64_t address);
  void trace_event(TraceKind kind, const char* name, uint64_t detail);
  void lock_event(LockEvent event, bool acquired);
  void order_event(void (OrderObserver::*event)(const void*, uint64_t), const void* through);
  void tell_left(std::vector<LiveObject> objects, bool unloaded, uint64_t begin, uint64_t end, const char* api);

  KernelOptions options_;
  const bool preempts_at_accesses_;
  DispatcherLock lock_;
  std::optional<BugCheckRecord> bug_check_;
  std::atomic<ThreadObject*> ending_by_{nullptr};  // one thread only makes the record
  std::atomic<bool> ended_{false};

  ObserverList<ApiObserver> api_observers_;
  ObserverList<TraceObserver> trace_observers_;
  ObserverList<MisuseObserver> misuse_observers_;
  ObserverList<EventObserver> event_observers_;
  ObserverList<BugCheckObserver> bug_check_observers_;
  ObserverList<LiveObjectObserver> live_object_observers_;
  ObserverList<LockObserver> lock_observers_;
  ObserverList<OrderObserver> order_observers_;
  ObserverList<TimeObserver> time_observers_;
  ObserverList<PageableObserver> pageable_observers_;
  PageableMemory pageable_{*this};
  LiveObjects live_objects_{*this};
  uint64_t calls_since_wait_ = 0, accesses_since_wait_ = 0;  // in virtual time, where one host thread runs all
  static constexpr uint64_t kMostCallsOfAPoll = 1'000'000;   // a second of KeStallExecutionProcessor(1)
  static constexpr uint64_t kMostAccessesOfAPoll = 200'000;
  uint64_t most_calls_ = options_.most_calls, most_accesses_ = options_.most_accesses;
  std::function<std::string(uint64_t)> describe_;
  std::function<bool(uint64_t)> is_driver_code_;
  Hardware* hardware_ = nullptr;

  std::unique_ptr<MachineClock> clock_;
  std::unique_ptr<Processors> processors_;
  std::unique_ptr<DpcQueue> dpcs_;
  std::unique_ptr<KernelTimers> timers_;
  std::unique_ptr<Dispatcher> dispatcher_;
  std::unique_ptr<SpinLocks> spin_locks_;
  std::unique_ptr<WorkQueue> work_queue_;
  std::unique_ptr<FaultHub> fault_hub_;
  std::unique_ptr<Executor> executor_;

  std::vector<ThreadObject*> threads_ GUARDED_BY(lock_);
  uint64_t next_thread_id_ GUARDED_BY(lock_) = 4;
};

// Raises the current processor's IRQL for a scope.
class IrqlScope {
 public:
  explicit IrqlScope(Kernel& kernel, Irql irql) : kernel_(kernel), old_(kernel.raise_irql(irql)) {}
  ~IrqlScope() { kernel_.lower_irql(old_); }
  IrqlScope(const IrqlScope&) = delete;
  IrqlScope& operator=(const IrqlScope&) = delete;

 private:
  Kernel& kernel_;
  Irql old_;
};

}  // namespace portside::kernel
