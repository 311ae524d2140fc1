#pragma once
// HdaTest: the model on a bench of a few lines: time that moves on command, memory of the machine's kind, and a driver
// that is no more than registers.

#include <gtest/gtest.h>

#include "hardware/device_host_fixture.h"
#include "hardware/hda_model.h"
#include "memory/memory.h"

namespace portside::hardware {

struct HdaTest : testing::Test, HdaObserver {
  explicit HdaTest(HdaModelOptions options = {})
      : memory(std::move(*memory::Memory::create())), host(std::move(*memory->dma())),
        owner(std::make_unique<HdaModel>(host, options)), model(*owner) {
    model.observers().add(*this);
    (void)model.write_config(0x04, 2, 0x0006);  // memory, bus master
  }
  void on_violation(const HdaViolation& violation) override { violations.push_back(violation); }
  void TearDown() override {
    for (const HdaViolation& v : violations) ADD_FAILURE() << hda_rule_name(v.rule) << ": " << v.sentence;
  }
  // One of them was broken, and nothing else was; forgets it.
  void expect_broken(HdaRule rule) {
    bool found = false;
    for (const HdaViolation& v : violations) {
      found |= v.rule == rule;
      EXPECT_EQ(std::string(hda_rule_name(v.rule)), hda_rule_name(rule)) << v.sentence;
      EXPECT_FALSE(v.sentence.empty());
    }
    EXPECT_TRUE(found) << hda_rule_name(rule);
    violations.clear();
  }

  uint32_t read(uint64_t offset, uint32_t bytes) {
    auto value = model.read(0, offset, bytes);
    EXPECT_TRUE(value) << (value ? "" : value.error().to_string());
    return value ? static_cast<uint32_t>(*value) : 0;
  }
  void write(uint64_t offset, uint32_t bytes, uint64_t value) { EXPECT_TRUE(model.write(0, offset, bytes, value)); }
  void write_address(uint64_t offset, PhysicalAddress address) {
    write(offset, 4, address.value & 0xFFFFFFFF);
    write(offset + 4, 4, address.value >> 32);
  }

  // §4.2.2, §4.3.
  void leave_reset() {
    host.pass(std::chrono::microseconds(200));
    write(0x08, 4, 1);
    host.pass(std::chrono::microseconds(600));
  }
  // §3.4: a verb by the immediate registers.
  uint32_t verb(uint8_t node, uint32_t verb, uint32_t payload) {
    write(0x60, 4, uint32_t{node} << 20 | (verb < 16 ? verb << 16 | payload : verb << 8 | payload));
    write(0x68, 2, 3);
    host.pass(std::chrono::microseconds(50));
    EXPECT_EQ(read(0x68, 2), 2u) << "no valid result";
    return read(0x64, 4);
  }

  // Pages that lie together, and the machine's own view of them.
  struct Block {
    PhysicalAddress at;
    std::byte* bytes = nullptr;
  };
  Block block(uint64_t bytes) {
    const PMDL mdl = *memory->allocate_pages({.bytes = round_up_to_page(bytes), .contiguous = true});
    const KernelAddress view = *memory->map(mdl, 1, memory::MapRequester::kPortStream);
    return {*memory->page_address(mdl, 0), static_cast<std::byte*>(view.pointer())};
  }

  std::unique_ptr<memory::Memory> memory;
  TestHost host;
  std::unique_ptr<HdaModel> owner;
  HdaModel& model;
  std::vector<HdaViolation> violations;
};

}  // namespace portside::hardware
