// Kernel: what is wrong with a call by the thread that makes it, and how it is told (misuse.h).

#include <fmt/format.h>

#include <utility>

#include "kernel/kernel.h"
#include "kernel/thread.h"

namespace portside::kernel {

void Kernel::promise_wait(const char* api) {
  // Above APC_LEVEL it is a mistake of another kind, and perhaps another thread's stack.
  if (misuse_observers_.empty() || current_irql() >= kDispatchLevel) return;
  ThreadObject* thread = current_thread();
  thread->promised_wait = api;
  thread->promised_wait_at = capture_stack();
}

void Kernel::judge_promised_wait(std::string_view next) {
  ThreadObject* thread = current_thread();
  const char* promised = std::exchange(thread->promised_wait, nullptr);
  if (next.starts_with("KeWaitFor")) return;
  report_misuse(MisuseKind::kPromisedWaitMissing, promised, nullptr,
                fmt::format("{} was called with Wait TRUE, and {} came next", promised, next),
                thread->promised_wait_at);
}

void Kernel::judge_due_time(const char* api, int64_t hns) {
  // Windows counts from 1601. Nobody means a time in its first century.
  constexpr int64_t kCentury = int64_t{100} * 365 * 24 * 3600 * 10'000'000;
  if (hns <= 0 || hns >= kCentury) return;
  report_misuse(
      MisuseKind::kAbsoluteTimePast, api, nullptr,
      fmt::format(
          "{} was given the time {}: above zero it is a date, this one in the years after 1601, which have passed", api,
          hns));
}

void Kernel::pageable_touched() {
  for (const ForbiddenTouch& touch : pageable_.take_forbidden()) {
    const PageableRange* range = pageable_.find(touch.address);
    const BugCheck check =
        irql_not_less_or_equal(*this, {touch.address, touch.rip, touch.access, touch.irql},
                               fmt::format("{} address 0x{:x}{} at {}", verb_of(touch.access), touch.address,
                                           range ? " (" + range->name + ")" : std::string(), irql_name(touch.irql)));
    PageableTouch told{.address = touch.address, .bug_check = {}};
    told.bug_check = {.code = check.code,
                      .parameters = check.parameters,
                      .sentence = check.sentence,
                      .stack = touch.stack,
                      .thread = touch.thread.data(),
                      .thread_id = touch.thread_id,
                      .processor = touch.processor,
                      .irql = touch.irql,
                      .time = touch.time,
                      .asked_for = {}};
    pageable_observers_.notify(&PageableObserver::on_pageable_touch, told);
  }
  // The report of a fault reads what it likes.
  if (on_simulated_thread() && current_irql() >= kDispatchLevel && !fault_hub_->fatal_context()) pageable_.close_data();
}

void Kernel::bug_check_endless(const std::string& does) {
  calls_since_wait_ = accesses_since_wait_ = 0;
  const Irql irql = current_irql();
  bug_check(
      {irql >= kDispatchLevel ? kDpcWatchdogViolation : kPortsideWatchdog,
       {0, 0, 0, 0},
       fmt::format("thread \"{}\" runs at {} and {} without an instant at which every thread waits, a loop that never "
                   "ends",
                   current_thread()->name(), irql_name(irql), does),
       {}});
}

void Kernel::judge_timer_resolution() {
  if (current_thread()->serves_power())
    report_misuse(MisuseKind::kTimerResolutionInPower, "ExSetTimerResolution", nullptr,
                  "ExSetTimerResolution was called, and waited for, while a power request is served");
}

void Kernel::judge_user_handle(const char* api) {
  const ThreadObject* thread = current_thread();
  if (!thread->serves_application()) return;
  report_misuse(
      MisuseKind::kHandleOfProcess, api, nullptr,
      fmt::format(
          "{} made a handle without OBJ_KERNEL_HANDLE while an application's request was served: the handle is that "
          "application's to use, and to close",
          api));
}

void Kernel::report_misuse(MisuseKind kind, const char* api, const void* object, std::string sentence,
                           const StackTrace& stack) {
  if (misuse_observers_.empty()) return;
  ProcessorBlock* block = this_processor_block();
  const Misuse misuse{kind,
                      api,
                      reinterpret_cast<uint64_t>(object),
                      block->irql,
                      block->current_thread->id(),
                      std::move(sentence),
                      stack.empty() ? capture_stack() : stack};
  misuse_observers_.notify(&MisuseObserver::on_misuse, misuse);
}

}  // namespace portside::kernel
