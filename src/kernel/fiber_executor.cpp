#include "kernel/fiber_executor.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "kernel/cpu_stopwatch.h"
#include "kernel/dispatcher.h"
#include "kernel/dpc_queue.h"
#include "kernel/kernel.h"
#include "kernel/kernel_timers.h"
#include "kernel/machine_clock.h"
#include "kernel/processors.h"
#include "kernel/sanitizer_fiber.h"
#include "kernel/watchdog.h"

namespace portside::kernel {

std::unique_ptr<Executor> make_fiber_executor(Kernel& kernel) { return std::make_unique<FiberExecutor>(kernel); }

FiberExecutor::FiberExecutor(Kernel& kernel)
    : kernel_(kernel), schedule_(kernel.options().schedule, kernel.options().seed, kernel.options().switch_interval),
      stacks_(kernel.options().stack_bytes, kernel.options().shadow_stack_bytes) {
  block_.self = &block_;
  block_.used_self = &block_;
  block_.current_prcb = &block_.mx_csr;
  block_.kernel = &kernel;
  block_.mx_csr = 0x1F80;
  host_.executor = this;
}

FiberExecutor::~FiberExecutor() = default;

FiberExecutor::Fiber::~Fiber() {
  if (has_stack) executor->stacks_.abandon(stack);
  if (tsan && thread) sanitizer::destroy_fiber(tsan);
}

FiberExecutor::Fiber* FiberExecutor::fiber_of(ThreadObject* thread) {
  return static_cast<Fiber*>(thread->executor_.get());
}

void FiberExecutor::make_fiber(ThreadObject* thread) {
  auto fiber = std::make_unique<Fiber>();
  Result<FiberStack> stack = stacks_.take();
  if (!stack) {
    std::fprintf(stderr, "portside: %s\n", stack.error().to_string().c_str());
    std::abort();
  }
  fiber->executor = this;
  fiber->thread = thread;
  fiber->stack = *stack;
  fiber->has_stack = true;
  fiber->bottom = stack->base;
  fiber->bytes = stack->bytes;
  fiber->tsan = sanitizer::create_fiber();
  // Where a walk by frame pointers ends: a reused stack holds its last owner's words.
  std::memset(stack->base + stack->bytes - 256, 0, 256);
  fiber->context =
      boost::context::detail::make_fcontext(stack->base + stack->bytes, stack->bytes, &FiberExecutor::entry);
  thread->stack_base_ = reinterpret_cast<uint64_t>(stack->base);
  thread->stack_end_ = thread->stack_base_ + stack->bytes;
  thread->shadow_base_ = thread->shadow_top_ = stack->shadow;
  thread->shadow_limit_ = stack->shadow + stack->shadow_bytes;
  thread->executor_ = std::move(fiber);
}

void FiberExecutor::make_idle_threads() {
  for (uint32_t i = 0; i < Processors::kCount; ++i) {
    idle_[i] = kernel_.make_thread(fmt::format("Idle {}", i), [this, i] { serve_idle(i); });
    idle_[i]->is_idle_ = true;
    make_fiber(idle_[i]);
    idle_[i]->state_ = ThreadState::kWaiting;
    kernel_.processors()[i].idle = idle_[i];
  }
}

void FiberExecutor::serve_idle(uint32_t processor) {
  for (;;) {
    if (kernel_.work_pending()) kernel_.process_pending();
    idle_[processor]->state_ = ThreadState::kWaiting;
    resume(pick_or_wait(idle_[processor]));
  }
}

void FiberExecutor::start(ThreadObject* thread, DispatcherLock& lock) {
  make_fiber(thread);
  make_ready(thread, lock);
}

void FiberExecutor::make_ready(ThreadObject* thread, DispatcherLock&) {
  thread->state_ = ThreadState::kReady;
  ready_.push_back(thread);
}

void FiberExecutor::look_for_candidates(bool current_keeps_processor) {
  using enum ScheduleCandidate::Kind;
  Processors& processors = kernel_.processors();
  const bool timers_due = kernel_.clock().now() >= kernel_.next_due() || kernel_.interrupt_waits();
  bool free[Processors::kCount];
  candidates_.clear();
  for (uint32_t p = 0; p < Processors::kCount; ++p) {
    const ThreadObject* owner = processors[p].owner;
    free[p] = !owner && !(current_keeps_processor && block_.number == p);
    if (owner) candidates_.push_back({kOwner, owner->id(), p, false});
  }
  first_ready_ = candidates_.size();
  if (free[0] || free[1])
    for (const ThreadObject* thread : ready_) {
      const uint32_t last = thread->processor_;
      candidates_.push_back({kReady, thread->id(), free[last] ? last : 1 - last, free[0] && free[1]});
    }
  for (uint32_t p = 0; p < Processors::kCount; ++p)
    if (free[p] && (timers_due || !processors[p].dpcs.empty()))
      candidates_.push_back({kIdle, idle_[p]->id(), p, false});
}

FiberExecutor::Choice FiberExecutor::pick(PointKind kind, const char* call, ThreadObject* current,
                                          bool current_keeps_processor) {
  static_assert(Processors::kCount == 2);
  look_for_candidates(current_keeps_processor);
  if (candidates_.empty()) return {};
  const size_t chosen = schedule_.choose(kind, current, candidates_);
  if (chosen == ScheduleStrategy::kGoOn) return {};
  const ScheduleCandidate& candidate = candidates_[chosen];
  const uint32_t p = candidate.processor;
  Choice choice{nullptr, p};
  switch (candidate.kind) {
    case ScheduleCandidate::Kind::kOwner: choice.thread = std::exchange(kernel_.processors()[p].owner, nullptr); break;
    case ScheduleCandidate::Kind::kIdle: choice.thread = idle_[p]; break;
    case ScheduleCandidate::Kind::kReady: {
      const auto at = ready_.begin() + static_cast<ptrdiff_t>(chosen - first_ready_);
      choice.thread = *at;
      ready_.erase(at);
      break;
    }
  }
  schedule_.switching(call, current, choice.thread);
  return choice;
}

FiberExecutor::Choice FiberExecutor::pick_or_wait(ThreadObject* current) {
  for (;;) {
    Choice choice = pick(PointKind::kWait, "", current, false);
    if (choice.thread) return choice;
    const Nanoseconds next = kernel_.next_due();
    if (next == Nanoseconds::max()) kernel_.bug_check_deadlock();
    const Nanoseconds limit = kernel_.options().time_limit;
    if (limit > Nanoseconds(0) && next > limit)
      kernel_.bug_check(
          {kPortsideWatchdog,
           {0, 0, 0, 0},
           fmt::format("the machine reached its time limit of {:.3f} s", static_cast<double>(limit.count()) * 1e-9),
           {}});
    kernel_.all_wait();
    kernel_.trace(TraceKind::kClockJump, "", static_cast<uint64_t>((next - kernel_.clock().now()).count()));
    kernel_.clock().jump_to(next);
  }
}

void FiberExecutor::save(ThreadObject* thread) {
  thread->saved_irql_ = block_.irql;
  thread->processor_ = static_cast<uint8_t>(block_.number);
  thread->shadow_top_ = block_.shadow_top;
}

// Runs the choice; returns when the calling fibre is chosen again.
void FiberExecutor::resume(const Choice& choice) {
  Fiber* from = running_;
  Fiber* to = fiber_of(choice.thread);
  const bool dying = from == zombie_ && from;
  if (from->thread && !dying && from != to) save(from->thread);
  choice.thread->state_ = ThreadState::kRunning;
  if (from != to) {
    block_.irql = choice.thread->saved_irql_;
    if (block_.irql >= kDispatchLevel) kernel_.close_pageable();
    block_.current_thread = choice.thread;
    block_.shadow_base = choice.thread->shadow_base_;
    block_.shadow_top = choice.thread->shadow_top_;
    block_.shadow_limit = choice.thread->shadow_limit_;
  }
  block_.number = choice.processor;
  block_.legacy_number = static_cast<uint8_t>(choice.processor);
  block_.idle_thread = idle_[choice.processor];
  if (from == to) return;
  kernel_.trace(TraceKind::kThreadSwitch, choice.thread->name().c_str(), choice.thread->id());
  switch_fibers(to, dying);
}

void FiberExecutor::switch_fibers(Fiber* to, bool dying) {
  Fiber* from = running_;
  running_ = to;
  if (from->thread && from->thread->stopwatch) from->thread->stopwatch->pause();
  sanitizer::start_switch(dying ? nullptr : &from->fake_stack, to->bottom, to->bytes);
  sanitizer::switch_to_fiber(to->tsan);
  arrived(boost::context::detail::jump_fcontext(to->context, from));
  if (running_->thread && running_->thread->stopwatch) running_->thread->stopwatch->go_on();
}

// On the stack that was switched to.
void FiberExecutor::arrived(Transfer transfer) {
  auto* from = static_cast<Fiber*>(transfer.data);
  from->context = transfer.fctx;
  const void* bottom = nullptr;
  size_t bytes = 0;
  sanitizer::finish_switch(running_->fake_stack, &bottom, &bytes);
  if (!from->thread && bottom) {
    from->bottom = bottom;
    from->bytes = bytes;
  }
  if (zombie_ && zombie_ != running_) {
    Fiber* ended = std::exchange(zombie_, nullptr);
    ended->has_stack = false;
    stacks_.give_back(ended->stack);
    if (ended->tsan) sanitizer::destroy_fiber(std::exchange(ended->tsan, nullptr));
    ended->thread->stack_base_ = ended->thread->stack_end_ = 0;
    kernel_.release_thread(ended->thread);
  }
}

void FiberExecutor::entry(Transfer transfer) {
  FiberExecutor* self = static_cast<Fiber*>(transfer.data)->executor;
  self->arrived(transfer);
  self->kernel_.run_thread_body(self->running_->thread);
}

void FiberExecutor::run(ThreadObject* main) {
  if (running_) {
    std::fputs("portside: Kernel::run() was called on a second host thread; virtual time has one\n", stderr);
    std::abort();
  }
  if (!idle_[0]) make_idle_threads();
  FaultHub::prepare_host_thread();
  ProcessorBlockScope block(&block_);
  if (!watchdog_ || !watchdog_->watches_this_thread())
    watchdog_ = std::make_unique<Watchdog>(kernel_.options().watchdog);
  ++block_.progress;
  main_ = main;
  running_ = &host_;
  host_.tsan = sanitizer::current_fiber();
  block_.current_thread = nullptr;
  resume(pick(PointKind::kWait, "", nullptr, false));
  running_ = nullptr;
  main_ = nullptr;
  block_.current_thread = nullptr;
  block_.irql = kPassiveLevel;
}

void FiberExecutor::block(ThreadObject* current, DispatcherLock& lock) {
  lock.unlock();
  resume(pick_or_wait(current));
  lock.lock();
}

void FiberExecutor::exit_current(ThreadObject* current) {
  zombie_ = running_;
  if (current == main_) switch_fibers(&host_, true);
  else resume(pick_or_wait(current));
  std::abort();  // an ended fibre is not resumed
}

void FiberExecutor::abandon() {
  switch_fibers(&host_, false);
  std::abort();  // nor is one of an ended machine
}

bool FiberExecutor::keeps_processor() const {
  return block_.irql >= kDispatchLevel || kernel_.processors()[block_.number].running_dpc;
}

bool FiberExecutor::switch_to_another(PointKind kind, const char* call) {
  ThreadObject* current = running_->thread;
  const bool keeps = keeps_processor();
  Choice choice = pick(kind, call, current, keeps);
  if (!choice.thread) return false;
  if (keeps) {
    kernel_.processors()[block_.number].owner = current;
  } else {
    current->state_ = ThreadState::kReady;
    ready_.push_back(current);
  }
  resume(choice);
  return true;
}

bool FiberExecutor::preempt(PointKind kind, const char* call) {
  switch (schedule_.consider(kind, *running_->thread)) {
    case ScheduleStrategy::Wish::kGoOn: return false;
    case ScheduleStrategy::Wish::kLook: return switch_to_another(kind, call);
    case ScheduleStrategy::Wish::kPause: break;
  }
  return keeps_processor() ? switch_to_another(kind, call) : pause(kind, call) || switch_to_another(kind, call);
}

bool FiberExecutor::pause(PointKind kind, const char* call) {
  // A thread that waits for longer than this for a processor has met no Windows of this century.
  constexpr Nanoseconds kLongest = std::chrono::milliseconds(20);
  ThreadObject* current = running_->thread;
  const Nanoseconds due = kernel_.timers().next_due();
  if (due == Nanoseconds::max() || due - kernel_.clock().now() > kLongest) return false;
  schedule_.pausing(kind, call, *current);
  kernel_.dispatcher().pause_until(due);
  return true;
}

bool FiberExecutor::yield() { return switch_to_another(PointKind::kYield, ""); }

bool FiberExecutor::yield_to(uint32_t number) {
  if (number < Processors::kCount && number != block_.number) {
    Processor& processor = kernel_.processors()[number];
    if (ThreadObject* holder = processor.owner) {
      ThreadObject* current = running_->thread;
      schedule_.spins(*current);
      if (block_.irql >= kDispatchLevel) {
        kernel_.processors()[block_.number].owner = current;
      } else {
        current->state_ = ThreadState::kReady;
        ready_.push_back(current);
      }
      processor.owner = nullptr;
      resume({holder, number});
      return true;
    }
  }
  return switch_to_another(PointKind::kYield, "");
}

}  // namespace portside::kernel
