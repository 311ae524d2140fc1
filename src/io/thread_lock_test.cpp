#include "io/thread_lock.h"

#include <wdm.h>

#include <atomic>

#include "kernel/dispatcher.h"
#include "kernel/kernel_fixture.h"
#include "kernel/one_core_by_priority.h"

namespace portside::io {
namespace {

using kernel::KernelFixture;
using kernel::OneCoreByPriority;

TEST(ThreadLock, IsRecursiveAndKeepsOthersOutOnBothClocks) {
  for (const kernel::KernelOptions& options : {kernel::KernelOptions{}, kernel::real_time()}) {
    KernelFixture machine(options);
    ThreadLock lock("the lock under test");
    machine.run([&] {
      int inside = 0;
      const auto use = [&] {
        for (int i = 0; i < 100; ++i) {
          const ThreadGuard outer(lock);
          const ThreadGuard inner(lock);
          EXPECT_TRUE(lock.held_by_me());
          EXPECT_EQ(++inside, 1);
          machine->yield();
          --inside;
        }
        EXPECT_FALSE(lock.held_by_me());
      };
      kernel::ThreadObject* other = machine->start_thread("other", use);
      use();
      machine->wait(other->header());
      machine->release_thread(other);
    });
  }
}

// A stream's thread that waited by yielding kept the core from a control's thread, one priority lower, that held the
// lock: neither came further. The end of this test is that it ends.
TEST(ThreadLock, AnOwnerOfLowerPriorityComesToLetGo) {
  const OneCoreByPriority core;
  if (!core.permitted()) GTEST_SKIP() << "SCHED_FIFO is not permitted to this user";
  KernelFixture machine(kernel::real_time());
  ThreadLock lock("the lock under test");
  machine.run([&] {
    KEVENT held, go;
    machine->dispatcher().initialize_event(&held, false, false);
    machine->dispatcher().initialize_event(&go, false, false);
    std::atomic<bool> let_go = false;
    kernel::ThreadObject* owner = machine->start_thread("owner", [&] {
      const ThreadGuard guard(lock);
      OneCoreByPriority::take(1);
      machine->set_event(&held);
      EXPECT_EQ(machine->wait(&go), STATUS_SUCCESS);
      let_go = true;
    });
    EXPECT_EQ(machine->wait(&held), STATUS_SUCCESS);
    OneCoreByPriority::take(2);
    machine->set_event(&go);
    {
      const ThreadGuard guard(lock);
      EXPECT_TRUE(let_go);
    }
    OneCoreByPriority::take(0);
    machine->wait(owner->header());
    machine->release_thread(owner);
  });
}

}  // namespace
}  // namespace portside::io
