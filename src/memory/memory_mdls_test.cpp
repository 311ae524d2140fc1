// MDLs over memory that exists already.
#include <wdm.h>

#include "memory/mdl_memory.h"
#include "memory/memory.h"
#include "memory/memory_test_support.h"

namespace portside::memory {
namespace {

constexpr MapRequester kMm = MapRequester::kMm;
using OrdinaryMdl = MemoryTest;

std::vector<uint64_t> pfns_of(PMDL mdl, size_t count) {
  const auto* first = reinterpret_cast<const uint64_t*>(mdl + 1);
  return {first, first + count};
}

TEST_F(OrdinaryMdl, DescribesABuffer) {
  const KernelAddress block = *memory->arena_allocate(4 * kPageBytes);
  const PMDL mdl = *memory->allocate_mdl(block + 100, 2 * kPageBytes);
  EXPECT_EQ(mdl->StartVa, block.pointer());
  EXPECT_EQ(mdl->ByteOffset, 100u);
  EXPECT_EQ(mdl->ByteCount, 2 * kPageBytes);
  EXPECT_EQ(mdl->Size, 48 + 3 * 8);  // 100 bytes into the first page: three pages
  EXPECT_EQ(*memory->page_count(mdl), 0u);
  ASSERT_TRUE(memory->build_for_nonpaged_pool(mdl));
  EXPECT_EQ(*memory->page_count(mdl), 3u);
  EXPECT_TRUE(mdl->MdlFlags & MDL_SOURCE_IS_NONPAGED_POOL);
  EXPECT_EQ(mdl->MappedSystemVa, (block + 100).value == 0 ? nullptr : KernelAddress(block + 100).pointer());
  for (uint32_t i = 0; i < 3; ++i)
    EXPECT_EQ(memory->page_address(mdl, i)->value, memory->physical_address(block + i * kPageBytes)->value);
  // It is mapped already, as pool is.
  expect_refused(memory->map(mdl, kMmCached, kMm), MemoryReason::kAlreadyMapped);
  expect_refused(memory->build_for_nonpaged_pool(mdl), MemoryReason::kAlreadyBuilt);
  expect_refused(memory->lock_pages(mdl, ViewAccess::kReadWrite), MemoryReason::kAlreadyBuilt);
  expect_refused(memory->unlock_pages(mdl), MemoryReason::kNotLocked);
  ASSERT_TRUE(memory->free_mdl(mdl));
  expect_refused(memory->free_mdl(mdl), MemoryReason::kFreedTwice);
  EXPECT_FALSE(can_read(KernelAddress(mdl)));
}

TEST_F(OrdinaryMdl, NothingDescribedIsNotMapped) {
  const PMDL mdl = *memory->allocate_mdl(*memory->arena_allocate(kPageBytes), kPageBytes);
  expect_refused(memory->map(mdl, kMmCached, kMm), MemoryReason::kNotLocked);
  expect_refused(memory->map_to_client(mdl), MemoryReason::kNotLocked);
  expect_refused(memory->free_pages(mdl, MdlOrigin::kPortStream), MemoryReason::kOriginMismatch);
}

TEST_F(OrdinaryMdl, LockedKernelMemoryHasAnAliasedView) {
  const KernelAddress block = *memory->arena_allocate(3 * kPageBytes);
  const PMDL mdl = *memory->allocate_mdl(block + 10, 2 * kPageBytes);
  ASSERT_TRUE(memory->lock_pages(mdl, ViewAccess::kReadWrite));
  EXPECT_TRUE(mdl->MdlFlags & MDL_PAGES_LOCKED);
  expect_refused(memory->lock_pages(mdl, ViewAccess::kReadWrite), MemoryReason::kAlreadyBuilt);
  auto view = memory->map(mdl, kMmCached, kMm);
  ASSERT_TRUE(view);
  EXPECT_NE(*view, block + 10);
  EXPECT_EQ(view->offset_in_page(), 10u);  // "the same offset as the virtual address in the MDL"
  std::strcpy(static_cast<char*>(KernelAddress(block + 10 + kPageBytes).pointer()), "alias");
  EXPECT_STREQ(static_cast<char*>(KernelAddress(*view + kPageBytes).pointer()), "alias");
  ASSERT_TRUE(memory->unlock_pages(mdl));  // releases the view
  EXPECT_FALSE(can_read(*view));
  EXPECT_FALSE(mdl->MdlFlags & (MDL_PAGES_LOCKED | MDL_MAPPED_TO_SYSTEM_VA));
  expect_refused(memory->unlock_pages(mdl), MemoryReason::kNotLocked);
}

TEST_F(OrdinaryMdl, AnApplicationsBufferIsItsOwnView) {
  std::vector<char> buffer(3 * kPageBytes, 'a');
  const KernelAddress at(buffer.data());
  const uint64_t frames = memory->stats().frames_used;
  const PMDL mdl = *memory->allocate_mdl(at, buffer.size());
  ASSERT_TRUE(memory->lock_pages(mdl, ViewAccess::kReadWrite));
  auto view = memory->map(mdl, kMmCached, kMm);
  ASSERT_TRUE(view);
  EXPECT_EQ(*view, at);
  auto dma = memory->dma(mdl);
  ASSERT_TRUE(dma);
  const PhysicalAddress first = *memory->page_address(mdl, 0) + at.offset_in_page();
  EXPECT_EQ(*dma->load<char>(first), 'a');
  ASSERT_TRUE(dma->store<char>(first, 'b'));
  EXPECT_EQ(buffer[0], 'b');
  ASSERT_TRUE(memory->unlock_pages(mdl));
  EXPECT_FALSE(dma->load<char>(first));
  ASSERT_TRUE(memory->free_mdl(mdl));
  EXPECT_EQ(memory->stats().frames_used, frames);
}

TEST_F(OrdinaryMdl, MemoryThatCannotBeAccessedIsNotLocked) {
  const PMDL nowhere = *memory->allocate_mdl(KernelAddress(0x1000), 100);
  expect_refused(memory->lock_pages(nowhere, ViewAccess::kReadOnly), MemoryReason::kAddressNotValid);
  static const char kConstant[] = "read only";
  const PMDL constant = *memory->allocate_mdl(KernelAddress(kConstant), sizeof(kConstant));
  expect_refused(memory->lock_pages(constant, ViewAccess::kReadWrite), MemoryReason::kAddressNotValid);
  EXPECT_TRUE(memory->lock_pages(constant, ViewAccess::kReadOnly));
  const KernelAddress block = *memory->arena_allocate(kPageBytes);
  const PMDL past = *memory->allocate_mdl(block, 2 * kPageBytes);
  expect_refused(memory->lock_pages(past, ViewAccess::kReadOnly), MemoryReason::kAddressNotValid);
}

TEST_F(OrdinaryMdl, AnMdlInTheDriversOwnMemoryIsKnownWhileLocked) {
  const KernelAddress block = *memory->arena_allocate(kPageBytes);
  alignas(16) unsigned char storage[sizeof(MDL) + 8] = {};
  const auto mdl = reinterpret_cast<PMDL>(storage);
  MdlMemory::initialize(mdl, block, 64, 1);
  ASSERT_TRUE(memory->lock_pages(mdl, ViewAccess::kReadWrite));
  EXPECT_EQ(memory->find(mdl)->origin, MdlOrigin::kDriverMemory);
  auto view = memory->map(mdl, kMmCached, kMm);
  ASSERT_TRUE(view);
  EXPECT_EQ(mdl->MappedSystemVa, view->pointer());
  ASSERT_TRUE(memory->unlock_pages(mdl));
  EXPECT_FALSE(memory->find(mdl));
  EXPECT_FALSE(mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA);
  ASSERT_TRUE(memory->build_for_nonpaged_pool(mdl));
  EXPECT_EQ(pfns_of(mdl, 1)[0] << kPageShift, memory->physical_address(block)->value);
}

TEST_F(OrdinaryMdl, AReinitializedMdlDescribesSomethingElse) {
  const KernelAddress block = *memory->arena_allocate(4 * kPageBytes);
  const PMDL mdl = *memory->allocate_mdl(block, 2 * kPageBytes);
  ASSERT_TRUE(memory->build_for_nonpaged_pool(mdl));
  MdlMemory::initialize(mdl, block + 2 * kPageBytes, kPageBytes, 2);  // MmInitializeMdl, inlined in the driver
  ASSERT_TRUE(memory->build_for_nonpaged_pool(mdl));
  EXPECT_EQ(*memory->page_count(mdl), 1u);
  EXPECT_EQ(memory->page_address(mdl, 0)->value, memory->physical_address(block + 2 * kPageBytes)->value);
}

TEST_F(OrdinaryMdl, PartialOfPoolSharesItsMapping) {
  const KernelAddress block = *memory->arena_allocate(4 * kPageBytes);
  const PMDL whole = *memory->allocate_mdl(block, 4 * kPageBytes);
  ASSERT_TRUE(memory->build_for_nonpaged_pool(whole));
  const PMDL part = *memory->allocate_mdl(block, 2 * kPageBytes);
  ASSERT_TRUE(memory->build_partial(whole, part, block + kPageBytes + 8, kPageBytes));
  EXPECT_TRUE(part->MdlFlags & MDL_PARTIAL);
  EXPECT_EQ(part->MappedSystemVa, KernelAddress(block + kPageBytes + 8).pointer());
  EXPECT_EQ(part->ByteOffset, 8u);
  EXPECT_EQ(pfns_of(part, 2), (std::vector{pfns_of(whole, 4)[1], pfns_of(whole, 4)[2]}));
  // Zero is the rest of the source; it does not fit the target here.
  expect_refused(memory->build_partial(whole, part, block + 8, 0), MemoryReason::kOutsideSource);
  ASSERT_TRUE(memory->build_partial(whole, part, block + 3 * kPageBytes, 0));
  EXPECT_EQ(part->ByteCount, kPageBytes);
  expect_refused(memory->build_partial(whole, part, block + 3 * kPageBytes, kPageBytes + 1),
                 MemoryReason::kOutsideSource);
  expect_refused(memory->build_partial(whole, part, block - 1, 10), MemoryReason::kOutsideSource);
  expect_refused(memory->build_partial(part, nullptr, block, 1), MemoryReason::kNullMdl);
  ASSERT_TRUE(memory->free_mdl(part));
  ASSERT_TRUE(memory->free_mdl(whole));
}

TEST_F(OrdinaryMdl, PartialOfUnmappedPagesGetsAViewOfItsOwn) {
  const PMDL whole = pages(4 * kPageBytes, MdlOrigin::kMmAllocatePages);
  const PMDL part = *memory->allocate_mdl(KernelAddress(), 2 * kPageBytes);
  ASSERT_TRUE(memory->build_partial(whole, part, KernelAddress(kPageBytes), 2 * kPageBytes));
  auto view = memory->map(part, kMmCached, kMm);
  ASSERT_TRUE(view);
  EXPECT_TRUE(part->MdlFlags & MDL_PARTIAL_HAS_BEEN_MAPPED);
  expect_refused(memory->build_partial(whole, part, KernelAddress(), kPageBytes), MemoryReason::kAlreadyMapped);
  auto all = memory->map(whole, kMmCached, kMm);
  static_cast<char*>(view->pointer())[kPageBytes] = 'p';
  EXPECT_EQ(static_cast<char*>(all->pointer())[2 * kPageBytes], 'p');
  ASSERT_TRUE(memory->prepare_for_reuse(part));
  EXPECT_FALSE(can_read(*view));
  ASSERT_TRUE(memory->build_partial(whole, part, KernelAddress(kPageBytes), 2 * kPageBytes));
  view = memory->map(part, kMmCached, kMm);
  ASSERT_TRUE(view);
  ASSERT_TRUE(memory->free_mdl(part));  // "unmaps any pages that have been mapped to the MDL"
  EXPECT_TRUE(observer.mishaps.empty() || observer.mishaps.back().reason == MemoryReason::kAlreadyMapped);
  EXPECT_FALSE(can_read(*view));
}

TEST_F(OrdinaryMdl, ASourceThatIsGoneIsNotMapped) {
  const PMDL whole = pages(4 * kPageBytes, MdlOrigin::kMmAllocatePages);
  const PMDL part = *memory->allocate_mdl(KernelAddress(), kPageBytes);
  ASSERT_TRUE(memory->build_partial(whole, part, KernelAddress(kPageBytes), kPageBytes));
  ASSERT_TRUE(memory->free_pages(whole, MdlOrigin::kMmAllocatePages));
  expect_refused(memory->map(part, kMmCached, kMm), MemoryReason::kSourceGone);
  expect_refused(memory->map_to_client(part), MemoryReason::kSourceGone);
}

TEST_F(OrdinaryMdl, FreedWhileLocked) {
  const KernelAddress block = *memory->arena_allocate(kPageBytes);
  const PMDL mdl = *memory->allocate_mdl(block, 64);
  ASSERT_TRUE(memory->lock_pages(mdl, ViewAccess::kReadWrite));
  const auto freed = memory->free_mdl(mdl);
  ASSERT_FALSE(freed);
  EXPECT_EQ(reason_of(freed.error()), MemoryReason::kFreedWhileLocked);
  EXPECT_FALSE(memory->find(mdl)->live);
  ASSERT_EQ(observer.mishaps.size(), 1u);
  EXPECT_EQ(observer.mishaps[0].reason, MemoryReason::kFreedWhileLocked);
  EXPECT_TRUE(observer.mishaps[0].carried_out);
}

// MmFreePagesFromMdl, Remarks: ExFreePool is to follow. IoFreeMdl does the same on Windows, and is told as what it is.
TEST_F(OrdinaryMdl, IoFreeMdlOfWhatMmAllocatePagesForMdlGave) {
  const PMDL mdl = pages(4 * kPageBytes, MdlOrigin::kMmAllocatePages);
  ASSERT_TRUE(memory->free_pages(mdl, MdlOrigin::kMmAllocatePages));
  const auto freed = memory->free_mdl(mdl);
  ASSERT_FALSE(freed);
  EXPECT_EQ(reason_of(freed.error()), MemoryReason::kOriginMismatch);
  ASSERT_EQ(observer.mishaps.size(), 1u);
  EXPECT_TRUE(observer.mishaps[0].carried_out);
  EXPECT_FALSE(memory->find(mdl)->live) << "the MDL is gone, and not leaked besides";
  EXPECT_EQ(reason_of(memory->free_mdl(mdl).error()), MemoryReason::kFreedTwice);
}

TEST_F(OrdinaryMdl, MmAllocatePagesForMdlLivesUntilExFreePool) {
  const PMDL mdl = pages(4 * kPageBytes, MdlOrigin::kMmAllocatePages);
  auto view = memory->map(mdl, kMmCached, kMm);
  ASSERT_TRUE(view);
  EXPECT_FALSE(memory->release_descriptor(mdl));                      // its pages first
  ASSERT_TRUE(memory->free_pages(mdl, MdlOrigin::kMmAllocatePages));  // releases the view, which is no mistake
  EXPECT_TRUE(observer.mishaps.empty());
  EXPECT_FALSE(can_read(*view));
  EXPECT_TRUE(can_read(KernelAddress(mdl)));
  expect_refused(memory->map(mdl, kMmCached, kMm), MemoryReason::kPagesGone);
  expect_refused(memory->free_pages(mdl, MdlOrigin::kMmAllocatePages), MemoryReason::kFreedTwice);
  EXPECT_TRUE(memory->release_descriptor(mdl));
  EXPECT_FALSE(memory->release_descriptor(mdl));
  EXPECT_FALSE(can_read(KernelAddress(mdl)));
}

}  // namespace
}  // namespace portside::memory
