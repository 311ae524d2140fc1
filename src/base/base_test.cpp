#include <gtest/gtest.h>

#include "base/address.h"
#include "base/machine_context.h"
#include "base/observer.h"
#include "base/printable.h"
#include "base/random.h"
#include "base/result.h"
#include "base/stack.h"
#include "base/subprocess.h"

namespace portside {
namespace {

TEST(Printable, NothingSteersATerminal_AndTextStays) {
  EXPECT_EQ(printable("a\tb\nKopfhörer ▸ 音"), "a\tb\nKopfhörer ▸ 音");
  EXPECT_EQ(printable("\x1b[2J\a\x7f\r"), "?[2J???");
  EXPECT_EQ(printable("\u009b2J"), "?2J") << "C1's way of saying ESC [";
  EXPECT_EQ(printable("\x9b"
                      "2J"),
            "?2J")
      << "and as one byte";
  EXPECT_EQ(printable("\xe0\x82\x9b"
                      "2J"),
            "???2J")
      << "and longer than it need be";
  EXPECT_EQ(printable("\xe2\x96"), "??") << "the end is missing";
  EXPECT_EQ(printable_json("\"\u009b\x7fé\""), "\"\\u009b\\u007fé\"");
}

TEST(Status, NamesItsCodeAndSaysWhy) {
  EXPECT_EQ(Status(StatusCode::kInvalidParameter, "zero bytes").to_string(),
            "STATUS_INVALID_PARAMETER (0xC000000D): zero bytes");
  EXPECT_TRUE(Status::ok().is_ok());
  EXPECT_TRUE(Status(StatusCode::kPending).is_ok());
  EXPECT_FALSE(Status(StatusCode::kDeviceBusy).is_ok()) << "a warning is not NT_SUCCESS";
  EXPECT_EQ(Status::from_nt(static_cast<int32_t>(0xC0FFEE00)).to_string(), "0xC0FFEE00");
}

Result<int> half(int n) {
  if (n % 2) return fail(StatusCode::kInvalidParameter, "odd");
  return n / 2;
}
Result<int> quarter(int n) {
  TRY_ASSIGN(int h, half(n));
  return half(h);
}

TEST(Result, TryHandsTheFirstFailureOn) {
  EXPECT_EQ(quarter(12).value(), 3);
  EXPECT_EQ(quarter(6).error().sentence(), "odd");
  EXPECT_EQ(quarter(5).error().code(), StatusCode::kInvalidParameter);
}

TEST(Subprocess, ThatDoesNotEndIsEnded) {
  EXPECT_EQ(run_program("echo", {"a", "b"}, {}, std::chrono::minutes(1)).value(), "a b\n");
  const auto never = run_program("sleep", {"3600"}, {}, std::chrono::milliseconds(20));
  ASSERT_FALSE(never);
  EXPECT_NE(never.error().sentence().find("has not ended in 20 ms"), std::string::npos) << never.error().sentence();
}

TEST(Address, RoundsToPagesWithoutOverflow) {
  EXPECT_EQ(pages_for(0), 0u);
  EXPECT_EQ(pages_for(1), 1u);
  EXPECT_EQ(pages_for(4096), 1u);
  EXPECT_EQ(pages_for(~uint64_t{0}), uint64_t{1} << 52);
  EXPECT_EQ(PhysicalAddress(0x12345).page(), PhysicalAddress(0x12000));
  EXPECT_EQ(PhysicalAddress(0x12345).offset_in_page(), 0x345u);
}

TEST(Random, SameSeedSameChoices) {
  Random a(7), b(7), c(8);
  bool differs = false;
  for (int i = 0; i < 100; ++i) {
    const uint64_t x = a.below(1000);
    EXPECT_LT(x, 1000u);
    EXPECT_EQ(x, b.below(1000));
    differs |= x != c.below(1000);
  }
  EXPECT_TRUE(differs);
}

struct Listener {
  virtual ~Listener() = default;
  virtual void on_number(int n) { sum += n; }
  int sum = 0;
};

TEST(ObserverList, TellsEveryObserverUntilItIsRemoved) {
  ObserverList<Listener> list;
  Listener a, b;
  list.add(a);
  list.add(b);
  list.notify(&Listener::on_number, 3);
  list.remove(a);
  list.notify(&Listener::on_number, 4);
  EXPECT_EQ(a.sum, 3);
  EXPECT_EQ(b.sum, 7);
}

struct Layer {
  static constexpr LayerSlot kSlot = LayerSlot::kKernel;
  int value = 42;
};

TEST(MachineContext, FindsALayerForAScopeOnly) {
  MachineContext machine;
  Layer layer;
  machine.install(&layer);
  EXPECT_EQ(MachineContext::current(), nullptr);
  {
    CurrentMachineScope scope(machine);
    EXPECT_EQ(current<Layer>().value, 42);
  }
  EXPECT_EQ(MachineContext::current(), nullptr);
}

TEST(MachineContext, ACallWithoutAMachineSaysSo) { EXPECT_DEATH((void)current<Layer>(), "belongs to no machine"); }

[[gnu::noinline]] StackTrace nested(int depth) {
  StackTrace trace = depth ? nested(depth - 1) : capture_host_stack();
  asm volatile("" ::: "memory");  // no tail call
  return trace;
}

TEST(StackTrace, HostFramesAreFoundByFramePointers) { EXPECT_GE(nested(5).count, 6u); }

}  // namespace
}  // namespace portside
