#include "hardware/interrupt_controller.h"

#include <gtest/gtest.h>

namespace portside::hardware {
namespace {

class Recorder : public HardwareObserver {
 public:
  void on_interrupt_mishap(const InterruptMishap& m) override { mishaps.push_back(m); }
  std::vector<InterruptMishap> mishaps;
};

class InterruptControllerTest : public ::testing::Test {
 protected:
  InterruptControllerTest() { observers_.add(recorder_); }
  uint64_t connect(uint32_t line, std::function<bool()> service, bool shared = true) {
    auto token = controller_.connect({.vector = InterruptController::vector_of(line),
                                      .irql = InterruptController::irql_of(line),
                                      .mode = LevelSensitive,
                                      .shareable = shared,
                                      .affinity = 3,
                                      .service = std::move(service)});
    EXPECT_TRUE(token) << token.error().to_string();
    return token.value_or(0);
  }
  ObserverList<HardwareObserver> observers_;
  Recorder recorder_;
  InterruptController controller_{observers_};
};

TEST_F(InterruptControllerTest, ALineIsServedUntilItsDeviceLetsItGo) {
  int calls = 0;
  connect(17, [&] {
    if (++calls == 3) controller_.set_level(17, 1, "a", false);
    return true;
  });
  EXPECT_FALSE(controller_.waits(0));
  controller_.set_level(17, 1, "a", true);
  EXPECT_TRUE(controller_.waits(0));
  controller_.deliver(0);
  EXPECT_EQ(calls, 3);
  EXPECT_FALSE(controller_.waits(0));
}

TEST_F(InterruptControllerTest, APriorityAboveTheLinesKeepsItOut) {
  int calls = 0;
  connect(17, [&] {
    ++calls;
    controller_.set_level(17, 1, "a", false);
    return true;
  });
  controller_.set_level(17, 1, "a", true);
  const uint8_t irql = InterruptController::irql_of(17);
  EXPECT_FALSE(controller_.waits(irql));
  controller_.deliver(irql);
  EXPECT_EQ(calls, 0);
  controller_.deliver(irql - 1);
  EXPECT_EQ(calls, 1);
}

TEST_F(InterruptControllerTest, SharersAreAskedInOrderUntilOneClaims) {
  std::string asked;
  connect(18, [&] {
    asked += 'a';
    return false;
  });
  connect(18, [&] {
    asked += 'b';
    controller_.set_level(18, 2, "b", false);
    return true;
  });
  connect(18, [&] {
    asked += 'c';
    return true;
  });
  controller_.set_level(18, 2, "b", true);
  controller_.deliver(0);
  EXPECT_EQ(asked, "ab");
  // Two devices on the line: it stays asserted until both have let it go.
  controller_.set_level(18, 1, "a", true);
  controller_.set_level(18, 2, "b", true);
  controller_.set_level(18, 1, "a", false);
  EXPECT_TRUE(controller_.waits(0));
}

TEST_F(InterruptControllerTest, AnInterruptThatNobodyClaimsIsToldAndMasked) {
  int calls = 0;
  const uint64_t token = connect(19, [&] {
    ++calls;
    return false;
  });
  controller_.set_level(19, 1, "the card", true);
  controller_.deliver(0);
  EXPECT_EQ(calls, 100);
  ASSERT_EQ(recorder_.mishaps.size(), 1u);
  EXPECT_EQ(recorder_.mishaps[0].mistake, InterruptMistake::kUnclaimed);
  EXPECT_NE(recorder_.mishaps[0].sentence.find("the card"), std::string::npos);
  EXPECT_FALSE(controller_.waits(0));
  controller_.set_level(19, 1, "the card", false);
  controller_.set_level(19, 1, "the card", true);
  EXPECT_TRUE(controller_.waits(0));
  // Another driver that shares the line may know the interrupt: it is asked, and told of anew when it does not.
  controller_.deliver(0);
  EXPECT_EQ(calls, 200);
  connect(19, [] { return false; });
  EXPECT_TRUE(controller_.waits(0));
  controller_.deliver(0);
  EXPECT_EQ(calls, 300);
  EXPECT_EQ(recorder_.mishaps.size(), 3u);
  EXPECT_FALSE(controller_.waits(0));
  ASSERT_TRUE(controller_.disconnect(token));
  EXPECT_FALSE(controller_.waits(0));
  EXPECT_FALSE(controller_.disconnect(token));
}

// Disconnected while an earlier one of its line runs, a routine is called once more: who disconnects has to know.
TEST_F(InterruptControllerTest, ARoutineIsUnderWayAsSoonAsItsLineIsServed) {
  auto under_way = std::make_shared<std::atomic<uint32_t>>(0);
  std::string asked;
  uint64_t second = 0;
  connect(21, [&] {
    asked += 'a';
    EXPECT_TRUE(controller_.disconnect(second));
    EXPECT_EQ(*under_way, 1u);
    return false;
  });
  const auto token = controller_.connect({.vector = InterruptController::vector_of(21),
                                          .irql = InterruptController::irql_of(21),
                                          .mode = LevelSensitive,
                                          .shareable = true,
                                          .affinity = 3,
                                          .service =
                                              [&] {
                                                asked += 'b';
                                                EXPECT_EQ(*under_way, 1u);
                                                controller_.set_level(21, 1, "a", false);
                                                return true;
                                              },
                                          .under_way = under_way});
  ASSERT_TRUE(token);
  second = *token;
  EXPECT_EQ(*under_way, 0u);
  controller_.set_level(21, 1, "a", true);
  controller_.deliver(0);
  EXPECT_EQ(asked, "ab");
  EXPECT_EQ(*under_way, 0u);
}

TEST_F(InterruptControllerTest, ARoutineThatLeavesItsDeviceUnquietIsTold) {
  connect(20, [] { return true; });
  controller_.set_level(20, 1, "a", true);
  controller_.deliver(0);
  ASSERT_EQ(recorder_.mishaps.size(), 1u);
  EXPECT_EQ(recorder_.mishaps[0].mistake, InterruptMistake::kNotQuieted);
}

// What it says of a device that it has quieted itself is held against it, and what another processor quiets meanwhile is not.
TEST_F(InterruptControllerTest, WhoQuietsWithoutAClaimIsTold) {
  controller_.watch_quieting(true);
  uint32_t processor = 0, quiets = 1;
  controller_.set_processor([&] { return processor; });
  connect(20, [&] {
    processor = quiets;
    controller_.set_level(20, 1, "a", false);
    processor = 0;
    return false;
  });
  const auto interrupt = [&](int times) {
    for (int i = 0; i < times; ++i) {
      controller_.set_level(20, 1, "a", true);
      controller_.deliver(0);
    }
  };
  interrupt(10);
  EXPECT_TRUE(recorder_.mishaps.empty());
  quiets = 0;
  interrupt(10);
  ASSERT_EQ(recorder_.mishaps.size(), 1u);
  EXPECT_EQ(recorder_.mishaps[0].mistake, InterruptMistake::kUnclaimed);
}

TEST_F(InterruptControllerTest, WrongConnectionsAreRefused) {
  io::InterruptRequest good{.vector = InterruptController::vector_of(16),
                            .irql = InterruptController::irql_of(16),
                            .mode = LevelSensitive,
                            .shareable = false,
                            .affinity = 3,
                            .service = [] { return false; }};
  io::InterruptRequest wrong = good;
  wrong.vector = 16;  // the raw one
  EXPECT_FALSE(controller_.connect(wrong));
  wrong = good;
  wrong.irql = 1;
  EXPECT_FALSE(controller_.connect(wrong));
  wrong = good;
  wrong.mode = Latched;
  EXPECT_FALSE(controller_.connect(wrong));
  EXPECT_TRUE(controller_.connect(good));
  good.shareable = true;
  EXPECT_FALSE(controller_.connect(good));  // the first does not share
}

}  // namespace
}  // namespace portside::hardware
