#include "memory/page_allocator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace portside::memory {
namespace {

using Use = PageAllocator::Use;
constexpr uint64_t kMiB = 1 << 20;
const FrameRange kAll = FrameRange::within(PhysicalAddress(0), PhysicalAddress(UINT64_MAX));

struct Machine {
  std::unique_ptr<PhysicalMemory> physical;
  PageAllocator allocator;
  explicit Machine(uint64_t low = 16 * kMiB, uint64_t high = 16 * kMiB, uint64_t seed = 1, uint64_t quarantine = 0)
      : physical(std::move(*PhysicalMemory::create(low, high))),
        allocator(*physical, Random(seed), UINT64_MAX, quarantine) {}
};

bool touching(const std::vector<uint64_t>& pfns) {
  for (size_t i = 1; i < pfns.size(); ++i)
    if (pfns[i] == pfns[i - 1] + 1 || pfns[i] + 1 == pfns[i - 1]) return true;
  return false;
}

TEST(FrameRange, HighAddressIsTheLastAcceptableByte) {
  const auto range = [](uint64_t low, uint64_t high) {
    return FrameRange::within(PhysicalAddress(low), PhysicalAddress(high));
  };
  EXPECT_EQ(range(0, 0xFFFFFFFF).last_pfn, 0xFFFFFu);
  EXPECT_EQ(range(0, 0xFFFFFFFE).last_pfn, 0xFFFFEu);
  EXPECT_EQ(range(0, UINT64_MAX).last_pfn, UINT64_MAX >> 12);
  EXPECT_TRUE(range(0, 0).empty());
  EXPECT_TRUE(range(0, 0xFFE).empty());
  EXPECT_FALSE(range(0, 0xFFF).empty());
  EXPECT_EQ(range(1, UINT64_MAX).first_pfn, 1u);
  EXPECT_TRUE(range(0x2001, 0x2FFF).empty());
  EXPECT_TRUE(range(UINT64_MAX, UINT64_MAX).empty());
  EXPECT_TRUE(range(0x3000, 0x2FFF).empty());
}

TEST(PageAllocator, NoTwoConsecutivePagesAreNeighbours) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    Machine m(kMiB, kMiB, seed);
    for (uint64_t count : {2, 3, 4, 16, 100}) {
      const auto taken = m.allocator.take_scattered(kAll, count, Use::kPages);
      ASSERT_EQ(taken.size(), count);
      EXPECT_FALSE(touching(taken)) << "seed " << seed << ", " << count << " pages";
      EXPECT_EQ(std::set(taken.begin(), taken.end()).size(), count);
    }
  }
}

TEST(PageAllocator, ScattersEvenWhenOnlyNeighboursAreLeft) {
  // Four frames that all touch: every second one first.
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Machine m(16 * kPageBytes, 0, seed);
    auto first = m.allocator.take_contiguous(kAll, 11, 0);  // one frame is the reserve
    ASSERT_EQ(first.size(), 11u);
    const auto left = m.allocator.take_scattered(kAll, 4, Use::kPages);
    ASSERT_EQ(left.size(), 4u);
    EXPECT_FALSE(touching(left)) << "seed " << seed;
  }
}

TEST(PageAllocator, TwoOrThreePagesAvoidNeighboursWhenMemoryAllows) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    for (uint64_t count : {2, 3}) {
      Machine m(4 * kPageBytes, 0, seed);
      const auto taken = m.allocator.take_scattered(kAll, count, Use::kPages);
      ASSERT_EQ(taken.size(), count);
      EXPECT_FALSE(touching(taken)) << "seed " << seed << ", " << count << " pages";
    }
  }
}

TEST(PageAllocator, WhatIsUnavoidableIsGiven) {
  Machine m(2 * kPageBytes, 0);
  EXPECT_EQ(m.allocator.take_scattered(kAll, 2, Use::kPages).size(), 2u);
}

TEST(PageAllocator, TheSameSeedMakesTheSameChoices) {
  Machine a(16 * kMiB, 16 * kMiB, 7), b(16 * kMiB, 16 * kMiB, 7), c(16 * kMiB, 16 * kMiB, 8);
  const auto first = a.allocator.take_scattered(kAll, 64, Use::kPages);
  EXPECT_EQ(first, b.allocator.take_scattered(kAll, 64, Use::kPages));
  EXPECT_NE(first, c.allocator.take_scattered(kAll, 64, Use::kPages));
}

TEST(PageAllocator, StaysInsideTheRange) {
  Machine m;
  const auto low = FrameRange::within(PhysicalAddress(0x200000), PhysicalAddress(0x23FFFF));
  const auto taken = m.allocator.take_scattered(low, 1000, Use::kPages);
  EXPECT_EQ(taken.size(), 64u);  // all there are, and no more
  for (uint64_t pfn : taken) EXPECT_TRUE(pfn >= 0x200 && pfn <= 0x23F);
  const auto above = FrameRange::within(PhysicalAddress(1ull << 32), PhysicalAddress(UINT64_MAX));
  for (uint64_t pfn : m.allocator.take_scattered(above, 100, Use::kPages)) EXPECT_GE(pfn, 1ull << 20);
}

TEST(PageAllocator, ContiguousIsAllOrNothing) {
  Machine m;
  const auto range = FrameRange::within(PhysicalAddress(0x200000), PhysicalAddress(0x20FFFF));  // 16 pages
  EXPECT_TRUE(m.allocator.take_contiguous(range, 17, 0).empty());
  const auto run = m.allocator.take_contiguous(range, 16, 0);
  ASSERT_EQ(run.size(), 16u);
  for (size_t i = 0; i < run.size(); ++i) EXPECT_EQ(run[i], 0x200 + i);
  EXPECT_TRUE(m.allocator.take_contiguous(range, 1, 0).empty());
}

TEST(PageAllocator, ContiguousDoesNotReachAcrossTheHoleBelowFourGiB) {
  Machine m(kMiB, kMiB);
  EXPECT_TRUE(m.allocator.take_contiguous(kAll, 257, 0).empty());
  const auto run = m.allocator.take_contiguous(kAll, 256, 0);
  ASSERT_EQ(run.size(), 256u);
  for (size_t i = 1; i < run.size(); ++i) EXPECT_EQ(run[i], run[0] + i);
}

TEST(PageAllocator, ContiguousDoesNotCrossABoundary) {
  for (uint64_t seed = 0; seed < 100; ++seed) {
    Machine m(16 * kMiB, 0, seed);
    const auto run = m.allocator.take_contiguous(kAll, 12, 16);
    ASSERT_EQ(run.size(), 12u);
    EXPECT_EQ(run.front() / 16, run.back() / 16);
  }
  Machine m;
  EXPECT_TRUE(m.allocator.take_contiguous(kAll, 17, 16).empty());
}

TEST(PageAllocator, FreedFramesWaitButNotWhenTheyAreNeeded) {
  Machine m(kMiB, 0, 1, /*quarantine=*/1000);
  auto all = m.allocator.take_scattered(kAll, 1000, Use::kPages);
  ASSERT_EQ(all.size(), 240u);  // 16 are the kernel's reserve
  m.allocator.give_back(all, Use::kPages);
  EXPECT_EQ(m.allocator.quarantined(), 240u);
  EXPECT_EQ(m.allocator.take_scattered(kAll, 100, Use::kPages).size(), 100u);
  EXPECT_EQ(m.allocator.quarantined(), 0u);
}

TEST(PageAllocator, KeepsAReserveForTheKernel) {
  Machine m(kMiB, 0);
  EXPECT_EQ(m.allocator.take_scattered(kAll, 256, Use::kPages).size(), 240u);
  EXPECT_TRUE(m.allocator.take_scattered(kAll, 1, Use::kPages).empty());
  EXPECT_EQ(m.allocator.take_scattered(kAll, 16, Use::kPool).size(), 16u);
}

TEST(PageAllocator, ALimitMakesMemoryShort) {
  Machine m;
  m.allocator.set_limit(10);
  const auto taken = m.allocator.take_scattered(kAll, 16, Use::kPages);
  EXPECT_EQ(taken.size(), 10u);
  EXPECT_TRUE(m.allocator.take_contiguous(kAll, 1, 0).empty());
  m.allocator.give_back(taken, Use::kPages);
  EXPECT_EQ(m.allocator.take_contiguous(kAll, 10, 0).size(), 10u);
}

TEST(PageAllocator, HugeCountsGiveWhatThereIs) {
  Machine m(kMiB, kMiB);
  EXPECT_EQ(m.allocator.take_scattered(kAll, UINT64_MAX / kPageBytes, Use::kPages).size(), 512u - 32u);
  EXPECT_TRUE(m.allocator.take_contiguous(kAll, UINT64_MAX / kPageBytes, 0).empty());
}

}  // namespace
}  // namespace portside::memory
