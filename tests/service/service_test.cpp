// A driver host in a process of its own, and its clients, in real time. What is judged is what happens, never when:
// buffers are long, and where the machine was too slow all the same, the stream says so itself.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/descriptor.h"
#include "host_process.h"
#include "pump.h"
#include "support/needs_qemu.h"

namespace portside {
namespace {

using testing_support::HostProcess;

constexpr StreamFormat kFormat{.type = SampleType::kSigned16, .channels = 2, .rate = 48000};
constexpr uint32_t kLong = 19'200;  // frames: 400 ms, of which a busy machine may be late by half

std::unique_ptr<Client> connect(const HostProcess& host) {
  auto client = Client::connect(host.socket());
  EXPECT_TRUE(client) << client.error().to_string() << host.said();
  return client ? std::move(*client) : nullptr;
}

std::unique_ptr<Stream> open(Client& client, std::string_view endpoint, Direction direction, uint32_t frames = kLong,
                             unsigned notifications = 2) {
  auto stream = client.open({.endpoint = std::string(endpoint),
                             .direction = direction,
                             .format = kFormat,
                             .buffer_frames = frames,
                             .notifications = notifications});
  EXPECT_TRUE(stream) << stream.error().to_string();
  return stream ? std::move(*stream) : nullptr;
}

nlohmann::json snapshot(Client& client) {
  const auto text = client.snapshot();
  EXPECT_TRUE(text) << text.error().to_string();
  return nlohmann::json::parse(text ? *text : "{}");
}

// Until it is so; a test that waits in vain says what for.
bool eventually(const std::function<bool()>& so) {
  for (int i = 0; i < 2000; ++i) {
    if (so()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

size_t find_in(std::span<const std::byte> all, std::span<const std::byte> part) {
  return static_cast<size_t>(std::search(all.begin(), all.end(), part.begin(), part.end()) - all.begin());
}

// What one plays the other records, bit for bit; false when the machine was too slow for it to be said.
bool loop_back(Client& client, std::string_view out, std::string_view in, uint32_t buffer, unsigned notifications,
               unsigned seed) {
  const auto render = open(client, out, Direction::kRender, buffer, notifications);
  const auto capture = open(client, in, Direction::kCapture, buffer, notifications);
  if (!render || !capture) return true;
  const auto sound = testing_support::noise(kFormat, kFormat.rate, seed);
  std::atomic<bool> enough = false;
  Result<std::vector<std::byte>> recorded;
  EXPECT_TRUE(capture->set_state(StreamState::kRun));
  std::thread recorder([&] { recorded = testing_support::record_until(*capture, enough); });
  const auto played = testing_support::play_all(*render, sound);
  // What is on its way in the capture buffer still.
  const uint64_t at = capture->position().done;
  EXPECT_TRUE(eventually([&] { return capture->position().done >= at + buffer || !capture->alive().is_ok(); }));
  enough = true;
  recorder.join();
  EXPECT_TRUE(played) << played.error().to_string();
  EXPECT_TRUE(recorded) << recorded.error().to_string();
  if (!recorded || render->glitches() || capture->glitches()) return false;
  EXPECT_LT(find_in(*recorded, sound), recorded->size()) << "the sound is not in the recording as it was played";
  return true;
}

TEST(Service, EndpointsHaveIdsNamesFormatsAndControls) {
  HostProcess host(CABLE_INF);
  const auto client = connect(host);
  ASSERT_TRUE(client);
  const auto endpoints = client->endpoints();
  ASSERT_TRUE(endpoints) << endpoints.error().to_string();
  ASSERT_EQ(endpoints->size(), 2u);
  const EndpointInfo& speakers = (*endpoints)[0];
  EXPECT_EQ(speakers.id, "speakers");
  EXPECT_EQ(speakers.name, "Speakers (Portside Cable)");
  EXPECT_EQ(speakers.direction, Direction::kRender);
  ASSERT_FALSE(speakers.formats.empty());
  EXPECT_EQ(speakers.formats[0], kFormat) << "the usual one comes first";
  ASSERT_EQ(speakers.controls.size(), 2u);
  EXPECT_EQ((*endpoints)[1].direction, Direction::kCapture);
  // The same after a restart.
  host.stop();
  host.start();
  const auto again = connect(host);
  ASSERT_TRUE(again);
  const auto same = again->endpoints();
  ASSERT_TRUE(same);
  for (size_t i = 0; i < 2; ++i) EXPECT_EQ((*same)[i].id, (*endpoints)[i].id);
  EXPECT_EQ(client->endpoints().error().code(), StatusCode::kMachineEnded);
}

// What it may then do is tried in sandbox_test.cpp.
TEST(Service, AHostIsConfinedUnlessToldOtherwise) {
  const auto seccomp = [](const HostProcess& host) {
    std::ifstream status("/proc/" + std::to_string(host.pid()) + "/status");
    const std::string text{std::istreambuf_iterator<char>(status), {}};
    return text.find("Seccomp:\t2") != text.npos;
  };
  HostProcess host(CABLE_INF), open_host(CABLE_INF, {"--no-sandbox"});
  EXPECT_TRUE(seccomp(host));
  EXPECT_FALSE(seccomp(open_host));
}

TEST(Service, ControlsAreSetAndOthersAreTold) {
  HostProcess host(CABLE_INF);
  const auto client = connect(host), other = connect(host);
  ASSERT_TRUE(client && other);
  const ControlInfo volume = (*client->endpoints())[0].controls[0];
  ASSERT_EQ(volume.kind, ControlInfo::Kind::kVolume);
  EXPECT_TRUE(volume.writable);
  EXPECT_LT(volume.minimum, 0);
  const std::vector<int32_t> quiet(volume.channels, -6 * 65536);
  ASSERT_TRUE(client->set_control("speakers", volume.id, quiet));
  EXPECT_EQ(client->control("speakers", volume.id).value(), quiet);
  pollfd news{other->changes_fd(), POLLIN, 0};
  ASSERT_EQ(::poll(&news, 1, 10'000), 1);
  const auto changes = other->take_changes();
  ASSERT_TRUE(changes);
  ASSERT_EQ(changes->size(), 1u);
  EXPECT_EQ((*changes)[0].endpoint, "speakers");
  EXPECT_EQ((*changes)[0].control, volume.id);
  EXPECT_EQ(::poll(&news, 1, 0), 0) << "taken news are no news";
  EXPECT_EQ(client->set_control("speakers", volume.id, std::vector<int32_t>{volume.maximum + 1}).error().code(),
            StatusCode::kInvalidParameter);
  EXPECT_EQ(client->set_control("speakers", 77, quiet).error().code(), StatusCode::kNotFound);
  EXPECT_EQ(client->control("nowhere", 0).error().code(), StatusCode::kObjectNameNotFound);
}

TEST(Service, WhatOnePlaysAnotherRecordsBitForBit) {
  HostProcess host(CABLE_INF);
  const auto client = connect(host);
  ASSERT_TRUE(client);
  ASSERT_TRUE(eventually(
      [&, seed = 1u]() mutable { return loop_back(*client, "speakers", "line-connector", kLong, 2, seed++); }));
  EXPECT_EQ(snapshot(*client)["streams"].size(), 0u);
  EXPECT_EQ(host.stop(), 0) << host.said();
  EXPECT_THAT(host.said(), testing::HasSubstr("verdict: clean"));
  EXPECT_THAT(host.files(), testing::IsEmpty());
}

TEST(Service, ADriverThatTakesPacketsIsToldOfThem) {
  HostProcess host(STUDIO_INF);
  const auto client = connect(host);
  ASSERT_TRUE(client);
  const auto render = open(*client, "headphones", Direction::kRender);
  ASSERT_TRUE(render);
  EXPECT_TRUE(render->facts().packets);
  const auto played = testing_support::play_all(*render, testing_support::noise(kFormat, kFormat.rate / 2, 7));
  EXPECT_TRUE(played) << played.error().to_string();
  EXPECT_EQ(host.stop(), 0) << host.said();
}

TEST(Service, SeveralClientsStreamAtOnce) {
  HostProcess host(STUDIO_INF);
  std::vector<std::thread> threads;
  std::atomic<int> whole = 0;
  for (const auto& [endpoint, direction] : {std::pair{"headphones", Direction::kRender},
                                            {"headphones-loopback", Direction::kCapture},
                                            {"microphone", Direction::kCapture}})
    threads.emplace_back([&, endpoint = std::string(endpoint), direction = direction] {
      const auto client = connect(host);
      if (!client) return;
      const auto stream = open(*client, endpoint, direction);
      if (!stream) return;
      EXPECT_TRUE(stream->set_state(StreamState::kRun));
      const uint64_t enough = stream->facts().buffer_frames * 2;
      if (eventually([&] { return stream->position().done >= enough; })) ++whole;
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(whole, 3);
  EXPECT_EQ(host.stop(), 0) << host.said();
}

TEST(Service, AStreamWithoutNotificationsIsPolled) {
  HostProcess host(CABLE_INF);
  const auto client = connect(host);
  ASSERT_TRUE(client);
  const auto stream = open(*client, "speakers", Direction::kRender, kLong, 0);
  ASSERT_TRUE(stream);
  EXPECT_EQ(stream->notification_fd(), -1);
  ASSERT_TRUE(stream->set_state(StreamState::kRun));
  uint64_t before = 0;
  EXPECT_TRUE(eventually([&] {
    const StreamPosition now = stream->position();
    EXPECT_GE(now.frames, before);
    EXPECT_GE(now.frames, now.done);
    before = now.frames;
    return now.done > kLong;
  }));
}

// A client that says it wrote less than was played has run dry; one that says where its sound ends has not.
TEST(Service, RunningDryIsAGlitchAndTheEndIsNone) {
  HostProcess host(CABLE_INF);
  const auto client = connect(host);
  ASSERT_TRUE(client);
  for (const bool tell_the_end : {false, true}) {
    const auto stream = open(*client, "speakers", Direction::kRender, 1920);
    ASSERT_TRUE(stream);
    ASSERT_TRUE(stream->set_state(StreamState::kPause));
    stream->tell_written(100);
    if (tell_the_end) stream->tell_last(100);
    ASSERT_TRUE(stream->set_state(StreamState::kRun));
    EXPECT_TRUE(eventually([&] { return stream->position().done >= 4 * 1920; }));
    EXPECT_EQ(stream->glitches(), tell_the_end ? 0u : 1u);
  }
}

// A host that stood still for longer than the buffer has seen the device only modulo the buffer.
TEST(Service, RoundsThatNobodySawAreCountedAndAreAGlitch) {
  HostProcess host(CABLE_INF);
  const auto client = connect(host);
  ASSERT_TRUE(client);
  const auto stream = open(*client, "speakers", Direction::kRender, 1920);
  ASSERT_TRUE(stream);
  ASSERT_TRUE(stream->set_state(StreamState::kRun));
  EXPECT_TRUE(eventually([&] { return stream->position().done >= 1920; }));
  const auto before = snapshot(*client)["streams"][0];
  kill(host.pid(), SIGSTOP);
  // 3.25 buffers and more: what is missing of them modulo the buffer is no whole one.
  std::this_thread::sleep_for(std::chrono::milliseconds(130));
  kill(host.pid(), SIGCONT);
  const uint64_t seen = stream->position().done;
  EXPECT_TRUE(eventually([&] { return stream->position().done >= seen + 2 * 1920; }));
  EXPECT_GE(stream->glitches(), 1u);
  const auto after = snapshot(*client)["streams"][0];
  const double passed = (after["when_ns"].get<double>() - before["when_ns"].get<double>()) * 48000 / 1e9;
  EXPECT_NEAR(after["frames"].get<double>() - before["frames"].get<double>(), passed, 1920 / 2.0);
}

// Whatever a client does with what it was given, the host goes on, and ends when it is told to.
TEST(Service, NoClientMakesTheHostWait) {
  HostProcess host(CABLE_INF);
  const auto client = connect(host), other = connect(host);
  ASSERT_TRUE(client && other);
  const auto stream = open(*client, "speakers", Direction::kRender, 1920);
  ASSERT_TRUE(stream);
  const int bell = stream->notification_fd();
  ASSERT_EQ(fcntl(bell, F_SETFL, fcntl(bell, F_GETFL) & ~O_NONBLOCK), 0);
  const uint64_t full = ~uint64_t{1};
  (void)!::write(bell, &full, sizeof full);
  // The other end is not ours to fill, but it can be had all the same.
  const Descriptor filled(::open(("/proc/self/fd/" + std::to_string(bell)).c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
  while (filled && ::write(filled.get(), &full, sizeof full) > 0) {}
  ASSERT_TRUE(stream->set_state(StreamState::kRun));
  EXPECT_TRUE(eventually([&] { return stream->position().done >= 4 * 1920; }));
  EXPECT_TRUE(other->endpoints());
  EXPECT_EQ(host.stop(), 0) << host.said();
}

TEST(Service, WhatAClientWantsAndCannotHaveIsRefusedInASentence) {
  HostProcess host(CABLE_INF);
  const auto client = connect(host);
  ASSERT_TRUE(client);
  StreamRequest request{.endpoint = "speakers", .direction = Direction::kRender, .format = kFormat};
  request.format.rate = 47'999'999;
  EXPECT_FALSE(client->open(request));
  request.format = kFormat;
  request.format.rate = 200'000;
  const auto refused = client->open(request);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), StatusCode::kNoMatch) << refused.error().to_string();
  request = {.endpoint = "speakers", .direction = Direction::kCapture, .format = kFormat};
  EXPECT_EQ(client->open(request).error().code(), StatusCode::kObjectNameNotFound);
  request = {.endpoint = "speakers", .direction = Direction::kRender, .format = kFormat, .buffer_frames = 1u << 30};
  EXPECT_FALSE(client->open(request));
  // After all that it goes on.
  EXPECT_TRUE(open(*client, "speakers", Direction::kRender));
  EXPECT_EQ(host.stop(), 0) << host.said();
}

TEST(Service, AClientThatIsKilledLeavesNothing) {
  HostProcess host(CABLE_INF);
  const auto watcher = connect(host);
  ASSERT_TRUE(watcher);
  const size_t descriptors = host.descriptors(), segments = host.segments();
  for (int round = 0; round < 3; ++round) {
    const pid_t child = fork();
    if (child == 0) {
      auto client = Client::connect(host.socket());
      if (!client) _exit(3);
      auto out = (*client)->open(
          {.endpoint = "speakers", .direction = Direction::kRender, .format = kFormat, .buffer_frames = 1920});
      auto in = (*client)->open(
          {.endpoint = "line-connector", .direction = Direction::kCapture, .format = kFormat, .buffer_frames = 1920});
      if (!out || !in || !(*out)->set_state(StreamState::kRun) || !(*in)->set_state(StreamState::kRun)) _exit(4);
      for (;;) pause();
    }
    EXPECT_TRUE(eventually([&] {
      const auto streams = snapshot(*watcher)["streams"];
      return streams.size() == 2 && streams[0]["state"] == "run" && streams[1]["state"] == "run" &&
             streams[0]["pid"] == child;
    }));
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    EXPECT_TRUE(eventually([&] { return snapshot(*watcher)["streams"].empty(); }));
  }
  EXPECT_EQ(host.descriptors(), descriptors);
  EXPECT_EQ(host.segments(), segments);
  EXPECT_EQ(host.stop(), 0) << host.said();
}

TEST(Service, AHostThatIsKilledIsGoneForItsClientsAndTheNextOneServes) {
  HostProcess host(CABLE_INF);
  const auto client = connect(host);
  ASSERT_TRUE(client);
  const auto stream = open(*client, "speakers", Direction::kRender);
  ASSERT_TRUE(stream);
  ASSERT_TRUE(stream->set_state(StreamState::kRun));
  host.kill_it();
  const auto after = stream->set_state(StreamState::kPause);
  ASSERT_FALSE(after);
  EXPECT_EQ(after.error().code(), StatusCode::kMachineEnded);
  EXPECT_EQ(client->endpoints().error().code(), StatusCode::kMachineEnded);
  pollfd news{client->changes_fd(), POLLIN, 0};
  EXPECT_EQ(::poll(&news, 1, 1000), 1);
  EXPECT_EQ(client->take_changes().error().code(), StatusCode::kMachineEnded);
  std::fill(stream->buffer().begin(), stream->buffer().end(), std::byte{1});  // memory still, of nobody's
  EXPECT_THAT(host.files(), testing::Contains("host")) << "what the dead host left";
  host.start();
  ASSERT_GT(host.pid(), 0) << host.said();
  EXPECT_TRUE(connect(host));
  EXPECT_EQ(host.stop(), 0) << host.said();
  EXPECT_THAT(host.files(), testing::IsEmpty());
}

TEST(Service, ASocketThatIsServedIsNotTakenOver) {
  HostProcess host(CABLE_INF);
  HostProcess second(CABLE_INF, {}, host.socket());
  EXPECT_EQ(second.wait(), 2);
  EXPECT_THAT(second.said(), testing::HasSubstr("another host serves there"));
  EXPECT_TRUE(connect(host));
}

TEST(Service, ADriverThatBugChecksEndsItsHostWithItsReport) {
  HostProcess host(CABLE_READS_NULL, {});
  const auto client = connect(host);
  ASSERT_TRUE(client);
  const auto bystander = open(*client, "line", Direction::kCapture);
  ASSERT_TRUE(bystander);
  ASSERT_TRUE(bystander->set_state(StreamState::kRun));
  const auto stream = open(*client, "speaker", Direction::kRender);
  ASSERT_TRUE(stream);
  const auto ran = stream->set_state(StreamState::kRun);
  ASSERT_FALSE(ran);
  EXPECT_EQ(ran.error().code(), StatusCode::kMachineEnded);
  EXPECT_THAT(ran.error().sentence(), testing::HasSubstr("bug check"));
  EXPECT_TRUE(eventually([&] { return !bystander->alive().is_ok(); }));
  EXPECT_THAT(bystander->alive().sentence(), testing::HasSubstr("bug check"));
  EXPECT_EQ(host.wait(), 1);
  EXPECT_THAT(host.said(), testing::HasSubstr("wave_stream.cpp:"));
}

TEST(Service, ADeviceThatIsPulledOutEndsItsStreamsAndItsEndpointsGo) {
  HostProcess host(CABLE_INF, {"--inject", "surprise-remove@2s"});
  const auto client = connect(host);
  ASSERT_TRUE(client);
  const auto stream = open(*client, "speakers", Direction::kRender, 1920);
  ASSERT_TRUE(stream);
  ASSERT_TRUE(stream->set_state(StreamState::kRun));
  EXPECT_TRUE(eventually([&] { return !stream->alive().is_ok(); }));
  EXPECT_EQ(stream->alive().code(), StatusCode::kDeviceRemoved) << stream->alive().to_string();
  EXPECT_EQ(stream->set_state(StreamState::kRun).error().code(), StatusCode::kDeviceRemoved);
  std::vector<std::string> gone;
  EXPECT_TRUE(eventually([&] {
    if (const auto changes = client->take_changes())
      for (const Client::Change& change : *changes)
        if (!change.control) gone.push_back(change.endpoint);
    return gone.size() >= 2;
  }));
  EXPECT_THAT(gone, testing::UnorderedElementsAre("speakers", "line-connector"));
  EXPECT_TRUE(client->endpoints().value().empty());
  const auto refused = client->open({.endpoint = "speakers", .direction = Direction::kRender, .format = kFormat});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), StatusCode::kDeviceRemoved);
  EXPECT_THAT(refused.error().sentence(), testing::HasSubstr("was removed"));
  EXPECT_EQ(host.stop(), 0) << host.said();
}

// Somebody else's changes are no reason to throw a client out that is busy with its own sound.
TEST(Service, AClientThatReadsNoNewsStaysAndIsToldInOne) {
  HostProcess host(CABLE_INF);
  const auto quiet = connect(host), busy = connect(host);
  ASSERT_TRUE(quiet && busy);
  const ControlInfo volume = (*busy->endpoints())[0].controls[0];
  for (int i = 0; i < 120; ++i)
    ASSERT_TRUE(busy->set_control("speakers", volume.id, std::vector<int32_t>(volume.channels, -(i % 2 + 1) * 65536)));
  EXPECT_TRUE(quiet->endpoints()) << "with its socket full of news";
  bool everything = false;
  EXPECT_TRUE(eventually([&] {
    const auto changes = quiet->take_changes();
    if (!changes) return true;
    for (const Client::Change& change : *changes) everything |= change.endpoint.empty();
    return everything;
  }));
  EXPECT_TRUE(everything);
  EXPECT_EQ(host.stop(), 0) << host.said();
}

TEST(Service, OneProcessDoesNotKeepTheOthersOut) {
  HostProcess host(CABLE_INF);
  std::vector<std::unique_ptr<Client>> clients;
  for (;;) {
    ASSERT_LT(clients.size(), 64u);
    auto client = Client::connect(host.socket());
    if (!client) {
      EXPECT_THAT(client.error().sentence(), testing::HasSubstr("of one process"));
      break;
    }
    clients.push_back(std::move(*client));
  }
  const pid_t other = fork();
  if (other == 0) _exit(Client::connect(host.socket()) ? 0 : 1);
  int status = -1;
  waitpid(other, &status, 0);
  EXPECT_EQ(status, 0);
  clients.pop_back();
  EXPECT_TRUE(eventually([&] { return Client::connect(host.socket()).has_value(); })) << "there is room again";
  EXPECT_EQ(host.stop(), 0) << host.said();
}

TEST(Service, AnotherProgramsSocketIsNotTakenOver) {
  const TemporaryFolder folder;
  const std::string path = folder.path() / "host";
  const Descriptor theirs(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{.sun_family = AF_UNIX};
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(theirs.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(theirs.get(), 1), 0);
  HostProcess host(CABLE_INF, {}, path);
  EXPECT_EQ(host.wait(), 2);
  EXPECT_THAT(host.said(), testing::HasSubstr("another program serves there"));
  EXPECT_TRUE(std::filesystem::is_socket(path));
}

// QEMU is started before the sandbox, spoken to in it, and ended by the host.
TEST(Service, ACardOfQemusIsServedInTheSandbox) {
  testing_support::needs_qemu();
  if (IsSkipped() || HasFatalFailure()) return;
  HostProcess host(HDA_INF, {"--device", "qemu:ich9-intel-hda,hda-duplex,use-timer=off"});
  const auto client = connect(host);
  ASSERT_TRUE(client) << host.said();
  const auto endpoints = client->endpoints();
  ASSERT_TRUE(endpoints && !endpoints->empty()) << host.said();
  const auto render = std::ranges::find(*endpoints, Direction::kRender, &EndpointInfo::direction);
  ASSERT_NE(render, endpoints->end());
  {
    const auto stream = open(*client, render->id, Direction::kRender);
    ASSERT_TRUE(stream);
    EXPECT_TRUE(stream->facts().copied) << "all of QEMU's memory is one file";
    ASSERT_TRUE(stream->set_state(StreamState::kRun));
    EXPECT_TRUE(eventually([&] { return stream->position().done >= kLong; })) << stream->alive().to_string();
  }
  EXPECT_EQ(host.stop(), 0) << host.said();
  EXPECT_THAT(host.files(), testing::IsEmpty());
}

TEST(Service, AModelOfADeviceIsRefusedInASentence) {
  HostProcess host(CABLE_INF, {"--device", "model:hda"});
  EXPECT_EQ(host.wait(), 2);
  EXPECT_THAT(host.said(), testing::HasSubstr("cannot be served"));
}

}  // namespace
}  // namespace portside
