#include "kernel/dispatcher.h"

#include <wdm.h>

#include "kernel/kernel_fixture.h"
#include "kernel/machine_clock.h"

namespace portside::kernel {
namespace {

using std::chrono::milliseconds;
constexpr int64_t ms(int64_t n) { return -n * 10'000; }

class DispatcherTest : public ::testing::Test {
 protected:
  KernelFixture machine;
  Kernel& k = machine.kernel();
  Dispatcher& d = k.dispatcher();
};

TEST_F(DispatcherTest, ASynchronizationEventWakesOneThreadAndANotificationEventAll) {
  for (const bool notification : {false, true}) {
    KEVENT event;
    int woken = 0;
    machine.run([&] {
      d.initialize_event(&event, notification, false);
      std::vector<ThreadObject*> threads;
      for (int i = 0; i < 3; ++i)
        threads.push_back(k.start_thread("waiter", [&] {
          EXPECT_EQ(k.wait(&event, ms(1000)) == STATUS_SUCCESS, true);
          ++woken;
        }));
      k.sleep_for(milliseconds(1));
      EXPECT_EQ(d.set_event(&event), 0);
      k.sleep_for(milliseconds(1));
      EXPECT_EQ(woken, notification ? 3 : 1);
      EXPECT_EQ(d.read_state(&event), notification ? 1 : 0);
      while (woken < 3) {
        d.set_event(&event);
        k.sleep_for(milliseconds(1));
      }
      for (ThreadObject* t : threads) {
        EXPECT_EQ(k.wait(t->header()), STATUS_SUCCESS);
        k.release_thread(t);
      }
      woken = 0;
    });
  }
}

TEST_F(DispatcherTest, TimeOutsPollRelativeAndAbsolute) {
  machine.run([&] {
    KEVENT event;
    d.initialize_event(&event, true, false);
    Nanoseconds before = k.clock().now();
    EXPECT_EQ(k.wait(&event, 0), STATUS_TIMEOUT);
    EXPECT_EQ(k.clock().now(), before);
    EXPECT_EQ(k.wait(&event, ms(10)), STATUS_TIMEOUT);
    EXPECT_GE(k.clock().now() - before, milliseconds(10));
    EXPECT_LE(k.clock().now() - before, milliseconds(11));
    before = k.clock().now();
    EXPECT_EQ(k.wait(&event, k.clock().system_time_precise() + 50'000), STATUS_TIMEOUT);
    EXPECT_GE(k.clock().now() - before, milliseconds(5));
    EXPECT_EQ(k.wait(&event, 1), STATUS_TIMEOUT);  // long past
    d.set_event(&event);
    EXPECT_EQ(k.wait(&event, 0), STATUS_SUCCESS);
    EXPECT_EQ(d.reset_event(&event), 1);
    EXPECT_EQ(k.wait(&event, 0), STATUS_TIMEOUT);
  });
}

TEST_F(DispatcherTest, AMutexRecursesAndBelongsToItsThread) {
  MisuseLog log;
  k.misuse_observers().add(log);
  machine.run([&] {
    KMUTANT mutex;
    d.initialize_mutex(&mutex);
    bool success;
    EXPECT_EQ(k.wait(&mutex), STATUS_SUCCESS);
    EXPECT_EQ(k.wait(&mutex), STATUS_SUCCESS);
    EXPECT_EQ(d.read_state(&mutex), -1);
    EXPECT_EQ(k.current_thread()->apc_disable, 1);
    ThreadObject* other = k.start_thread("other", [&] {
      bool released;
      d.release_mutex(&mutex, released);
      EXPECT_FALSE(released);
      EXPECT_EQ(k.wait(&mutex, ms(5)), STATUS_TIMEOUT);
    });
    k.wait(other->header());
    EXPECT_EQ(d.release_mutex(&mutex, success), -1);
    EXPECT_EQ(d.release_mutex(&mutex, success), 0);
    EXPECT_TRUE(success);
    EXPECT_EQ(d.read_state(&mutex), 1);
    EXPECT_EQ(k.current_thread()->apc_disable, 0);
  });
  ASSERT_EQ(log.seen.size(), 1u);
  EXPECT_EQ(log.seen[0].kind, MisuseKind::kMutexNotOwned);
}

TEST_F(DispatcherTest, AnAbandonedMutexSaysSo) {
  machine.run([&] {
    KMUTANT mutex;
    d.initialize_mutex(&mutex);
    ThreadObject* careless = k.start_thread("careless", [&] { k.wait(&mutex); });
    k.wait(careless->header());
    EXPECT_EQ(k.wait(&mutex), STATUS_ABANDONED);
    bool success;
    d.release_mutex(&mutex, success);
    EXPECT_EQ(k.wait(&mutex), STATUS_SUCCESS);
    d.release_mutex(&mutex, success);
  });
}

TEST_F(DispatcherTest, ASemaphoreCountsAndKeepsItsLimit) {
  MisuseLog log;
  k.misuse_observers().add(log);
  machine.run([&] {
    KSEMAPHORE semaphore;
    d.initialize_semaphore(&semaphore, 1, 2);
    bool success;
    EXPECT_EQ(d.release_semaphore(&semaphore, 1, success), 1);
    EXPECT_TRUE(success);
    EXPECT_EQ(d.release_semaphore(&semaphore, 1, success), 2);
    EXPECT_FALSE(success);
    EXPECT_EQ(k.wait(&semaphore, 0), STATUS_SUCCESS);
    EXPECT_EQ(k.wait(&semaphore, 0), STATUS_SUCCESS);
    EXPECT_EQ(k.wait(&semaphore, 0), STATUS_TIMEOUT);
  });
  ASSERT_EQ(log.seen.size(), 1u);
  EXPECT_EQ(log.seen[0].kind, MisuseKind::kSemaphoreLimit);
}

TEST_F(DispatcherTest, WaitAnyTakesTheFirstAndWaitAllTakesAllAtOnce) {
  machine.run([&] {
    KEVENT a, b;
    KSEMAPHORE c;
    d.initialize_event(&a, false, false);
    d.initialize_event(&b, false, false);
    d.initialize_semaphore(&c, 0, 5);
    void* objects[] = {&a, &b, &c};
    ThreadObject* setter = k.start_thread("setter", [&] {
      k.sleep_for(milliseconds(1));
      d.set_event(&b);
    });
    EXPECT_EQ(d.wait({.objects = objects}), 1);
    EXPECT_EQ(d.wait({.objects = objects, .timeout_hns = ms(3)}), STATUS_TIMEOUT);
    k.wait(setter->header());

    bool got_all = false;
    ThreadObject* waiter = k.start_thread("all", [&] {
      EXPECT_EQ(d.wait({.objects = objects, .all = true}), 0);
      got_all = true;
    });
    k.sleep_for(milliseconds(1));
    d.set_event(&a);
    d.set_event(&b);
    k.sleep_for(milliseconds(1));
    EXPECT_FALSE(got_all);
    EXPECT_EQ(d.read_state(&a), 1);  // a wait for all takes nothing until it has everything
    bool success;
    d.release_semaphore(&c, 1, success);
    k.wait(waiter->header());
    EXPECT_TRUE(got_all);
    EXPECT_EQ(d.read_state(&a), 0);
    EXPECT_EQ(d.read_state(&c), 0);
  });
}

TEST_F(DispatcherTest, SixtyFourObjects) {
  machine.run([&] {
    std::vector<KEVENT> events(64);
    std::vector<void*> objects;
    for (KEVENT& e : events) {
      d.initialize_event(&e, false, false);
      objects.push_back(&e);
    }
    k.start_thread("setter", [&] { d.set_event(&events[63]); });
    EXPECT_EQ(d.wait({.objects = objects}), 63);
  });
}

TEST_F(DispatcherTest, ObjectsThatWereNeverInitialisedAreTold) {
  MisuseLog log;
  k.misuse_observers().add(log);
  const BugCheckRecord& record = machine.run_to_bug_check(kIrqlNotLessOrEqual, [&] {
    static KEVENT zeroed;
    d.set_event(&zeroed);
    EXPECT_EQ(k.wait(&zeroed, 0), STATUS_SUCCESS);
    d.reset_event(&zeroed);
    k.wait(&zeroed);
  });
  EXPECT_NE(record.sentence.find("never initialised"), std::string::npos);
  EXPECT_GE(log.seen.size(), 3u);
}

TEST_F(DispatcherTest, WaitingAtDispatchLevelEndsTheMachineOnlyWhenItWouldSwitch) {
  const BugCheckRecord& record = machine.run_to_bug_check(kAttemptedSwitchFromDpc, [&] {
    KEVENT event;
    d.initialize_event(&event, false, true);
    IrqlScope raised(k, kDispatchLevel);
    EXPECT_EQ(k.wait(&event, ms(1)), STATUS_SUCCESS);
    EXPECT_EQ(k.wait(&event, 0), STATUS_TIMEOUT);
    k.wait(&event, ms(1));
  });
  EXPECT_EQ(record.irql, kDispatchLevel);
}

}  // namespace
}  // namespace portside::kernel
