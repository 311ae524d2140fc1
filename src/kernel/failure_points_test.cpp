#include "kernel/failure_points.h"

#include <gtest/gtest.h>

namespace portside::kernel {
namespace {

class EverythingFails final : public FailureDecider {
 public:
  bool fails(const FailableCall& call) override {
    ++asked;
    EXPECT_FALSE(call.stack.empty());
    return true;
  }
  int asked = 0;
};

TEST(FailurePoints, NothingFailsWhenNobodyDecides) {
  FailurePoints points;
  EXPECT_FALSE(points.should_fail(FailureKind::kPool, "ExAllocatePool2"));
  EverythingFails decider;
  points.set_decider(&decider);
  points.set_decider(nullptr);
  EXPECT_FALSE(points.should_fail(FailureKind::kPool, "ExAllocatePool2"));
  EXPECT_EQ(decider.asked, 0);
}

// Outside a machine every frame is taken as a caller's: the host's own stack stands for the driver's.
TEST(FailurePoints, TheDeciderIsAskedWithTheStack) {
  FailurePoints points;
  EverythingFails decider;
  points.set_decider(&decider);
  EXPECT_TRUE(points.should_fail(FailureKind::kMap, "MmMapIoSpace"));
  EXPECT_EQ(decider.asked, 1);
}

TEST(FailureKind, HasANameThatIsReadBack) {
  for (size_t i = 0; i < static_cast<size_t>(FailureKind::kCount); ++i) {
    const auto kind = static_cast<FailureKind>(i);
    EXPECT_EQ(failure_kind_named(name_of(kind)), kind);
  }
  EXPECT_FALSE(failure_kind_named("water"));
}

}  // namespace
}  // namespace portside::kernel
