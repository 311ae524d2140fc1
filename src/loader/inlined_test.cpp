// Kernel-only instructions: tests/images/inlined.c on a simulated thread.

#include <gmock/gmock.h>

#include <cstring>

#include "loader/loader_fixture.h"

namespace portside::loader {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class InlinedTest : public LoaderTest {
 protected:
  void SetUp() override {
    LoaderTest::SetUp();
    image_ = &load("inlined.sys");
  }
  Image* image_ = nullptr;
};

TEST_F(InlinedTest, Cr8IsIrql) {
  EXPECT_EQ(call<uint64_t>(*image_, "read_irql"), 2u);
  call<void>(*image_, "write_irql", uint64_t{5});
  EXPECT_EQ(ops_.irql, 5u);
  EXPECT_EQ(call<uint64_t>(*image_, "read_irql"), 5u);
}
TEST_F(InlinedTest, EmulationKeepsRegisters) {
  ops_.irql = 3;
  EXPECT_EQ(call<uint64_t>(*image_, "registers_survive", uint64_t{1}, uint64_t{2}, uint64_t{3}, uint64_t{4}),
            3000000 + 1 + 20 + 300 + 4000 + 3u);
}
TEST_F(InlinedTest, Interrupts) {
  call<void>(*image_, "interrupts");
  EXPECT_THAT(ops_.log, ElementsAre("cli", "sti", "hlt"));
}
TEST_F(InlinedTest, Ports) {
  EXPECT_EQ(call<uint32_t>(*image_, "port_in", uint16_t{0x388}), 0x10u + 0x20 + 0x40);
  EXPECT_EQ(call<uint32_t>(*image_, "port_in", uint16_t{0x1}), 0xFFu + 0xFFFF + 0xFFFFFFFF);
  call<void>(*image_, "port_out", uint16_t{0x20}, uint32_t{0xAABBCCDD});
  EXPECT_THAT(ops_.written,
              ElementsAre(FixtureOps::PortWrite{0x20, 1, 0xDD}, FixtureOps::PortWrite{0x20, 4, 0xAABBCCDD}));
  uint8_t buffer[5] = {};
  call<void>(*image_, "port_in_string", uint16_t{0x388}, &buffer[0], uint64_t{4});
  EXPECT_THAT(buffer, ElementsAre(0x10, 0x10, 0x10, 0x10, 0));
}
TEST_F(InlinedTest, ModelSpecificRegisters) {
  EXPECT_EQ(call<uint64_t>(*image_, "read_msr", uint32_t{0x10}), 0x123456789Au);
  EXPECT_EQ(call<uint64_t>(*image_, "read_msr_guarded", uint32_t{0x11}), 0xBADu);
  call<void>(*image_, "write_msr", uint32_t{0x12}, uint64_t{0x1122334455667788});
  EXPECT_EQ(ops_.msrs[0x12], 0x1122334455667788u);
}
TEST_F(InlinedTest, CachesAndForbiddenRegisters) {
  call<void>(*image_, "caches", static_cast<void*>(this));
  EXPECT_EQ(call<uint64_t>(*image_, "read_cr3"), 0xBADu);
}
TEST_F(InlinedTest, UnknownMsrUncaughtIsABugCheck) {
  const auto& record = call_fatal(*image_, "read_msr", uint32_t{0x11});
  EXPECT_EQ(record.code, kernel::kSystemThreadExceptionNotHandled);
  EXPECT_TRUE(image_->contains(record.stack.frames[0]));
}
TEST_F(InlinedTest, FastFail) {
  const auto& record = call_fatal(*image_, "fast_fail", uint32_t{3});
  EXPECT_EQ(record.code, kernel::kKernelSecurityCheckFailure);
  EXPECT_EQ(record.parameters[0], 3u);
  EXPECT_THAT(record.sentence, HasSubstr("LIST_ENTRY"));
  ASSERT_GE(record.stack.count, 1u);
  EXPECT_TRUE(image_->contains(record.stack.frames[0]));
}
TEST_F(InlinedTest, BreakpointsAreToldAndPassed) {
  EXPECT_EQ(call<int>(*image_, "breakpoints"), 5);
  EXPECT_THAT(hooks_.breakpoints, ElementsAre("int3", "int 2Ch", "int 2Dh"));
}
TEST_F(InlinedTest, NonCanonicalAddress) {
  uint64_t code = 0;
  EXPECT_EQ(call<uint64_t>(*image_, "catch_fault_at", uint64_t{0xDEAD000000000000}, &code), ~uint64_t{0});
  EXPECT_EQ(code, 0xC0000005u);
  hooks_.uncatchable = 0xDEAD000000000010;
  EXPECT_EQ(call_fatal(*image_, "fault_at", uint64_t{0xDEAD000000000010}).code, kernel::kPageFaultInNonpagedArea);
}
// A wild index may leave the processor's addresses or not, by where the host lies: one bug check, with the address.
TEST_F(InlinedTest, NonCanonicalAddressIsTold) {
  const auto& record = call_fatal(*image_, "fault_at", uint64_t{0xDEAD000000000020});
  EXPECT_EQ(record.code, kernel::kPageFaultInNonpagedArea);
  EXPECT_EQ(record.parameters[0], 0xDEAD000000000020u);
  EXPECT_EQ(record.parameters[1], 0u) << "a read";
  EXPECT_THAT(record.sentence, HasSubstr("a wild index or pointer"));
}

class Page final : public TrappedMemory {
 public:
  Page(uint64_t base, bool writable) : base_(base), writable_(writable) {
    for (unsigned i = 0; i < sizeof bytes; ++i) bytes[i] = static_cast<uint8_t>(0x80 + i * 3);
  }
  bool owns(uint64_t address) const override { return address - base_ < sizeof bytes; }
  void read(uint64_t address, void* to, unsigned count) override {
    ++reads;
    std::memcpy(to, bytes + (address - base_), count);
  }
  bool write(uint64_t address, const void* from, unsigned count) override {
    if (!writable_) return false;
    std::memcpy(bytes + (address - base_), from, count);
    return true;
  }
  uint8_t bytes[64];
  unsigned reads = 0;

 private:
  uint64_t base_;
  bool writable_;
};

TEST_F(InlinedTest, SharedUserData) {
  Page page(0xFFFFF78000000000, false);
  loader_->add_trapped_memory(page);
  const uint32_t flags = 0x12345676;
  std::memcpy(page.bytes + 0x10, &flags, 4);
  // The same code on plain memory is the oracle.
  uint8_t plain[64];
  std::memcpy(plain, page.bytes, sizeof plain);
  uint64_t emulated[14] = {}, expected[14] = {};
  call<void>(*image_, "shared_reads", uint64_t{0xFFFFF78000000000}, &emulated[0]);
  call<void>(*image_, "shared_reads", &plain[0], &expected[0]);
  EXPECT_THAT(emulated, ::testing::ElementsAreArray(expected));
  EXPECT_EQ(static_cast<uint32_t>(call<int>(*image_, "writes_shared", uint64_t{0xFFFFF78000000000})), 0xC0000005u);
  loader_->remove_trapped_memory(page);
}
TEST_F(InlinedTest, DeviceRegisters) {
  // Device registers: an address that is never mapped.
  Page page(0xFFFFF90000000000, true);
  loader_->add_trapped_memory(page);
  uint8_t plain[64];
  std::memcpy(plain, page.bytes, sizeof plain);
  call<void>(*image_, "device_writes", uint64_t{0xFFFFF90000000000});
  call<void>(*image_, "device_writes", &plain[0]);
  EXPECT_EQ(std::memcmp(plain, page.bytes, sizeof plain), 0);
  loader_->remove_trapped_memory(page);
}

}  // namespace
}  // namespace portside::loader
