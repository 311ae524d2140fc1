// Kernel memory by address.
#include <set>

#include "memory/memory.h"
#include "memory/memory_test_support.h"

namespace portside::memory {
namespace {

using Blocks = MemoryTest;

TEST_F(Blocks, LieBetweenGuardPages) {
  const KernelAddress block = *memory->arena_allocate(kPageBytes + 1, 0x31676154);
  auto* bytes = static_cast<char*>(block.pointer());
  EXPECT_EQ(bytes[0], 0);
  bytes[2 * kPageBytes - 1] = 'e';
  EXPECT_FALSE(can_read(block - 1));
  EXPECT_FALSE(can_read(block + 2 * kPageBytes));
  const AddressInfo after = memory->describe(block + 2 * kPageBytes);
  EXPECT_EQ(after.kind, AddressKind::kBlock);
  EXPECT_EQ(after.place, AddressPlace::kGuardAfter);
  EXPECT_EQ(after.tag, 0x31676154u);
  EXPECT_FALSE(after.obtained_at.empty());
}

TEST_F(Blocks, FreedOnesAreInaccessibleAndRemembered) {
  const KernelAddress block = *memory->arena_allocate(kPageBytes, 7);
  const PhysicalAddress physical = *memory->physical_address(block + 3);
  EXPECT_EQ(physical.offset_in_page(), 3u);
  ASSERT_TRUE(memory->arena_free(block));
  EXPECT_FALSE(can_read(block));
  EXPECT_FALSE(memory->is_valid(block));
  EXPECT_FALSE(memory->physical_address(block));
  const AddressInfo info = memory->describe(block + 5);
  EXPECT_EQ(info.kind, AddressKind::kBlock);
  EXPECT_FALSE(info.live);
  EXPECT_EQ(info.tag, 7u);
  EXPECT_FALSE(info.released_at.empty());
  expect_refused(memory->arena_free(block), MemoryReason::kFreedTwice);
  expect_refused(memory->arena_free(block + kPageBytes), MemoryReason::kNotAnAllocation);
  auto dma = memory->dma();
  const auto& mishap = expect_refused(dma->load<char>(physical), MemoryReason::kDmaToFreed);
  ASSERT_TRUE(mishap.at);
  EXPECT_EQ(mishap.at->base, block);
  EXPECT_FALSE(mishap.at->released_at.empty());
}

TEST_F(Blocks, AreScatteredAboveFourGiB) {
  const KernelAddress block = *memory->arena_allocate(64 * kPageBytes);
  uint64_t previous = 0;
  for (int i = 0; i < 64; ++i) {
    const uint64_t at = memory->physical_address(block + i * kPageBytes)->value;
    EXPECT_GE(at, 1ull << 32);
    EXPECT_NE(at, previous + kPageBytes);
    previous = at;
  }
}

TEST_F(Blocks, ContiguousMemoryIsContiguousAndInRange) {
  const KernelAddress base = *memory->allocate_contiguous(
      {.high = PhysicalAddress(0xFFFFFF), .bytes = 16 * kPageBytes, .boundary_bytes = 16 * kPageBytes}, kMmNonCached);
  const PhysicalAddress first = *memory->physical_address(base);
  EXPECT_EQ(first.value % (16 * kPageBytes), 0u);
  EXPECT_LE(first.value + 16 * kPageBytes, 0x1000000u);
  for (int i = 0; i < 16; ++i)
    EXPECT_EQ(memory->physical_address(base + i * kPageBytes)->value, first.value + i * kPageBytes);
  static_cast<char*>(base.pointer())[kPageBytes] = 'c';
  auto dma = memory->dma();
  EXPECT_EQ(*dma->load<char>(first + kPageBytes), 'c');
  EXPECT_EQ(dma->span(first, 16 * kPageBytes)->size(), 16 * kPageBytes);
  expect_refused(memory->arena_free(base), MemoryReason::kNotAnAllocation);
  ASSERT_TRUE(memory->free_contiguous(base));
  EXPECT_FALSE(can_read(base));
  expect_refused(memory->free_contiguous(base), MemoryReason::kFreedTwice);
  expect_refused(memory->free_contiguous(*memory->arena_allocate(1)), MemoryReason::kNotAnAllocation);
  expect_refused(memory->allocate_contiguous({.bytes = 1}, 6), MemoryReason::kCacheTypeOutOfRange);
  expect_refused(memory->allocate_contiguous({.bytes = 1, .boundary_bytes = 12288}, 1), MemoryReason::kBadAlignment);
}

TEST_F(Blocks, NonCachedMemoryIsFreedWithItsBytes) {
  const KernelAddress base = *memory->allocate_noncached(5000);
  EXPECT_EQ(memory->describe(base).cache_type, kMmNonCached);
  expect_refused(memory->free_noncached(base, 4096), MemoryReason::kNotAnAllocation);
  EXPECT_TRUE(memory->free_noncached(base, 5000));
}

TEST_F(Blocks, TheArenaIsGoneThroughBeforeAnAddressServesAgain) {
  auto small = make({.arena_bytes = 1 << 20});
  std::set<uint64_t> seen;
  KernelAddress kept = *small->arena_allocate(kPageBytes);
  size_t before_reuse = 0;
  for (;; ++before_reuse) {
    const KernelAddress block = *small->arena_allocate(kPageBytes);
    ASSERT_NE(block, kept);
    if (!seen.insert(block.value).second) break;
    ASSERT_TRUE(small->arena_free(block));
  }
  EXPECT_EQ(before_reuse, (1u << 20) / (3 * kPageBytes) - 1);
  EXPECT_TRUE(can_read(kept));
  // And one that is full says so.
  while (true)
    if (auto more = small->arena_allocate(16 * kPageBytes); !more) {
      EXPECT_EQ(reason_of(more.error()), MemoryReason::kNoAddressSpace);
      break;
    }
}

TEST_F(Blocks, WhatIsForgottenIsCalledForgotten) {
  auto brief = make({.former_ranges = 4});
  const KernelAddress first = *brief->arena_allocate(kPageBytes);
  ASSERT_TRUE(brief->arena_free(first));
  EXPECT_EQ(brief->describe(first).kind, AddressKind::kBlock);
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(brief->arena_free(*brief->arena_allocate(kPageBytes)));
  EXPECT_EQ(brief->describe(first).kind, AddressKind::kForgotten);
  EXPECT_EQ(brief->stats().former_ranges, 4u);
}

}  // namespace
}  // namespace portside::memory
