#include "hardware/plain_card.h"

#include <gtest/gtest.h>

#include "hardware/device_host_fixture.h"
#include "memory/memory.h"

namespace portside::hardware {
namespace {

using namespace std::chrono_literals;

class PlainCardTest : public ::testing::Test {
 protected:
  PlainCardTest() : memory_(*memory::Memory::create()), host_(*memory_->dma()) {}
  void plug(const std::vector<std::string>& options) {
    auto made = make_plain_card(host_, {options, {}, {}});
    ASSERT_TRUE(made) << made.error().to_string();
    card_ = std::move(*made);
    (void)card_->write_config(0x04, 2, 0x0007);
  }
  uint64_t get(uint32_t bar, uint64_t offset, uint32_t bytes = 4) { return *card_->read(bar, offset, bytes); }
  void put(uint32_t bar, uint64_t offset, uint64_t value, uint32_t bytes = 4) {
    ASSERT_TRUE(card_->write(bar, offset, bytes, value));
  }
  void power(uint32_t state) { ASSERT_TRUE(card_->write_config(0x54, 2, state)); }

  std::unique_ptr<memory::Memory> memory_;
  TestHost host_;
  std::unique_ptr<PciFunction> card_;
};

TEST_F(PlainCardTest, HasTheIdentifiersAndRangesThatItIsGiven) {
  plug({"id=10EC:5670", "subsystem=1025:0001", "class=040300", "revision=1f", "bar0=64K", "bar2=io:256"});
  EXPECT_EQ(*card_->read_config(0x00, 4), 0x567010ECu);
  EXPECT_EQ(*card_->read_config(0x08, 4), 0x0403001Fu);
  EXPECT_EQ(*card_->read_config(0x2C, 4), 0x00011025u);
  const auto bars = card_->base_address_registers();
  ASSERT_EQ(bars.size(), 2u);
  EXPECT_EQ(bars[0].bytes, 65536u);
  EXPECT_TRUE(bars[1].is_port);
  EXPECT_EQ(bars[1].index, 2u);
  EXPECT_EQ(card_->name(), "plain card 10EC:5670, model");
}

TEST_F(PlainCardTest, KeepsWhatIsWrittenInEveryWidth) {
  plug({"id=10EC:5670"});
  put(0, 0x10, 0x1122334455667788, 8);
  EXPECT_EQ(get(0, 0x10, 8), 0x1122334455667788u);
  EXPECT_EQ(get(0, 0x12, 2), 0x5566u);
  put(0, 0x13, 0xAA, 1);
  EXPECT_EQ(get(0, 0x10), 0xAA667788u);
  EXPECT_EQ(get(0, 0xFFFC), 0u);
  EXPECT_EQ(get(0, 0xFFFE, 4), 0xFFFF0000u) << "what lies behind its range answers nothing";
  EXPECT_EQ(get(1, 0), 0xFFFFFFFFu) << "it has no such range";
}

TEST_F(PlainCardTest, BitsReadAsSetOrClearWhateverIsWritten) {
  plug({"id=10EC:5670", "set=0+0x40:0x80000001", "clear=0+0x40:0x2"});
  put(0, 0x40, 0x6);
  EXPECT_EQ(get(0, 0x40), 0x80000005u);
  EXPECT_EQ(get(0, 0x43, 1), 0x80u);
}

TEST_F(PlainCardTest, ACounterFollowsTheMachinesTime) {
  plug({"id=10EC:5670", "count=0+0x30:48000", "count=0+0x34:192000/16384"});
  host_.pass(100ms);
  EXPECT_EQ(get(0, 0x30), 4800u);
  EXPECT_EQ(get(0, 0x34), 19200u % 16384);
  host_.pass(Nanoseconds(24h * 365));
  EXPECT_EQ(get(0, 0x30), static_cast<uint32_t>(48000ull * 3600 * 24 * 365 + 4800));
}

TEST_F(PlainCardTest, ACounterThatIsStartedIsAPosition) {
  plug({"id=10EC:5670", "count=0+0x30:192000/16384@0+0x10:0x1"});
  host_.pass(10ms);
  EXPECT_EQ(get(0, 0x30), 0u);
  put(0, 0x10, 1);
  host_.pass(10ms);
  EXPECT_EQ(get(0, 0x30), 1920u);
  put(0, 0x10, 0);
  host_.pass(10ms);
  EXPECT_EQ(get(0, 0x30), 1920u) << "it stands";
  put(0, 0x30, 7);
  EXPECT_EQ(get(0, 0x30), 7u) << "it was set";
  put(0, 0x10, 1);
  host_.pass(1ms);
  EXPECT_EQ(get(0, 0x30), 192u) << "it begins at 0 again";
}

TEST_F(PlainCardTest, MayHaveTheNameOfAnotherBus) {
  plug({"hwid=ACPI\\INT3438", "bar0=4K"});
  EXPECT_EQ(card_->other_hardware_id(), "ACPI\\INT3438");
  plug({"id=10EC:5670"});
  EXPECT_EQ(card_->other_hardware_id(), "");
}

TEST_F(PlainCardTest, BitsThatAlwaysReadAsSetEnable) {
  plug({"id=10EC:5670", "set=0+0x48:0x1", "interrupt=1ms@0+0x44:0x1", "while=0+0x48:0x1"});
  host_.pass(1ms);
  EXPECT_TRUE(host_.line);
}

TEST_F(PlainCardTest, SaysWhichRegisterWasAskedAgainAndAgain) {
  plug({"id=10EC:5670", "bar0=64K"});
  for (int i = 0; i < 15; ++i) (void)get(0, 0x24);
  EXPECT_EQ(card_->waited_for(), "");
  for (int i = 0; i < 600; ++i) (void)get(0, 0x30);
  (void)get(0, 0x24);
  EXPECT_EQ(card_->waited_for(),
            "it read register 0+0x30 of the plain card 10EC:5670, model 600 times in a row, and it was always 0x0");
}

TEST_F(PlainCardTest, InterruptsUntilItsCauseIsWrittenAndOnlyWhileItIsEnabled) {
  plug({"id=10EC:5670", "interrupt=5ms@0+0x44:0x1", "while=0+0x48:0x3"});
  host_.pass(20ms);
  EXPECT_FALSE(host_.line);
  put(0, 0x48, 0x1);
  host_.pass(20ms);
  EXPECT_FALSE(host_.line) << "one bit of two";
  put(0, 0x48, 0x3);
  host_.pass(4ms);
  EXPECT_FALSE(host_.line);
  EXPECT_EQ(get(0, 0x44), 0u);
  host_.pass(1ms);
  EXPECT_TRUE(host_.line);
  EXPECT_EQ(get(0, 0x44), 1u);
  EXPECT_EQ(*card_->read_config(0x06, 2) & 8, 8u);
  put(0, 0x44, 0x2);
  EXPECT_TRUE(host_.line) << "another bit";
  put(0, 0x44, 0x3);
  EXPECT_FALSE(host_.line);
  EXPECT_EQ(get(0, 0x44), 2u) << "what was written besides is kept";
  host_.pass(5ms);
  EXPECT_EQ(host_.interrupts, 2);
  put(0, 0x48, 0);
  EXPECT_FALSE(host_.line);
  host_.pass(20ms);
  EXPECT_EQ(host_.interrupts, 2);
}

TEST_F(PlainCardTest, TheCommandRegisterSilencesItsLine) {
  plug({"id=10EC:5670", "interrupt=1ms@0+0x44:0x1"});
  host_.pass(1ms);
  EXPECT_TRUE(host_.line);
  ASSERT_TRUE(card_->write_config(0x04, 2, 0x0407));
  EXPECT_FALSE(host_.line);
  EXPECT_EQ(get(0, 0x44), 1u);
}

TEST_F(PlainCardTest, SleepsAndForgets) {
  plug({"id=10EC:5670", "interrupt=1ms@0+0x44:0x1"});
  put(0, 0x10, 7);
  power(3);
  EXPECT_EQ(get(0, 0x10), 0xFFFFFFFFu);
  host_.pass(10ms);
  EXPECT_FALSE(host_.line);
  power(0);
  EXPECT_EQ(get(0, 0x10), 0u);
  host_.pass(1ms);
  EXPECT_TRUE(host_.line) << "awake again";
}

TEST_F(PlainCardTest, KeepsItsStateWhereItIsToldTo) {
  plug({"id=10EC:5670", "keeps-state=on"});
  put(0, 0x10, 7);
  power(3);
  power(0);
  EXPECT_EQ(get(0, 0x10), 7u);
}

TEST_F(PlainCardTest, MayGoWhileItsTimerIsSet) {
  plug({"id=10EC:5670", "interrupt=1ms@0+0x44:0x1"});
  card_.reset();
  host_.pass(10ms);
  EXPECT_EQ(host_.interrupts, 0);
}

TEST(PlainCardOptions, TakesPeriodsUpToAnHour) {
  for (const char* period : {"1us", "5000us", "10000ms", "3600s"}) {
    const auto parsed =
        PlainCardOptions::parse({"id=10EC:5670", "bar0=4k", std::string("interrupt=") + period + "@0+0x44:0x1"});
    EXPECT_TRUE(parsed) << parsed.error().sentence();
  }
}

TEST(PlainCardOptions, RefusesWhatItDoesNotUnderstandInOneSentence) {
  const std::pair<std::vector<std::string>, const char*> cases[] = {
      {{}, "id=VENDOR:DEVICE is missing"},
      {{"id=10EC"}, "is not two hexadecimal numbers"},
      {{"id=FFFF:0001"}, "is not two hexadecimal numbers"},
      {{"id=10EC:12345"}, "is not two hexadecimal numbers"},
      {{"id=10EC:5670", "class=0401"}, "is not six hexadecimal digits"},
      {{"id=10EC:5670", "revision=100"}, "is not two hexadecimal digits"},
      {{"id=10EC:5670", "bar0=100"}, "is no size"},
      {{"id=10EC:5670", "bar0=32M"}, "is no size"},
      {{"id=10EC:5670", "bar0=18446744073709551615M"}, "is no size"},
      {{"id=10EC:5670", "bar0=io:512"}, "is no size"},
      {{"id=10EC:5670", "bar6=64K"}, "there is no option bar6=64K"},
      {{"id=10EC:5670", "bar0=64K", "bar0=64K"}, "bar0 is there twice"},
      {{"id=10EC:5670", "set=0x40:1"}, "does not begin with a register"},
      {{"id=10EC:5670", "set=0+0x41:1"}, "no multiple of 4"},
      {{"id=10EC:5670", "set=0+0x40:0"}, "names no bits"},
      {{"id=10EC:5670", "set=0+0x40:0x100000000"}, "names no bits"},
      {{"id=10EC:5670", "set=1+0x40:1"}, "there is no register 1+0x40"},
      {{"id=10EC:5670", "set=0+0x10000:1"}, "the ranges are bar0 of 65536 bytes"},
      {{"id=10EC:5670", "count=0+0x30:0"}, "is no count a second"},
      {{"id=10EC:5670", "count=0+0x30:48000/0"}, "is no count a second"},
      {{"id=10EC:5670", "interrupt=5ms"}, "is no period and cause"},
      {{"id=10EC:5670", "interrupt=0ms@0+0x44:1"}, "is no period and cause"},
      {{"id=10EC:5670", "while=0+0x48:1"}, "while= is for an interrupt"},
      {{"id=10EC:5670", "class=0x0401"}, "is not six hexadecimal digits"},
      {{"id=10EC:5670", "set=0+30:1"}, "the offset 30 is no multiple of 4"},
      {{"id=10EC:5670", "set=0+0xC"}, "what the register is to be is missing"},
      {{"id=10EC:5670", "set=0+0xFFFFFFFFFFFFFFFC:1"}, "there is no register 0+0xfffffffffffffffc"},
      {{"id=10EC:5670", "interrupt=1ms@0+0x44:1", "while=0+0xFFFFFFFFFFFFFFFC:1"}, "there is no register"},
      {{"id=10EC:5670", "count=0+0x30:48000@0+0x20000:1"}, "there is no register"},
      {{"id=10EC:5670", "interrupt=2h@0+0x44:1"}, "is no period and cause"},
      {{"id=10EC:5670", "interrupt=1ms@0+0x44:1", "interrupt=2ms@0+0x48:1"}, "interrupt= is there twice"},
      {{"id=10EC:5670", "id=10EC:5671"}, "id= is there twice"},
      {{"id=10EC:5670", "keeps-state=maybe"}, "there is no option keeps-state=maybe"},
      {{"hwid=INT3438"}, "hwid=INT3438 is no hardware ID"},
      {{"hwid=PCI\\VEN_8086"}, "is no hardware ID"},
      {{"hwid=ACPI\\A", "hwid=ACPI\\B"}, "hwid= is there twice"},
      {{"id=10EC:5670", "colour=blue"}, "there is no option colour=blue"},
  };
  for (const auto& [options, sentence] : cases) {
    const auto parsed = PlainCardOptions::parse(options);
    ASSERT_FALSE(parsed) << sentence;
    EXPECT_NE(parsed.error().sentence().find(sentence), std::string::npos) << parsed.error().sentence();
  }
}

}  // namespace
}  // namespace portside::hardware
