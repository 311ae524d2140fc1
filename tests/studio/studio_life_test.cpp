// The studio's life: its INF decides what it is; the framework beside PortCls; several devices; power, rebalance, removal; the
// file that it writes; and everything given back.

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "client/filter_details.h"
#include "host/installed_driver.h"
#include "host/life_cycle.h"
#include "kernel/file_system.h"
#include "kernel/services.h"
#include "memory/memory.h"
#include "studio/studio_machine.h"

namespace portside::studio {
namespace {

using client::StreamMode;

TEST(StudioLife, UnloadLeavesNothing) {
  StudioMachine studio;
  ASSERT_TRUE(studio);
  studio.expect_clean_end();
  EXPECT_EQ(studio->memory().stats().live_mdls, 0u);
  EXPECT_EQ(studio->memory().stats().live_views, 0u);
  EXPECT_EQ(studio->memory().stats().client_mappings, 0u);
}

// A package whose INF has one line another way, in a folder of its own.
class ChangedPackage {
 public:
  ChangedPackage(const std::string& line, const std::string& by) {
    folder_ = std::filesystem::temp_directory_path() / ("portside_studio_" + std::to_string(getpid()));
    std::filesystem::create_directories(folder_);
    std::stringstream text;
    text << std::ifstream(STUDIO_INF).rdbuf();
    std::string inf = text.str();
    const size_t at = inf.find(line);
    EXPECT_NE(at, inf.npos) << line;
    if (at != inf.npos) inf.replace(at, line.size(), by);
    std::ofstream(folder_ / "studio.inf") << inf;
    std::filesystem::copy_file(STUDIO_SYS, folder_ / "studio.sys", std::filesystem::copy_options::overwrite_existing);
  }
  ~ChangedPackage() { std::filesystem::remove_all(folder_); }
  std::string inf() const { return folder_ / "studio.inf"; }

 private:
  std::filesystem::path folder_;
};

TEST(StudioLife, TheInfDecidesHowManyChannels) {
  ChangedPackage package("HKR,,Channels,0x00010001,8", "HKR,,Channels,0x00010001,2");
  StudioMachine studio(package.inf());
  ASSERT_TRUE(studio);
  studio.run([] {
    const Endpoint output = endpoint("WaveOutput", kHostPin);
    EXPECT_EQ(output.pin.ranges[0].max_channels, 2u);
    EXPECT_TRUE(Stream::open(output, format("48000/16/2"), options(AUDIO_SIGNALPROCESSINGMODE_RAW)));
    EXPECT_FALSE(Stream::open(output, format("48000/16/4"), options(AUDIO_SIGNALPROCESSINGMODE_RAW)));
  });
  studio.expect_clean_end();
}

TEST(StudioLife, TheInfDecidesWhichPlugsAreIn) {
  ChangedPackage package("HKR,,InputPlugged,0x00010001,1", "HKR,,InputPlugged,0x00010001,0");
  StudioMachine studio(package.inf());
  ASSERT_TRUE(studio);
  studio.run([] {
    EXPECT_FALSE(client::read_jacks(open_filter("TopologyInput"), 0).at(0).description.IsConnected);
    EXPECT_TRUE(client::read_jacks(open_filter("TopologyOutput"), 1).at(0).description.IsConnected);
  });
  studio.expect_clean_end();
}

TEST(StudioLife, TheInfNamesTheSink) {
  ChangedPackage package("\"Monitors\"", "\"Headset 7\"");
  StudioMachine studio(package.inf());
  ASSERT_TRUE(studio);
  studio.run([] { EXPECT_EQ(client::read_jack_sink(open_filter("TopologyOutput"), 1).value().name, "Headset 7"); });
  studio.expect_clean_end();
}

TEST(StudioLife, TheCodecDelayOfTheInfIsInLatencyAndPresentation) {
  ChangedPackage package("HKR,,CodecDelay,0x00010001,0", "HKR,,CodecDelay,0x00010001,50000");  // 5 ms
  StudioMachine studio(package.inf());
  ASSERT_TRUE(studio);
  studio.run([] {
    auto stream = open(endpoint("WaveOutput", kHostPin), format("48000/16/2"),
                       options(AUDIO_SIGNALPROCESSINGMODE_RAW, StreamMode::kPosition, std::chrono::milliseconds(40)));
    ASSERT_TRUE(stream);
    EXPECT_EQ(stream->facts().latency.CodecDelay, 50000u);
    ASSERT_TRUE(stream->set_state(KSSTATE_PAUSE) && stream->set_state(KSSTATE_RUN));
    client::sleep_for(std::chrono::milliseconds(17));
    ASSERT_TRUE(stream->set_state(KSSTATE_PAUSE));
    const auto presented = stream->pin().get<KSAUDIO_PRESENTATION_POSITION>(
        client::property_request(KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_PRESENTATION_POSITION));
    EXPECT_EQ(presented.value().u64PositionInBlocks + 5 * 48, stream->position().value() / 4);
    EXPECT_EQ(open(endpoint("WaveInput", kInputPin), format("48000/16/2"), options(AUDIO_SIGNALPROCESSINGMODE_RAW))
                  ->facts()
                  .latency.CodecDelay,
              0u);
  });
  studio.expect_clean_end();
}

TEST(StudioLife, WhatWasPlayedIsInTheFileThatTheInfAsksFor) {
  ChangedPackage package("HKR,,RecordToFile,0x00010001,0", "HKR,,RecordToFile,0x00010001,1");
  host::MachineOptions options_of_machine;
  options_of_machine.drive_c =
      std::filesystem::temp_directory_path() / ("portside_studio_c_" + std::to_string(getpid()));
  std::filesystem::create_directories(options_of_machine.drive_c);
  const client::Sound sound = testing_support::noise(format("48000/16/2"), 2400, 9);
  {
    StudioMachine studio(package.inf(), options_of_machine);
    ASSERT_TRUE(studio);
    studio.run([&] {
      auto stream = open(endpoint("WaveOutput", kHostPin), sound.format,
                         options(AUDIO_SIGNALPROCESSINGMODE_RAW, StreamMode::kPacket));
      ASSERT_TRUE(stream);
      const auto played = client::play(*stream, sound, {});
      EXPECT_TRUE(played && played->flawless());
    });
    studio.expect_clean_end();
  }
  const auto written = client::read_sound(options_of_machine.drive_c / "studio.wav");
  ASSERT_TRUE(written) << written.error().to_string();
  EXPECT_EQ(written->format, sound.format) << written->format.to_string();
  EXPECT_TRUE(client::compare(sound.frames, written->frames, sound.format).all_identical());
  std::filesystem::remove_all(options_of_machine.drive_c);
}

// Firmware and the like: what CopyFiles installs beside the image is on C: before the device starts.
TEST(StudioLife, WhatThePackageCopiesLiesOnTheDrive) {
  ChangedPackage package("[Studio.CopyFiles]\n", "[Studio.CopyFiles]\nstudio.bin\nmissing.bin\n");
  std::ofstream(std::filesystem::path(package.inf()).parent_path() / "Studio.BIN") << "firmware";
  StudioMachine studio(package.inf());
  ASSERT_TRUE(studio);
  studio.run([&] {
    auto& files = current<kernel::Services>().files();
    const std::string folder = files.root().string() + "/Windows/System32/DriverStore";
    bool found = false;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
      found |= entry.path().filename() == "studio.bin" && entry.file_size() == 8;
    EXPECT_TRUE(found) << "below " << folder;
  });
  studio.expect_clean_end();
}

TEST(StudioLife, TheFrameworkStandsBesideThePortDriver) {
  StudioMachine studio(STUDIO_KMDF_SYS);
  ASSERT_TRUE(studio);
  studio.run([] {
    EXPECT_TRUE(open(endpoint("WaveOutput", kHostPin), format("48000/16/2"), options(AUDIO_SIGNALPROCESSINGMODE_RAW)));
    EXPECT_EQ(Control().number(IOCTL_STUDIO_DEVICES), 1u);
    EXPECT_EQ(client::read_jack_sink(open_filter("TopologyOutput"), 1).value().name, "Studio") << "no INF, the default";
  });
  studio.expect_clean_end();
}

TEST(StudioLife, TwoDevicesShareOneControlDeviceAndNoClock) {
  auto machine = host::Machine::create({});
  ASSERT_TRUE(machine);
  auto installed = (*machine)->install(host::InstallRequest{.driver = STUDIO_SYS, .instances = 2});
  ASSERT_TRUE(installed) << installed.error().to_string();
  const auto ran = (*machine)->run([] {
    EXPECT_EQ(Control().number(IOCTL_STUDIO_DEVICES), 2u);
    std::vector<Endpoint> hosts;
    for (const Endpoint& e : client::endpoints_of(client::list_filters().value()))
      if (e.filter_name == "WaveOutput" && e.pin.id == kHostPin) hosts.push_back(e);
    ASSERT_EQ(hosts.size(), 2u);
    auto one = open(hosts[0], format("48000/16/2"), options(AUDIO_SIGNALPROCESSINGMODE_RAW));
    EXPECT_TRUE(open(hosts[1], format("44100/16/2"), options(AUDIO_SIGNALPROCESSINGMODE_RAW)))
        << "another device, another clock";
  });
  EXPECT_TRUE(ran);
  // The control device stays until the last device has gone.
  EXPECT_TRUE((*machine)->uninstall((*installed)->devices.back()));
  EXPECT_TRUE((*machine)->run([] { EXPECT_EQ(Control().number(IOCTL_STUDIO_DEVICES), 1u); }));
  EXPECT_TRUE((*machine)->uninstall());
  EXPECT_TRUE((*machine)->run([] { EXPECT_FALSE(current<io::Io>().requests().open(u"\\\\.\\PortsideStudio")); }));
  EXPECT_TRUE((*machine)->findings().empty()) << testing_support::report_of(**machine);
}

STUDIO_LIFE life_of(Control& control) {
  STUDIO_LIFE life{};
  EXPECT_EQ(control.send(IOCTL_STUDIO_LIFE, {}, std::as_writable_bytes(std::span(&life, 1))).status, STATUS_SUCCESS);
  return life;
}

TEST(StudioLife, SleepStopsTheClockAndWakingGoesOn) {
  StudioMachine studio;
  ASSERT_TRUE(studio);
  studio.run([&] {
    Control control;
    host::LifeCycle life(*studio);
    auto stream = open(endpoint("WaveOutput", kHostPin), format("48000/16/2"),
                       options(AUDIO_SIGNALPROCESSINGMODE_RAW, StreamMode::kPosition, std::chrono::milliseconds(100)));
    ASSERT_TRUE(stream && stream->set_state(KSSTATE_PAUSE) && stream->set_state(KSSTATE_RUN));
    client::sleep_for(std::chrono::milliseconds(10));
    const auto awake = life_of(control);
    const uint64_t then = stream->position().value();  // asked before: a request would wake the device
    EXPECT_TRUE(life.set_device_power(*studio->device(), PowerDeviceD3));
    EXPECT_EQ(life_of(control).DeviceState, static_cast<ULONG>(PowerDeviceD3));
    EXPECT_GT(life_of(control).PowerChanges, awake.PowerChanges);
    client::sleep_for(std::chrono::milliseconds(10));
    EXPECT_TRUE(life.set_device_power(*studio->device(), PowerDeviceD0));
    EXPECT_EQ(life_of(control).DeviceState, static_cast<ULONG>(PowerDeviceD0));
    EXPECT_NEAR(static_cast<double>(stream->position().value() - then), 0, 8) << "nothing moves in D3";
    client::sleep_for(std::chrono::milliseconds(10));
    EXPECT_NEAR(static_cast<double>(stream->position().value() - then), 10 * 48 * 4, 8);
  });
  studio.expect_clean_end();
}

TEST(StudioLife, ARebalanceEndsStreamsAndTheDeviceStartsAnew) {
  StudioMachine studio;
  ASSERT_TRUE(studio);
  studio.run([&] {
    host::LifeCycle life(*studio);
    auto stream = open(endpoint("WaveOutput", kHostPin), format("48000/16/2"), options(AUDIO_SIGNALPROCESSINGMODE_RAW));
    ASSERT_TRUE(stream && stream->set_state(KSSTATE_PAUSE) && stream->set_state(KSSTATE_RUN));
    EXPECT_TRUE(life.query_stop(*studio->device()));
    EXPECT_TRUE(life.cancel_stop(*studio->device()));
    {
      Control control;
      EXPECT_EQ(life_of(control).QueryStops, 1u);
      EXPECT_EQ(life_of(control).CancelStops, 1u);
      EXPECT_EQ(life_of(control).Stops, 0u);
    }
    client::sleep_for(std::chrono::milliseconds(5));
    EXPECT_GT(stream->position().value(), 0u) << "a cancelled stop has stopped nothing";
    const auto done = life.rebalance(*studio->device());
    ASSERT_TRUE(done) << done.error().to_string();
    EXPECT_FALSE(stream->position()) << "a file from before";
    Control control;
    EXPECT_EQ(life_of(control).Stops, 1u);
    EXPECT_EQ(life_of(control).SubdeviceStops, 4u);
    EXPECT_EQ(control.number(IOCTL_STUDIO_DEVICES), 1u);
    EXPECT_TRUE(open(endpoint("WaveOutput", kHostPin), format("44100/16/2"), options(AUDIO_SIGNALPROCESSINGMODE_RAW)));
  });
  studio.expect_clean_end();
}

TEST(StudioLife, SurpriseRemovalWithEveryKindOfStreamOpen) {
  StudioMachine studio;
  ASSERT_TRUE(studio);
  studio.run([&] {
    std::vector<std::unique_ptr<Stream>> streams;
    for (const auto& [filter, pin] : {std::pair{"WaveOutput", kHostPin},
                                      {"WaveOutput", kOffloadPin},
                                      {"WaveOutput", kLoopbackPin},
                                      {"WaveInput", kInputPin},
                                      {"WaveInput", kKeywordPin}}) {
      streams.push_back(open(endpoint(filter, pin), format("48000/24/2"), options({})));
      EXPECT_TRUE(streams.back()->set_state(KSSTATE_PAUSE) && streams.back()->set_state(KSSTATE_RUN));
    }
    client::sleep_for(std::chrono::milliseconds(5));
    EXPECT_TRUE(host::LifeCycle(*studio).surprise_remove(*studio->device()));
    for (const auto& stream : streams) EXPECT_FALSE(stream->position());
  });
  studio.expect_clean_end();
}

}  // namespace
}  // namespace portside::studio
