#include "portcls/buffer_canary.h"

#include <gtest/gtest.h>

#include <cstring>

namespace portside::portcls {
namespace {

constexpr uint64_t kPage = 4096;

class CanaryTest : public testing::Test {
 protected:
  std::vector<std::byte> pages = std::vector<std::byte>(2 * kPage);
  std::byte* at(uint64_t offset) { return pages.data() + offset; }
};

TEST_F(CanaryTest, SilentWhileNobodyWritesBesideTheBuffer) {
  auto canary = BufferCanary::place(pages.data(), pages.size(), 100, 5000, 5100);
  ASSERT_TRUE(canary);
  std::memset(at(100), 0x11, 5000);
  EXPECT_TRUE(canary->look().empty());
  EXPECT_EQ(*at(100), std::byte{0x11});
}

TEST_F(CanaryTest, TheFirstByteBehindTheEndAndTheLastOfThePageAreFoundOnce) {
  for (const uint64_t where : {uint64_t{5000}, 2 * kPage - 1}) {
    auto canary = BufferCanary::place(pages.data(), pages.size(), 0, 5000, 5000);
    *at(where) ^= std::byte{1};
    const auto changes = canary->look();
    ASSERT_EQ(changes.size(), 1u);
    EXPECT_FALSE(changes[0].before);
    EXPECT_EQ(changes[0].first, where - 5000);
    EXPECT_EQ(changes[0].changed, 1u);
    EXPECT_TRUE(canary->look().empty());
  }
}

TEST_F(CanaryTest, BytesBeforeTheOffsetAreTheirOwnStretch) {
  auto canary = BufferCanary::place(pages.data(), pages.size(), 64, 5000, 5064);
  std::memset(at(60), 0, 4);
  const auto changes = canary->look();
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_TRUE(changes[0].before);
  EXPECT_EQ(changes[0].first, 60u);
}

TEST_F(CanaryTest, AStretchFilledWithOneValueWasClearedWithThePage) {
  auto canary = BufferCanary::place(pages.data(), pages.size(), 0, 5000, 5000);
  std::memset(pages.data(), 0, pages.size());
  EXPECT_TRUE(canary->look().empty());
}

TEST_F(CanaryTest, ADriverThatAskedForMoreThanItHandsOutHasNone) {
  EXPECT_FALSE(BufferCanary::place(pages.data(), pages.size(), 0, 5000, 5001));
  EXPECT_FALSE(BufferCanary::place(pages.data(), pages.size(), 0, 5000, 2 * kPage));
  EXPECT_EQ(*at(5000), std::byte{0});
}

TEST_F(CanaryTest, ABufferThatFillsItsPagesHasNothingBesideIt) {
  auto canary = BufferCanary::place(pages.data(), pages.size(), 0, 2 * kPage, 2 * kPage);
  ASSERT_TRUE(canary);
  std::memset(pages.data(), 0x77, pages.size());
  EXPECT_TRUE(canary->look().empty());
}

}  // namespace
}  // namespace portside::portcls
