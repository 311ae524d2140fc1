// QEMU's HD Audio controller, reached as a driver's accesses reach it, without a driver: configuration, registers, ports, memory
// in both directions, interrupts, sound out and in, and what its end is to the machine.

#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <thread>

#include "base/temporary_folder.h"
#include "client/wav_file.h"
#include "hardware/hardware_observer.h"
#include "hardware/qemu_board.h"
#include "hardware/qemu_catalogue.h"
#include "host/device_choice.h"
#include "host/machine_hardware.h"
#include "kernel/kernel.h"
#include "memory/memory.h"
#include "memory/memory_observer.h"
#include "support/needs_qemu.h"

namespace portside {
namespace {

using std::chrono::milliseconds;

class Qemu : public ::testing::Test {
 protected:
  void SetUp() override { testing_support::needs_qemu(); }

  void start(std::vector<std::string> devices, std::string heard = {}, std::string spoken = {}) {
    auto choice = host::DeviceChoice::create({.devices = std::move(devices), .heard = heard, .spoken = spoken});
    ASSERT_TRUE(choice) << choice.error().to_string();
    choice_ = std::make_unique<host::DeviceChoice>(std::move(*choice));
    host::MachineOptions options;
    choice_->apply(options);
    ASSERT_TRUE(options.realtime);
    auto machine = host::Machine::create(options);
    ASSERT_TRUE(machine) << machine.error().to_string();
    machine_ = std::move(*machine);
    auto slots = choice_->plug(*machine_);
    ASSERT_TRUE(slots) << slots.error().to_string();
    slots_ = *slots;
    for (hardware::PciSlot* slot : slots_) slot->enable();
  }
  void stop() {
    machine_.reset();
    choice_.reset();
  }

  hardware::PciSlot& card() { return *slots_.at(0); }
  uint64_t get(uint64_t offset, uint32_t bytes) { return card().read(0, offset, bytes); }
  void put(uint64_t offset, uint32_t bytes, uint64_t value) { card().write(0, offset, bytes, value); }
  template <class Done>
  bool wait_for(Done done, milliseconds limit = milliseconds(2000)) {
    const auto until = std::chrono::steady_clock::now() + limit;
    while (!done()) {
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::sleep_for(milliseconds(1));  // QEMU's time is real
    }
    return true;
  }

  // --- HD Audio 1.0a: as much as moves sound ---
  void reset_controller() {
    put(0x08, 4, 0);
    ASSERT_TRUE(wait_for([&] { return (get(0x08, 4) & 1) == 0; }));
    put(0x08, 4, 1);  // §3.3.7 GCTL.CRST
    ASSERT_TRUE(wait_for([&] { return (get(0x08, 4) & 1) == 1 && get(0x0E, 2) != 0; }));
    auto base = machine_->memory().allocate_contiguous({.bytes = 4096, .contiguous = true}, 0);
    ASSERT_TRUE(base);
    rings_ = *base;
    const uint64_t at = machine_->memory().physical_address(rings_)->value;
    put(0x40, 4, at), put(0x44, 4, 0);              // CORB
    put(0x4A, 2, 0x8000), put(0x4A, 2, 0), put(0x48, 2, 0), put(0x4C, 1, 2);
    put(0x50, 4, at + 2048), put(0x54, 4, 0);       // RIRB
    put(0x58, 2, 0x8000), put(0x5A, 2, 1), put(0x5C, 1, 3);
  }
  uint32_t verb(uint32_t node, uint32_t command) {
    auto* corb = static_cast<volatile uint32_t*>(rings_.pointer());
    auto* rirb = reinterpret_cast<volatile uint64_t*>(static_cast<char*>(rings_.pointer()) + 2048);
    const auto before = static_cast<uint32_t>(get(0x58, 2) & 0xFF);
    const auto next = static_cast<uint32_t>((get(0x48, 2) + 1) & 0xFF);
    corb[next] = node << 20 | command;
    put(0x48, 2, next);
    EXPECT_TRUE(wait_for([&] { return (get(0x58, 2) & 0xFF) == ((before + 1) & 0xFF); })) << "no answer to a verb";
    if (!service_acknowledges_) put(0x5D, 1, 5);
    return static_cast<uint32_t>(rirb[(before + 1) & 0xFF]);
  }
  // The first converter of this direction: widget type 0 plays, 1 records (§7.3.4.6).
  uint32_t converter(uint32_t type) {
    const uint32_t nodes = verb(1, 0xF0004);
    for (uint32_t node = nodes >> 16 & 0xFF, end = node + (nodes & 0xFF); node < end; ++node)
      if ((verb(node, 0xF0009) >> 20 & 0xF) == type) return node;
    ADD_FAILURE() << "no converter of type " << type;
    return 2;
  }
  // A cyclic buffer of scattered pages in the stream descriptor at `descriptor`, stream tag 1, 48 kHz 16-bit stereo.
  std::vector<char*> run_stream(uint64_t descriptor, uint32_t pages, bool every_page_interrupts) {
    auto mdl = machine_->memory().allocate_pages({.bytes = pages * 4096ull});
    EXPECT_TRUE(mdl) << mdl.error().to_string();
    auto view = machine_->memory().map(*mdl, 1, memory::MapRequester::kPortStream);
    EXPECT_TRUE(view);
    mdl_ = *mdl, view_ = *view;
    auto list = machine_->memory().allocate_contiguous({.bytes = 4096, .contiguous = true}, 0);
    EXPECT_TRUE(list);
    list_ = *list;
    auto* entries = static_cast<uint32_t*>(list_.pointer());
    std::vector<char*> mapped;
    for (uint32_t i = 0; i < pages; ++i) {
      const uint64_t at = machine_->memory().page_address(mdl_, i)->value;
      entries[i * 4] = static_cast<uint32_t>(at), entries[i * 4 + 1] = 0, entries[i * 4 + 2] = 4096, entries[i * 4 + 3] = every_page_interrupts;
      mapped.push_back(static_cast<char*>(view_.pointer()) + i * 4096);
    }
    put(descriptor + 0x18, 4, machine_->memory().physical_address(list_)->value), put(descriptor + 0x1C, 4, 0);
    put(descriptor + 0x08, 4, pages * 4096), put(descriptor + 0x0C, 2, pages - 1), put(descriptor + 0x12, 2, 0x0011);
    put(descriptor + 0x02, 1, 0x10);
    return mapped;
  }
  void end_stream(uint64_t descriptor) {
    put(descriptor, 1, 0);
    ASSERT_TRUE(wait_for([&] { return (get(descriptor, 1) & 2) == 0; }));
    EXPECT_TRUE(machine_->memory().unmap(view_, mdl_, memory::MapRequester::kPortStream));
    EXPECT_TRUE(machine_->memory().free_pages(mdl_, memory::MdlOrigin::kPortStream));
    EXPECT_TRUE(machine_->memory().free_contiguous(list_));
  }

  std::unique_ptr<host::DeviceChoice> choice_;
  std::unique_ptr<host::Machine> machine_;
  std::vector<hardware::PciSlot*> slots_;
  KernelAddress rings_, view_, list_;
  PMDL mdl_ = nullptr;
  bool service_acknowledges_ = false;
};

constexpr uint64_t kOutput = 0x100, kInput = 0x80;  // QEMU's ich9-intel-hda: four inputs, four outputs
constexpr const char* kHda = "qemu:ich9-intel-hda,hda-duplex";

TEST_F(Qemu, ItsListHasTheCardsThatDebiansHas) {
  const auto devices = hardware::qemu_sound_devices();
  ASSERT_TRUE(devices);
  for (const char* wanted : {"ich9-intel-hda", "AC97", "ES1370", "hda-duplex"})
    EXPECT_TRUE(std::ranges::any_of(*devices, [&](const auto& d) { return d.name == wanted; })) << wanted;
}

TEST_F(Qemu, AnyCardStandsOnTheBusWithItsResources) {
  ASSERT_NO_FATAL_FAILURE(start({kHda, "qemu:AC97", "qemu:ES1370"}));
  EXPECT_EQ(slots_[0]->compatible_ids().back(), u"PCI\\CC_0403");
  EXPECT_EQ(slots_[0]->ranges()[0].bar.bytes, 0x4000u);
  EXPECT_EQ(slots_[1]->device_id().substr(0, 21), u"PCI\\VEN_8086&DEV_2415");
  ASSERT_EQ(slots_[1]->ranges().size(), 2u);
  EXPECT_TRUE(slots_[1]->ranges()[0].bar.is_port);
  EXPECT_EQ(slots_[2]->device_id().substr(0, 21), u"PCI\\VEN_1274&DEV_5000");
  // A register behind memory, and one behind ports.
  EXPECT_EQ(get(0x02, 1) << 8 | get(0x03, 1), 0x0001u);  // HD Audio 1.0
  const auto port = static_cast<uint32_t>(slots_[1]->ranges()[1].first);
  EXPECT_TRUE(machine_->hardware().bus().write_port(port + 0x1B, 1, 2));  // PO_CR: reset
  EXPECT_TRUE(machine_->hardware().bus().read_port(port + 0x30, 4));      // GLOB_STA
}

TEST_F(Qemu, TheCodecAnswersThroughMemoryAndTheLineIsRaised) {
  ASSERT_NO_FATAL_FAILURE(start({kHda}));
  std::atomic<int> served{0};
  const uint32_t line = *card().line();
  auto connected = machine_->hardware().bus().interrupts().connect(
      {.vector = hardware::InterruptController::vector_of(line), .irql = hardware::InterruptController::irql_of(line), .mode = LevelSensitive,
       .shareable = true, .affinity = 3, .service = [&] {
         if (!(get(0x24, 4) >> 31)) return false;
         put(0x5D, 1, 5);
         ++served;
         return true;
       }});
  ASSERT_TRUE(connected);
  ASSERT_NO_FATAL_FAILURE(reset_controller());
  service_acknowledges_ = true;
  put(0x20, 4, 0xC0000000);  // INTCTL: global, controller
  EXPECT_EQ(verb(0, 0xF0000) >> 16, 0x1AF4u);  // vendor, §7.3.4.1
  EXPECT_TRUE(wait_for([&] { return served > 0; }));
  ASSERT_TRUE(machine_->hardware().bus().interrupts().disconnect(*connected));
}

TEST_F(Qemu, ScatteredPagesComeOutOfTheCodec) {
  const TemporaryFolder folder;
  const std::filesystem::path heard = folder.path() / "heard.wav";
  ASSERT_NO_FATAL_FAILURE(start({kHda}, heard));
  ASSERT_NO_FATAL_FAILURE(reset_controller());
  const uint32_t dac = converter(0);
  verb(dac, 0x70610);           // stream 1
  verb(dac, 0x20011);           // 48 kHz, 16 bits, two channels
  verb(dac, 0x3B04A), verb(dac, 0x3B04A);
  const auto pages = run_stream(kOutput, 16, true);
  for (uint32_t frame = 0; frame < 16 * 1024; ++frame) {
    auto* sample = reinterpret_cast<int16_t*>(pages[frame / 1024] + frame % 1024 * 4);
    sample[0] = sample[1] = static_cast<int16_t>(12000 * std::sin(2 * M_PI * 3 * frame / 1024.0));
  }
  put(kOutput, 1, 2);  // run
  EXPECT_TRUE(wait_for([&] { return get(kOutput + 4, 4) > 3 * 4096; }));
  std::this_thread::sleep_for(milliseconds(400));
  end_stream(kOutput);
  stop();
  const auto sound = client::read_sound(heard);
  ASSERT_TRUE(sound) << sound.error().to_string();
  const auto* samples = reinterpret_cast<const int16_t*>(sound->frames.data());
  double square = 0;
  uint64_t loud = 0;
  for (uint64_t i = 0; i < sound->frame_count(); ++i)
    if (std::abs(samples[2 * i]) > 4) square += double(samples[2 * i]) * samples[2 * i], ++loud;
  EXPECT_GT(loud, 8000u);
  EXPECT_GT(std::sqrt(square / static_cast<double>(loud)), 1000);
}

TEST_F(Qemu, WhatIsSaidArrivesInTheGuestsPages) {
  const TemporaryFolder folder;
  const std::filesystem::path spoken = folder.path() / "spoken.wav";
  std::vector<int16_t> sine(2 * 48000);
  for (size_t i = 0; i < 48000; ++i) sine[2 * i] = sine[2 * i + 1] = static_cast<int16_t>(8000 * std::sin(2 * M_PI * static_cast<double>(i) / 48));
  ASSERT_TRUE(client::write_wav(spoken, *client::AudioFormat::parse("48000/16/2"), std::as_bytes(std::span(sine))));
  ASSERT_NO_FATAL_FAILURE(start({kHda}, {}, spoken));

  ASSERT_NO_FATAL_FAILURE(reset_controller());
  const uint32_t adc = converter(1);
  verb(adc, 0x70610);
  verb(adc, 0x20011);
  verb(adc, 0x3704A);  // amplifier unmuted, both sides
  const auto pages = run_stream(kInput, 16, false);
  put(kInput, 1, 2);
  EXPECT_TRUE(wait_for([&] {
    int16_t loudest = 0;
    for (const char* page : pages)
      for (int i = 0; i < 2048; ++i) loudest = std::max(loudest, reinterpret_cast<const int16_t*>(page)[i]);
    return loudest > 1000;
  }));
  const auto begin = std::chrono::steady_clock::now();
  uint64_t moved = 0, last = get(kInput + 4, 4);
  while (std::chrono::steady_clock::now() - begin < milliseconds(1000)) {
    const uint64_t now = get(kInput + 4, 4);
    moved += (now + 65536 - last) % 65536;
    last = now;
    std::this_thread::sleep_for(milliseconds(5));
  }
  // Paced, as a card is: not what a file gives at once.
  EXPECT_NEAR(static_cast<double>(moved) / 4, 48000, 6000);
  end_stream(kInput);
}

class MishapLog : public memory::MemoryObserver {
 public:
  void on_mishap(const memory::MemoryMishap& m) override { seen.push_back(m); }
  std::vector<memory::MemoryMishap> seen;
};

TEST_F(Qemu, APageThatIsFreedUnderARunningStreamIsFound) {
  ASSERT_NO_FATAL_FAILURE(start({kHda}));
  MishapLog log;
  machine_->memory().observers().add(log);
  ASSERT_NO_FATAL_FAILURE(reset_controller());
  verb(converter(0), 0x70610);
  run_stream(kOutput, 4, false);
  put(kOutput, 1, 2);
  EXPECT_TRUE(wait_for([&] { return get(kOutput + 4, 4) > 4096; }));
  machine_->memory().check_freed_pages();
  EXPECT_TRUE(log.seen.empty());  // all of it is somebody's
  EXPECT_TRUE(machine_->memory().unmap(view_, mdl_, memory::MapRequester::kPortStream));
  EXPECT_TRUE(machine_->memory().free_pages(mdl_, memory::MdlOrigin::kPortStream));
  std::this_thread::sleep_for(milliseconds(200));
  machine_->memory().check_freed_pages();
  machine_->memory().observers().remove(log);
  ASSERT_FALSE(log.seen.empty());
  EXPECT_EQ(log.seen[0].reason, memory::MemoryReason::kDmaToFreed);
  EXPECT_NE(log.seen[0].sentence.find("has read it since"), std::string::npos) << log.seen[0].sentence;
  ASSERT_TRUE(log.seen[0].record);
  put(kOutput, 1, 0);
}

TEST_F(Qemu, ItsEndIsToldAndReadsAsAnEmptyBus) {
  auto board = hardware::QemuBoard::start({*hardware::DeviceText::parse(kHda)}, {});
  ASSERT_TRUE(board) << board.error().to_string();
  host::MachineOptions options;
  options.realtime = true;
  options.ram = (*board)->ram();
  machine_ = std::move(*host::Machine::create(options));
  auto slot = machine_->plug((*board)->maker(0));
  ASSERT_TRUE(slot);
  slots_ = {*slot};
  card().enable();
  EXPECT_EQ(get(0x03, 1), 1u);
  ASSERT_EQ(::kill((*board)->process(), SIGKILL), 0);
  EXPECT_TRUE(wait_for([&] { return card().gone(); }));
  EXPECT_EQ(get(0x03, 1), 0xFFu);
  EXPECT_TRUE(wait_for([&] { return !machine_->hardware().losses().empty(); }));
  EXPECT_NE(machine_->hardware().losses().front().find("it was ended by signal 9"), std::string::npos) << machine_->hardware().losses().front();
}

TEST_F(Qemu, LeavesNoProcess) {
  auto board = hardware::QemuBoard::start({*hardware::DeviceText::parse(kHda)}, {});
  ASSERT_TRUE(board) << board.error().to_string();
  const pid_t id = (*board)->process();
  EXPECT_EQ(::kill(id, 0), 0);
  board->reset();
  EXPECT_NE(::kill(id, 0), 0);
}

TEST(WithoutQemu, ThePackageIsNamed) {
  const char* path = std::getenv("PATH");
  const std::string before = path ? path : "";
  ::setenv("PATH", "/nowhere", 1);
  const auto choice = host::DeviceChoice::create({.devices = {kHda}});
  ::setenv("PATH", before.c_str(), 1);
  ASSERT_FALSE(choice);
  EXPECT_NE(choice.error().sentence().find("qemu-system-x86"), std::string::npos) << choice.error().sentence();
}

TEST_F(Qemu, ADeviceThatItDoesNotHaveIsToldByName) {
  const auto choice = host::DeviceChoice::create({.devices = {"qemu:no-such-card"}});
  ASSERT_FALSE(choice);
  EXPECT_NE(choice.error().sentence().find("no device no-such-card"), std::string::npos);
  const auto wrong = host::DeviceChoice::create({.devices = {"qemu:ich9-intel-hda,no_such_option=1"}});
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().sentence().find("no_such_option"), std::string::npos) << wrong.error().sentence();
}

}  // namespace
}  // namespace portside
