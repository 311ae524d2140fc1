// The seeded scheduler: what repeats, what differs, what two processors do to a spin lock, and how a deadlock is told.

#include <wdm.h>

#include <set>

#include "kernel/api_scope.h"
#include "kernel/dispatcher.h"
#include "kernel/kernel_fixture.h"
#include "kernel/kernel_timers.h"
#include "kernel/machine_clock.h"
#include "kernel/spin_locks.h"
#include "kernel/work_queue.h"

namespace portside::kernel {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

std::string trace_of(uint64_t seed) {
  KernelFixture machine(with_seed(seed));
  TraceText trace;
  machine->trace_observers().add(trace);
  machine.run([&] {
    Kernel& k = machine.kernel();
    uint64_t lock = 0;
    KEVENT done;
    k.dispatcher().initialize_event(&done, false, false);
    int left = 3;
    for (int t = 0; t < 3; ++t)
      k.start_thread("worker", [&, t] {
        for (int i = 0; i < 20; ++i) {
          const Irql old = k.spin_locks().acquire(&lock, "KeAcquireSpinLock");
          { ApiScope scope("inside"); }
          k.spin_locks().release(&lock, old, "KeReleaseSpinLock");
          if (i % 5 == t) k.sleep_for(microseconds(100));
          ApiScope scope("outside");
        }
        if (--left == 0) k.set_event(&done);
      });
    k.wait(&done);
  });
  return trace.text;
}

TEST(Scheduler, TheSameSeedIsTheSameRunByteForByte) {
  for (uint64_t seed = 1; seed <= 20; ++seed) EXPECT_EQ(trace_of(seed), trace_of(seed)) << "seed " << seed;
}

TEST(Scheduler, AnotherSeedIsAnotherInterleaving) {
  std::set<std::string> traces;
  for (uint64_t seed = 1; seed <= 20; ++seed) traces.insert(trace_of(seed));
  EXPECT_GE(traces.size(), 18u);
}

// An unprotected counter whose update spans a kernel call: some seed loses an update. With the spin lock none does.
int count_with(uint64_t seed, bool locked) {
  KernelFixture machine(with_seed(seed));
  int counter = 0;
  machine.run([&] {
    Kernel& k = machine.kernel();
    uint64_t lock = 0;
    std::vector<ThreadObject*> threads;
    for (int t = 0; t < 2; ++t)
      threads.push_back(k.start_thread("adder", [&] {
        for (int i = 0; i < 10; ++i) {
          Irql old = 0;
          if (locked) old = k.spin_locks().acquire(&lock, "KeAcquireSpinLock");
          else old = k.raise_irql(kDispatchLevel);  // owning one processor does not keep the other out
          const int seen = counter;
          { ApiScope scope("KeQueryPerformanceCounter"); }
          counter = seen + 1;
          if (locked) k.spin_locks().release(&lock, old, "KeReleaseSpinLock");
          else k.lower_irql(old);
        }
      }));
    for (ThreadObject* t : threads) k.wait(t->header());
  });
  return counter;
}

TEST(Scheduler, TwoProcessorsRaceAndASpinLockKeepsThemApart) {
  int lost = 0;
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    lost += count_with(seed, false) < 20;
    EXPECT_EQ(count_with(seed, true), 20) << "seed " << seed;
  }
  EXPECT_GE(lost, 5);
}

TEST(Scheduler, ASpinLockTakenTwiceByOneProcessorEndsTheMachine) {
  KernelFixture machine;
  uint64_t lock = 0;
  const BugCheckRecord& record = machine.run_to_bug_check(kSpinLockAlreadyOwned, [&] {
    machine->spin_locks().acquire(&lock, "KeAcquireSpinLock");
    machine->spin_locks().acquire(&lock, "KeAcquireSpinLock");
  });
  EXPECT_EQ(record.parameters[0], reinterpret_cast<uint64_t>(&lock));
  EXPECT_EQ(record.irql, kDispatchLevel);
  // The machine, not the process: later calls say so and run nothing.
  bool ran = false;
  Result<> again = machine->run([&] { ran = true; });
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code(), StatusCode::kMachineEnded);
  EXPECT_FALSE(ran);
}

TEST(Scheduler, ASpinLockThatNobodyReleasesIsTold) {
  KernelFixture machine;
  uint64_t lock = 0;
  machine.run_to_bug_check(kDpcWatchdogViolation, [&] {
    lock = 77;
    machine->spin_locks().acquire(&lock, "KeAcquireSpinLock");
  });
}

TEST(Scheduler, ReleasingAFreeSpinLockIsTold) {
  KernelFixture machine;
  MisuseLog log;
  machine->misuse_observers().add(log);
  machine.run([&] {
    uint64_t lock = 0;
    const Irql old = machine->raise_irql(kDispatchLevel);
    machine->spin_locks().release(&lock, old, "KeReleaseSpinLock");
  });
  ASSERT_EQ(log.seen.size(), 1u);
  EXPECT_EQ(log.seen[0].kind, MisuseKind::kSpinLockNotHeld);
}

TEST(Scheduler, ADeadlockNamesWhoWaitsForWhat) {
  KernelFixture machine;
  static KMUTANT a, b;
  const BugCheckRecord& record = machine.run_to_bug_check(kPortsideDeadlock, [&] {
    Kernel& k = machine.kernel();
    k.dispatcher().initialize_mutex(&a);
    k.dispatcher().initialize_mutex(&b);
    auto take = [&k](KMUTANT* first, KMUTANT* second) {
      k.wait(first);
      k.sleep_for(milliseconds(1));
      k.wait(second);
    };
    k.start_thread("left", [&] { take(&a, &b); });
    take(&b, &a);
  });
  EXPECT_NE(record.sentence.find("\"main\" waits for a mutex that thread"), std::string::npos) << record.sentence;
  EXPECT_NE(record.sentence.find("\"left\" waits for a mutex"), std::string::npos) << record.sentence;
}

TEST(Scheduler, TwoThatPollForAThirdThatWaitsForTimeDoNotStopTheClock) {
  KernelFixture machine;
  machine.run([&] {
    Kernel& k = machine.kernel();
    bool done = false;
    k.start_thread("sleeper", [&] {
      k.sleep_for(milliseconds(50));
      done = true;
    });
    ThreadObject* other = k.start_thread("poller", [&] { k.yield_until([&] { return done; }, "one"); });
    k.yield_until([&] { return done; }, "two");
    k.wait(other->header());
    EXPECT_LT(k.clock().now(), milliseconds(51));
  });
}

TEST(Scheduler, TheTimeLimitStopsARunThatWouldNeverEnd) {
  KernelOptions options;
  options.time_limit = std::chrono::seconds(5);
  KernelFixture machine(options);
  static KEVENT never;
  static KTIMER timer;
  machine.run_to_bug_check(kPortsideWatchdog, [&] {
    machine->dispatcher().initialize_event(&never, true, false);
    machine->timers().initialize(&timer, true);
    machine->timers().set(&timer, -1, 10, nullptr);
    machine->wait(&never);
  });
}

TEST(Scheduler, CallsWithoutAWaitStopALoopThatWouldNeverEnd) {
  KernelOptions options;
  options.most_calls = 1000;
  KernelFixture machine(options);
  machine.run([&] {
    for (int round = 0; round < 3; ++round) {
      for (int i = 0; i < 900; ++i) ApiScope scope("KeQueryPerformanceCounter");
      machine->sleep_for(milliseconds(1));
    }
  });
  const BugCheckRecord& record = machine.run_to_bug_check(kPortsideWatchdog, [] {
    for (;;) ApiScope scope("KeQueryPerformanceCounter");
  });
  EXPECT_NE(record.sentence.find("calls KeQueryPerformanceCounter: 1000 calls"), std::string::npos) << record.sentence;
}

TEST(Scheduler, ThreadsOutliveARunAndGoOnInTheNext) {
  KernelFixture machine;
  int beats = 0;
  machine.run([&] {
    machine->start_thread("background", [&] {
      for (;;) {
        machine->sleep_for(milliseconds(10));
        ++beats;
      }
    });
    machine->sleep_for(milliseconds(55));
  });
  EXPECT_EQ(beats, 5);
  machine.run([&] { machine->sleep_for(milliseconds(50)); });
  EXPECT_EQ(beats, 10);
}

TEST(Scheduler, TenThousandThreadsLeaveNothingBehind) {
  KernelFixture machine;
  machine.run([&] {
    Kernel& k = machine.kernel();
    for (int i = 0; i < 10'000; ++i) {
      ThreadObject* t = k.start_thread("short", [] {});
      k.wait(t->header());
      k.release_thread(t);
    }
    k.yield();
    EXPECT_LE(k.threads().size(), 5u);
  });
}

TEST(Scheduler, AThreadMayEndItself) {
  KernelFixture machine;
  machine.run([&] {
    Kernel& k = machine.kernel();
    ThreadObject* t = k.start_thread("ends", [&] { k.exit_thread(static_cast<int32_t>(0xC0000001)); });
    EXPECT_EQ(k.wait(t->header()), STATUS_SUCCESS);
    EXPECT_EQ(t->exit_status(), static_cast<int32_t>(0xC0000001));
    EXPECT_EQ(t->state(), ThreadState::kTerminated);
    k.release_thread(t);
  });
}

TEST(Scheduler, WorkItemsRunAtPassiveLevelOnAWorkerThread) {
  KernelFixture machine;
  static int done;
  done = 0;
  machine.run([&] {
    Kernel& k = machine.kernel();
    const Irql old = k.raise_irql(kDispatchLevel);
    for (int i = 0; i < 10; ++i)
      k.work_queue().queue({[](void* context) {
                              auto& kernel = *static_cast<Kernel*>(context);
                              EXPECT_EQ(kernel.current_irql(), kPassiveLevel);
                              EXPECT_TRUE(kernel.current_thread()->name().starts_with("Worker"));
                              kernel.sleep_for(microseconds(10));
                              ++done;
                            },
                            &k});
    k.lower_irql(old);
    k.sleep_for(milliseconds(1));
    EXPECT_EQ(done, 10);
    EXPECT_EQ(k.work_queue().pending(), 0u);
  });
}

TEST(Scheduler, AWorkItemThatReturnsAtARaisedIrqlEndsTheMachine) {
  KernelFixture machine;
  machine.run_to_bug_check(0xE1, [&] {
    Kernel& k = machine.kernel();
    k.work_queue().queue({[](void* context) { static_cast<Kernel*>(context)->raise_irql(kApcLevel); }, &k});
    k.sleep_for(milliseconds(1));
  });
}

TEST(Scheduler, ObserversSeeEachCallWithItsIrql) {
  struct Log : ApiObserver {
    void on_call(const ApiCall& call) override { calls.push_back(call); }
    std::vector<ApiCall> calls;
  } log;
  KernelFixture machine;
  machine->api_observers().add(log);
  machine.run([&] {
    { ApiScope scope("IPortWaveRTStream::MapAllocatedPages", kPassiveLevel, kPassiveLevel); }
    IrqlScope raised(machine.kernel(), kDispatchLevel);
    ApiScope scope("IPortWaveRTStream::MapAllocatedPages", kPassiveLevel, kPassiveLevel);
  });
  ASSERT_EQ(log.calls.size(), 2u);
  EXPECT_TRUE(log.calls[0].irql_allowed());
  EXPECT_FALSE(log.calls[1].irql_allowed());
}

}  // namespace
}  // namespace portside::kernel
