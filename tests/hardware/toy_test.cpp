// A driver over a device on the bus: what it is given, what it reaches, what its device may reach; and what each mistake is told.

#include <gmock/gmock.h>

#include "hardware/interrupt_controller.h"
#include "hardware/toy_machine.h"
#include "host/device_choice.h"
#include "host/life_cycle.h"
#include "host/machine_hardware.h"
#include "kernel/services.h"

namespace portside {
namespace {

using ::testing::ElementsAre;
using testing_support::ToyMachine;

std::vector<uint32_t> first(std::vector<uint32_t> numbers, size_t count) {
  numbers.resize(count);
  return numbers;
}

// Everything that works, and a driver that is removed without a word said about it.
class ToyDriver : public ::testing::Test {
 protected:
  void TearDown() override {
    const auto removed = toy_->uninstall();
    EXPECT_TRUE(removed) << removed.error().to_string();
    EXPECT_TRUE(toy_->findings().empty()) << toy_.report();
  }
  ToyMachine toy_;
};

TEST_F(ToyDriver, IsInstalledByTheDevicesIdentifiers) {
  // The INF has the class as well, and lists it first: vendor and device say more.
  const auto chosen = toy_->services().registry().get_string(
      toy_->device()->instance_registry_path + u"\\Device Parameters", u"Chosen");
  ASSERT_TRUE(chosen);
  EXPECT_EQ(*chosen, u"by vendor and device");
  EXPECT_EQ(toy_->device()->instance_path, u"PCI\\VEN_1AF4&DEV_10F0&SUBSYS_00011AF4&REV_02\\0000");
}

TEST_F(ToyDriver, ReadsConfigurationSpaceByFourWays) {
  const auto n = toy_.ask(TOY_CONFIG);
  constexpr uint32_t kIds = 0x10F01AF4;
  EXPECT_THAT(first(n, 8), ElementsAre(kIds, kIds, 1, kIds, 256, 0x5A, 2, 2));
}

TEST_F(ToyDriver, IsGivenItsResourcesRawAndTranslated) {
  const auto n = toy_.ask(TOY_RESOURCES);
  const uint32_t line = *toy_.slot().line();
  EXPECT_THAT(first(n, 7), ElementsAre(1, 1, 1, line, hardware::InterruptController::irql_of(line),
                                       hardware::InterruptController::vector_of(line), 3));
}

TEST_F(ToyDriver, ReachesRegistersByInlinedMovesOfEveryWidth) {
  const auto n = toy_.ask(TOY_REGISTERS);
  EXPECT_THAT(first(n, 8), ElementsAre('T', 0x3159, 0x31594F54, 0x0100, 1, 0x11223344, 4321, 4));
  EXPECT_THAT(toy_.card().widths, ::testing::IsSupersetOf({1u, 2u, 4u}));
}

TEST_F(ToyDriver, ReachesPortsByInAndOut) {
  EXPECT_THAT(first(toy_.ask(TOY_PORTS), 5), ElementsAre(0xCC, 0xAABB, 0xAABBCCDD, 3 * 0xDD, 0xFF));
}

TEST_F(ToyDriver, IsInterruptedAtDeviceLevelInVirtualTime) {
  const Nanoseconds before = toy_->now();
  const auto n = toy_.ask(TOY_TICKS);
  EXPECT_EQ(n[7], 0u);
  EXPECT_EQ(n[6], 0u);
  EXPECT_EQ(n[0], 20u);  // one a millisecond
  EXPECT_EQ(n[1], 20u);
  EXPECT_EQ(n[2], hardware::InterruptController::irql_of(*toy_.slot().line()));
  EXPECT_EQ(n[3], 20u);  // the sharer, which was there first, is asked each time
  EXPECT_EQ(n[4], 1u);
  EXPECT_EQ(n[5], 0u);
  const Nanoseconds took = toy_->now() - before;
  EXPECT_GE(took, std::chrono::milliseconds(30));
  EXPECT_LT(took, std::chrono::milliseconds(32));
}

TEST_F(ToyDriver, SharesItsInterruptBetweenRoutinesOfAnInterruptSync) {
  const auto n = toy_.ask(TOY_SYNC);
  // Both are asked once more, when another device interrupts as soon as they are connected.
  EXPECT_THAT(first(n, 4), ElementsAre(0, 5, 6, 1));  // normal: the first that claims ends the round
  EXPECT_THAT((std::vector(n.begin() + 4, n.begin() + 8)), ElementsAre(0, 5, 6, 6));  // all: each once
  EXPECT_THAT((std::vector(n.begin() + 8, n.begin() + 12)),
              ElementsAre(0, 5, 11, 11));  // repeat: until a whole round claims nothing
}

TEST_F(ToyDriver, HasItsDeviceReachMemoryAsBusMaster) {
  const auto n = toy_.ask(TOY_DMA);
  EXPECT_THAT(first(n, 10), ElementsAre(101, 16384, 1, 0, 4, 4 * 4096, 3, 1, 4096 - 100, 1));
  EXPECT_TRUE(toy_.card().dma_errors.empty()) << toy_.card().dma_errors.front();
}

TEST_F(ToyDriver, ComesBackFromARebalance) {
  host::LifeCycle life(*toy_);
  const auto rebalanced = life.rebalance(*toy_->device());
  ASSERT_TRUE(rebalanced) << rebalanced.error().to_string();
  EXPECT_EQ(toy_.ask(TOY_REGISTERS)[0], 'T');
}

TEST_F(ToyDriver, SeesAllOnesOnceItsDeviceIsPulledOut) {
  toy_.card().pull_out();
  (void)toy_->run([] { current<kernel::Kernel>().sleep_for(std::chrono::milliseconds(1)); });
  EXPECT_EQ(toy_->device()->state, io::PnpState::kRemoved);  // no file was open
}

TEST(ToyDeterminism, TwoRunsAreTheSame) {
  auto run = [] {
    ToyMachine toy;
    const auto n = toy.ask(TOY_TICKS);
    return std::pair(n, toy->now());
  };
  EXPECT_EQ(run(), run());
}

TEST(ToyRealTime, InterruptsComeFromTheHostsClock) {
  host::MachineOptions options;
  options.realtime = true;
  ToyMachine toy(options);
  const auto n = toy.ask(TOY_TICKS);
  EXPECT_EQ(n[0], n[1]);
  EXPECT_GE(n[0], 20u);
  EXPECT_EQ(n[5], 0u);
  EXPECT_TRUE(toy->uninstall());
}

// Each tick is seen late or in time, each release may be doubled; the driver counts them, and nothing is said about it.
TEST(ToyBusFaults, ALevelThatIsLostOrDoubledIsServedInTheEnd) {
  for (const char* faults : {"lost=1/1", "lost=1/3", "doubled=1/1", "lost=1/3,doubled=1/3,interrupts=300us"}) {
    SCOPED_TRACE(faults);
    ToyMachine toy({}, *hardware::BusFaults::parse(faults));
    const auto n = toy.ask(TOY_TICKS);
    EXPECT_GE(n[0], 20u);
    EXPECT_EQ(n[4], 1u);
    EXPECT_TRUE(toy->uninstall());
    EXPECT_TRUE(toy->findings().empty()) << toy.report();
  }
}

TEST(ToyRealTime, ADoubledInterruptIsNoStorm) {
  host::MachineOptions options;
  options.realtime = true;
  ToyMachine toy(options, *hardware::BusFaults::parse("doubled=1/1"));
  EXPECT_GE(toy.ask(TOY_TICKS)[0], 20u);
  EXPECT_TRUE(toy->uninstall());
  EXPECT_TRUE(toy->findings().empty()) << toy.report();
}

// As one whose device lives on a thread of its own: it goes on after the machine's kernel has ended.
class CardThatEndsLate final : public hardware::PciFunction {
 public:
  CardThatEndsLate(hardware::DeviceHost& host, Nanoseconds& ended) : host_(host), card_(host), ended_(ended) {}
  ~CardThatEndsLate() override {
    host_.set_interrupt(true);
    (void)host_.call_at(host_.now(), [] {});
    host_.gone("it has ended");
    ended_ = host_.now();
  }
  std::string name() const override { return card_.name(); }
  Result<uint32_t> read_config(uint32_t offset, uint32_t bytes) override { return card_.read_config(offset, bytes); }
  Result<> write_config(uint32_t offset, uint32_t bytes, uint32_t value) override {
    return card_.write_config(offset, bytes, value);
  }
  std::vector<hardware::BaseAddressRegister> base_address_registers() override {
    return card_.base_address_registers();
  }
  Result<uint64_t> read(uint32_t bar, uint64_t offset, uint32_t bytes) override {
    return card_.read(bar, offset, bytes);
  }
  Result<> write(uint32_t bar, uint64_t offset, uint32_t bytes, uint64_t value) override {
    return card_.write(bar, offset, bytes, value);
  }

 private:
  hardware::DeviceHost& host_;
  testing_support::ToyCard card_;
  Nanoseconds& ended_;
};

TEST(ToyEnd, ADeviceMayOutliveTheKernel) {
  Nanoseconds ended{-1};
  auto machine = host::Machine::create({});
  ASSERT_TRUE(machine);
  ASSERT_TRUE((*machine)->plug([&](hardware::DeviceHost& host) -> Result<std::unique_ptr<hardware::PciFunction>> {
    return std::make_unique<CardThatEndsLate>(host, ended);
  }));
  ASSERT_TRUE((*machine)->run([] { current<kernel::Kernel>().sleep_for(std::chrono::milliseconds(3)); }));
  const Nanoseconds before = (*machine)->now();
  machine->reset();
  EXPECT_GE(ended, before);
}

TEST(ToyStart, ADeviceMayGoWhileItIsPluggedIn) {
  auto machine = host::Machine::create({});
  ASSERT_TRUE(machine);
  const auto slot = (*machine)->plug([](hardware::DeviceHost& host) -> Result<std::unique_ptr<hardware::PciFunction>> {
    host.gone("it was never there");
    return std::make_unique<testing_support::ToyCard>(host);
  });
  ASSERT_TRUE(slot);
  EXPECT_TRUE((*slot)->gone());
  ASSERT_TRUE((*machine)->run([] { current<kernel::Kernel>().sleep_for(std::chrono::milliseconds(1)); }));
  EXPECT_THAT((*machine)->hardware().losses(), ElementsAre("the toy card is gone: it was never there"));
}

// A report is wrapped for its reader.
std::string on_one_line(const std::string& text) {
  std::string line;
  for (const char c : text)
    if (const bool space = c == ' ' || c == '\n'; !space || (!line.empty() && line.back() != ' '))
      line += space ? ' ' : c;
  return line;
}

struct Mistake {
  TOY_MISTAKE_KIND kind;
  const char* rule;
  const char* says;  // in the finding
};
#define TOY_CASE(kind, rule, says) {kind, rule, says},
const Mistake kMistakes[] = {
#include "hardware/toy_cases.inc"
};
#undef TOY_CASE

class ToyMistake : public ::testing::TestWithParam<Mistake> {};

TEST_P(ToyMistake, IsTold) {
  const Mistake& mistake = GetParam();
  ToyMachine toy;
  if (mistake.kind == ToyInD3) {
    host::LifeCycle life(*toy);
    ASSERT_TRUE(life.set_device_power(*toy->device(), PowerDeviceD3));
  }
  (void)toy.mistake(mistake.kind);
  (void)toy->uninstall();
  const auto findings = toy->findings();
  ASSERT_FALSE(findings.empty());
  EXPECT_EQ(findings[0].rule().name, mistake.rule) << toy.report();
  EXPECT_NE(on_one_line(toy.report()).find(mistake.says), std::string::npos) << toy.report();
}
INSTANTIATE_TEST_SUITE_P(, ToyMistake, ::testing::ValuesIn(kMistakes), [](const auto& info) {
  return std::string(info.param.rule) + std::to_string(info.param.kind);
});

TEST(ToyMistakes, TheRightTwinIsSilent) {
  ToyMachine toy;
  EXPECT_EQ(toy.mistake(ToyListRead), STATUS_SUCCESS);
  EXPECT_TRUE(toy->uninstall());
  EXPECT_TRUE(toy->findings().empty()) << toy.report();
}

// A card of which only that is said that its driver asks for.
TEST(PlainCard, LetsADriverStartReadAndBeInterrupted) {
  const auto choice = host::DeviceChoice::create(
      {.devices = {"model:card,id=1AF4:10F0,subsystem=1AF4:0001,revision=2,bar0=256,bar1=io:32,set=0+0x0:0x31594F54,"
                   "interrupt=1ms@0+0x8:0x1,while=0+0x4:0x3,count=0+0x30:1000"}});
  ASSERT_TRUE(choice) << choice.error().to_string();
  ToyMachine toy(*choice->only_maker());
  EXPECT_EQ(first(toy.ask(TOY_REGISTERS), 2), (std::vector<uint32_t>{'T', 0x3159}));
  const auto ticks = toy.ask(TOY_TICKS);
  EXPECT_EQ(ticks[0], 20u) << "one a millisecond";
  EXPECT_TRUE(toy->uninstall());
  EXPECT_TRUE(toy->findings().empty()) << toy.report();
}

}  // namespace
}  // namespace portside
