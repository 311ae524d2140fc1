#include "kernel/kernel_timers.h"

#include <wdm.h>

#include <vector>

#include "kernel/dispatcher.h"
#include "kernel/dpc_queue.h"
#include "kernel/kernel_fixture.h"
#include "kernel/machine_clock.h"

namespace portside::kernel {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

struct Beats {
  std::vector<Nanoseconds> at;
  KEVENT event;
};

void NTAPI beat(KDPC*, void* context, void*, void*) {
  auto& beats = *static_cast<Beats*>(context);
  beats.at.push_back(current<Kernel>().clock().now());
  current<Kernel>().set_event(&beats.event);
}
void NTAPI ex_beat(void*, void* context) { beat(nullptr, context, nullptr, nullptr); }

KernelOptions granularity(Nanoseconds tick) {
  KernelOptions options;
  options.timer_granularity = tick;
  return options;
}

TEST(KernelTimers, ATimerIsSignalledOnceItsTimeHasComeAndNoSooner) {
  KernelFixture machine(granularity({}));
  machine.run([&] {
    Kernel& k = machine.kernel();
    KTIMER timer;
    k.timers().initialize(&timer, false);
    const Nanoseconds start = k.clock().now();
    EXPECT_FALSE(k.timers().set(&timer, -100'000, 0, nullptr));
    EXPECT_EQ(k.wait(&timer, -50'000), STATUS_TIMEOUT);
    EXPECT_EQ(k.wait(&timer), STATUS_SUCCESS);
    EXPECT_EQ(k.clock().now() - start, milliseconds(10));
    EXPECT_EQ(k.wait(&timer, 0), STATUS_SUCCESS);  // a notification timer stays signalled
    EXPECT_FALSE(k.timers().cancel(&timer));
    EXPECT_FALSE(k.timers().set(&timer, -100'000, 0, nullptr));
    EXPECT_EQ(k.dispatcher().read_state(&timer), 0);
    EXPECT_TRUE(k.timers().set(&timer, -200'000, 0, nullptr));
    EXPECT_TRUE(k.timers().any_in(reinterpret_cast<uint64_t>(&timer), reinterpret_cast<uint64_t>(&timer + 1)));
    EXPECT_TRUE(k.timers().cancel(&timer));
    EXPECT_FALSE(k.timers().any_in(reinterpret_cast<uint64_t>(&timer), reinterpret_cast<uint64_t>(&timer + 1)));
  });
}

TEST(KernelTimers, APeriodicTimerKeepsItsBeatWithoutDrift) {
  KernelFixture machine;
  Beats beats;
  machine.run([&] {
    Kernel& k = machine.kernel();
    k.dispatcher().initialize_event(&beats.event, false, false);
    KTIMER timer;
    KDPC dpc;
    k.timers().initialize(&timer, true);
    k.dpcs().initialize(&dpc, reinterpret_cast<void*>(&beat), &beats, false);
    k.timers().set(&timer, -100'000, 10, &dpc);
    for (int i = 0; i < 100; ++i) {
      EXPECT_EQ(k.wait(&beats.event), STATUS_SUCCESS);
      ApiScope scope("something");
      k.stall(microseconds(100));
    }
    EXPECT_TRUE(k.timers().cancel(&timer));
    k.dpcs().flush();
  });
  ASSERT_EQ(beats.at.size(), 100u);
  EXPECT_GE(beats.at[0], milliseconds(10));
  EXPECT_LE(beats.at[0], milliseconds(11) + microseconds(10));
  for (size_t i = 1; i < beats.at.size(); ++i) {
    EXPECT_GE(beats.at[i] - beats.at[0], milliseconds(10) * i - microseconds(10));
    EXPECT_LE(beats.at[i] - beats.at[0], milliseconds(10) * i + microseconds(10));
  }
}

TEST(KernelTimers, GranularityRoundsUpToTheNextTick) {
  struct Row {
    Nanoseconds tick, expected;
  };
  for (const Row row : {Row{Nanoseconds(15'625'000), Nanoseconds(15'625'000)}, Row{milliseconds(1), milliseconds(2)},
                        Row{{}, microseconds(1500)}}) {
    KernelFixture machine(granularity(row.tick));
    machine.run([&] {
      Kernel& k = machine.kernel();
      KTIMER timer;
      k.timers().initialize(&timer, false);
      k.timers().set(&timer, -15'000, 0, nullptr);
      k.wait(&timer);
      EXPECT_EQ(k.clock().now(), row.expected);
    });
  }
}

TEST(KernelTimers, AHighResolutionExTimerIsExactAndItsDeletionWaits) {
  KernelFixture machine(granularity(Nanoseconds(15'625'000)));
  Beats beats;
  static int deleted;
  deleted = 0;
  machine.run([&] {
    Kernel& k = machine.kernel();
    k.dispatcher().initialize_event(&beats.event, false, false);
    ExTimer* timer = k.timers().allocate(&ex_beat, &beats, 4);
    EXPECT_FALSE(k.timers().set(timer, -10'000, 10'000));
    for (int i = 0; i < 10; ++i) k.wait(&beats.event);
    EXPECT_EQ(k.wait(timer, -20'000), STATUS_SUCCESS);  // a PEX_TIMER can be waited for
    EXPECT_TRUE(k.timers().cancel(timer));
    EXPECT_FALSE(k.timers().cancel(timer));
    EXPECT_EQ(k.wait(&beats.event, -500'000), k.wait(&beats.event, 0));
    EXPECT_FALSE(k.timers().destroy(timer, true, true, [](void*) __attribute__((ms_abi)) { ++deleted; }, nullptr));
    EXPECT_FALSE(k.timers().destroy(timer, true, true, nullptr, nullptr));
  });
  EXPECT_EQ(deleted, 1);
  EXPECT_EQ(machine->timers().live_ex_timers(), 0u);
  ASSERT_GE(beats.at.size(), 10u);
  EXPECT_EQ(beats.at[0], milliseconds(1));
  EXPECT_EQ(beats.at[9], milliseconds(10));
}

// Deleting a System-Allocated Timer Object: a timer that is set and not cancelled expires before it is deleted, a periodic one no more
// than once.
TEST(KernelTimers, AnExTimerDeletedWithoutCancelExpiresOnceMore) {
  KernelFixture machine;
  Beats beats;
  static size_t beats_at_deletion;
  static Beats* seen;
  seen = &beats;
  beats_at_deletion = 0;
  machine.run([&] {
    Kernel& k = machine.kernel();
    k.dispatcher().initialize_event(&beats.event, false, false);
    ExTimer* timer = k.timers().allocate(&ex_beat, &beats, 4);
    EXPECT_FALSE(k.timers().set(timer, -10'000, 10'000));
    k.wait(&beats.event);
    const auto deleted = [](void*) __attribute__((ms_abi)) { beats_at_deletion = seen->at.size(); };
    EXPECT_FALSE(k.timers().destroy(timer, false, false, deleted, nullptr));
    EXPECT_FALSE(k.timers().set(timer, -10'000, 0));
    EXPECT_EQ(beats_at_deletion, 0u);
    k.sleep_for(milliseconds(5));
    EXPECT_EQ(beats.at.size(), 2u);
    EXPECT_EQ(beats_at_deletion, 2u);
    EXPECT_EQ(k.timers().live_ex_timers(), 0u);
    // Nothing is pending: it goes at once.
    ExTimer* idle = k.timers().allocate(&ex_beat, &beats, 4);
    EXPECT_FALSE(k.timers().destroy(idle, false, false, nullptr, nullptr));
    EXPECT_EQ(k.timers().live_ex_timers(), 0u);
  });
}

TEST(KernelTimers, WhenAllWaitTheClockJumps) {
  KernelFixture machine;
  machine.run([&] {
    machine->sleep_for(std::chrono::hours(24 * 365));
    EXPECT_GE(machine->clock().now(), std::chrono::hours(24 * 365));
  });
}

TEST(KernelTimers, EveryCallAndEveryStallMovesTheClock) {
  KernelFixture machine;
  machine.run([&] {
    Kernel& k = machine.kernel();
    const int64_t before = k.clock().performance_counter();
    { ApiScope scope("KeQueryPerformanceCounter"); }
    EXPECT_GT(k.clock().performance_counter(), before);
    const Nanoseconds at = k.clock().now();
    k.stall(microseconds(50));
    EXPECT_EQ(k.clock().now() - at, microseconds(50));
    EXPECT_EQ(k.clock().interrupt_time() % 10'000, 0);
    EXPECT_GE(k.clock().interrupt_time_precise(), 600'000'000);
  });
}

TEST(KernelTimers, APollingLoopSeesItsTimerComeDue) {
  KernelFixture machine;
  Beats beats;
  machine.run([&] {
    Kernel& k = machine.kernel();
    k.dispatcher().initialize_event(&beats.event, true, false);
    KTIMER timer;
    KDPC dpc;
    k.timers().initialize(&timer, false);
    k.dpcs().initialize(&dpc, reinterpret_cast<void*>(&beat), &beats, false);
    k.timers().set(&timer, -10'000, 0, &dpc);
    while (beats.at.empty()) ApiScope scope("KeQueryPerformanceCounter");
    // At DISPATCH_LEVEL the other processor serves it.
    beats.at.clear();
    k.timers().set(&timer, -10'000, 0, &dpc);
    IrqlScope raised(k, kDispatchLevel);
    while (beats.at.empty()) ApiScope scope("KeQueryPerformanceCounter");
  });
}

}  // namespace
}  // namespace portside::kernel
