#include "verifier/race_rules.h"

#include <gtest/gtest.h>

namespace portside::verifier {
namespace {

struct RaceRulesTest : ::testing::Test {
  static constexpr uint64_t kMemory = 0x1000, kMain = 4;
  const char lock = 0, dpc = 0;
  Verifier verifier{[] { return Standing{}; }};
  RaceRules races{verifier,
                  {.is_drivers = [](uint64_t) { return true; },
                   .name = [](uint64_t) { return std::string("its memory"); },
                   .function_of = [](uint64_t address) { return address; }}};

  void write_locked(uint64_t holder) {
    races.on_acquired({kernel::LockKind::kSpinLock, &lock, false, false, holder, "KeAcquireSpinLock"});
    races.on_access(kMemory, 8, true, holder);
    races.on_released({kernel::LockKind::kSpinLock, &lock, false, false, holder, "KeReleaseSpinLock"});
  }
};

TEST_F(RaceRulesTest, ThreadsThatHaveEndedGiveTheirPlaceInTheClocksToNewOnes) {
  write_locked(kMain);
  for (uint64_t id = 8; id < 8 + 4 * 10'000; id += 4) {
    write_locked(id);
    races.on_given(&dpc, id);
    races.on_ended(id);
  }
  EXPECT_EQ(races.holders(), 1 + RaceRules::kMostEnded);
}

TEST_F(RaceRulesTest, ThreadsThatLiveKeepTheirPlace) {
  for (uint64_t id = 4; id <= 4 * 200; id += 4) write_locked(id);
  EXPECT_EQ(races.holders(), 200u);
  races.on_ended(8);
  write_locked(4 * 201);
  EXPECT_EQ(races.holders(), 201u);
}

TEST_F(RaceRulesTest, WhatComesBeforeTheFirstAccessTakesNoPlace) {
  for (uint64_t id = 4; id <= 4 * 200; id += 4) {
    races.on_given(&dpc, id);
    races.on_taken(&dpc, id);
  }
  EXPECT_EQ(races.holders(), 0u);
}

}  // namespace
}  // namespace portside::verifier
