#include <gtest/gtest.h>

#include <cstring>

#include "memory/memory_test_support.h"

namespace portside::memory {
namespace {

char* text(KernelAddress at) { return static_cast<char*>(at.pointer()); }

TEST(MapPhysical, SeesWhatTheOtherViewSees) {
  auto memory = std::move(*Memory::create({}));
  PageRequest request;
  request.bytes = 3 * kPageBytes;
  request.contiguous = true;
  auto base = memory->allocate_contiguous(request, 1);
  ASSERT_TRUE(base);
  auto physical = memory->physical_address(*base + 100);
  ASSERT_TRUE(physical);
  auto view = memory->map_physical(*physical, 2 * kPageBytes, 0);
  ASSERT_TRUE(view);
  EXPECT_NE(view->value, base->value + 100);
  std::memcpy(text(*base + 100), "before", 7);
  EXPECT_STREQ(text(*view), "before");
  std::memcpy(text(*view + kPageBytes), "behind", 7);
  EXPECT_STREQ(text(*base + 100 + kPageBytes), "behind");
  // Only the base and the length that were given release it, once.
  EXPECT_FALSE(memory->unmap_physical(*view, kPageBytes / 2));
  EXPECT_TRUE(memory->unmap_physical(*view, 2 * kPageBytes));
  EXPECT_FALSE(memory->unmap_physical(*view, 2 * kPageBytes));
  EXPECT_FALSE(memory->is_valid(*view));
}

TEST(MapPhysical, RefusesWhatIsNoMemory) {
  auto memory = std::move(*Memory::create({}));
  auto device = memory->map_physical(PhysicalAddress(0xFEBC'0000), 0x1000, 0);
  ASSERT_FALSE(device);
  EXPECT_EQ(reason_of(device.error()), MemoryReason::kNotInRange);
  auto nothing_there = memory->map_physical(PhysicalAddress(0x10'0000), 0x1000, 0);
  ASSERT_FALSE(nothing_there);
  EXPECT_NE(nothing_there.error().sentence(), device.error().sentence());
  EXPECT_FALSE(memory->map_physical(PhysicalAddress(0x10'0000), 0, 0));
  EXPECT_FALSE(memory->map_physical(PhysicalAddress(UINT64_MAX - 10), 100, 0));
}

}  // namespace
}  // namespace portside::memory
