// The strategies of the scheduler: what repeats, what a recorded run replays to, what each of them finds and how soon,
// and that nobody starves under priorities.

#include <wdm.h>

#include <set>

#include "kernel/dispatcher.h"
#include "kernel/dpc_queue.h"
#include "kernel/kernel_fixture.h"
#include "kernel/kernel_timers.h"
#include "kernel/machine_clock.h"
#include "kernel/schedule.h"
#include "kernel/spin_locks.h"

namespace portside::kernel {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

KernelOptions with(uint64_t seed, std::string_view strategy, bool record = false) {
  KernelOptions options;
  options.seed = seed;
  options.schedule = ScheduleOptions::parse(strategy).value();
  options.schedule.record = record;
  options.schedule.at_accesses = true;
  return options;
}

TEST(ScheduleOptions, TextAndBack) {
  for (const char* text :
       {"uniform", "pct:3:1200", "pct:2:10:99999", "replay:", "replay:12.345=8@1,4.1=pause,0.1=12@0"})
    EXPECT_EQ(ScheduleOptions::parse(text).value().to_string(), text);
  for (const char* text : {"", "unifor", "uniform:", "uniform:3", "pct", "pct:3", "pct:0:5", "pct:x:5",
                           "pct:3:5:", "pct:3:5:6:7", "replay:1", "replay:1.2=3", "replay:1.2=3@2", "replay:1.2=3@0;"})
    EXPECT_FALSE(ScheduleOptions::parse(text)) << text;
}

void NTAPI count_up(KDPC*, void* counter, void*, void*) {
  const int seen = *static_cast<int*>(counter);
  ApiScope scope("in the DPC");
  *static_cast<int*>(counter) = seen + 1;
}

struct Passage {
  std::string trace;
  std::vector<ScheduleDecision> decisions;
  uint64_t calls = 0, accesses = 0;
  int counter = 0;
};

// Threads, a lock, a timer's DPC and an access point or two.
Passage run_with(const KernelOptions& options) {
  KernelFixture machine(options);
  TraceText trace;
  machine->trace_observers().add(trace);
  Passage run;
  static int shared;  // not on a thread's stack
  shared = 0;
  machine.run([&] {
    Kernel& k = machine.kernel();
    uint64_t lock = 0;
    KTIMER timer;
    KDPC dpc;
    int ticks = 0;
    k.timers().initialize(&timer, true);
    k.dpcs().initialize(&dpc, reinterpret_cast<void*>(&count_up), &ticks, false);
    k.timers().set(&timer, -10'000, 1, &dpc);
    std::vector<ThreadObject*> threads;
    for (int t = 0; t < 3; ++t)
      threads.push_back(k.start_thread("worker", [&, t] {
        for (int i = 0; i < 20; ++i) {
          const Irql old = k.spin_locks().acquire(&lock, "KeAcquireSpinLock");
          { ApiScope scope("inside"); }
          k.spin_locks().release(&lock, old, "KeReleaseSpinLock");
          k.preempt_at_access(reinterpret_cast<uint64_t>(&shared));
          const int seen = shared;
          k.preempt_at_access(reinterpret_cast<uint64_t>(&shared));
          shared = seen + 1;
          if (i % 5 == t) k.sleep_for(microseconds(700));
        }
      }));
    for (ThreadObject* thread : threads) k.wait(thread->header());
    k.timers().cancel(&timer);
    k.dpcs().flush();
    run.decisions = k.schedule()->decisions();
    run.calls = k.schedule()->calls();
    run.accesses = k.schedule()->accesses();
  });
  run.trace = trace.text;
  run.counter = shared;
  return run;
}

TEST(Schedule, TheSameSeedAndStrategyIsTheSameRunByteForByte) {
  std::set<std::string> traces;
  for (const char* strategy : {"uniform", "pct:1:400", "pct:3:400", "pct:4:400:120"})
    for (uint64_t seed = 1; seed <= 15; ++seed) {
      const Passage run = run_with(with(seed, strategy));
      EXPECT_EQ(run.trace, run_with(with(seed, strategy)).trace) << strategy << " seed " << seed;
      EXPECT_TRUE(run.decisions.empty()) << "not asked for";
      EXPECT_EQ(run.accesses, 120u);
      traces.insert(run.trace);
    }
  EXPECT_GE(traces.size(), 50u);
}

TEST(Schedule, ARecordedRunIsReplayedToTheSameTraceByItsDecisionsAlone) {
  for (const char* strategy : {"uniform", "pct:3:400", "pct:4:400:120"})
    for (uint64_t seed = 1; seed <= 15; ++seed) {
      const Passage run = run_with(with(seed, strategy, true));
      KernelOptions replay = with(seed, "replay:", true);
      replay.schedule.decisions = run.decisions;
      const Passage again = run_with(replay);
      EXPECT_EQ(run.trace, again.trace) << strategy << " seed " << seed;
      EXPECT_EQ(run.decisions, again.decisions);
      EXPECT_EQ(run.counter, again.counter);
    }
  EXPECT_TRUE(run_with(with(1, "replay:", true)).decisions.empty()) << "the default order leaves it nowhere";
}

// An update with no kernel call inside it is only lost where access points are.
TEST(Schedule, UpdatesWithoutACallAreLostAtAccessPoints) {
  int lost = 0, lost_without = 0;
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    lost += run_with(with(seed, seed % 2 ? "uniform" : "pct:3:400:120")).counter < 60;
    KernelOptions calls_alone = with(seed, seed % 2 ? "uniform" : "pct:3:400:120");
    calls_alone.schedule.at_accesses = false;
    lost_without += run_with(calls_alone).counter < 60;
  }
  EXPECT_GE(lost, 10);
  EXPECT_EQ(lost_without, 0);
}

// A thread at its very own stack is not interrupted: nobody else looks at it.
TEST(Schedule, TheThreadsOwnStackIsNoAccessPoint) {
  KernelFixture machine(with(1, "pct:2:10:10"));
  machine.run([&] {
    // Not of a variable: AddressSanitizer may keep that elsewhere.
    machine->preempt_at_access(reinterpret_cast<uint64_t>(__builtin_frame_address(0)));
    EXPECT_EQ(machine->schedule()->accesses(), 0u);
  });
}

TEST(Schedule, APollingThreadStarvesNobodyUnderPriorities) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    KernelFixture machine(with(seed, "pct:2:1000"));
    machine.run([&] {
      Kernel& k = machine.kernel();
      bool flag = false;
      uint64_t lock = 0;
      ThreadObject* setter = k.start_thread("setter", [&] {
        for (int i = 0; i < 10; ++i) ApiScope scope("working");
        const Irql old = k.spin_locks().acquire(&lock, "KeAcquireSpinLock");
        flag = true;
        k.spin_locks().release(&lock, old, "KeReleaseSpinLock");
      });
      // At PASSIVE_LEVEL, and owning a processor; with a lock in between.
      for (bool seen = false; !seen;) {
        ApiScope scope("KeAcquireSpinLock");
        const Irql old = k.spin_locks().acquire(&lock, "KeAcquireSpinLock");
        { ApiScope scope("KeQueryPerformanceCounter"); }
        seen = flag;
        k.spin_locks().release(&lock, old, "KeReleaseSpinLock");
      }
      k.wait(setter->header());
    });
  }
}

// At a change point a thread may stand still until the next deadline: a timer that was a millisecond away fires inside
// a window of two calls.
TEST(Schedule, AStandstillLetsATimerIntoAShortWindow) {
  int met = 0;
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    KernelFixture machine(with(seed, "pct:2:20"));
    machine.run([&] {
      Kernel& k = machine.kernel();
      KTIMER timer;
      KDPC dpc;
      int ticks = 0;
      k.timers().initialize(&timer, true);
      k.dpcs().initialize(&dpc, reinterpret_cast<void*>(&count_up), &ticks, false);
      k.timers().set(&timer, -20'000, 0, &dpc);
      for (int i = 0; i < 10; ++i) ApiScope scope("before");
      met += ticks;
      k.timers().cancel(&timer);
    });
  }
  EXPECT_GE(met, 4);
}

}  // namespace
}  // namespace portside::kernel
