#include "kernel/kernel.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "kernel/dispatcher.h"
#include "kernel/dpc_queue.h"
#include "kernel/executor.h"
#include "kernel/kernel_timers.h"
#include "kernel/machine_clock.h"
#include "kernel/processors.h"
#include "kernel/spin_locks.h"
#include "kernel/work_queue.h"

namespace portside::kernel {
namespace {
[[noreturn]] void abort_outside(const char* name) {
  std::fprintf(stderr,
               "portside: %s was called on a host thread that runs no simulated thread: call it inside Kernel::run()\n",
               name);
  std::abort();
}
}  // namespace

Result<std::unique_ptr<Kernel>> Kernel::create(const KernelOptions& options) {
  if (options.stack_bytes < 32 * 1024 || options.stack_bytes > (64u << 20))
    return fail(StatusCode::kInvalidParameter, "a thread's stack must be 32 KiB to 64 MiB");
  if (options.shadow_stack_bytes < 4096)
    return fail(StatusCode::kInvalidParameter, "a shadow call stack must be at least 4 KiB");
  if (options.timer_granularity < Nanoseconds(0) || options.call_cost < Nanoseconds(0) ||
      options.watchdog < Nanoseconds(0))
    return fail(StatusCode::kInvalidParameter, "a time in KernelOptions is negative");
  if (options.worker_threads == 0) return fail(StatusCode::kInvalidParameter, "a machine needs a worker thread");
  return std::unique_ptr<Kernel>(new Kernel(options));
}

Kernel::Kernel(const KernelOptions& options)
    : options_(options), preempts_at_accesses_(options.schedule.at_accesses && options.clock == ClockKind::kVirtual),
      lock_(options.clock == ClockKind::kReal), clock_(std::make_unique<MachineClock>(options)),
      processors_(std::make_unique<Processors>()), dpcs_(std::make_unique<DpcQueue>(*this)),
      timers_(std::make_unique<KernelTimers>(*this)), dispatcher_(std::make_unique<Dispatcher>(*this)),
      spin_locks_(std::make_unique<SpinLocks>(*this)), work_queue_(std::make_unique<WorkQueue>(*this)),
      fault_hub_(std::make_unique<FaultHub>(*this)) {
  executor_ = is_virtual() ? make_fiber_executor(*this) : make_thread_executor(*this);
}

Kernel::~Kernel() {
  executor_->shut_down();
  std::vector<ThreadObject*> left;
  {
    DispatcherGuard guard(lock_);
    left.swap(threads_);
  }
  for (ThreadObject* thread : left) delete thread;
}

Result<> Kernel::run(std::function<void()> body, std::string_view name) {
  if (on_simulated_thread()) {
    body();
    return {};
  }
  if (!ended()) {
    executor_->reap();
    // What the host has run comes before what it runs now.
    auto in_order = [this, body = std::move(body)] {
      takes(this);
      body();
      gives(this);
    };
    ThreadObject* main = make_thread(std::string(name), std::move(in_order));
    reference_thread(main);
    {
      DispatcherGuard guard(lock_);
      executor_->start(main, lock_);
    }
    executor_->run(main);
    release_thread(main);
    // What the host reads now, code for a report among it, is no touch of the driver's, and no fault of the host's own thread is taken.
    pageable().open_all();
    tell_pageable_touches();
  }
  if (ended()) return fail(StatusCode::kMachineEnded, "the machine has ended: " + bug_check_->to_string());
  return {};
}

ThreadObject* Kernel::current_thread() const {
  ProcessorBlock* block = this_processor_block();
  if (!block || block->kernel != this) abort_outside("a kernel function");
  return block->current_thread;
}

bool Kernel::on_simulated_thread() const {
  ProcessorBlock* block = this_processor_block();
  return block && block->kernel == this && block->current_thread;
}

Irql Kernel::raise_irql(Irql new_irql, const char* api) {
  ProcessorBlock* block = this_processor_block();
  const Irql old = block->irql;
  if (new_irql < old) {
    report_misuse(MisuseKind::kRaisedToLowerIrql, api, nullptr,
                  fmt::format("{} was asked for {} while the IRQL is {}; raising never lowers", api,
                              irql_name(new_irql), irql_name(old)));
    return old;
  }
  if (old < kDispatchLevel && new_irql >= kDispatchLevel) {
    executor_->take_processor(block->current_thread);
    block = this_processor_block();
  }
  block->irql = new_irql;
  if (old < kDispatchLevel && new_irql >= kDispatchLevel) close_pageable();
  if (new_irql != old) trace(TraceKind::kIrql, api, old);
  return old;
}

void Kernel::lower_irql(Irql new_irql, const char* api) {
  ProcessorBlock* block = this_processor_block();
  const Irql old = block->irql;
  tell_pageable_touches();
  if (new_irql > old) {
    report_misuse(MisuseKind::kLoweredToHigherIrql, api, nullptr,
                  fmt::format("{} was asked for {} while the IRQL is {}; lowering never raises", api,
                              irql_name(new_irql), irql_name(old)));
    return;
  }
  if (old >= kDispatchLevel && new_irql < kDispatchLevel) {
    if (!dpcs_->in_dpc()) {
      block->irql = kDispatchLevel;
      if (!is_virtual() || work_pending()) process_pending();
    }
    block->irql = new_irql;
    if (!dpcs_->in_dpc()) executor_->give_processor(block->current_thread);
  } else {
    block->irql = new_irql;
  }
  if (new_irql != old) trace(TraceKind::kIrql, api, old);
  if (is_virtual() && hardware_wants()) hardware_->serve();
}

Nanoseconds Kernel::clock_now() const { return clock_->now(); }

Nanoseconds Kernel::next_due() const {
  const Nanoseconds timers = timers_->next_due();
  return hardware_ ? std::min(timers, hardware_->next_due()) : timers;
}

bool Kernel::work_pending() const {
  return dpcs_->pending(this_processor_block()->number) || clock_->now() >= timers_->next_due() || hardware_wants();
}

void Kernel::process_pending() {
  ProcessorBlock* block = this_processor_block();
  const Irql old = block->irql;
  const bool raise = old < kDispatchLevel;
  if (raise) {
    executor_->take_processor(block->current_thread);
    block->irql = kDispatchLevel;
    close_pageable();
  }
  const uint32_t processor = block->number;
  do {
    if (is_virtual() && hardware_wants()) hardware_->serve();
    if (is_virtual() && clock_->now() >= timers_->next_due()) {
      DispatcherGuard guard(lock_);
      timers_->expire_locked(clock_->now(), processor, lock_);
    }
    dpcs_->drain(processor);
  } while (is_virtual() && work_pending());
  tell_pageable_touches();
  block->irql = old;
  if (raise) executor_->give_processor(block->current_thread);
}

void Kernel::on_api_call(const char* name, Irql lowest, Irql highest) {
  ProcessorBlock* block = this_processor_block();
  if (!block || block->kernel != this) abort_outside(name);
  ++block->progress;
  if (ended()) executor_->abandon();
  tell_pageable_touches();
  trace(TraceKind::kApiCall, name, 0);
  // A DPC on its stack is not the thread that promised.
  if (block->current_thread->promised_wait && block->irql < kDispatchLevel) judge_promised_wait(name);
  if (!api_observers_.empty())
    api_observers_.notify(&ApiObserver::on_call,
                          ApiCall{name, block->irql, lowest, highest, block->current_thread->id()});
  if (!is_virtual()) return;
  if (options_.most_calls && ++calls_since_wait_ > most_calls_)
    bug_check_endless(fmt::format("calls {}: {} calls", name, most_calls_));
  clock_->advance(options_.call_cost);
  executor_->preempt(PointKind::kCall, name);
  if (hardware_wants()) hardware_->serve();
  if (block->irql < kDispatchLevel && work_pending()) process_pending();
}

void Kernel::bus_cycle(const char* name, Nanoseconds cost, uint64_t address) {
  ProcessorBlock* block = this_processor_block();
  ++block->progress;
  if (ended()) executor_->abandon();
  if (!is_virtual()) return;
  if (options_.most_accesses && ++accesses_since_wait_ > most_accesses_) {
    const std::string where = describe_address(address);
    bug_check_endless(fmt::format("makes {}{}: {} accesses to registers", name, where.empty() ? "" : " (" + where + ")",
                                  most_accesses_));
  }
  clock_->advance(cost);
  executor_->preempt(PointKind::kCall, name);
  if (hardware_wants()) hardware_->serve();
  if (block->irql < kDispatchLevel && work_pending()) process_pending();
}

Schedule* Kernel::schedule() { return executor_->schedule(); }

void Kernel::access_point(uint64_t address) {
  ProcessorBlock* block = this_processor_block();
  if (!block || block->kernel != this || !block->current_thread || ended()) return;
  const ThreadObject* thread = block->current_thread;
  if (address >= thread->stack_base() && address < thread->stack_end()) return;
  // The watchdog's count does not move: a loop that only looks at memory is a loop without calls.
  if (!executor_->preempt(PointKind::kAccess, "")) return;
  if (ended()) executor_->abandon();
  if (block->irql < kDispatchLevel && work_pending()) process_pending();
}

void Kernel::stall(Nanoseconds time) {
  if (!time_observers_.empty()) {
    const bool in_dpc = dpcs_->in_dpc();
    time_observers_.notify(&TimeObserver::on_stall, Stall{time, current_irql(), in_dpc});
    if (in_dpc) {
      DpcRun& run = (*processors_)[current_processor()].dpc_run;
      run.stalled += time;
      ++run.stalls;
    }
  }
  if (is_virtual()) {
    const Nanoseconds until = clock_->now() + time;
    // Devices go on while a processor stalls, at any IRQL.
    while (hardware_ && hardware_->next_due() < until) {
      clock_->jump_to(hardware_->next_due());
      hardware_->serve();
    }
    clock_->jump_to(until);
    if (hardware_wants()) hardware_->serve();
    if (current_irql() < kDispatchLevel && work_pending()) process_pending();
    return;
  }
  const Nanoseconds until = clock_->now() + time;
  while (clock_->now() < until) __builtin_ia32_pause();
}

void Kernel::sleep_for(Nanoseconds time) {
  dispatcher_->delay(-std::max<int64_t>(1, (time.count() + 99) / 100), true, "sleep_for");
}

void Kernel::yield() {
  ++this_processor_block()->progress;
  if (ended()) executor_->abandon();
  executor_->yield();
  if (is_virtual() && hardware_wants()) hardware_->serve();
  if (is_virtual() && current_irql() < kDispatchLevel && work_pending()) process_pending();
}

void Kernel::yield_until(const std::function<bool()>& pred, const char* what) {
  constexpr Nanoseconds kLongestStep = std::chrono::microseconds(50);
  Nanoseconds step = options_.call_cost;
  uint32_t looks = 0;
  while (!pred()) {
    ++this_processor_block()->progress;
    if (ended()) executor_->abandon();
    const bool others_ran = executor_->yield();
    executor_->rest(++looks);
    if (!is_virtual()) continue;
    if (others_ran) {
      // They may do nothing but yield themselves, for a thread that waits for time to pass.
      const Nanoseconds left = next_due() - clock_->now();
      if (left > Nanoseconds(0)) clock_->advance(std::min(step, left));
      step = std::min(step * 2, kLongestStep);
      if (current_irql() < kDispatchLevel && work_pending()) process_pending();
      continue;
    }
    // Nobody else can run: only time can help.
    const Nanoseconds next = next_due();
    if (next == Nanoseconds::max() || current_irql() >= kDispatchLevel) {
      if (pred()) return;
      bug_check({kPortsideDeadlock, {}, fmt::format("{} waits for something that nobody is left to do", what), {}});
    }
    clock_->jump_to(next);
    process_pending();
  }
}

int32_t Kernel::set_event(_KEVENT* event) { return dispatcher_->set_event(event); }

int32_t Kernel::wait(void* object, std::optional<int64_t> timeout_hns) {
  void* objects[] = {object};
  return dispatcher_->wait({.objects = objects, .timeout_hns = timeout_hns});
}

void Kernel::record_bug_check(BugCheck check) {
  ProcessorBlock* block = this_processor_block();
  BugCheckRecord record;
  record.code = check.code;
  record.parameters = check.parameters;
  record.sentence = std::move(check.sentence);
  record.stack = check.stack;
  record.thread = block->current_thread->name();
  record.thread_id = block->current_thread->id();
  record.processor = block->number;
  record.irql = block->irql;
  record.time = clock_->now();
  bug_check_ = std::move(record);
  // The record stands before anything else is looked at, and what is asked for its words is asked once.
  ThreadObject& thread = *block->current_thread;
  const Activity* activity = dpcs_->in_dpc() || thread.in_interrupts ? nullptr : thread.activity();
  thread.serving = nullptr;
  if (activity) bug_check_->asked_for = activity->text();
}

void Kernel::bug_check(BugCheck check) {
  ProcessorBlock* block = this_processor_block();
  if (!block || block->kernel != this || !block->current_thread) abort_outside("KeBugCheckEx");
  lock_.release_if_held();
  ThreadObject* nobody = nullptr;
  if (!ending_by_.compare_exchange_strong(nobody, block->current_thread)) {
    if (nobody == block->current_thread) end_without_report(std::move(check));  // the report itself came here
    executor_->abandon();
  }
  tell_pageable_touches();
  // The record stands before the stack is walked: the walk may fault in a damaged stack.
  const bool walk = check.stack.empty();
  record_bug_check(std::move(check));
  if (walk) bug_check_->stack = capture_stack();
  trace(TraceKind::kBugCheck, bug_check_name(bug_check_->code), bug_check_->code);
  bug_check_observers_.notify(&BugCheckObserver::on_bug_check, *bug_check_);
  ended_.store(true, std::memory_order_release);
  executor_->abandon();
}

void Kernel::end_without_report(BugCheck check) {
  lock_.release_if_held();
  ending_by_.store(this_processor_block()->current_thread);
  if (!bug_check_) record_bug_check(std::move(check));
  ended_.store(true, std::memory_order_release);
  executor_->abandon();
}

void Kernel::bug_check_deadlock() {
  std::string sentence = "every thread waits and nothing is set to wake one:";
  {
    DispatcherGuard guard(lock_);
    for (ThreadObject* thread : threads_)
      if (!thread->is_idle_ && thread->state_ == ThreadState::kWaiting && !thread->name().starts_with("Worker "))
        sentence += fmt::format(" thread {} \"{}\" waits for {};", thread->id(), thread->name(), thread->waiting_for());
  }
  if (sentence.back() == ';') sentence.pop_back();
  bug_check({kPortsideDeadlock, {}, std::move(sentence), {}});
}

std::string Kernel::describe_address(uint64_t address) const { return describe_ ? describe_(address) : std::string(); }

void Kernel::memory_gone(uint64_t begin, uint64_t end, const char* api, bool readable) {
  if (live_object_observers_.empty()) return dispatcher_->forget_owned(begin, end);
  std::vector<LiveObject> objects = live_objects_.in_memory(begin, end);
  if (readable)
    for (const LiveObject& object : objects)
      if (object.kind == LiveKind::kWaitedFor) dispatcher_->forget(reinterpret_cast<void*>(object.address));
  tell_left(std::move(objects), false, begin, end, api);
}

void Kernel::code_gone(uint64_t begin, uint64_t end) {
  if (live_object_observers_.empty()) return dispatcher_->forget_owned(begin, end);
  tell_left(live_objects_.of_code(begin, end), true, begin, end, "DriverUnload");
  live_object_observers_.notify(&LiveObjectObserver::on_code_gone, begin, end);
}

void Kernel::tell_left(std::vector<LiveObject> objects, bool unloaded, uint64_t begin, uint64_t end, const char* api) {
  dispatcher_->forget_owned(begin, end);
  for (LiveObject& object : objects) {
    live_objects_.withdraw(object);
    live_object_observers_.notify(&LiveObjectObserver::on_left, LeftObject{std::move(object), unloaded, begin, end, api,
                                                                           unloaded ? StackTrace{} : capture_stack()});
  }
}

void Kernel::trace_event(TraceKind kind, const char* name, uint64_t detail) {
  ProcessorBlock* block = this_processor_block();
  TraceEvent event{kind, 0, 0, 0, clock_->now(), name, detail};
  if (block && block->current_thread) {
    event.processor = static_cast<uint8_t>(block->number);
    event.irql = block->irql;
    event.thread_id = block->current_thread->id();
  }
  trace_observers_.notify(&TraceObserver::on_event, event);
}

}  // namespace portside::kernel
