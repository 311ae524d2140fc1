#include "kernel/pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "memory/memory.h"

namespace portside::kernel {
namespace {

using ::testing::HasSubstr;

struct Listener : PoolObserver {
  std::vector<PoolMistake> mistakes;
  int allocated = 0, freed = 0, failed = 0;
  void on_allocated(const PoolBlock&) override { ++allocated; }
  void on_freed(const PoolBlock&) override { ++freed; }
  void on_allocation_failed(const PoolRequest&, const Status&) override { ++failed; }
  void on_mistake(const PoolMistake& mistake) override { mistakes.push_back(mistake); }
};

struct PoolTest : ::testing::TestWithParam<bool> {
  PoolTest() {
    options.verify = GetParam();
    make();
  }
  void make() {
    pool = Pool::create(*memory, options).value();
    pool->observers().add(listener);
  }
  char* take(uint64_t bytes, PoolContents contents = PoolContents::kZeroed, uint32_t tag = 'tseT') {
    auto block = pool->allocate({.bytes = bytes, .tag = tag, .contents = contents, .api = "ExAllocatePool2"});
    return block ? static_cast<char*>(*block) : nullptr;
  }
  Status free(void* block, std::optional<uint32_t> tag = std::nullopt) {
    auto result = pool->free(block, tag, "ExFreePool");
    return result ? Status() : result.error();
  }
  std::unique_ptr<memory::Memory> memory = memory::Memory::create({}).value();
  PoolOptions options;
  std::unique_ptr<Pool> pool;
  Listener listener;
};
INSTANTIATE_TEST_SUITE_P(Modes, PoolTest, ::testing::Bool(),
                         [](const auto& mode) { return mode.param ? "Verifying" : "Fast"; });
using SpecialPoolTest = PoolTest;
INSTANTIATE_TEST_SUITE_P(Modes, SpecialPoolTest, ::testing::Values(true), [](const auto&) { return "Verifying"; });

TEST_P(PoolTest, BlocksAreAlignedAndUsableToTheLastByte) {
  for (uint64_t bytes : {1, 15, 16, 17, 100, 1000, 4095, 4096, 4097, 10'000, 1'000'000}) {
    char* block = take(bytes);
    ASSERT_NE(block, nullptr);
    const auto address = reinterpret_cast<uint64_t>(block);
    EXPECT_EQ(address % 16, 0u);
    if (bytes >= kPageBytes) {
      EXPECT_EQ(address % kPageBytes, 0u) << bytes;
    } else {
      EXPECT_LE(address % kPageBytes + bytes, kPageBytes) << "no page boundary inside";
    }
    for (uint64_t i = 0; i < bytes; ++i) ASSERT_EQ(block[i], 0) << "zeroed";
    std::memset(block, 0xEE, bytes);
    EXPECT_TRUE(free(block).is_ok());
    EXPECT_TRUE(listener.mistakes.empty()) << listener.mistakes[0].sentence;
  }
}

TEST_P(PoolTest, AReusedBlockIsZeroedAgain) {
  for (int i = 0; i < 100; ++i) {
    char* block = take(64);
    for (int k = 0; k < 64; ++k) ASSERT_EQ(block[k], 0);
    std::memset(block, 0x55, 64);
    EXPECT_TRUE(free(block).is_ok());
  }
}

TEST_P(PoolTest, DoubleFreeIsToldAndHarmless) {
  char* block = take(40);
  EXPECT_TRUE(free(block).is_ok());
  EXPECT_EQ(free(block).code(), StatusCode::kInvalidParameter);
  ASSERT_EQ(listener.mistakes.size(), 1u);
  EXPECT_EQ(listener.mistakes[0].fault, PoolFault::kDoubleFree);
  EXPECT_EQ(listener.mistakes[0].address, KernelAddress(block));
  char* a = take(40);
  char* b = take(40);
  EXPECT_NE(a, b) << "the pool is not confused";
}

TEST_P(PoolTest, AWrongTagIsToldAndTheBlockFreed) {
  char* block = take(40, PoolContents::kZeroed, 'dcba');
  EXPECT_TRUE(free(block, 'zyxw').is_ok());
  ASSERT_EQ(listener.mistakes.size(), 1u);
  EXPECT_EQ(listener.mistakes[0].fault, PoolFault::kWrongTag);
  EXPECT_THAT(listener.mistakes[0].sentence, HasSubstr("'abcd'"));
  EXPECT_TRUE(pool->live_blocks(PoolOwner::kDriver).empty());
}

TEST_P(PoolTest, ForeignInteriorAndNullPointers) {
  int local = 0;
  char* block = take(200);
  EXPECT_FALSE(free(&local).is_ok());
  EXPECT_FALSE(free(block + 16).is_ok());
  EXPECT_FALSE(free(nullptr).is_ok());
  ASSERT_EQ(listener.mistakes.size(), 3u);
  EXPECT_EQ(listener.mistakes[0].fault, PoolFault::kForeignPointer);
  EXPECT_EQ(listener.mistakes[1].fault, PoolFault::kInteriorPointer);
  EXPECT_EQ(listener.mistakes[1].block->address, KernelAddress(block));
  EXPECT_EQ(listener.mistakes[2].fault, PoolFault::kNullPointer);
  EXPECT_TRUE(free(block).is_ok());
}

TEST_P(PoolTest, ZeroBytesGiveABlockAndAMistake) {
  char* a = take(0);
  char* b = take(0);
  ASSERT_NE(a, nullptr);
  EXPECT_NE(a, b);
  EXPECT_EQ(listener.mistakes[0].fault, PoolFault::kZeroBytes);
  EXPECT_TRUE(free(a).is_ok());
  EXPECT_TRUE(free(b).is_ok());
}

TEST_P(PoolTest, LeaksAreToldByTagInOrder) {
  (void)take(10, PoolContents::kZeroed, '1gaT');
  (void)take(5000, PoolContents::kZeroed, '2gaT');
  (void)take(20, PoolContents::kZeroed, '1gaT');
  (void)pool->allocate({.bytes = 30, .tag = 'sruO', .owner = PoolOwner::kRuntime, .api = "PcNewPort"});
  const auto uses = pool->use_by_tag(PoolOwner::kDriver);
  ASSERT_EQ(uses.size(), 2u);
  EXPECT_EQ(pool_tag_text(uses[0].tag), "Tag1");
  EXPECT_EQ(uses[0].blocks, 2u);
  EXPECT_EQ(uses[0].bytes, 30u);
  EXPECT_EQ(pool->report_leaks(), 3u) << "the runtime's own blocks are no leaks";
  EXPECT_EQ(listener.mistakes[0].fault, PoolFault::kLeak);
  EXPECT_EQ(listener.mistakes[1].block->bytes, 5000u) << "in order of allocation";
  EXPECT_EQ(listener.mistakes[0].block->allocated_at.empty(), !options.verify);
}

TEST_P(PoolTest, DescribesAnyAddressOfABlock) {
  char* block = take(100);
  EXPECT_EQ(pool->find(KernelAddress(block))->bytes, 100u);
  EXPECT_FALSE(pool->find(KernelAddress(block + 1)));
  EXPECT_EQ(pool->describe(KernelAddress(block + 99))->where, PoolAddress::Where::kInside);
  EXPECT_EQ(pool->describe(KernelAddress(block + 99))->offset, 99);
  const auto behind = pool->describe(KernelAddress(block + 103));
  ASSERT_TRUE(behind);
  EXPECT_EQ(behind->where, PoolAddress::Where::kBehind);
  EXPECT_EQ(behind->offset, 3);
  EXPECT_THAT(behind->sentence, HasSubstr("3 bytes behind the end of the live block"));
  int local = 0;
  EXPECT_FALSE(pool->describe(KernelAddress(&local)));
}

TEST_P(PoolTest, LowResourcesAreSimulated) {
  pool->fail_nth_allocation(2);
  EXPECT_NE(take(10), nullptr);
  EXPECT_NE(pool->allocate({.bytes = 10, .owner = PoolOwner::kRuntime}).value_or(nullptr), nullptr)
      << "our own do not count";
  EXPECT_EQ(take(10), nullptr);
  EXPECT_NE(take(10), nullptr);
  EXPECT_EQ(listener.failed, 1);
  pool->set_failure_hook([](const PoolRequest& request) { return request.bytes > 100; });
  EXPECT_EQ(take(101), nullptr);
  EXPECT_NE(take(100), nullptr);
}

TEST_P(PoolTest, TheLimitIsKept) {
  options.limit_bytes = 10'000;
  make();
  char* block = take(9'000);
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(take(2'000), nullptr);
  EXPECT_EQ(take(~uint64_t{0}), nullptr);
  EXPECT_TRUE(free(block).is_ok());
  EXPECT_NE(take(2'000), nullptr);
}

TEST_P(PoolTest, ManyBlocksComeAndGo) {
  std::vector<char*> blocks;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 500; ++i) {
      blocks.push_back(take(1 + static_cast<uint64_t>(i) * 7 % 3000));
      std::memset(blocks.back(), i, 1 + static_cast<uint64_t>(i) * 7 % 3000);
    }
    for (char* block : blocks) EXPECT_TRUE(free(block).is_ok());
    blocks.clear();
  }
  EXPECT_TRUE(listener.mistakes.empty());
  EXPECT_TRUE(pool->live_blocks(PoolOwner::kDriver).empty());
  EXPECT_EQ(listener.allocated, 1500);
  EXPECT_EQ(listener.freed, 1500);
}

TEST_P(SpecialPoolTest, ABlockEndsAtAnInaccessiblePage) {
  char* block = take(48);
  EXPECT_EQ((reinterpret_cast<uint64_t>(block) + 48) % kPageBytes, 0u);
  EXPECT_DEATH(static_cast<volatile char*>(block)[48] = 1, "");
  char* page = take(4096);
  EXPECT_DEATH((void)static_cast<volatile char*>(page)[4096], "");
  EXPECT_DEATH((void)static_cast<volatile char*>(page)[-1], "");
  EXPECT_EQ(pool->describe(KernelAddress(page + 4096))->where, PoolAddress::Where::kBehind);
  EXPECT_EQ(pool->describe(KernelAddress(page - 1))->where, PoolAddress::Where::kBefore);
}

TEST_P(SpecialPoolTest, AFreedBlockIsInaccessibleAndRemembered) {
  char* block = take(100);
  EXPECT_TRUE(free(block).is_ok());
  EXPECT_DEATH((void)static_cast<volatile char*>(block)[0], "");
  const auto where = pool->describe(KernelAddress(block + 10));
  ASSERT_TRUE(where);
  EXPECT_EQ(where->where, PoolAddress::Where::kFreed);
  EXPECT_EQ(where->offset, 10);
  EXPECT_FALSE(where->block.allocated_at.empty());
  EXPECT_FALSE(where->block.freed_at.empty());
  EXPECT_THAT(where->sentence, HasSubstr("freed block"));
}

TEST_P(SpecialPoolTest, SlackAndMarginAreCheckedAtFree) {
  char* over = take(100);  // 12 bytes of slack
  over[103] = 1;
  EXPECT_TRUE(free(over).is_ok());
  ASSERT_EQ(listener.mistakes.size(), 1u);
  EXPECT_EQ(listener.mistakes[0].fault, PoolFault::kOverrun);
  EXPECT_EQ(listener.mistakes[0].bad_offset, 3u);
  char* under = take(100);
  under[-2] = 1;
  EXPECT_TRUE(free(under).is_ok());
  ASSERT_EQ(listener.mistakes.size(), 2u);
  EXPECT_EQ(listener.mistakes[1].fault, PoolFault::kUnderrun);
  EXPECT_EQ(listener.mistakes[1].bad_offset, 2u);
  char* last_page = take(5000);
  last_page[5001] = 1;
  EXPECT_TRUE(free(last_page).is_ok());
  EXPECT_EQ(listener.mistakes[2].bad_offset, 1u);
}

TEST_P(SpecialPoolTest, FreshMemoryIsNoUsablePointer) {
  void* pointer = nullptr;
  std::memcpy(&pointer, take(64, PoolContents::kUninitialized), sizeof pointer);
  EXPECT_EQ(reinterpret_cast<uint64_t>(pointer), 0xCDCDCDCDCDCDCDCDu);
}

TEST_P(SpecialPoolTest, WhatIsRememberedIsBounded) {
  options.remembered_blocks = 10;
  make();
  char* first = take(10);
  EXPECT_TRUE(free(first).is_ok());
  EXPECT_EQ(pool->describe(KernelAddress(first))->where, PoolAddress::Where::kFreed);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(free(take(10)).is_ok());
  const auto forgotten = pool->describe(KernelAddress(first));
  EXPECT_TRUE(!forgotten || forgotten->block.address != KernelAddress(first));
}

TEST_P(SpecialPoolTest, BeyondTheBoundBlocksShareSlabsAndKeepTheirHistory) {
  options.special_blocks = 2;
  make();
  (void)take(10);
  (void)take(10);
  char* third = take(10);
  EXPECT_FALSE(pool->find(KernelAddress(third))->special);
  EXPECT_FALSE(pool->find(KernelAddress(third))->allocated_at.empty());
  EXPECT_TRUE(free(third).is_ok());
  EXPECT_FALSE(free(third).is_ok());
  EXPECT_EQ(listener.mistakes.back().fault, PoolFault::kDoubleFree);
  EXPECT_FALSE(listener.mistakes.back().block->freed_at.empty());
}

}  // namespace
}  // namespace portside::kernel
