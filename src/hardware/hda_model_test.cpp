#include "hardware/hda_model.h"

#include "hardware/hda_fixture.h"

namespace portside::hardware {
namespace {

using namespace std::chrono_literals;

TEST_F(HdaTest, IsFoundByItsClass) {
  EXPECT_EQ(*model.read_config(0x0A, 2), 0x0403u);
  EXPECT_EQ(*model.read_config(0x3D, 1), 1u) << "INTA#";
  const auto bars = model.base_address_registers();
  ASSERT_EQ(bars.size(), 1u);
  EXPECT_TRUE(bars[0].is_64_bit && !bars[0].is_port);
  ASSERT_TRUE(model.write_config(0x10, 4, 0xFFFFFFFF));
  EXPECT_EQ(*model.read_config(0x10, 4), 0xFFFFC004u) << "16 KiB, 64 bits";
}

TEST_F(HdaTest, ComesOutOfResetWithACodec) {
  EXPECT_EQ(read(0x08, 4), 0u);
  EXPECT_EQ(read(0x00, 2), 0x4401u);
  leave_reset();
  EXPECT_EQ(read(0x08, 4) & 1, 1u);
  EXPECT_EQ(read(0x0E, 2), 1u);
  write(0x0E, 2, 1);
  EXPECT_EQ(read(0x0E, 2), 0u) << "a 1 clears";
}

TEST_F(HdaTest, TellsOfAResetThatIsTooShort) {
  write(0x08, 4, 1);
  expect_broken(HdaRule::kResetTooShort);
}

TEST_F(HdaTest, TellsOfARegisterThatIsWrittenInReset) {
  write(0x20, 4, 0x80000000);
  expect_broken(HdaRule::kWriteInReset);
  EXPECT_EQ(read(0x20, 4), 0u);
}

TEST_F(HdaTest, AResetForgets) {
  leave_reset();
  write(0x20, 4, 0xC0000000);
  write(0x98, 4, 0x12345680);
  write(0x08, 4, 0);
  EXPECT_EQ(read(0x20, 4), 0u);
  leave_reset();
  EXPECT_EQ(read(0x98, 4), 0u);
}

TEST_F(HdaTest, TellsOfOddAccesses) {
  EXPECT_EQ(read(0x02, 4), 0xFFFFFFFFu);
  expect_broken(HdaRule::kAccessSize);
  EXPECT_EQ(*model.read(0, 0x08, 8), ~uint64_t{0});
  expect_broken(HdaRule::kAccessSize);
  EXPECT_FALSE(model.read(0, 0x4000, 4));
  EXPECT_FALSE(model.read(1, 0, 4));
}

TEST_F(HdaTest, CountsTheWallClockInTwentyFourMegahertz) {
  leave_reset();
  const uint32_t before = read(0x30, 4);
  host.pass(1s);
  EXPECT_EQ(read(0x30, 4) - before, 24'000'000u);
  EXPECT_EQ(read(0x2030, 4), read(0x30, 4)) << "the alias";
}

TEST_F(HdaTest, DescribesItsCodecToWhoWalksIt) {
  leave_reset();
  EXPECT_EQ(verb(0, 0xF00, 0x00), 0x50530001u);
  EXPECT_EQ(verb(0, 0xF00, 0x04), 0x00010001u);
  EXPECT_EQ(verb(1, 0xF00, 0x05) & 0xFF, 1u) << "an audio function group";
  const uint32_t nodes = verb(1, 0xF00, 0x04);
  EXPECT_EQ(nodes >> 16, 2u);
  int converters = 0, pins = 0;
  for (uint32_t node = nodes >> 16; node < (nodes >> 16) + (nodes & 0xFF); ++node) {
    const uint32_t type = verb(static_cast<uint8_t>(node), 0xF00, 0x09) >> 20 & 0xF;
    converters += type <= 1;
    pins += type == 4;
  }
  EXPECT_EQ(converters, 4);
  EXPECT_EQ(pins, 5);
  EXPECT_EQ(verb(HdaCodec::kHeadphonePin, 0xF1C, 0) >> 20 & 0xF, 2u);
  EXPECT_EQ(verb(4, 0xF02, 0), 0x00000203u) << "the mixer hears both converters";
}

TEST_F(HdaTest, TellsOfNodesAndVerbsThatDoNotExist) {
  leave_reset();
  EXPECT_EQ(verb(77, 0xF00, 9), 0u);
  expect_broken(HdaRule::kUnknownNode);
  EXPECT_EQ(verb(2, 0x707, 0x40), 0u);
  expect_broken(HdaRule::kUnknownVerb);
}

TEST_F(HdaTest, SpeaksUnaskedWhenAPlugComes) {
  leave_reset();
  verb(HdaCodec::kHeadphonePin, 0x708, 0x80 | 0x15);
  EXPECT_EQ(verb(HdaCodec::kHeadphonePin, 0xF09, 0), 0u);
  const Block rings = block(4096);
  write_address(0x50, rings.at + 2048);
  write(0x5A, 2, 1);
  write(0x08, 4, 0x101);
  write(0x5C, 1, 3);
  write(0x20, 4, 0xC0000000);
  model.plug(HdaCodec::kHeadphonePin, true);
  EXPECT_TRUE(host.line);
  EXPECT_EQ(read(0x58, 2), 1u);
  uint32_t response[2];
  std::memcpy(response, rings.bytes + 2048 + 8, sizeof response);
  EXPECT_EQ(response[0] >> 26, 0x15u);
  EXPECT_EQ(response[1], 0x10u) << "unsolicited, codec 0";
  write(0x5D, 1, 5);
  EXPECT_FALSE(host.line);
  EXPECT_EQ(verb(HdaCodec::kHeadphonePin, 0xF09, 0), 0x80000000u);
}

TEST_F(HdaTest, AnswersNothingOnceItIsTakenOut) {
  leave_reset();
  model.unplug_card();
  EXPECT_EQ(model.read(0, 0, 4).error().code(), StatusCode::kDeviceRemoved);
  EXPECT_EQ(model.read_config(0, 4).error().code(), StatusCode::kDeviceRemoved);
  EXPECT_FALSE(model.write(0, 8, 4, 0));
}

TEST_F(HdaTest, ForgetsInD3) {
  leave_reset();
  write(0x20, 4, 0xC0000000);
  ASSERT_TRUE(model.write_config(0x54, 2, 3));
  EXPECT_EQ(read(0x20, 4), 0xFFFFFFFFu);
  expect_broken(HdaRule::kAsleep);
  ASSERT_TRUE(model.write_config(0x54, 2, 0));
  EXPECT_EQ(read(0x08, 4), 0u) << "held in reset";
}

struct KeepingHdaTest : HdaTest {
  KeepingHdaTest() : HdaTest({.keeps_state_in_d3 = true}) {}
};

TEST_F(KeepingHdaTest, KeepsItsStateInD3) {
  leave_reset();
  write(0x20, 4, 0xC0000000);
  ASSERT_TRUE(model.write_config(0x54, 2, 3));
  ASSERT_TRUE(model.write_config(0x54, 2, 0));
  EXPECT_EQ(read(0x20, 4), 0xC0000000u);
}

}  // namespace
}  // namespace portside::hardware
