#include "kernel/live_objects.h"

#include <gtest/gtest.h>
#include <wdm.h>

#include "kernel/dispatcher.h"
#include "kernel/dpc_queue.h"
#include "kernel/kernel_fixture.h"
#include "kernel/kernel_timers.h"
#include "kernel/work_queue.h"

namespace portside::kernel {
namespace {

class LeftLog : public LiveObjectObserver {
 public:
  void on_left(const LeftObject& left) override { seen.push_back(left); }
  std::vector<LeftObject> seen;
};

class LiveObjectsTest : public testing::Test {
 protected:
  LiveObjectsTest() { kernel_->live_object_observers().add(log_); }
  ~LiveObjectsTest() override { kernel_->live_object_observers().remove(log_); }
  template <class T>
  void gone(T& memory) {
    const auto begin = reinterpret_cast<uint64_t>(&memory);
    kernel_->memory_gone(begin, begin + sizeof(T), "test");
  }

  LeftLog log_;
  KernelFixture kernel_;
};

TEST_F(LiveObjectsTest, ATimerIsToldWhileItIsSetAndDoesNotFireAfterwards) {
  kernel_.run([&] {
    static KTIMER timer;
    kernel_->timers().initialize(&timer, false);
    gone(timer);
    EXPECT_TRUE(log_.seen.empty()) << "not set";
    kernel_->timers().set(&timer, -10'000, 0, nullptr);
    gone(timer);
    ASSERT_EQ(log_.seen.size(), 1u);
    EXPECT_EQ(log_.seen[0].object.kind, LiveKind::kTimer);
    EXPECT_EQ(log_.seen[0].object.address, reinterpret_cast<uint64_t>(&timer));
    kernel_->sleep_for(std::chrono::milliseconds(5));
    EXPECT_EQ(timer.Header.SignalState, 0);
    gone(timer);
    EXPECT_EQ(log_.seen.size(), 1u);
  });
}

TEST_F(LiveObjectsTest, AQueuedDpcIsToldAndDoesNotRun) {
  kernel_.run([&] {
    static KDPC dpc;
    static bool ran = false;
    PKDEFERRED_ROUTINE routine = +[](PRKDPC, PVOID, PVOID, PVOID) __attribute__((ms_abi)) { ran = true; };
    kernel_->dpcs().initialize(&dpc, reinterpret_cast<void*>(routine), nullptr, false);
    {
      IrqlScope raised(kernel_.kernel(), kDispatchLevel);
      kernel_->dpcs().insert(&dpc, nullptr, nullptr);
      gone(dpc);
    }
    ASSERT_EQ(log_.seen.size(), 1u);
    EXPECT_EQ(log_.seen[0].object.kind, LiveKind::kDpc);
    EXPECT_FALSE(ran);
  });
}

TEST_F(LiveObjectsTest, WhoWaitsForAnObjectThatGoesWaitsForItsTimeOutAlone) {
  kernel_.run([&] {
    static KEVENT event;
    kernel_->dispatcher().initialize_event(&event, true, false);
    int32_t status = -1;
    ThreadObject* waiter = kernel_->start_thread("waits", [&] { status = kernel_->wait(&event, -100'000); });
    kernel_->sleep_for(std::chrono::milliseconds(1));
    gone(event);
    ASSERT_EQ(log_.seen.size(), 1u);
    EXPECT_EQ(log_.seen[0].object.kind, LiveKind::kWaitedFor);
    std::fill_n(reinterpret_cast<uint8_t*>(&event), sizeof event, uint8_t{0xDD});
    (void)kernel_->wait(waiter->header());
    EXPECT_EQ(status, 0x102);
    kernel_->release_thread(waiter);
  });
}

TEST_F(LiveObjectsTest, CodeThatATimerWouldCallIsToldWhenItIsUnloaded) {
  kernel_.run([&] {
    static KTIMER timer;
    static KDPC dpc;
    PKDEFERRED_ROUTINE routine = +[](PRKDPC, PVOID, PVOID, PVOID) __attribute__((ms_abi)) {};
    const auto code = reinterpret_cast<uint64_t>(routine);
    kernel_->dpcs().initialize(&dpc, reinterpret_cast<void*>(routine), nullptr, false);
    kernel_->timers().initialize(&timer, false);
    kernel_->timers().set(&timer, -10'000'000, 0, &dpc);
    kernel_->code_gone(code + 1, code + 100);
    EXPECT_TRUE(log_.seen.empty()) << "another's code";
    kernel_->code_gone(code, code + 1);
    ASSERT_EQ(log_.seen.size(), 1u);
    EXPECT_TRUE(log_.seen[0].unloaded);
    EXPECT_EQ(log_.seen[0].object.routine, code);
  });
}

}  // namespace
}  // namespace portside::kernel
