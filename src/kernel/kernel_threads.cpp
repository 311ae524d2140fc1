// The Kernel's threads: made, started, ended, released.
#include <fmt/format.h>

#include <utility>

#include "kernel/dispatcher.h"
#include "kernel/executor.h"
#include "kernel/kernel.h"

namespace portside::kernel {

ThreadObject* Kernel::make_thread(std::string name, std::function<void()> body) {
  DispatcherGuard guard(lock_);
  auto* thread = new ThreadObject(*this, next_thread_id_, std::move(name), std::move(body));
  next_thread_id_ += 4;
  threads_.push_back(thread);
  return thread;
}

ThreadObject* Kernel::create_thread(std::string name, std::function<void()> body) {
  executor_->reap();
  ThreadObject* thread = make_thread(std::move(name), std::move(body));
  reference_thread(thread);
  return thread;
}

void Kernel::start_thread(ThreadObject* thread) {
  gives(thread);
  DispatcherGuard guard(lock_);
  executor_->start(thread, lock_);
}

void Kernel::discard_thread(ThreadObject* thread) {
  release_thread(thread);
  release_thread(thread);
}

ThreadObject* Kernel::start_thread(std::string name, std::function<void()> body) {
  ThreadObject* thread = create_thread(std::move(name), std::move(body));
  start_thread(thread);
  return thread;
}

void Kernel::reference_thread(ThreadObject* thread) { thread->references_.fetch_add(1, std::memory_order_relaxed); }

void Kernel::release_thread(ThreadObject* thread) {
  if (thread->references_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  {
    DispatcherGuard guard(lock_);
    std::erase(threads_, thread);
  }
  delete thread;
}

void Kernel::run_thread_body(ThreadObject* thread) {
  trace(TraceKind::kThreadStart, thread->name().c_str(), thread->id());
  takes(thread);
  if (is_virtual() && work_pending()) process_pending();
  thread->body_();
  exit_thread(0);
}

void Kernel::exit_thread(int32_t status) {
  ThreadObject* thread = current_thread();
  // A routine that returned has no frame any more.
  const StackTrace stack = misuse_observers_.empty() ? StackTrace{} : capture_stack();
  const StackTrace where = stack.empty() ? stack_at_entry(thread->driver_routine) : stack;
  if (thread->promised_wait) judge_promised_wait("the end of its thread");
  if (current_irql() >= kDispatchLevel) {
    report_misuse(MisuseKind::kThreadEndedAtRaisedIrql, "PsTerminateSystemThread", thread,
                  fmt::format("thread \"{}\" ended at {}", thread->name(), irql_name(current_irql())), where);
    lower_irql(kPassiveLevel);
  }
  if (!thread->owned_mutexes_.empty())
    report_misuse(
        MisuseKind::kThreadEndedHoldingMutex, "PsTerminateSystemThread", thread,
        fmt::format("thread \"{}\" ended while it owned {} mutex(es)", thread->name(), thread->owned_mutexes_.size()),
        where);
  // Each mutex that it owns disables APCs once, and has been told.
  if (thread->apc_disable != static_cast<int32_t>(thread->owned_mutexes_.size()))
    report_misuse(MisuseKind::kApcsLeftDisabled, "PsTerminateSystemThread", thread,
                  fmt::format("thread \"{}\" ended inside a critical or guarded region", thread->name()), where);
  thread->body_ = nullptr;
  if (auto on_end = std::exchange(thread->on_end, nullptr)) on_end();
  trace(TraceKind::kThreadEnd, thread->name().c_str(), thread->id());
  gives(thread->header());
  {
    DispatcherGuard guard(lock_);
    dispatcher_->abandon_mutexes_locked(thread, lock_);
    thread->exit_status_ = status;
    thread->state_ = ThreadState::kTerminated;
    dispatcher_->signal_locked(thread->header(), 1, lock_);
  }
  order_observers_.notify(&OrderObserver::on_ended, thread->id());
  executor_->exit_current(thread);
}

std::vector<ThreadObject*> Kernel::threads() const {
  auto& self = const_cast<Kernel&>(*this);
  DispatcherGuard guard(self.lock_);
  return self.threads_;
}

}  // namespace portside::kernel
