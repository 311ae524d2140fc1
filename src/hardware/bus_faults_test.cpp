#include "hardware/bus_faults.h"

#include <gtest/gtest.h>

#include "hardware/device_timers.h"
#include "hardware/toy_card.h"
#include "memory/memory.h"

namespace portside::hardware {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using testing_support::ToyCard;
using testing_support::ToyRegister;

// Time that a test moves, and what comes of the interrupt line.
class StillHost final : public DeviceHost {
 public:
  explicit StillHost(memory::DmaView dma) : dma_(std::move(dma)) {}
  Nanoseconds now() const override { return now_; }
  uint64_t call_at(Nanoseconds due, std::function<void()> work) override { return timers_.add(due, std::move(work)); }
  void take_back(uint64_t token) override { timers_.take_back(token); }
  memory::DmaView& dma() override { return dma_; }
  void set_interrupt(bool asserted) override {
    if (asserted && !level) rises.push_back(now_);
    level = asserted;
  }
  void delay(Nanoseconds time) override { delayed += time; }
  void advance_to(Nanoseconds when) {
    while (timers_.next_due() <= when) {
      now_ = timers_.next_due();
      timers_.run_one(now_);
    }
    now_ = when;
  }

  bool level = false;
  std::vector<Nanoseconds> rises;
  Nanoseconds delayed{0};

 private:
  memory::DmaView dma_;
  Nanoseconds now_{0};
  DeviceTimers timers_;
};

class BusFaultsTest : public ::testing::Test {
 protected:
  BusFaultsTest() : memory_(*memory::Memory::create()), host_(*memory_->dma()) {}
  void plug(const char* faults, uint64_t seed = 1) {
    const auto parsed = BusFaults::parse(faults);
    ASSERT_TRUE(parsed) << parsed.error().to_string();
    auto made = behind_faults(
        [](DeviceHost& host) -> Result<std::unique_ptr<PciFunction>> { return std::make_unique<ToyCard>(host); },
        *parsed, seed)(host_);
    ASSERT_TRUE(made);
    card_ = std::move(*made);
  }
  void put(uint64_t offset, uint32_t value) { ASSERT_TRUE(card_->write(0, offset, 4, value)); }
  uint32_t get(uint64_t offset) { return static_cast<uint32_t>(*card_->read(0, offset, 4)); }
  // A tick a millisecond.
  void begin_ticking() {
    put(ToyRegister::kPeriod, 1000);
    put(ToyRegister::kControl, 3);
  }
  // So many of them, each acknowledged a little later.
  void tick(int times) {
    begin_ticking();
    const Nanoseconds begin = host_.now();
    for (int i = 1; i <= times; ++i) {
      host_.advance_to(begin + milliseconds(i) + microseconds(500));
      put(ToyRegister::kStatus, 1);
    }
    put(ToyRegister::kControl, 0);
  }

  std::unique_ptr<memory::Memory> memory_;
  StillHost host_;
  std::unique_ptr<PciFunction> card_;
};

TEST_F(BusFaultsTest, ReadsTakeLonger) {
  plug("registers=20us");
  for (int i = 0; i < 100; ++i) EXPECT_EQ(get(ToyRegister::kIdentity), 0x31594F54u);
  EXPECT_GT(host_.delayed, microseconds(500));
  EXPECT_LE(host_.delayed, microseconds(2000));
}

TEST_F(BusFaultsTest, InterruptsComeLaterAndNoneIsMissed) {
  plug("interrupts=300us");
  tick(50);
  ASSERT_EQ(host_.rises.size(), 50u);
  bool late = false;
  for (size_t i = 0; i < 50; ++i) {
    const Nanoseconds after = host_.rises[i] - milliseconds(i + 1);
    EXPECT_GE(after, Nanoseconds(0));
    EXPECT_LE(after, microseconds(300));
    late |= after > microseconds(100);
  }
  EXPECT_TRUE(late);
  EXPECT_FALSE(host_.level);
}

TEST_F(BusFaultsTest, AnAssertionIsLostOrComesTwice) {
  plug("lost=1/5");
  tick(100);
  const size_t seen = host_.rises.size();
  EXPECT_LT(seen, 95u);
  EXPECT_GT(seen, 60u);
  host_.rises.clear();
  plug("doubled=1/5");
  tick(100);
  EXPECT_GT(host_.rises.size(), 105u);
  host_.advance_to(host_.now() + milliseconds(1));
  EXPECT_FALSE(host_.level);
}

// A driver that acknowledges nothing before it is called: without the second look it would wait for ever.
TEST_F(BusFaultsTest, ALostAssertionIsSeenLater) {
  plug("lost=1/1");
  begin_ticking();
  host_.advance_to(milliseconds(1));
  EXPECT_FALSE(host_.level);
  host_.advance_to(milliseconds(5));
  EXPECT_FALSE(host_.level);
  host_.advance_to(milliseconds(6));
  EXPECT_TRUE(host_.level);
  put(ToyRegister::kControl, 0);
  EXPECT_FALSE(host_.level);
}

TEST_F(BusFaultsTest, AControllerThatHangsLetsGoOfItsLine) {
  plug("hang@10ms");
  begin_ticking();
  host_.advance_to(milliseconds(9));
  EXPECT_TRUE(host_.level);
  host_.advance_to(milliseconds(10));
  EXPECT_FALSE(host_.level);
}

TEST_F(BusFaultsTest, AControllerHangs) {
  plug("hang@10ms");
  tick(20);
  EXPECT_EQ(get(ToyRegister::kIdentity), UINT32_MAX);
  EXPECT_LE(host_.rises.size(), 10u);
}

TEST_F(BusFaultsTest, ASeedIsARun) {
  auto run = [this](uint64_t seed) {
    StillHost fresh(*memory_->dma());
    plug("interrupts=300us,lost=1/7", seed);
    host_.rises.clear();
    const Nanoseconds begin = host_.now();
    tick(60);
    std::vector<Nanoseconds> since;
    for (const Nanoseconds rise : host_.rises) since.push_back(rise - begin);
    return since;
  };
  const auto first = run(7);
  EXPECT_EQ(run(7), first);
  EXPECT_NE(run(8), first);
}

TEST_F(BusFaultsTest, WhatIsNoFaultIsRefusedWithASentence) {
  for (const char* wrong :
       {"", "registers", "registers=20", "lost=0.1", "lost=1/0", "hang=1s", "hang@", "slow=1ms", "lost=1/2,,"}) {
    const auto parsed = BusFaults::parse(wrong);
    ASSERT_FALSE(parsed) << wrong;
    EXPECT_NE(parsed.error().sentence().find("registers=TIME"), std::string::npos);
  }
}

}  // namespace
}  // namespace portside::hardware
