#include "kernel/spin_locks.h"

#include <fmt/format.h>

#include "kernel/executor.h"
#include "kernel/kernel.h"
#include "kernel/machine_clock.h"

namespace portside::kernel {

Irql SpinLocks::acquire(uint64_t* lock, const char* api, Irql level, LockKind kind) {
  (void)__atomic_load_n(lock, __ATOMIC_RELAXED);  // a wild pointer faults here, at the caller's IRQL
  const Irql old = kernel_.current_irql();
  if (old < level) kernel_.raise_irql(level, api);
  acquire_at_level(lock, api, kind);
  return old;
}

void SpinLocks::release(uint64_t* lock, Irql old_irql, const char* api) {
  release_from_level(lock, api);
  kernel_.lower_irql(old_irql, api);
}

bool SpinLocks::try_acquire_at_level(uint64_t* lock, const char* api) {
  if (!take_if_free(lock)) return false;
  kernel_.tell_lock(LockKind::kSpinLock, lock, true, api);
  return true;
}

bool SpinLocks::take_if_free(uint64_t* lock) {
  uint64_t expected = 0;
  const uint64_t mine = kernel_.current_processor() + 1;
  return __atomic_compare_exchange_n(lock, &expected, mine, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

void SpinLocks::recursive(uint64_t* lock, const char* api) {
  kernel_.bug_check({kSpinLockAlreadyOwned,
                     {reinterpret_cast<uint64_t>(lock), 0, 0, 0},
                     fmt::format("{}: processor {} already holds this spin lock and would wait for itself for ever",
                                 api, kernel_.current_processor()),
                     {}});
}

void SpinLocks::acquire_at_level(uint64_t* lock, const char* api, LockKind kind) {
  take(lock, api);
  kernel_.tell_lock(kind, lock, false, api);
}

void SpinLocks::take(uint64_t* lock, const char* api) {
  if (take_if_free(lock)) return;
  // How long a holder may keep others out: a DPC watchdog period (bug check 0x133, parameter 1 = 1: "cumulatively").
  constexpr Nanoseconds kPatience = std::chrono::seconds(10);
  const Nanoseconds start = kernel_.clock().now();
  uint32_t lonely = 0, looks = 0;
  for (;;) {
    const uint64_t holder = __atomic_load_n(lock, __ATOMIC_RELAXED);
    // Below DISPATCH_LEVEL (a lock taken "AtDpcLevel" by mistake) the same number does not mean the same thread.
    if (holder == kernel_.current_processor() + 1 && kernel_.current_irql() >= kDispatchLevel) recursive(lock, api);
    if (holder == 0 && take_if_free(lock)) return;
    if (kernel_.ended()) kernel_.executor().abandon();
    ++this_processor_block()->progress;
    if (kernel_.is_virtual()) kernel_.clock().advance(kernel_.options().call_cost);
    const bool switched = holder >= 1 && kernel_.executor().yield_to(static_cast<uint32_t>(holder - 1));
    lonely = switched ? 0 : lonely + 1;
    kernel_.executor().rest(++looks);
    const bool nobody = kernel_.is_virtual() && lonely > 1000;
    if (nobody || kernel_.clock().now() - start > kPatience)
      kernel_.bug_check(
          {kDpcWatchdogViolation,
           {1, 0, 0, 0},
           fmt::format(
               "{} spins for a spin lock that {}", api,
               nobody ? "nobody who could release it holds (its holder waits, has ended, or the word was overwritten)"
                      : "was not released for 10 seconds"),
           {}});
  }
}

void SpinLocks::release_from_level(uint64_t* lock, const char* api) {
  const uint64_t holder = __atomic_load_n(lock, __ATOMIC_RELAXED);
  if (holder == 0)
    kernel_.report_misuse(MisuseKind::kSpinLockNotHeld, api, lock, fmt::format("{}: the spin lock is not held", api));
  else if (holder != kernel_.current_processor() + 1 && kernel_.current_irql() >= kDispatchLevel)
    kernel_.report_misuse(MisuseKind::kSpinLockHeldByOther, api, lock,
                          fmt::format("{}: the spin lock is held by processor {}, not by {}", api, holder - 1,
                                      kernel_.current_processor()));
  kernel_.tell_unlock(LockKind::kSpinLock, lock, api);
  __atomic_store_n(lock, uint64_t{0}, __ATOMIC_RELEASE);
}

}  // namespace portside::kernel
