#include <gmock/gmock.h>

#include "exports/export_fixture.h"
#include "exports/export_table.h"

namespace portside::exports {
namespace {

using kernel::PoolFault;

constexpr ULONG kTag = 'tseT';

struct ExPoolTest : ExportFixture {};
struct FastExPoolTest : ExportFixture {
  FastExPoolTest() : ExportFixture(false) {}
};

TEST_F(ExPoolTest, Pool2ZeroesUnlessToldNotTo) {
  run([&] {
    auto* zeroed = static_cast<UCHAR*>(ExAllocatePool2(POOL_FLAG_NON_PAGED, 300, kTag));
    for (int i = 0; i < 300; ++i) ASSERT_EQ(zeroed[i], 0);
    auto* fresh = static_cast<UCHAR*>(ExAllocatePool2(POOL_FLAG_PAGED | POOL_FLAG_UNINITIALIZED, 300, kTag));
    EXPECT_EQ(fresh[0], 0xCD);
    EXPECT_EQ(services_->pool().find(KernelAddress(fresh))->kind, kernel::PoolKind::kPaged);
    ExFreePoolWithTag(zeroed, kTag);
    ExFreePool(fresh);
  });
  EXPECT_TRUE(pool_mistakes.seen.empty());
  EXPECT_TRUE(calls.at_wrong_irql.empty());
}

TEST_F(ExPoolTest, Pool2RefusesBadArguments) {
  run([&] {
    EXPECT_EQ(ExAllocatePool2(POOL_FLAG_NON_PAGED, 10, 0), nullptr);
    EXPECT_EQ(ExAllocatePool2(0, 10, kTag), nullptr);
    EXPECT_EQ(ExAllocatePool2(POOL_FLAG_NON_PAGED | POOL_FLAG_PAGED, 10, kTag), nullptr);
    EXPECT_EQ(ExAllocatePool2(POOL_FLAG_NON_PAGED | POOL_FLAG_RESERVED2, 10, kTag), nullptr);
    PVOID optional = ExAllocatePool2(POOL_FLAG_NON_PAGED | POOL_FLAG_SPECIAL_POOL, 10, kTag);
    EXPECT_NE(optional, nullptr) << "optional flags may be unknown";
    ExFreePool(optional);
  });
  ASSERT_EQ(pool_mistakes.seen.size(), 4u);
  EXPECT_EQ(pool_mistakes.seen[0].fault, PoolFault::kZeroTag);
  for (int i = 1; i < 4; ++i) EXPECT_EQ(pool_mistakes.seen[i].fault, PoolFault::kBadFlags);
}

TEST_F(ExPoolTest, TheIrqlDependsOnTheKindOfPool) {
  run([&] {
    PVOID paged = ExAllocatePool2(POOL_FLAG_PAGED, 10, kTag);
    KIRQL old = 0;
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    PVOID non_paged = ExAllocatePool2(POOL_FLAG_NON_PAGED, 10, kTag);
    ExFreePool(non_paged);
    EXPECT_TRUE(calls.at_wrong_irql.empty());
    PVOID wrong = ExAllocatePoolWithTag(PagedPool, 10, kTag);
    ExFreePool(paged);
    KeLowerIrql(old);
    ExFreePool(wrong);
  });
  EXPECT_THAT(calls.at_wrong_irql, ::testing::ElementsAre("ExAllocatePoolWithTag", "ExFreePool"));
}

TEST_F(ExPoolTest, TheEldersDoNotZero) {
  run([&] {
    auto* block = static_cast<UCHAR*>(ExAllocatePoolWithTag(NonPagedPoolNx, 64, kTag));
    EXPECT_EQ(block[63], 0xCD);
    ExFreePoolWithTag(block, kTag);
    auto* zeroed = static_cast<UCHAR*>(ExAllocatePoolZero(NonPagedPoolNx, 64, kTag));
    EXPECT_EQ(zeroed[63], 0);
    ExFreePool(zeroed);
    auto* untagged = ExAllocatePool(NonPagedPool, 64);
    EXPECT_EQ(kernel::pool_tag_text(services_->pool().find(KernelAddress(untagged))->tag), "None");
    ExFreePool(untagged);
    EXPECT_EQ(ExAllocatePoolWithQuotaTag(static_cast<POOL_TYPE>(PagedPool | POOL_QUOTA_FAIL_INSTEAD_OF_RAISE),
                                         SIZE_T{1} << 40, kTag),
              nullptr);
  });
}

TEST_F(ExPoolTest, AFailureRaisesWhenAsked) {
  struct Raiser : kernel::ExceptionRaiser {
    kernel::Kernel* kernel = nullptr;
    uint32_t code = 0;
    void raise(uint32_t raised, std::span<const uint64_t>) override {
      code = raised;
      kernel->exit_thread(0);  // never returns, as an unwound driver does not
    }
  } raiser;
  raiser.kernel = &machine.kernel();
  services_->set_exception_raiser(&raiser);
  run([&] {
    machine->start_thread("raises", [] { (void)ExAllocatePoolWithQuotaTag(PagedPool, SIZE_T{1} << 40, kTag); });
    machine->yield_until([&] { return raiser.code != 0; }, "the exception");
  });
  EXPECT_EQ(raiser.code, static_cast<uint32_t>(STATUS_INSUFFICIENT_RESOURCES));
}

TEST_F(ExPoolTest, WithoutAnUnwinderAnExceptionEndsTheMachine) {
  const auto& record =
      machine.run_to_bug_check(kernel::kKmodeExceptionNotHandled, [] { ExRaiseStatus(STATUS_ACCESS_DENIED); });
  EXPECT_THAT(record.sentence, ::testing::HasSubstr("STATUS_ACCESS_DENIED"));
}

TEST_F(ExPoolTest, WrongFreesAreTold) {
  run([&] {
    PVOID block = ExAllocatePool2(POOL_FLAG_NON_PAGED, 10, kTag);
    ExFreePoolWithTag(block, 'rehO');
    ExFreePoolWithTag(block, kTag);
    PVOID untagged_free = ExAllocatePool2(POOL_FLAG_NON_PAGED, 10, kTag);
    ExFreePoolWithTag(untagged_free, 0);
  });
  ASSERT_EQ(pool_mistakes.seen.size(), 2u);
  EXPECT_EQ(pool_mistakes.seen[0].fault, PoolFault::kWrongTag);
  EXPECT_EQ(pool_mistakes.seen[1].fault, PoolFault::kDoubleFree);
}

template <class Fixture>
void use_lookaside_lists(Fixture& fixture) {
  NPAGED_LOOKASIDE_LIST list;
  ExInitializeNPagedLookasideList(&list, nullptr, nullptr, 0, 128, kTag, 0);
  PVOID entries[10];
  for (int round = 0; round < 2; ++round) {
    for (PVOID& entry : entries) ASSERT_NE(entry = ExAllocateFromNPagedLookasideList(&list), nullptr);
    for (PVOID entry : entries) ExFreeToNPagedLookasideList(&list, entry);
  }
  ExDeleteNPagedLookasideList(&list);
  LOOKASIDE_LIST_EX extended;
  EXPECT_EQ(ExInitializeLookasideListEx(&extended, nullptr, nullptr, PagedPool, 0, 64, kTag, 1),
            STATUS_INVALID_PARAMETER_8);
  EXPECT_EQ(ExInitializeLookasideListEx(&extended, nullptr, nullptr, PagedPool, 4, 64, kTag, 0),
            STATUS_INVALID_PARAMETER_5);
  EXPECT_EQ(ExInitializeLookasideListEx(&extended, nullptr, nullptr, PagedPool, 0, 64, kTag, 0), STATUS_SUCCESS);
  PVOID entry = ExAllocateFromLookasideListEx(&extended);
  ExFreeToLookasideListEx(&extended, entry);
  ExDeleteLookasideListEx(&extended);
}

TEST_F(ExPoolTest, LookasideListsVerifying) {
  run([&] { use_lookaside_lists(*this); });
  EXPECT_TRUE(pool_mistakes.seen.empty());
  EXPECT_EQ(services_->pool().report_leaks(), 0u);
}
TEST_F(FastExPoolTest, LookasideListsCache) {
  run([&] { use_lookaside_lists(*this); });
  EXPECT_TRUE(pool_mistakes.seen.empty());
  EXPECT_EQ(services_->pool().report_leaks(), 0u);
}

TEST_F(ExPoolTest, InterlockedLists) {
  run([&] {
    alignas(16) SLIST_HEADER head{};
    alignas(16) SLIST_ENTRY a{}, b{};
    EXPECT_EQ(ExpInterlockedPushEntrySList(&head, &a), nullptr);
    EXPECT_EQ(ExpInterlockedPushEntrySList(&head, &b), &a);
    EXPECT_EQ(ExQueryDepthSList(&head), 2u);
    EXPECT_EQ(ExpInterlockedPopEntrySList(&head), &b);
    EXPECT_EQ(ExpInterlockedFlushSList(&head), &a);
    EXPECT_EQ(ExQueryDepthSList(&head), 0u);
    EXPECT_EQ(ExpInterlockedPopEntrySList(&head), nullptr);

    LIST_ENTRY list, first, second;
    InitializeListHead(&list);
    KSPIN_LOCK lock;
    KeInitializeSpinLock(&lock);
    EXPECT_EQ(ExInterlockedInsertTailList(&list, &first, &lock), nullptr);
    EXPECT_EQ(ExInterlockedInsertHeadList(&list, &second, &lock), &first);
    EXPECT_EQ(ExInterlockedRemoveHeadList(&list, &lock), &second);
    EXPECT_EQ(ExInterlockedRemoveHeadList(&list, &lock), &first);
    EXPECT_EQ(ExInterlockedRemoveHeadList(&list, &lock), nullptr);
    LARGE_INTEGER counter{}, one{};
    one.QuadPart = 1;
    EXPECT_EQ(ExInterlockedAddLargeInteger(&counter, one, &lock).QuadPart, 0);
    EXPECT_EQ(counter.QuadPart, 1);
    EXPECT_EQ(KeGetCurrentIrql(), PASSIVE_LEVEL);
  });
}

TEST_F(ExPoolTest, MemoryFunctions) {
  run([&] {
    PHYSICAL_ADDRESS low{}, high{}, skip{};
    high.QuadPart = 0xFFFFFFFF;
    PMDL mdl = MmAllocatePagesForMdl(low, high, skip, 3 * PAGE_SIZE);
    ASSERT_NE(mdl, nullptr);
    auto* view = static_cast<UCHAR*>(
        MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, nullptr, FALSE, NormalPagePriority));
    ASSERT_NE(view, nullptr);
    view[3 * PAGE_SIZE - 1] = 7;
    EXPECT_NE(MmGetPhysicalAddress(view).QuadPart, 0);
    EXPECT_TRUE(MmIsAddressValid(view));
    MmUnmapLockedPages(view, mdl);
    EXPECT_FALSE(MmIsAddressValid(view));
    MmFreePagesFromMdl(mdl);
    ExFreePool(mdl);
    PVOID contiguous = MmAllocateContiguousMemory(5 * PAGE_SIZE, high);
    ASSERT_NE(contiguous, nullptr);
    const auto base = MmGetPhysicalAddress(contiguous).QuadPart;
    EXPECT_EQ(MmGetPhysicalAddress(static_cast<UCHAR*>(contiguous) + 4 * PAGE_SIZE).QuadPart, base + 4 * PAGE_SIZE);
    MmFreeContiguousMemory(contiguous);
  });
  EXPECT_TRUE(pool_mistakes.seen.empty());
}

TEST_F(ExPoolTest, SystemRoutinesAreFoundByName) {
  run([&] {
    UNICODE_STRING name = unicode(u"ExAllocatePool2");
    EXPECT_EQ(MmGetSystemRoutineAddress(&name), reinterpret_cast<PVOID>(&ExAllocatePool2));
    name = unicode(u"ExNoSuchRoutine");
    EXPECT_EQ(MmGetSystemRoutineAddress(&name), nullptr);
    services_->set_routine_finder([](std::string_view) { return reinterpret_cast<void*>(uint64_t{42}); });
    EXPECT_EQ(MmGetSystemRoutineAddress(&name), reinterpret_cast<PVOID>(uint64_t{42}));
  });
}

}  // namespace
}  // namespace portside::exports
