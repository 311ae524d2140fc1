#include "kernel/pageable_memory.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include "kernel/kernel_fixture.h"

namespace portside::kernel {
namespace {

class PageableMemoryTest : public testing::Test, PageableObserver {
 protected:
  void SetUp() override {
    page_ =
        static_cast<volatile uint8_t*>(mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    ASSERT_NE(page_, MAP_FAILED);
    kernel_->pageable_observers().add(*this);
    kernel_->pageable().add(
        {.begin = begin(), .end = begin() + 4096, .protection = PROT_READ | PROT_WRITE, .name = "the page"});
  }
  void TearDown() override {
    kernel_->pageable_observers().remove(*this);
    kernel_->pageable().remove(begin(), begin() + 4096);
    munmap(const_cast<uint8_t*>(page_), 4096);
  }
  void on_pageable_touch(const PageableTouch& touch) override { told_.push_back(touch); }
  uint64_t begin() const { return reinterpret_cast<uint64_t>(page_); }

  KernelFixture kernel_;
  volatile uint8_t* page_ = nullptr;
  std::vector<PageableTouch> told_;
};

TEST_F(PageableMemoryTest, MayBeTouchedBelowDispatchLevelBeforeAndAfterTheIrqlWasRaised) {
  kernel_.run([&] {
    page_[0] = 1;
    { IrqlScope raised(kernel_.kernel(), kDispatchLevel); }
    EXPECT_FALSE(kernel_->pageable().any_open());
    page_[1] = page_[0];
    EXPECT_TRUE(kernel_->pageable().any_open());
    IrqlScope apc(kernel_.kernel(), kApcLevel);
    EXPECT_EQ(page_[1], 1);
  });
}

TEST_F(PageableMemoryTest, BetweenTwoRunsTheHostMayReadIt) {
  kernel_.run([&] {
    page_[0] = 7;
    IrqlScope raised(kernel_.kernel(), kDispatchLevel);
  });
  EXPECT_EQ(page_[0], 7);
  kernel_.run([&] {
    { IrqlScope raised(kernel_.kernel(), kDispatchLevel); }
    EXPECT_FALSE(kernel_->pageable().any_open()) << "closed as ever in the next run";
  });
}

TEST_F(PageableMemoryTest, ATouchAtDispatchLevelIsToldAndGoesOn) {
  kernel_.run([&] {
    {
      IrqlScope raised(kernel_.kernel(), kDispatchLevel);
      page_[5] = 1;
      EXPECT_TRUE(told_.empty()) << "where the driver may hold whatever lock";
      page_[6] = 1;
    }
    EXPECT_EQ(page_[6], 1);
    IrqlScope raised(kernel_.kernel(), kDispatchLevel);
    EXPECT_EQ(page_[5], 1);
  });
  ASSERT_EQ(told_.size(), 2u) << "one until it was told, and one when the IRQL was raised again";
  const BugCheckRecord& record = told_[0].bug_check;
  EXPECT_EQ(record.code, kIrqlNotLessOrEqual);
  EXPECT_EQ(record.parameters[0], begin() + 5);
  EXPECT_EQ(record.parameters[2], 1u) << "written";
  EXPECT_EQ(record.irql, kDispatchLevel);
  EXPECT_FALSE(record.stack.empty());
  EXPECT_NE(record.sentence.find("the page"), std::string::npos) << record.sentence;
  EXPECT_EQ(told_[1].bug_check.parameters[2], 0u) << "read";
}

TEST_F(PageableMemoryTest, DataIsClosedAgainWhenATouchWasTold) {
  kernel_.run([&] {
    IrqlScope raised(kernel_.kernel(), kDispatchLevel);
    page_[0] = 1;
    kernel_->tell_pageable_touches();  // as the next call of the kernel does
    EXPECT_EQ(told_.size(), 1u);
    page_[7] = 1;
    kernel_->tell_pageable_touches();
    ASSERT_EQ(told_.size(), 2u);
    EXPECT_EQ(told_[1].address, begin() + 7);
  });
  EXPECT_EQ(page_[7], 1);
}

TEST_F(PageableMemoryTest, ATouchIsToldBeforeTheFaultThatEndsTheMachine) {
  const BugCheckRecord& record = kernel_.run_to_bug_check(kIrqlNotLessOrEqual, [&] {
    IrqlScope raised(kernel_.kernel(), kDispatchLevel);
    page_[0] = 1;
    *reinterpret_cast<volatile uint8_t*>(uint64_t{0x123450000}) = 1;
  });
  EXPECT_EQ(record.parameters[0], 0x123450000u);
  ASSERT_EQ(told_.size(), 1u);
  EXPECT_EQ(told_[0].address, begin());
  EXPECT_EQ(page_[0], 1) << "open for the report";
}

TEST_F(PageableMemoryTest, LockedMemoryMayBeTouchedAtAnyIrql) {
  kernel_.run([&] {
    kernel_->pageable().lock(begin() + 10, begin() + 20);
    kernel_->pageable().lock(begin(), begin() + 1);
    {
      IrqlScope raised(kernel_.kernel(), kDispatchLevel);
      page_[0] = 1;
    }
    EXPECT_EQ(kernel_->pageable().find(begin()), nullptr);
    kernel_->pageable().unlock(begin(), begin() + 1);
    EXPECT_EQ(kernel_->pageable().find(begin()), nullptr) << "locked once more";
    kernel_->pageable().unlock(begin(), begin() + 1);
    ASSERT_NE(kernel_->pageable().find(begin() + 4095), nullptr);
    EXPECT_EQ(kernel_->pageable().find(begin() + 4096), nullptr);
  });
}

TEST_F(PageableMemoryTest, AThreadAtDispatchLevelFindsItClosedWhenItGoesOn) {
  // Another thread opens the page while the first owns its processor at DISPATCH_LEVEL.
  kernel_.run([&] {
    bool opened = false;
    kernel_->release_thread(kernel_->start_thread("opens", [&] {
      page_[0] = 1;
      opened = true;
    }));
    IrqlScope raised(kernel_.kernel(), kDispatchLevel);
    kernel_->yield_until([&] { return opened; }, "test");
    page_[1] = 1;
  });
  EXPECT_EQ(told_.size(), 1u);
}

}  // namespace
}  // namespace portside::kernel
