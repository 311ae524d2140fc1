#include "sanitizer/shadow.h"

#include <gtest/gtest.h>

#include "sanitizer/stack_frame.h"

namespace portside::sanitizer {
namespace {

constexpr uint64_t kAt = 0x100000000;

std::unique_ptr<Shadow> make_shadow() {
  auto shadow = Shadow::create();
  EXPECT_TRUE(shadow);
  return std::move(*shadow);
}

TEST(Shadow, EverythingIsGoodUntilItIsMarked) {
  const auto shadow = make_shadow();
  EXPECT_FALSE(shadow->first_bad(kAt, 100'000));
  EXPECT_FALSE(shadow->first_bad(0, 8));
}

TEST(Shadow, TheFirstBadByteIsFoundAtEveryLengthAndOffset) {
  const auto shadow = make_shadow();
  for (const uint64_t bytes : {1, 5, 8, 13, 16, 40}) {
    shadow->set(kAt, 16, 0xFA);
    shadow->allow(kAt, bytes);
    for (uint64_t from = 0; from < bytes; ++from) {
      for (uint64_t count = 1; count <= 32; ++count) {
        const auto bad = shadow->first_bad(kAt + from, count);
        EXPECT_EQ(bad.has_value(), from + count > bytes) << bytes << " " << from << " " << count;
        if (bad) EXPECT_EQ(*bad, kAt + bytes) << bytes << " " << from << " " << count;
      }
    }
  }
}

TEST(Shadow, AMarkCoversWholeGranulesOnly) {
  const auto shadow = make_shadow();
  shadow->poison(kAt + 3, 20, ShadowMark::kGlobal);  // the granules from 8 to 24 lie inside, those at its ends do not
  EXPECT_FALSE(shadow->first_bad(kAt, 8));
  EXPECT_EQ(shadow->first_bad(kAt, 9), kAt + 8);
  EXPECT_EQ(shadow->first_bad(kAt + 15, 1), kAt + 15);
  EXPECT_FALSE(shadow->first_bad(kAt + 16, 8));
}

TEST(Shadow, WhatLiesBeyondItsReachIsLeftToTheProcessor) {
  const auto shadow = make_shadow();
  EXPECT_FALSE(shadow->first_bad(0xFFFFF78000000000, 8));
  EXPECT_FALSE(shadow->first_bad(Shadow::kReach - 4, 8));
  shadow->poison(Shadow::kReach, 64, ShadowMark::kGlobal);
  shadow->set(0xFFFFF78000000000, 64, 0xFA);
}

TEST(StackFrame, TheTextOfAFrameIsReadWithItsLines) {
  const auto variables = parse_frame_text("2 32 48 9 samples:6 112 12 5 inner");
  ASSERT_EQ(variables.size(), 2u);
  EXPECT_EQ(variables[0].name, "samples");
  EXPECT_EQ(variables[0].line, 6u);
  EXPECT_EQ(variables[1].offset, 112u);
  const StackFrame frame{0x1000, variables};
  EXPECT_NE(frame.describe(0x1000 + 32 + 48).find("'samples'"), std::string::npos);
  EXPECT_NE(frame.describe(0x1000 + 110).find("'inner'"), std::string::npos);
}

TEST(StackFrame, ATextThatIsNoneEndsWhereItBreaks) {
  EXPECT_TRUE(parse_frame_text("").empty());
  EXPECT_TRUE(parse_frame_text("x").empty());
  EXPECT_EQ(parse_frame_text("9 32 4 1 a").size(), 1u);
}

}  // namespace
}  // namespace portside::sanitizer
