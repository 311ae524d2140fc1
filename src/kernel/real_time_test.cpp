// Real time: the same kernel on host threads. Nothing sleeps for a fixed time; timers are a few milliseconds.

#include <wdm.h>

#include <atomic>

#include "kernel/dispatcher.h"
#include "kernel/dpc_queue.h"
#include "kernel/kernel_fixture.h"
#include "kernel/kernel_timers.h"
#include "kernel/machine_clock.h"
#include "kernel/one_core_by_priority.h"
#include "kernel/spin_locks.h"
#include "kernel/work_queue.h"

namespace portside::kernel {
namespace {

TEST(RealTime, EventsHandOverBetweenHostThreads) {
  KernelFixture machine(real_time());
  machine.run([&] {
    Kernel& k = machine.kernel();
    KEVENT ping, pong;
    k.dispatcher().initialize_event(&ping, false, false);
    k.dispatcher().initialize_event(&pong, false, false);
    int shared = 0;
    ThreadObject* other = k.start_thread("pong", [&] {
      for (int i = 0; i < 200; ++i) {
        EXPECT_EQ(k.wait(&ping), STATUS_SUCCESS);
        ++shared;
        k.set_event(&pong);
      }
    });
    for (int i = 0; i < 200; ++i) {
      k.set_event(&ping);
      EXPECT_EQ(k.wait(&pong), STATUS_SUCCESS);
      EXPECT_EQ(shared, i + 1);
    }
    k.wait(other->header());
    k.release_thread(other);
  });
}

// Who only yields, at a higher priority, keeps the core from the thread that it waits for. The end of this test is that
// it ends.
TEST(RealTime, WhatAThreadOfLowerPriorityDoesIsWaitedFor) {
  const OneCoreByPriority core;
  if (!core.permitted()) GTEST_SKIP() << "SCHED_FIFO is not permitted to this user";
  KernelFixture machine(real_time());
  machine.run([&] {
    Kernel& k = machine.kernel();
    KEVENT there, go;
    k.dispatcher().initialize_event(&there, false, false);
    k.dispatcher().initialize_event(&go, false, false);
    std::atomic<bool> done = false;
    uint64_t lock = 0;
    ThreadObject* low = k.start_thread("low", [&] {
      OneCoreByPriority::take(1);
      k.set_event(&there);
      EXPECT_EQ(k.wait(&go), STATUS_SUCCESS);
      done = true;
      // With a lock that the other spins for, at the processor that it left.
      const Irql old = k.spin_locks().acquire(&lock, "KeAcquireSpinLock");
      k.set_event(&there);
      while (done) k.yield();
      k.spin_locks().release(&lock, old, "KeReleaseSpinLock");
    });
    EXPECT_EQ(k.wait(&there), STATUS_SUCCESS);
    OneCoreByPriority::take(2);
    k.set_event(&go);
    k.yield_until([&] { return done.load(); }, "the thread of lower priority");
    EXPECT_EQ(k.wait(&there), STATUS_SUCCESS);
    done = false;
    const Irql old = k.spin_locks().acquire(&lock, "KeAcquireSpinLock");
    k.spin_locks().release(&lock, old, "KeReleaseSpinLock");
    OneCoreByPriority::take(0);
    k.wait(low->header());
    k.release_thread(low);
  });
}

TEST(RealTime, ASpinLockKeepsTwoProcessorsApart) {
  KernelFixture machine(real_time());
  machine.run([&] {
    Kernel& k = machine.kernel();
    uint64_t lock = 0;
    int counter = 0;
    std::vector<ThreadObject*> threads;
    for (int t = 0; t < 3; ++t)
      threads.push_back(k.start_thread("adder", [&] {
        for (int i = 0; i < 500; ++i) {
          const Irql old = k.spin_locks().acquire(&lock, "KeAcquireSpinLock");
          ++counter;
          k.spin_locks().release(&lock, old, "KeReleaseSpinLock");
        }
      }));
    for (ThreadObject* t : threads) k.wait(t->header());
    EXPECT_EQ(counter, 1500);
  });
}

struct Shared {
  Kernel* kernel;
  KEVENT event;
  std::atomic<int> beats{0};
};
void NTAPI on_dpc(KDPC*, void* context, void*, void*) {
  auto& shared = *static_cast<Shared*>(context);
  EXPECT_EQ(shared.kernel->current_irql(), kDispatchLevel);
  ++shared.beats;
  shared.kernel->set_event(&shared.event);
}
void on_work(void* context) {
  auto& shared = *static_cast<Shared*>(context);
  EXPECT_EQ(shared.kernel->current_irql(), kPassiveLevel);
  ++shared.beats;
  shared.kernel->set_event(&shared.event);
}
void NTAPI on_ex_timer(void*, void* context) { on_dpc(nullptr, context, nullptr, nullptr); }

TEST(RealTime, TimersFireAsDpcs) {
  KernelFixture machine(real_time());
  machine.run([&] {
    Kernel& k = machine.kernel();
    Shared shared{&k, {}, {}};
    k.dispatcher().initialize_event(&shared.event, false, false);
    KTIMER timer;
    KDPC dpc;
    k.timers().initialize(&timer, true);
    k.dpcs().initialize(&dpc, reinterpret_cast<void*>(&on_dpc), &shared, false);
    const Nanoseconds start = k.clock().now();
    k.timers().set(&timer, -10'000, 1, &dpc);
    for (int i = 0; i < 5; ++i) EXPECT_EQ(k.wait(&shared.event), STATUS_SUCCESS);
    EXPECT_GE(k.clock().now() - start, std::chrono::milliseconds(5));
    k.timers().cancel(&timer);
    k.dpcs().flush();
    ExTimer* ex = k.timers().allocate(&on_ex_timer, &shared, 4);
    k.timers().set(ex, -5'000, 0);
    EXPECT_EQ(k.wait(&shared.event), STATUS_SUCCESS);
    k.timers().destroy(ex, true, true, nullptr, nullptr);
    EXPECT_EQ(k.wait(&shared.event, -10'000), STATUS_TIMEOUT);
  });
}

TEST(RealTime, DpcsForBothProcessorsAndWorkItems) {
  KernelFixture machine(real_time());
  machine.run([&] {
    Kernel& k = machine.kernel();
    Shared shared{&k, {}, {}};
    k.dispatcher().initialize_event(&shared.event, false, false);
    KDPC dpcs[2];
    for (int round = 0; round < 20; ++round) {
      for (uint32_t p = 0; p < 2; ++p) {
        k.dpcs().initialize(&dpcs[p], reinterpret_cast<void*>(&on_dpc), &shared, false);
        k.dpcs().set_target(&dpcs[p], p);
        k.dpcs().insert(&dpcs[p], nullptr, nullptr);
      }
      k.dpcs().flush();
      EXPECT_EQ(shared.beats.load(), 2 * round + 2);
    }
    for (int i = 0; i < 10; ++i) k.work_queue().queue({&on_work, &shared});
    while (shared.beats.load() < 50) k.wait(&shared.event, -10'000);
  });
}

TEST(RealTime, ABugCheckReturnsFromRunAndParksTheOthers) {
  KernelFixture machine(real_time());
  static KEVENT never;
  machine.run_to_bug_check(0xC4, [&] {
    Kernel& k = machine.kernel();
    k.dispatcher().initialize_event(&never, true, false);
    for (int i = 0; i < 3; ++i)
      k.start_thread("caller", [] {
        for (;;) ApiScope scope("something");
      });
    k.start_thread("waiter", [&k] { k.wait(&never); });
    k.start_thread("culprit", [&k] { k.bug_check({0xC4, {1, 2, 3, 4}, "a test", {}}); });
    k.wait(&never);
  });
}

}  // namespace
}  // namespace portside::kernel
