// IInterruptSync against a source of interrupts that the test fires: the three modes, routines that exclude the interrupt,
// and the interrupt object behind it.

#include <gtest/gtest.h>

#include "io/interrupts.h"
#include "portcls/testing/portcls_fixture.h"

namespace portside::portcls::testing {
namespace {

constexpr KIRQL kLevel = 6;

class FakeSource final : public io::InterruptSource {
 public:
  Result<uint64_t> connect(io::InterruptRequest request) override {
    request_ = std::move(request);
    return ++token_;
  }
  Result<> disconnect(uint64_t token) override {
    EXPECT_EQ(token, token_);
    request_.service = {};
    return {};
  }
  bool connected() const { return static_cast<bool>(request_.service); }
  // As a bus delivers it: at device IRQL.
  bool fire() {
    KIRQL old;
    KeRaiseIrql(kLevel, &old);
    const bool mine = request_.service();
    KeLowerIrql(old);
    return mine;
  }
  const io::InterruptRequest& request() const { return request_; }

 private:
  io::InterruptRequest request_;
  uint64_t token_ = 6;
};

// A service routine that counts, and answers as it is told: STATUS_SUCCESS for the first `pending` calls.
struct Routine {
  int calls = 0, pending = 0;
  KIRQL irql = 0;
  std::vector<int>* order = nullptr;
  int id = 0;
  static NTSTATUS NTAPI serve(IInterruptSync*, PVOID context) {
    auto& self = *static_cast<Routine*>(context);
    ++self.calls;
    self.irql = KeGetCurrentIrql();
    if (self.order) self.order->push_back(self.id);
    return self.pending-- > 0 ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
  }
};

class InterruptSyncTest : public PortClsMachine {
 protected:
  InterruptSyncTest() { io_->set_interrupts(&source_); }
  ~InterruptSyncTest() override { io_->set_interrupts(nullptr); }

  PINTERRUPTSYNC create(INTERRUPTSYNCMODE mode) {
    CM_RESOURCE_LIST raw{};
    raw.Count = 1;
    raw.List[0].PartialResourceList.Count = 1;
    auto& entry = raw.List[0].PartialResourceList.PartialDescriptors[0];
    entry.Type = CmResourceTypeInterrupt;
    entry.Flags = CM_RESOURCE_INTERRUPT_LATCHED;
    entry.u.Interrupt.Level = kLevel;
    entry.u.Interrupt.Vector = 0x91;
    entry.u.Interrupt.Affinity = 1;
    PRESOURCELIST list = nullptr;
    EXPECT_EQ(PcNewResourceList(&list, nullptr, NonPagedPool, &raw, &raw), STATUS_SUCCESS);
    PINTERRUPTSYNC sync = nullptr;
    EXPECT_EQ(PcNewInterruptSync(&sync, nullptr, list, 1, mode), STATUS_INVALID_PARAMETER) << "there is one interrupt";
    EXPECT_EQ(PcNewInterruptSync(&sync, nullptr, list, 0, mode), STATUS_SUCCESS);
    list->Release();
    return sync;
  }

  FakeSource source_;
};

TEST_F(InterruptSyncTest, TheObjectBehindItIsThereWhileItIsConnected) {
  run([&] {
    PINTERRUPTSYNC sync = create(InterruptSyncModeNormal);
    EXPECT_EQ(sync->GetKInterrupt(), nullptr);
    ASSERT_EQ(sync->Connect(), STATUS_SUCCESS);
    EXPECT_EQ(source_.request().vector, 0x91u);
    EXPECT_EQ(source_.request().mode, Latched);
    EXPECT_EQ(sync->Connect(), STATUS_UNSUCCESSFUL) << "twice";
    PKINTERRUPT interrupt = sync->GetKInterrupt();
    ASSERT_NE(interrupt, nullptr);
    Routine routine;
    EXPECT_TRUE(KeSynchronizeExecution(
        interrupt,
        [](PVOID context) __attribute__((ms_abi)) -> BOOLEAN {
          static_cast<Routine*>(context)->irql = KeGetCurrentIrql();
          return TRUE;
        },
        &routine));
    EXPECT_EQ(routine.irql, kLevel) << "what a driver asks GetKInterrupt for";
    sync->Disconnect();
    EXPECT_EQ(sync->GetKInterrupt(), nullptr);
    EXPECT_FALSE(source_.connected());
    ASSERT_EQ(sync->Connect(), STATUS_SUCCESS);
    sync->Release();
    EXPECT_FALSE(source_.connected()) << "the last release disconnects";
  });
}

TEST_F(InterruptSyncTest, EachModeCallsItsRoutines) {
  struct Case {
    INTERRUPTSYNCMODE mode;
    int first, second;  // calls for one interrupt in which the first routine has two causes pending
  };
  for (const Case& c :
       {Case{InterruptSyncModeNormal, 1, 0}, Case{InterruptSyncModeAll, 1, 1}, Case{InterruptSyncModeRepeat, 3, 3}}) {
    run([&] {
      PINTERRUPTSYNC sync = create(c.mode);
      std::vector<int> order;
      Routine second{.order = &order, .id = 2}, first{.pending = 2, .order = &order, .id = 1};
      EXPECT_EQ(sync->RegisterServiceRoutine(Routine::serve, &second, FALSE), STATUS_SUCCESS);
      ASSERT_EQ(sync->Connect(), STATUS_SUCCESS);
      EXPECT_EQ(sync->RegisterServiceRoutine(Routine::serve, &first, TRUE), STATUS_SUCCESS)
          << "in front, while connected";
      EXPECT_TRUE(source_.fire());
      EXPECT_EQ(first.calls, c.first) << c.mode;
      EXPECT_EQ(second.calls, c.second) << c.mode;
      EXPECT_EQ(order.front(), 1);
      EXPECT_EQ(first.irql, kLevel);
      first.pending = second.pending = 0;
      EXPECT_FALSE(source_.fire()) << "not this device's";
      Routine exclusive{.pending = 1};
      EXPECT_EQ(sync->CallSynchronizedRoutine(Routine::serve, &exclusive), STATUS_SUCCESS)
          << "the routine's own status";
      EXPECT_EQ(sync->CallSynchronizedRoutine(Routine::serve, &exclusive), STATUS_UNSUCCESSFUL);
      EXPECT_EQ(exclusive.irql, kLevel);
      EXPECT_EQ(sync->CallSynchronizedRoutine(nullptr, nullptr), STATUS_INVALID_PARAMETER);
      sync->Release();
    });
  }
}

}  // namespace
}  // namespace portside::portcls::testing
