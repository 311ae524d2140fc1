// Structured exceptions, end to end: tests/images/seh.c on a simulated thread.

#include <gmock/gmock.h>

#include "loader/loader_fixture.h"

namespace portside::loader {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class SehTest : public LoaderTest {
 protected:
  void SetUp() override {
    LoaderTest::SetUp();
    image_ = &load("seh.sys");
  }
  template <class R = int, class... Args>
  R seh(const char* name, Args... args) {
    const R result = call<R>(*image_, name, args...);
    // Whatever was unwound, the shadow call stack is as it was.
    EXPECT_TRUE(run([] { EXPECT_EQ(ShadowStack::top(), ShadowStack::base()); }));
    return result;
  }
  Image* image_ = nullptr;
  int* const null_ = nullptr;
};

TEST_F(SehTest, FaultInCallee) {
  EXPECT_EQ(seh("fault_in_callee", null_), -1);
  int good = 5;
  EXPECT_EQ(seh("fault_in_callee", &good), 9);
}
TEST_F(SehTest, FaultInTheSameFunction) { EXPECT_EQ(seh("fault_here", null_), -2); }

TEST_F(SehTest, FilterSeesTheRecord) {
  uint64_t out[6] = {};
  auto* place = reinterpret_cast<int*>(0x1238);
  EXPECT_EQ(static_cast<uint32_t>(seh("filter_sees_record", place, &out[0])), 0xC0000005u);
  EXPECT_EQ(out[0], 0xC0000005u);
  EXPECT_EQ(out[1], 1u);  // write
  EXPECT_EQ(out[2], 0x1238u);
  EXPECT_TRUE(image_->contains(out[3]));
  EXPECT_EQ(out[4], out[3]);
  EXPECT_EQ(out[5], 0u);
  EXPECT_THAT(hooks_.exceptions, ElementsAre(0xC0000005u));
}

TEST_F(SehTest, FinallyOrder) {
  EXPECT_EQ(seh("finally_order", null_), 6);
  EXPECT_THAT(probe_.log, ElementsAre(1, 10, 2, 3, 4, 5));
}
TEST_F(SehTest, FinallyWithoutException) {
  EXPECT_EQ(seh("finally_without_exception"), 3);
  EXPECT_THAT(probe_.log, ElementsAre(1, 2));
}
TEST_F(SehTest, SearchGoesOnToOuterHandlers) {
  EXPECT_EQ(seh("nested_search", null_), 7);
  EXPECT_THAT(probe_.log, ElementsAre(1, 2));
}

TEST_F(SehTest, RaiseStatus) {
  EXPECT_EQ(static_cast<uint32_t>(seh("raise_status", static_cast<int>(0xC000009A))), 0xC000009Au);
  EXPECT_EQ(seh("raise_access_violation"), 8);
}
TEST_F(SehTest, UnhandledRaiseIsABugCheck) {
  const auto& record = call_fatal(*image_, "raise_uncaught", static_cast<int>(0xC000009A));
  EXPECT_EQ(record.code, kernel::kKmodeExceptionNotHandled);
  EXPECT_EQ(record.parameters[0], 0xC000009Au);
  ASSERT_GE(record.stack.count, 1u);
  EXPECT_TRUE(image_->contains(record.stack.frames[0]));
  EXPECT_TRUE(probe_.log.empty());  // no handler, no unwind
}
TEST_F(SehTest, UnhandledFaultIsABugCheckWhereItHappened) {
  const auto& record = call_fatal(*image_, "fault_uncaught", null_);
  EXPECT_EQ(record.code, kernel::kSystemThreadExceptionNotHandled);
  EXPECT_THAT(probe_.log, ElementsAre(1));  // the filter was asked, once
  ASSERT_EQ(record.stack.count, 2u);
  EXPECT_TRUE(image_->contains(record.stack.frames[0]));
}
TEST_F(SehTest, FaultWithoutAnyHandlerIsABugCheck) {
  const auto& record = call_fatal(*image_, "fault_plain", null_);
  EXPECT_EQ(record.code, kernel::kSystemThreadExceptionNotHandled);
  EXPECT_GE(record.stack.count, 1u);
}
TEST_F(SehTest, WhatWindowsDoesNotRaiseIsNotCaught) {
  hooks_.uncatchable = 0x1234'0000;
  const auto& record = call_fatal(*image_, "fault_here", reinterpret_cast<int*>(0x1234'0000));
  EXPECT_EQ(record.code, kernel::kPageFaultInNonpagedArea);
}

TEST_F(SehTest, XmmRegistersComeBack) {
  EXPECT_EQ(seh<double>("xmm_restored", 1.5, null_), 1.5 * (2 + 3 + 5 + 7 + 11) + 1);
}
TEST_F(SehTest, FilterRepairsAndExecutionGoesOn) {
  int good = 33;
  EXPECT_EQ(seh("filter_repairs", null_, &good), 33);
  EXPECT_THAT(probe_.log, ElementsAre(1));
}

TEST_F(SehTest, FaultInHostCode) {
  EXPECT_EQ(seh("host_fault", null_), 11);
  EXPECT_THAT(probe_.log, ElementsAre(1, 2));
}
TEST_F(SehTest, FaultBehindHostCode) {
  EXPECT_EQ(seh("fault_through_host", null_), 12);
  EXPECT_THAT(probe_.log, ElementsAre(1, 2));
}
TEST_F(SehTest, FaultInAHostMethod) { EXPECT_EQ(seh("host_method_fault", null_), 18); }
TEST_F(SehTest, RegistersBehindAHostMethodComeBack) {
  EXPECT_EQ(seh("host_method_registers", null_, 7, 4), 1 + 21 + 200 + 2800 + 11000);
  EXPECT_EQ(seh("outer_registers", null_, 7, 4), 1 + 21 + 200 + 2800 + 11000 + 30000);
}

TEST_F(SehTest, NestedException) {
  EXPECT_EQ(seh("nested_exception", null_), 14);
  EXPECT_THAT(probe_.log, ElementsAre(1, 1, 2, 3));
}
TEST_F(SehTest, ExceptionInsideAFilter) {
  EXPECT_EQ(seh("exception_inside_filter", null_), 15);
  EXPECT_THAT(probe_.log, ElementsAre(1, 2));
}
TEST_F(SehTest, CollidedUnwind) {
  EXPECT_EQ(seh("collided_unwind", null_), 16);
  EXPECT_THAT(probe_.log, ElementsAre(1, 2, 3, 4));
}
TEST_F(SehTest, CollidedUnwindInOneFrame) {
  EXPECT_EQ(seh("collided_same_frame", null_), 17);
  EXPECT_THAT(probe_.log, ElementsAre(2, 1, 2, 3));
}
TEST_F(SehTest, ReturnThroughFinally) {
  EXPECT_EQ(seh("return_through_finally", 4), 5);
  EXPECT_THAT(probe_.log, ElementsAre(1, 2));
}

TEST_F(SehTest, ThousandsOfExceptions) { EXPECT_EQ(seh("many_exceptions", null_, 5000), 5000); }

TEST_F(SehTest, Division) {
  EXPECT_EQ(seh("divide", 7, 2), 3);
  EXPECT_EQ(static_cast<uint32_t>(seh("divide", 7, 0)), 0xC0000094u);
  EXPECT_EQ(static_cast<uint32_t>(seh("divide", INT32_MIN, -1)), 0xC0000095u);
}

TEST_F(SehTest, ExportedUnwinder) {
  uint64_t out[8] = {};
  const int count = seh("walk_by_exports_deeper", &out[0], 8);
  ASSERT_EQ(count, 2);
  EXPECT_TRUE(image_->contains(out[0]));
  EXPECT_TRUE(image_->contains(out[1]));
  EXPECT_EQ(seh<uint64_t>("own_base"), image_->base());
}

}  // namespace
}  // namespace portside::loader
