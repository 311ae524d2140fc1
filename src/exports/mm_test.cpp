// Views of MDLs for an application, beside those of the system.

#include <gtest/gtest.h>
#include <wdm.h>

#include "exports/export_fixture.h"

namespace portside::exports {
namespace {

constexpr ULONG kSharedTag = 'tseT';

class MmTest : public ExportFixture {};

// What drivers share with their own program: pool, and pages that they have mapped themselves.
TEST_F(MmTest, AUserViewLiesBesideTheSystems) {
  run([&] {
    auto* block = static_cast<ULONG*>(ExAllocatePool2(POOL_FLAG_NON_PAGED, 3 * PAGE_SIZE, kSharedTag));
    PMDL of_pool = IoAllocateMdl(block, 3 * PAGE_SIZE, FALSE, FALSE, nullptr);
    ASSERT_TRUE(block && of_pool);
    MmBuildMdlForNonPagedPool(of_pool);
    PHYSICAL_ADDRESS low{}, high{}, skip{};
    high.QuadPart = -1;
    PMDL of_pages = MmAllocatePagesForMdl(low, high, skip, 2 * PAGE_SIZE);
    ASSERT_TRUE(of_pages);
    auto* system = static_cast<ULONG*>(
        MmMapLockedPagesSpecifyCache(of_pages, KernelMode, MmCached, nullptr, FALSE, NormalPagePriority));
    ASSERT_TRUE(system);
    for (const auto& [mdl, own] : {std::pair{of_pool, block}, {of_pages, system}}) {
      auto map = [mdl] {
        return static_cast<ULONG*>(
            MmMapLockedPagesSpecifyCache(mdl, UserMode, MmCached, nullptr, FALSE, NormalPagePriority));
      };
      ULONG *first = map(), *second = map();
      ASSERT_TRUE(first && second && first != second && first != own);
      own[PAGE_SIZE / sizeof(ULONG)] = 42;
      EXPECT_EQ(first[PAGE_SIZE / sizeof(ULONG)], 42u) << "the same pages";
      second[1] = 43;
      EXPECT_EQ(own[1], 43u);
      MmUnmapLockedPages(first, mdl);
      second[1] = 44;
      EXPECT_EQ(own[1], 44u) << "the other view stands";
      MmUnmapLockedPages(second, mdl);
    }
    MmUnmapLockedPages(system, of_pages);
    MmFreePagesFromMdl(of_pages);
    ExFreePool(of_pages);
    IoFreeMdl(of_pool);
    ExFreePoolWithTag(block, kSharedTag);
  });
  EXPECT_TRUE(pool_mistakes.seen.empty());
}

// Whoever frees the pages under an application is told, and the application no longer sees them.
TEST_F(MmTest, AUserViewEndsWithItsPages) {
  run([&] {
    PHYSICAL_ADDRESS low{}, high{}, skip{};
    high.QuadPart = -1;
    PMDL pages = MmAllocatePagesForMdl(low, high, skip, PAGE_SIZE);
    ASSERT_TRUE(pages);
    auto* view = static_cast<ULONG*>(
        MmMapLockedPagesSpecifyCache(pages, UserMode, MmCached, nullptr, FALSE, NormalPagePriority));
    ASSERT_TRUE(view);
    MmFreePagesFromMdl(pages);
    const auto again = memory_->unmap_beside(KernelAddress(view), pages);
    ASSERT_TRUE(again);
    EXPECT_FALSE(*again) << "it is none any more";
    ExFreePool(pages);
  });
}

}  // namespace
}  // namespace portside::exports
