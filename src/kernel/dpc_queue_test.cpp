#include "kernel/dpc_queue.h"

#include <wdm.h>

#include <vector>

#include "kernel/dispatcher.h"
#include "kernel/kernel_fixture.h"

namespace portside::kernel {
namespace {

struct Call {
  KDPC* dpc;
  void* argument1;
  Irql irql;
};
std::vector<Call>* calls_of(void* context) { return static_cast<std::vector<Call>*>(context); }

void NTAPI record(KDPC* dpc, void* context, void* argument1, void*) {
  calls_of(context)->push_back({dpc, argument1, current<Kernel>().current_irql()});
}

TEST(DpcQueue, QueuedAtPassiveLevelItHasRunBeforeTheCallReturns) {
  KernelFixture machine;
  std::vector<Call> calls;
  machine.run([&] {
    Kernel& k = machine.kernel();
    KDPC dpc;
    k.dpcs().initialize(&dpc, reinterpret_cast<void*>(&record), &calls, false);
    EXPECT_TRUE(k.dpcs().insert(&dpc, &dpc, nullptr));
    ASSERT_EQ(calls.size(), 1u);
    EXPECT_EQ(calls[0].irql, kDispatchLevel);
    EXPECT_EQ(calls[0].argument1, &dpc);
    EXPECT_EQ(k.current_irql(), kPassiveLevel);
  });
}

TEST(DpcQueue, QueuedAtDispatchLevelTheyRunInOrderWhenTheIrqlDrops) {
  KernelFixture machine;
  std::vector<Call> calls;
  machine.run([&] {
    Kernel& k = machine.kernel();
    KDPC dpcs[4];
    for (KDPC& dpc : dpcs) k.dpcs().initialize(&dpc, reinterpret_cast<void*>(&record), &calls, false);
    k.dpcs().set_high_importance(&dpcs[3], true);
    {
      IrqlScope raised(k, kDispatchLevel);
      for (KDPC& dpc : dpcs) EXPECT_TRUE(k.dpcs().insert(&dpc, nullptr, nullptr));
      EXPECT_FALSE(k.dpcs().insert(&dpcs[0], nullptr, nullptr));
      EXPECT_TRUE(k.dpcs().remove(&dpcs[1]));
      EXPECT_FALSE(k.dpcs().remove(&dpcs[1]));
      EXPECT_TRUE(calls.empty());
      {
        IrqlScope device(k, 5);
        EXPECT_TRUE(calls.empty());
      }
      EXPECT_TRUE(calls.empty());
    }
    ASSERT_EQ(calls.size(), 3u);
    EXPECT_EQ(calls[0].dpc, &dpcs[3]);
    EXPECT_EQ(calls[1].dpc, &dpcs[0]);
    EXPECT_EQ(calls[2].dpc, &dpcs[2]);
  });
}

TEST(DpcQueue, ADpcForTheOtherProcessorRunsThereAndFlushWaitsForIt) {
  KernelFixture machine;
  static std::vector<uint32_t> processors;
  processors.clear();
  machine.run([&] {
    Kernel& k = machine.kernel();
    for (uint32_t target : {0u, 1u, 1u, 0u}) {
      KDPC dpc;
      auto routine = +[](KDPC*, void*, void*, void*)
                          __attribute__((ms_abi)) { processors.push_back(current<Kernel>().current_processor()); };
      k.dpcs().initialize(&dpc, reinterpret_cast<void*>(routine), nullptr, false);
      k.dpcs().set_target(&dpc, target);
      k.dpcs().insert(&dpc, nullptr, nullptr);
      k.dpcs().flush();
      ASSERT_FALSE(processors.empty());
      EXPECT_EQ(processors.back(), target);
    }
  });
  EXPECT_EQ(processors.size(), 4u);
}

TEST(DpcQueue, ADpcThatReturnsAtAnotherIrqlIsTold) {
  KernelFixture machine;
  MisuseLog log;
  machine->misuse_observers().add(log);
  machine.run([&] {
    Kernel& k = machine.kernel();
    KDPC dpc;
    auto routine =
        +[](KDPC*, void*, void*, void*) __attribute__((ms_abi)) { current<Kernel>().lower_irql(kPassiveLevel); };
    k.dpcs().initialize(&dpc, reinterpret_cast<void*>(routine), nullptr, false);
    k.dpcs().insert(&dpc, nullptr, nullptr);
    EXPECT_EQ(k.current_irql(), kPassiveLevel);
  });
  ASSERT_EQ(log.seen.size(), 1u);
  EXPECT_EQ(log.seen[0].kind, MisuseKind::kDpcChangedIrql);
}

TEST(DpcQueue, RaisingDownAndLoweringUpAreToldAndChangeNothing) {
  KernelFixture machine;
  MisuseLog log;
  machine->misuse_observers().add(log);
  machine.run([&] {
    Kernel& k = machine.kernel();
    k.lower_irql(kDispatchLevel);
    EXPECT_EQ(k.current_irql(), kPassiveLevel);
    const Irql old = k.raise_irql(kDispatchLevel);
    EXPECT_EQ(k.raise_irql(kApcLevel), kDispatchLevel);
    EXPECT_EQ(k.current_irql(), kDispatchLevel);
    k.lower_irql(old);
  });
  ASSERT_EQ(log.seen.size(), 2u);
  EXPECT_EQ(log.seen[0].kind, MisuseKind::kLoweredToHigherIrql);
  EXPECT_EQ(log.seen[1].kind, MisuseKind::kRaisedToLowerIrql);
}

}  // namespace
}  // namespace portside::kernel
