#include "kernel/watchdog.h"

#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel/fault.h"
#include "kernel/kernel.h"

namespace portside::kernel {
namespace {
// What the host thread's counter was at the last tick.
thread_local uint64_t last_progress = 0;

int host_thread_id() {
  static thread_local const int id = static_cast<int>(syscall(SYS_gettid));
  return id;
}
}  // namespace

int Watchdog::signal_number() { return SIGRTMIN + 3; }

Watchdog::Watchdog(Nanoseconds patience) {
  thread_ = host_thread_id();
  if (patience <= Nanoseconds(0)) return;
  sigevent event{};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = signal_number();
  event._sigev_un._tid = thread_;
  if (timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &timer_) != 0) return;
  armed_ = true;
  last_progress = ~uint64_t{0};
  itimerspec spec{};
  spec.it_interval.tv_sec = patience.count() / 1'000'000'000;
  spec.it_interval.tv_nsec = patience.count() % 1'000'000'000;
  spec.it_value = spec.it_interval;
  timer_settime(timer_, 0, &spec, nullptr);
}

Watchdog::~Watchdog() {
  if (armed_) timer_delete(timer_);
}

bool Watchdog::watches_this_thread() const { return thread_ == host_thread_id(); }

void Watchdog::on_tick(Fault& tick) {
  ProcessorBlock* block = this_processor_block();
  if (!block->current_thread || tick.kernel().ended()) return;
  if (std::exchange(last_progress, block->progress) != block->progress) return;
  if (!tick.kernel().may_interrupt(tick.rip())) return;
  tick.kernel().fault_hub().stopped(tick);
  tick.call_on_faulting_stack(&Watchdog::bug_check_on_stack, &tick.kernel());
}

void Watchdog::bug_check_on_stack(void* argument) {
  auto& kernel = *static_cast<Kernel*>(argument);
  const Irql irql = kernel.current_irql();
  // 0x133, parameter 1 = 0: "a single DPC or ISR exceeded its time allotment".
  kernel.bug_check(
      {irql >= kDispatchLevel ? kDpcWatchdogViolation : kPortsideWatchdog,
       {0, 0, 0, 0},
       fmt::format("thread \"{}\" runs at {} without a kernel call for more than {:.3g} s of processor time: a loop "
                   "that does not end, or takes far too long",
                   kernel.current_thread()->name(), irql_name(irql),
                   static_cast<double>(kernel.options().watchdog.count()) * 1e-9),
       {}});
}

}  // namespace portside::kernel
