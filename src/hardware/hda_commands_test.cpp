#include "hardware/hda_commands.h"

#include "hardware/hda_fixture.h"

namespace portside::hardware {
namespace {

using namespace std::chrono_literals;

struct HdaRings : HdaTest {
  void SetUp() override {
    leave_reset();
    rings = block(4096);
    write_address(0x40, rings.at);
    write_address(0x50, rings.at + 2048);
    write(0x4A, 2, 0x8000);
    EXPECT_EQ(read(0x4A, 2), 0x8000u);
    write(0x4A, 2, 0);
    write(0x58, 2, 0x8000);
    write(0x5A, 2, 1);
  }
  void run() {
    write(0x5C, 1, 3);
    write(0x4C, 1, 2);
  }
  void put(uint32_t entry, uint32_t verb) { std::memcpy(rings.bytes + 4 * entry, &verb, 4); }
  uint64_t response(uint32_t entry) {
    uint64_t value;
    std::memcpy(&value, rings.bytes + 2048 + 8 * entry, 8);
    return value;
  }
  Block rings;
};

TEST_F(HdaRings, CarryVerbsAndResponses) {
  run();
  put(1, 0x000F0000);
  put(2, 0x000F0004);
  write(0x48, 2, 2);
  EXPECT_EQ(read(0x58, 2), 0u) << "not at once";
  host.pass(100us);
  EXPECT_EQ(read(0x4A, 2), 2u);
  EXPECT_EQ(read(0x58, 2), 2u);
  EXPECT_EQ(response(1), 0x50530001u);
  EXPECT_EQ(response(2), 0x00010001u);
}

TEST_F(HdaRings, RaiseTheInterruptAndLowerIt) {
  write(0x20, 4, 0xC0000000);
  run();
  put(1, 0x000F0000);
  write(0x48, 2, 1);
  host.pass(100us);
  EXPECT_TRUE(host.line);
  EXPECT_EQ(read(0x24, 4), 0xC0000000u);
  EXPECT_EQ(*model.read_config(0x06, 2) & 8, 8u) << "interrupt status";
  write(0x5D, 1, 1);
  EXPECT_FALSE(host.line);
  EXPECT_EQ(read(0x24, 4), 0u);
}

TEST_F(HdaRings, GoRound) {
  run();
  for (uint32_t i = 1; i <= 600; ++i) {
    put(i % 256, 0x000F0000 | (i % 2 ? 0 : 4));
    write(0x48, 2, i % 256);
    host.pass(30us);
    ASSERT_EQ(read(0x58, 2), i % 256);
    ASSERT_EQ(response(i % 256), i % 2 ? 0x50530001u : 0x00010001u);
  }
}

TEST_F(HdaRings, AskNoCodecThatIsNotThere) {
  run();
  put(1, 0x300F0000);
  write(0x48, 2, 1);
  host.pass(100us);
  EXPECT_EQ(read(0x4A, 2), 1u);
  EXPECT_EQ(read(0x58, 2), 0u) << "no response";
}

TEST_F(HdaRings, AreNotToBeChangedWhileTheyRun) {
  run();
  write(0x40, 4, rings.at.value & 0xFFFFFFFF);
  expect_broken(HdaRule::kRingChangedRunning);
  write(0x5E, 1, 1);
  expect_broken(HdaRule::kRingChangedRunning);
}

TEST_F(HdaRings, BeginOnOneHundredAndTwentyEightBytes) {
  write(0x50, 4, (rings.at.value & 0xFFFFFFFF) + 64);
  expect_broken(HdaRule::kRingNotAligned);
}

TEST_F(HdaRings, StartWithTheirPointersOutOfReset) {
  write(0x4A, 2, 0x8000);
  write(0x4C, 1, 2);
  expect_broken(HdaRule::kRingPointerReset);
}

TEST_F(HdaRings, DoNotMixWithImmediateCommands) {
  run();
  write(0x60, 4, 0x000F0000);
  write(0x68, 2, 1);
  expect_broken(HdaRule::kImmediateWithRing);
  write(0x68, 2, 1);
  host.pass(100us);
  EXPECT_GE(violations.size(), 2u);
  violations.clear();
}

TEST_F(HdaRings, WaitForTheCodecToWake) {
  write(0x08, 4, 0);
  host.pass(200us);
  write(0x08, 4, 1);
  host.pass(490us);
  write(0x60, 4, 0x000F0000);
  write(0x68, 2, 1);
  host.pass(25us);
  EXPECT_EQ(read(0x64, 4), 0x50530001u);
  expect_broken(HdaRule::kVerbTooSoon);
}

TEST_F(HdaRings, NeedBusMastering) {
  ASSERT_TRUE(model.write_config(0x04, 2, 0x0002));
  run();
  put(1, 0x000F0000);
  write(0x48, 2, 1);
  host.pass(100us);
  EXPECT_EQ(read(0x4D, 1), 1u) << "memory error";
  expect_broken(HdaRule::kNoBusMaster);
}

TEST_F(HdaRings, TellOfMemoryThatIsNotThere) {
  write(0x40, 4, 0x00000000);
  write(0x44, 4, 0x00004000);
  run();
  write(0x48, 2, 1);
  host.pass(100us);
  expect_broken(HdaRule::kDmaFailed);
}

}  // namespace
}  // namespace portside::hardware
