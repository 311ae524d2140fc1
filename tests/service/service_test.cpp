// A driver host in a process of its own, and its clients, in real time. What is judged is what happens, never when:
// buffers are long, and where the machine was too slow all the same, the stream says so itself.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include "base/descriptor.h"
#include "host_clients.h"
#include "loop_back.h"

namespace portside {
namespace {

using testing_support::connect;
using testing_support::eventually;
using testing_support::HostProcess;
using testing_support::kFormat;
using testing_support::kLong;
using testing_support::loop_back;
using testing_support::open;
using testing_support::snapshot;

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
}  // namespace
}  // namespace portside
