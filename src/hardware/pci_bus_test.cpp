#include "hardware/pci_bus.h"

#include <gtest/gtest.h>

#include "hardware/toy_card.h"
#include "memory/memory.h"

namespace portside::hardware {
namespace {

using testing_support::ToyCard;
using testing_support::ToyRegister;

class SilentHost final : public DeviceHost {
 public:
  explicit SilentHost(memory::DmaView dma) : dma_(std::move(dma)) {}
  Nanoseconds now() const override { return Nanoseconds(0); }
  uint64_t call_at(Nanoseconds, std::function<void()>) override { return 1; }
  void take_back(uint64_t) override {}
  memory::DmaView& dma() override { return dma_; }
  void set_interrupt(bool) override {}

 private:
  memory::DmaView dma_;
};

class Recorder : public HardwareObserver {
 public:
  void on_register_mishap(const RegisterMishap& m) override { mistakes.push_back(m.mistake); }
  std::vector<RegisterMistake> mistakes;
};

class PciBusTest : public ::testing::Test {
 protected:
  PciBusTest() : memory_(*memory::Memory::create()), host_(*memory_->dma()), bus_(*memory_) {
    bus_.observers().add(recorder_);
  }
  PciSlot& plug() { return **bus_.plug(std::make_unique<ToyCard>(host_)); }
  uint32_t read(KernelAddress at, uint32_t bytes = 4) {
    uint32_t value = 0;
    bus_.read(at, &value, bytes);
    return value;
  }

  std::unique_ptr<memory::Memory> memory_;
  SilentHost host_;
  Recorder recorder_;
  PciBus bus_;
};

TEST_F(PciBusTest, ASlotHasItsIdentifiersTheMostSpecialFirst) {
  PciSlot& slot = plug();
  EXPECT_EQ(slot.device_id(), u"PCI\\VEN_1AF4&DEV_10F0&SUBSYS_00011AF4&REV_02");
  EXPECT_EQ(slot.hardware_ids().front(), slot.device_id());
  EXPECT_EQ(slot.compatible_ids().back(), u"PCI\\CC_0401");
}

TEST_F(PciBusTest, EachFunctionGetsRangesAndALineOfItsOwn) {
  PciSlot &first = plug(), &second = plug();
  ASSERT_EQ(first.ranges().size(), 2u);
  EXPECT_NE(first.ranges()[0].first, second.ranges()[0].first);
  EXPECT_NE(first.ranges()[1].first, second.ranges()[1].first);
  EXPECT_NE(first.line(), second.line());
  EXPECT_NE(first.slot_number(), second.slot_number());
  uint32_t bar = 0;
  EXPECT_EQ(first.read_config(&bar, 0x10, 4), 4u);
  EXPECT_EQ(bar, first.ranges()[0].first);
  const auto raw = first.raw_resources(), translated = first.translated_resources();
  const auto& list = reinterpret_cast<const CM_RESOURCE_LIST*>(raw.data())->List[0];
  ASSERT_EQ(list.PartialResourceList.Count, 3u);
  EXPECT_EQ(list.InterfaceType, PCIBus);
  EXPECT_EQ(list.PartialResourceList.PartialDescriptors[0].Type, CmResourceTypeMemory);
  EXPECT_EQ(list.PartialResourceList.PartialDescriptors[1].Type, CmResourceTypePort);
  EXPECT_EQ(list.PartialResourceList.PartialDescriptors[2].u.Interrupt.Vector, *first.line());
  const auto& other =
      reinterpret_cast<const CM_RESOURCE_LIST*>(translated.data())->List[0].PartialResourceList.PartialDescriptors[2];
  EXPECT_EQ(other.u.Interrupt.Vector >> 4, other.u.Interrupt.Level);
}

TEST_F(PciBusTest, RegistersAreReachedThroughTheirViewAlone) {
  PciSlot& slot = plug();
  slot.enable();
  const PhysicalAddress first(slot.ranges()[0].first);
  EXPECT_TRUE(bus_.owns(first, 0x100));
  EXPECT_FALSE(bus_.owns(first, 0x101));
  const auto view = bus_.map(first, 0x80, 0);
  ASSERT_TRUE(view);
  EXPECT_TRUE(bus_.is_register(view->value));
  EXPECT_EQ(read(*view), 0x31594F54u);  // TOY1
  uint16_t half = 0xBEEF;
  bus_.write(*view + ToyRegister::kScratch, &half, 2);
  EXPECT_EQ(read(*view + ToyRegister::kScratch), 0xBEEFu);
  EXPECT_EQ(memory_->physical_address(*view + 0x24).value(), first + 0x24);
  EXPECT_TRUE(recorder_.mistakes.empty());

  EXPECT_EQ(read(*view + 0x80), UINT32_MAX);  // not mapped
  EXPECT_EQ(read(*view + 0x21), UINT32_MAX);
  EXPECT_EQ(recorder_.mistakes, (std::vector{RegisterMistake::kBeyondRange, RegisterMistake::kMisaligned}));
  EXPECT_FALSE(bus_.unmap(*view, 0x100));
  EXPECT_TRUE(bus_.unmap(*view, 0x80));
  EXPECT_FALSE(bus_.is_register(view->value));
  EXPECT_NE(memory_->describe(*view).sentence().find("former view"), std::string::npos);
}

TEST_F(PciBusTest, AFunctionThatIsNotStartedDoesNotAnswer) {
  PciSlot& slot = plug();
  const auto view = bus_.map(PhysicalAddress(slot.ranges()[0].first), 0x100, 0);
  EXPECT_EQ(read(*view), UINT32_MAX);
  EXPECT_EQ(recorder_.mistakes, std::vector{RegisterMistake::kNotDecoded});
  slot.enable();
  EXPECT_EQ(read(*view), 0x31594F54u);
  slot.set_power(PowerDeviceD3);
  EXPECT_EQ(read(*view), UINT32_MAX);
  uint32_t control = 0;
  slot.read_config(&control, 0x54, 2);
  EXPECT_EQ(control & 3, 3u);  // PMCSR says D3
  slot.set_power(PowerDeviceD0);
  EXPECT_EQ(read(*view), 0x31594F54u);
  slot.disable();
  EXPECT_EQ(read(*view), UINT32_MAX);
}

TEST_F(PciBusTest, PortsAreReachedByNumber) {
  PciSlot& slot = plug();
  slot.enable();
  const auto port = static_cast<uint32_t>(slot.ranges()[1].first);
  EXPECT_TRUE(bus_.write_port(port + 4, 2, 0x1234));
  EXPECT_EQ(bus_.read_port(port + 4, 1), 0x34u);
  EXPECT_EQ(bus_.read_port(port + 4, 4), 0x1234u);
  EXPECT_FALSE(bus_.read_port(0x80, 1));  // nobody's
  EXPECT_TRUE(recorder_.mistakes.empty());
  EXPECT_FALSE(bus_.read_port(port + 5, 2));
  EXPECT_EQ(recorder_.mistakes, std::vector{RegisterMistake::kMisaligned});
  // Right behind its last one.
  EXPECT_FALSE(bus_.write_port(port + static_cast<uint32_t>(slot.ranges()[1].bar.bytes) + 4, 2, 1));
  EXPECT_EQ(recorder_.mistakes.back(), RegisterMistake::kBeyondRange);
}

TEST_F(PciBusTest, ADriverDoesNotMoveTheRanges) {
  PciSlot& slot = plug();
  const uint32_t elsewhere = 0xD0000000;
  EXPECT_EQ(slot.write_config(&elsewhere, 0x10, 4), 4u);
  uint32_t bar = 0;
  slot.read_config(&bar, 0x10, 4);
  EXPECT_EQ(bar, slot.ranges()[0].first);
  EXPECT_EQ(slot.read_config(&bar, 0xFE, 4), 2u);  // the end of configuration space
  EXPECT_EQ(slot.read_config(&bar, 0x100, 4), 0u);
}

TEST_F(PciBusTest, ARangeWhoseEndWrapsIsNobodys) {
  PciSlot& slot = plug();
  const PhysicalAddress first(slot.ranges()[0].first + 0x10);
  EXPECT_TRUE(bus_.owns(first, 0xF0));
  EXPECT_FALSE(bus_.owns(first, 0xF1));
  EXPECT_FALSE(bus_.owns(first, UINT64_MAX));
}

// The next driver finds what a system starts: a function that is in D0 for its bus and for itself.
TEST_F(PciBusTest, AFunctionThatWasRemovedAsleepIsWoken) {
  PciSlot& slot = plug();
  slot.enable();
  slot.set_power(PowerDeviceD3);
  uint16_t control = 0;
  slot.read_config(&control, 0x54, 2);
  EXPECT_EQ(control & 3, 3);
  slot.removed();
  slot.read_config(&control, 0x54, 2);
  EXPECT_EQ(control & 3, 0);
  EXPECT_FALSE(slot.decodes(false));
  slot.enable();
  EXPECT_TRUE(slot.decodes(false));
}

TEST_F(PciBusTest, AFunctionThatIsGoneReadsAsAllOnesAndIsNoMistake) {
  PciSlot& slot = plug();
  slot.enable();
  const auto view = bus_.map(PhysicalAddress(slot.ranges()[0].first), 0x100, 0);
  static_cast<ToyCard&>(slot.function()).pull_out();
  EXPECT_EQ(read(*view), UINT32_MAX);
  EXPECT_TRUE(slot.gone());
  EXPECT_TRUE(recorder_.mistakes.empty());
}

}  // namespace
}  // namespace portside::hardware
