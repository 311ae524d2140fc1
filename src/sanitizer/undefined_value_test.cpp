#include "sanitizer/undefined_value.h"

#include <gtest/gtest.h>

#include <bit>

namespace portside::sanitizer {
namespace {

constexpr TypeDescriptor integer(unsigned log2_bits, bool is_signed) {
  return {TypeDescriptor::kInteger, static_cast<uint16_t>(log2_bits << 1 | is_signed), {0}};
}

TEST(UndefinedValue, IntegersOfEveryWidthKeepTheirSign) {
  EXPECT_EQ(value_text(integer(3, true), 0xFF), "-1");
  EXPECT_EQ(value_text(integer(3, false), 0xFF), "255");
  EXPECT_EQ(value_text(integer(5, true), 0x80000000), "-2147483648");
  EXPECT_EQ(value_text(integer(5, false), 0xFFFFFFFF80000000), "2147483648");
  EXPECT_EQ(value_text(integer(6, true), ~uint64_t{0}), "-1");
  EXPECT_TRUE(is_negative(integer(4, true), 0x8000));
  EXPECT_FALSE(is_negative(integer(4, false), 0x8000));
}

TEST(UndefinedValue, FloatsAreReadFromTheirBits) {
  EXPECT_EQ(value_text({TypeDescriptor::kFloat, 32, {0}}, std::bit_cast<uint32_t>(1.5f)), "1.5");
  EXPECT_EQ(value_text({TypeDescriptor::kFloat, 64, {0}}, std::bit_cast<uint64_t>(-2.25)), "-2.25");
}

TEST(UndefinedValue, WhatIsWiderThanARegisterIsNotReadFromIt) {
  EXPECT_EQ(value_text(integer(7, true), 0x1234), "a value");
  EXPECT_EQ(value_text({TypeDescriptor::kUnknown, 0, {0}}, 7), "a value");
}

}  // namespace
}  // namespace portside::sanitizer
