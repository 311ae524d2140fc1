// QEMU's HD Audio controller, reached as a driver's accesses reach it, without a driver: configuration, registers, ports, memory
// in both directions, interrupts, sound out and in, and what its end is to the machine.

#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "base/temporary_folder.h"
#include "client/wav_file.h"
#include "hardware/hardware_observer.h"
#include "hardware/qemu_board.h"
#include "hardware/qemu_catalogue.h"
#include "memory/memory_observer.h"
#include "qemu/qemu_bench.h"

namespace portside {
namespace {

using std::chrono::milliseconds;

using testing_support::kHda;
using testing_support::kInput;
using testing_support::kOutput;
class Qemu : public testing_support::QemuBench {};

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

// Intel's UHCI controllers of the ICH9 have different pins, and these go to different lines. Their interrupt is easily had:
// a descriptor in the frame list that names a device which is not there (UHCI 1.1, §2.1, §3).
TEST_F(Qemu, EachPinOfAFunctionRaisesItsOwnLine) {
  ASSERT_NO_FATAL_FAILURE(start({"qemu:ich9-usb-uhci1", "qemu:ich9-usb-uhci2", "qemu:ich9-usb-uhci3"}));
  std::vector<uint32_t> lines;
  for (size_t i = 0; i < slots_.size(); ++i) {
    hardware::PciSlot& slot = *slots_[i];
    uint8_t pin = 0;
    EXPECT_EQ(slot.read_config(&pin, 0x3D, 1), 1u);
    EXPECT_EQ(pin, i + 1);
    EXPECT_EQ(*slot.line(), 20 + (3 + i + pin - 1) % 4);
    std::atomic<int> served{0};
    auto connected = machine_->hardware().bus().interrupts().connect(
        {.vector = hardware::InterruptController::vector_of(*slot.line()),
         .irql = hardware::InterruptController::irql_of(*slot.line()),
         .mode = LevelSensitive,
         .shareable = true,
         .affinity = 3,
         .service = [&] {
           if (!(slot.read(4, 2, 2) & 0x3)) return false;  // USBSTS: done, or an error
           slot.write(4, 2, 2, 0x3F);
           ++served;
           return true;
         }});
    ASSERT_TRUE(connected);
    auto pages = machine_->memory().allocate_contiguous({.bytes = 8192, .contiguous = true}, 0);
    ASSERT_TRUE(pages);
    const auto at = static_cast<uint32_t>(machine_->memory().physical_address(*pages)->value);
    auto* words = static_cast<uint32_t*>(pages->pointer());
    for (int frame = 0; frame < 1024; ++frame) words[frame] = at + 4096;  // each frame: that descriptor
    words[1024] = 1;                                                      // no next one
    words[1025] = 1u << 27 | 1u << 24 | 1u << 23;                         // one error is enough; tell; active
    words[1026] = 0x7FFu << 21 | 0x55 << 8 | 0x69;                        // nothing, IN, from device 0x55
    words[1027] = 0;
    slot.write(4, 8, 4, at);   // FLBASEADD
    slot.write(4, 4, 2, 0xF);  // USBINTR
    slot.write(4, 0, 2, 0x1);  // USBCMD: run
    EXPECT_TRUE(wait_for([&] { return served > 0; })) << "pin " << +pin;
    slot.write(4, 0, 2, 0);
    EXPECT_TRUE(machine_->hardware().bus().interrupts().disconnect(*connected));
    lines.push_back(*slot.line());
  }
}

TEST_F(Qemu, TheCodecAnswersThroughMemoryAndTheLineIsRaised) {
  ASSERT_NO_FATAL_FAILURE(start({kHda}));
  std::atomic<int> served{0};
  const uint32_t line = *card().line();
  auto connected =
      machine_->hardware().bus().interrupts().connect({.vector = hardware::InterruptController::vector_of(line),
                                                       .irql = hardware::InterruptController::irql_of(line),
                                                       .mode = LevelSensitive,
                                                       .shareable = true,
                                                       .affinity = 3,
                                                       .service = [&] {
                                                         if (!(get(0x24, 4) >> 31)) return false;
                                                         put(0x5D, 1, 5);
                                                         ++served;
                                                         return true;
                                                       }});
  ASSERT_TRUE(connected);
  ASSERT_NO_FATAL_FAILURE(reset_controller());
  service_acknowledges_ = true;
  put(0x20, 4, 0xC0000000);                    // INTCTL: global, controller
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
  verb(dac, 0x70610);  // stream 1
  verb(dac, 0x20011);  // 48 kHz, 16 bits, two channels
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

// What comes out of a buffer that goes round by itself, with no driver and no client there to be late: each frame says
// where it belongs. How many do not follow on the one before?
size_t holes_in(const client::Sound& sound, int frames_in_buffer) {
  const auto* samples = reinterpret_cast<const int16_t*>(sound.frames.data());
  size_t holes = 0;
  int last = 0;
  for (uint64_t i = 0; i < sound.frame_count(); ++i) {
    const int place = samples[2 * i];
    if (place == 0) continue;  // before it runs, and after
    if (last != 0 && place != last % frames_in_buffer + 1) ++holes;
    last = place;
  }
  return holes;
}

// With its timer the codec takes sound from the controller by a clock of its own, through a ring of 8 KiB: on a busy host that
// runs over, which it tells itself (`-trace hda_audio_overrun`), and sound is lost; or it runs empty, and old sound is played.
// Without it the codec takes what there is room for, and nothing is lost: no driver has a part in either.
TEST_F(Qemu, WithoutItsTimerTheCodecLosesNothing) {
  const TemporaryFolder folder;
  size_t holes[2];
  for (const bool timer : {false, true}) {
    const std::filesystem::path heard = folder.path() / (timer ? "with.wav" : "without.wav");
    ASSERT_NO_FATAL_FAILURE(start({std::string(kHda) + (timer ? ",use-timer=on" : ",use-timer=off")}, heard));
    ASSERT_NO_FATAL_FAILURE(reset_controller());
    const uint32_t dac = converter(0);
    verb(dac, 0x70610);
    verb(dac, 0x20011);
    verb(dac, 0x3B04A), verb(dac, 0x3B04A);
    const auto pages = run_stream(kOutput, 16, false);
    for (int frame = 0; frame < 16 * 1024; ++frame) {
      auto* sample = reinterpret_cast<int16_t*>(pages[static_cast<size_t>(frame / 1024)] + frame % 1024 * 4);
      sample[0] = sample[1] = static_cast<int16_t>(frame + 1);
    }
    put(kOutput, 1, 2);
    // Registers are asked all the while, as a driver's interrupts do: QEMU's timers wait for that.
    for (const auto until = std::chrono::steady_clock::now() + milliseconds(1500);
         std::chrono::steady_clock::now() < until;) {
      for (int i = 0; i < 20; ++i) (void)get(0x24, 4);
      std::this_thread::sleep_for(milliseconds(1));
    }
    end_stream(kOutput);
    stop();
    const auto sound = client::read_sound(heard);
    ASSERT_TRUE(sound) << sound.error().to_string();
    EXPECT_GT(sound->frame_count(), 40'000u);
    holes[timer] = holes_in(*sound, 16 * 1024);
  }
  std::printf("holes in 1.5 s of sound: %zu without the codec's timer, %zu with it\n", holes[0], holes[1]);
  EXPECT_EQ(holes[0], 0u);
}

TEST_F(Qemu, WhatIsSaidArrivesInTheGuestsPages) {
  const TemporaryFolder folder;
  const std::filesystem::path spoken = folder.path() / "spoken.wav";
  std::vector<int16_t> sine(2 * 48000);
  for (size_t i = 0; i < 48000; ++i)
    sine[2 * i] = sine[2 * i + 1] = static_cast<int16_t>(8000 * std::sin(2 * M_PI * static_cast<double>(i) / 48));
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
  EXPECT_NE(machine_->hardware().losses().front().find("it was ended by signal 9"), std::string::npos)
      << machine_->hardware().losses().front();
}

TEST_F(Qemu, MayDoNoMoreThanACardNeeds) {
  auto board = hardware::QemuBoard::start({*hardware::DeviceText::parse(kHda)}, {});
  ASSERT_TRUE(board) << board.error().to_string();
  std::ifstream status("/proc/" + std::to_string((*board)->process()) + "/status");
  const std::string text{std::istreambuf_iterator<char>(status), {}};
  EXPECT_NE(text.find("\nSeccomp:\t2\n"), std::string::npos) << text;
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
