#include "loader/stack_walk.h"

#include <gmock/gmock.h>

#include <chrono>

#include "loader/loader_fixture.h"

namespace portside::loader {
namespace {

class StackWalkTest : public LoaderTest {
 protected:
  // The exported functions that the frames lie in, innermost first; "?" for a static one.
  std::vector<std::string> names(Image& image, const StackTrace& trace, std::vector<std::string> exports) {
    std::vector<std::string> result;
    for (uint64_t frame : trace.addresses()) {
      EXPECT_TRUE(image.contains(frame));
      std::string name = "?";
      const PeRuntimeFunction* function = image.find_function(frame);
      for (const std::string& candidate : exports)
        if (function && image.base() + function->begin ==
                            reinterpret_cast<uint64_t>(image.find_export(std::string_view(candidate))))
          name = candidate;
      result.push_back(name);
    }
    return result;
  }
};

using ::testing::ElementsAre;

TEST_F(StackWalkTest, ThroughAnImportThunk) {
  Image& image = load("basic.sys");
  EXPECT_EQ(call<int>(image, "walk_direct", 2), 1 + 1 + 2);
  ASSERT_EQ(probe_.walks.size(), 1u);
  EXPECT_THAT(names(image, probe_.walks[0], {"walk_direct"}), ElementsAre("?", "?", "?", "walk_direct"));
}
TEST_F(StackWalkTest, DriverHostDriver) {
  Image& image = load("basic.sys");
  call<int>(image, "walk_nested", 1);
  ASSERT_EQ(probe_.walks.size(), 1u);
  EXPECT_THAT(names(image, probe_.walks[0], {"walk_nested"}), ElementsAre("?", "?", "?", "walk_nested"));
}
TEST_F(StackWalkTest, ThroughAMethodWithoutAThunk) {
  Image& image = load("basic.sys");
  call<int>(image, "walk_method");
  ASSERT_EQ(probe_.walks.size(), 1u);
  EXPECT_THAT(names(image, probe_.walks[0], {"walk_method"}), ElementsAre("?", "walk_method"));
}
TEST_F(StackWalkTest, GccFrames) {
  Image& image = load("gnu.sys");
  call<int>(image, "gnu_walk", 2);
  ASSERT_EQ(probe_.walks.size(), 1u);
  EXPECT_THAT(names(image, probe_.walks[0], {"gnu_walk"}), ElementsAre("?", "?", "?", "gnu_walk"));
}
TEST_F(StackWalkTest, EndsAtItsDepth) {
  Image& image = load("basic.sys");
  call<int>(image, "walk_direct", 100);
  EXPECT_EQ(probe_.walks[0].count, StackTrace::kDepth);
}
TEST_F(StackWalkTest, OutsideSimulatedCodeIsEmpty) { EXPECT_TRUE(capture_stack().empty()); }

TEST_F(StackWalkTest, BrokenRegistersEndTheWalk) {
  Image& image = load("basic.sys");
  const DriverStackWalker& walker = loader_->stack_walker();
  const auto code = reinterpret_cast<uint64_t>(image.find_export("walk_direct")) + 4;
  EXPECT_TRUE(run([&] {
    for (uint64_t rsp : {uint64_t{0}, uint64_t{8}, ~uint64_t{7}, uint64_t{0xDEAD000000000000}, uint64_t{0x1001}})
      EXPECT_LE(walker.capture_from(code, rsp, ~rsp).count, 1u);
  }));
}

TEST_F(StackWalkTest, IsCheap) {
  Image& image = load("basic.sys");
  probe_.walks.reserve(4096);
  auto* function = reinterpret_cast<__attribute__((ms_abi)) int (*)(int)>(image.find_export("walk_direct"));
  std::chrono::nanoseconds best = std::chrono::hours(1);
  EXPECT_TRUE(run([&] {
    for (int round = 0; round < 20; ++round) {
      const auto begin = std::chrono::steady_clock::now();
      for (int i = 0; i < 100; ++i) function(8);
      best = std::min<std::chrono::nanoseconds>(best, (std::chrono::steady_clock::now() - begin) / 100);
    }
  }));
  RecordProperty("ten_frames_ns", static_cast<int>(best.count()));
  printf("walk of 10 driver frames with its call: %d ns\n", static_cast<int>(best.count()));
}

}  // namespace
}  // namespace portside::loader
