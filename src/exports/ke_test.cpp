// The scheduling exports, called by their Windows names as a driver calls them.

#include <wdm.h>

#include "exports/export_table.h"
#include "kernel/kernel_fixture.h"
#include "kernel/services.h"
#include "kernel/work_queue.h"
#include "memory/memory.h"

namespace portside::exports {
namespace {

class KeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    memory_ = std::move(*memory::Memory::create({}));
    services_ = std::move(*kernel::Services::create(*memory_, {}));
    machine.context().install(memory_.get());
    machine.context().install(services_.get());
  }
  kernel::KernelFixture machine;
  std::unique_ptr<memory::Memory> memory_;
  std::unique_ptr<kernel::Services> services_;
};

LARGE_INTEGER relative_ms(int64_t ms) {
  LARGE_INTEGER time;
  time.QuadPart = -ms * 10'000;
  return time;
}

struct Device {
  KEVENT event;
  KSPIN_LOCK lock;
  KDPC dpc;
  KTIMER timer;
  int beats = 0;
  int work = 0;
};

VOID NTAPI on_timer(KDPC*, PVOID context, PVOID, PVOID) {
  auto* device = static_cast<Device*>(context);
  KeAcquireSpinLockAtDpcLevel(&device->lock);
  ++device->beats;
  KeReleaseSpinLockFromDpcLevel(&device->lock);
  KeSetEvent(&device->event, IO_SOUND_INCREMENT, FALSE);
}
VOID NTAPI on_ex_timer(PEX_TIMER, PVOID context) { on_timer(nullptr, context, nullptr, nullptr); }
VOID NTAPI on_work(PDEVICE_OBJECT, PVOID context) {
  auto* device = static_cast<Device*>(context);
  EXPECT_EQ(KeGetCurrentIrql(), PASSIVE_LEVEL);
  ++device->work;
  KeSetEvent(&device->event, 0, FALSE);
}
VOID NTAPI thread_main(PVOID context) {
  auto* device = static_cast<Device*>(context);
  LARGE_INTEGER interval = relative_ms(1);
  EXPECT_EQ(KeDelayExecutionThread(KernelMode, FALSE, &interval), STATUS_SUCCESS);
  ++device->work;
  PsTerminateSystemThread(STATUS_CANCELLED);
}

TEST_F(KeTest, AStreamLikeDriversTimersDpcsAndEvents) {
  machine.run([] {
    Device device;
    KeInitializeEvent(&device.event, SynchronizationEvent, FALSE);
    KeInitializeSpinLock(&device.lock);
    KeInitializeDpc(&device.dpc, &on_timer, &device);
    KeInitializeTimerEx(&device.timer, NotificationTimer);
    EXPECT_FALSE(KeSetTimerEx(&device.timer, relative_ms(10), 10, &device.dpc));
    LARGE_INTEGER timeout = relative_ms(50);
    for (int i = 0; i < 5; ++i)
      EXPECT_EQ(KeWaitForSingleObject(&device.event, Executive, KernelMode, FALSE, &timeout), STATUS_SUCCESS);
    KIRQL old;
    KeAcquireSpinLock(&device.lock, &old);
    EXPECT_EQ(KeGetCurrentIrql(), DISPATCH_LEVEL);
    EXPECT_EQ(device.beats, 5);
    KeReleaseSpinLock(&device.lock, old);
    EXPECT_TRUE(KeCancelTimer(&device.timer));
    KeFlushQueuedDpcs();
    EXPECT_EQ(KeWaitForSingleObject(&device.event, Executive, KernelMode, FALSE, &timeout), STATUS_TIMEOUT);

    PEX_TIMER timer = ExAllocateTimer(&on_ex_timer, &device, EX_TIMER_HIGH_RESOLUTION);
    ASSERT_NE(timer, nullptr);
    EXPECT_EQ(ExAllocateTimer(&on_ex_timer, &device, EX_TIMER_HIGH_RESOLUTION | EX_TIMER_NO_WAKE), nullptr);
    EXPECT_FALSE(ExSetTimer(timer, -10'000, 10'000, nullptr));
    KeWaitForSingleObject(&device.event, Executive, KernelMode, FALSE, nullptr);
    EXPECT_TRUE(ExDeleteTimer(timer, TRUE, TRUE, nullptr));
  });
}

TEST_F(KeTest, AThreadIsAnObjectWithAHandle) {
  machine.run([&] {
    Device device;
    HANDLE handle = nullptr;
    CLIENT_ID id{};
    ASSERT_EQ(PsCreateSystemThread(&handle, 0, nullptr, nullptr, &id, &thread_main, &device), STATUS_SUCCESS);
    ASSERT_NE(handle, nullptr);
    EXPECT_NE(id.UniqueThread, nullptr);
    auto body = services_->objects().reference_by_handle(handle, &kernel::object_types::kThread, "test");
    ASSERT_TRUE(body);
    EXPECT_TRUE(services_->objects().close_handle(handle, "test"));
    EXPECT_EQ(KeWaitForSingleObject(*body, Executive, KernelMode, FALSE, nullptr), STATUS_SUCCESS);
    EXPECT_EQ(device.work, 1);
    EXPECT_EQ(static_cast<kernel::ThreadObject*>(*body)->exit_status(), STATUS_CANCELLED);
    EXPECT_EQ(*services_->objects().dereference(*body, "test"), 0u);
    EXPECT_FALSE(services_->objects().contains(*body));
  });
}

TEST_F(KeTest, WorkItems) {
  machine.run([] {
    Device device;
    KeInitializeEvent(&device.event, SynchronizationEvent, FALSE);
    PIO_WORKITEM item = IoAllocateWorkItem(nullptr);
    for (int i = 0; i < 3; ++i) {
      IoQueueWorkItem(item, &on_work, DelayedWorkQueue, &device);
      KeWaitForSingleObject(&device.event, Executive, KernelMode, FALSE, nullptr);
    }
    IoFreeWorkItem(item);
    EXPECT_EQ(device.work, 3);

    WORK_QUEUE_ITEM plain;
    static Device* target;
    target = &device;
    plain.WorkerRoutine = [](PVOID parameter) __attribute__((ms_abi)) { on_work(nullptr, parameter); };
    plain.Parameter = target;
    ExQueueWorkItem(&plain, DelayedWorkQueue);
    KeWaitForSingleObject(&device.event, Executive, KernelMode, FALSE, nullptr);
    EXPECT_EQ(device.work, 4);
  });
}

TEST_F(KeTest, AWorkItemQueuedTwiceEndsTheMachine) {
  static WORK_QUEUE_ITEM item;
  machine.run_to_bug_check(0xE4, [] {
    item.WorkerRoutine = [](PVOID) __attribute__((ms_abi)) {};
    const KIRQL old = KeRaiseIrqlToDpcLevel();
    ExQueueWorkItem(&item, DelayedWorkQueue);
    ExQueueWorkItem(&item, DelayedWorkQueue);
    KeLowerIrql(old);
  });
}

TEST_F(KeTest, FastMutexesRaiseToApcLevelAndKeepOthersOut) {
  machine.run([&] {
    FAST_MUTEX mutex;
    ExInitializeFastMutex(&mutex);
    int inside = 0;
    std::vector<kernel::ThreadObject*> threads;
    for (int t = 0; t < 3; ++t)
      threads.push_back(machine->start_thread("mutex", [&] {
        for (int i = 0; i < 20; ++i) {
          ExAcquireFastMutex(&mutex);
          EXPECT_EQ(KeGetCurrentIrql(), APC_LEVEL);
          EXPECT_EQ(++inside, 1);
          LARGE_INTEGER interval = relative_ms(1);
          KeDelayExecutionThread(KernelMode, FALSE, &interval);
          --inside;
          ExReleaseFastMutex(&mutex);
          EXPECT_EQ(KeGetCurrentIrql(), PASSIVE_LEVEL);
        }
      }));
    for (auto* thread : threads) KeWaitForSingleObject(thread, Executive, KernelMode, FALSE, nullptr);
    EXPECT_TRUE(ExTryToAcquireFastMutex(&mutex));
    EXPECT_FALSE(ExTryToAcquireFastMutex(&mutex));
    ExReleaseFastMutex(&mutex);
  });
}

TEST_F(KeTest, ResourcesLetReadersShareAndWritersNot) {
  machine.run([&] {
    ERESOURCE resource;
    ExInitializeResourceLite(&resource);
    EXPECT_TRUE(ExAcquireResourceSharedLite(&resource, TRUE));
    bool wrote = false;
    auto* writer = machine->start_thread("writer", [&] {
      EXPECT_FALSE(ExAcquireResourceExclusiveLite(&resource, FALSE));
      EXPECT_TRUE(ExAcquireResourceExclusiveLite(&resource, TRUE));
      EXPECT_TRUE(ExIsResourceAcquiredExclusiveLite(&resource));
      EXPECT_TRUE(ExAcquireResourceSharedLite(&resource, FALSE));  // recursive
      wrote = true;
      ExReleaseResourceLite(&resource);
      ExReleaseResourceLite(&resource);
    });
    machine->sleep_for(std::chrono::milliseconds(1));
    EXPECT_FALSE(wrote);
    EXPECT_EQ(ExIsResourceAcquiredSharedLite(&resource), 1u);
    ExReleaseResourceLite(&resource);
    KeWaitForSingleObject(writer, Executive, KernelMode, FALSE, nullptr);
    EXPECT_TRUE(wrote);
    ExDeleteResourceLite(&resource);
  });
}

TEST_F(KeTest, TimeReadingsMoveAndAgree) {
  machine.run([] {
    LARGE_INTEGER frequency;
    const LARGE_INTEGER first = KeQueryPerformanceCounter(&frequency);
    EXPECT_EQ(frequency.QuadPart, 10'000'000);
    KeStallExecutionProcessor(10);
    const LARGE_INTEGER second = KeQueryPerformanceCounter(nullptr);
    EXPECT_GE(second.QuadPart - first.QuadPart, 100);
    EXPECT_LE(second.QuadPart - first.QuadPart, 120);
    ULONG64 qpc;
    EXPECT_EQ(KeQueryInterruptTimePrecise(&qpc), qpc);
    LARGE_INTEGER now;
    KeQuerySystemTimePrecise(&now);
    EXPECT_GT(now.QuadPart, 133'485'408'000'000'000);
  });
}

TEST_F(KeTest, TheDriversOwnBugCheck) {
  const auto& record = machine.run_to_bug_check(0xDEADDEAD, [] { KeBugCheckEx(0xDEADDEAD, 1, 2, 3, 4); });
  EXPECT_EQ(record.parameters, (std::array<uint64_t, 4>{1, 2, 3, 4}));
}

TEST_F(KeTest, TheTableKnowsThem) {
  for (const char* name : {"KeSetEvent", "KeWaitForSingleObject", "ExAllocateTimer", "KeFlushQueuedDpcs",
                           "KeAcquireSpinLockRaiseToDpc", "IoQueueWorkItem", "PsCreateSystemThread"})
    EXPECT_NE(find_export("ntoskrnl.exe", name), nullptr) << name;
  EXPECT_NE(find_export("HAL.dll", "KeStallExecutionProcessor"), nullptr);
}

}  // namespace
}  // namespace portside::exports
