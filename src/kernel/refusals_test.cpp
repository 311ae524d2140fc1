#include "kernel/refusals.h"

#include <gtest/gtest.h>

namespace portside::kernel {
namespace {

TEST(Refusals, TellWhatFailedMeanwhile) {
  Refusals refusals;
  refusals.note("before");
  const Refusals::Watch watch(refusals);
  EXPECT_EQ(watch.sentence("IRP_MN_START_DEVICE"), "the driver refused IRP_MN_START_DEVICE");
  refusals.note("A");
  refusals.note("B");
  EXPECT_EQ(watch.sentence("IRP_MN_START_DEVICE"), "IRP_MN_START_DEVICE was refused; before that: A; B");
}

TEST(Refusals, WhatIsTriedAgainIsToldOnceAndNow) {
  Refusals refusals;
  refusals.note("A");
  refusals.note("B");
  const Refusals::Watch watch(refusals);
  refusals.note("A");
  refusals.note("A");
  EXPECT_EQ(watch.sentence("X"), "X was refused; before that: A");
}

TEST(Refusals, TheLastThreeAreEnough) {
  Refusals refusals;
  const Refusals::Watch watch(refusals);
  for (const char* sentence : {"1", "2", "3", "4", "5"}) refusals.note(sentence);
  EXPECT_EQ(watch.sentence("X"), "X was refused; before that: 3; 4; 5");
}

}  // namespace
}  // namespace portside::kernel
