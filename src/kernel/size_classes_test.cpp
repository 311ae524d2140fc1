#include "kernel/size_classes.h"

#include <gtest/gtest.h>

#include <set>

namespace portside::kernel {
namespace {

constexpr KernelAddress kBase(0x10'0000'0000);

TEST(SizeClasses, BlocksAreAlignedDistinctAndInsideAPage) {
  for (uint64_t bytes : {1, 16, 17, 100, 1000, 1360, 2048, 2049, 4095, 4096}) {
    SizeClasses classes;
    EXPECT_FALSE(classes.take(bytes));
    classes.add_slab(kBase, bytes);
    std::set<uint64_t> starts;
    while (auto place = classes.take(bytes)) {
      place->slot->serial = 1;
      EXPECT_EQ(place->start.value % 16, 0u);
      EXPECT_LE(place->start.offset_in_page() + bytes, kPageBytes) << bytes;
      EXPECT_GE(SizeClasses::class_bytes(bytes), bytes);
      EXPECT_TRUE(starts.insert(place->start.value).second);
      EXPECT_LT(place->start.value, kBase.value + SizeClasses::kSlabBytes);
    }
    EXPECT_EQ(starts.size(), SizeClasses::kSlabBytes / kPageBytes * (kPageBytes / SizeClasses::class_bytes(bytes)));
  }
}

TEST(SizeClasses, AFullSlabServesAgainAfterAReturn) {
  SizeClasses classes;
  classes.add_slab(kBase, 4096);
  std::vector<SizeClasses::Place> all;
  while (auto place = classes.take(4096)) {
    place->slot->serial = 1;
    all.push_back(*place);
  }
  EXPECT_EQ(all.size(), 16u);
  classes.put_back(all[5]);
  const auto again = classes.take(4096);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->start, all[5].start);
  EXPECT_FALSE(classes.take(4096));
}

TEST(SizeClasses, FindsTheSlotOfAnyAddress) {
  SizeClasses classes;
  classes.add_slab(kBase, 100);  // slots of 112
  const auto place = classes.take(100);
  ASSERT_TRUE(place);
  EXPECT_TRUE(classes.find(place->start)->at_start);
  const auto inside = classes.find(place->start + 99);
  ASSERT_TRUE(inside);
  EXPECT_EQ(inside->slot, place->slot);
  EXPECT_FALSE(inside->at_start);
  EXPECT_FALSE(classes.find(kBase - 1));
  EXPECT_FALSE(classes.find(kBase + SizeClasses::kSlabBytes));
  EXPECT_FALSE(classes.find(kBase + 4095)) << "36 slots of 112 leave a rest";
}

}  // namespace
}  // namespace portside::kernel
