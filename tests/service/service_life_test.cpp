// How a driver host and its clients begin and end, each of them in every way that there is.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/descriptor.h"
#include "host_clients.h"
#include "support/needs_qemu.h"

namespace portside {
namespace {

using testing_support::connect;
using testing_support::eventually;
using testing_support::HostProcess;
using testing_support::kFormat;
using testing_support::kLong;
using testing_support::open;
using testing_support::snapshot;

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
  EXPECT_TRUE(eventually([&] { return host.files().empty(); })) << "the keeper clears away what the dead host left";
  host.start();
  ASSERT_GT(host.pid(), 0) << host.said();
  EXPECT_TRUE(connect(host));
  EXPECT_EQ(host.stop(), 0) << host.said();
  EXPECT_THAT(host.files(), testing::IsEmpty());
}

// Whoever ends all processes at once ends the keeper, too.
TEST(Service, WhatAHostAndItsKeeperLeaveIsTakenOver) {
  HostProcess host(CABLE_INF);
  ASSERT_GT(host.pid(), 0) << host.said();
  ASSERT_GT(host.keeper(), 0);
  kill(host.keeper(), SIGKILL);
  host.kill_it();
  EXPECT_THAT(host.files(), testing::IsSupersetOf({"host", "host.lock", "host.run", "host.alsa.conf"}));
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
  EXPECT_THAT(host.alsa_list(), testing::HasSubstr("\"portside:speakers|Speakers (Portside Cable)|IOIDOutput\""));
  EXPECT_TRUE(eventually([&] { return !stream->alive().is_ok(); }));
  EXPECT_EQ(stream->alive().code(), StatusCode::kDeviceRemoved) << stream->alive().to_string();
  EXPECT_EQ(stream->set_state(StreamState::kRun).error().code(), StatusCode::kDeviceRemoved);
  EXPECT_TRUE(eventually([&] { return host.alsa_list().find("portside:") == std::string::npos; }))
      << "aplay -L lists what is there: " << host.alsa_list();
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
    EXPECT_FALSE(stream->facts().position_register) << "which the driver's register lies in as well";
    ASSERT_TRUE(stream->set_state(StreamState::kRun));
    EXPECT_TRUE(eventually([&] { return stream->position().done >= kLong; })) << stream->alive().to_string();
  }
  EXPECT_EQ(host.stop(), 0) << host.said();
  EXPECT_THAT(host.files(), testing::IsEmpty());
}

TEST(Service, ThreadsHaveThePriorityThatTheirDutyNeeds) {
  HostProcess host(CABLE_INF, {"--priority", "7"});
  if (host.pid() < 0 && host.said().find("ulimit -r") != std::string::npos)
    GTEST_SKIP() << "no real-time priority is to be had here: " << host.said();
  ASSERT_GE(host.pid(), 0) << host.said();
  const auto client = connect(host);
  ASSERT_TRUE(client);
  const auto stream = open(*client, "speakers", Direction::kRender);
  ASSERT_TRUE(stream && client->control("speakers", 0));
  using testing::ElementsAre, testing::Pair;
  EXPECT_THAT(host.scheduling("stream"), ElementsAre(Pair(SCHED_FIFO, 7)));
  EXPECT_THAT(host.scheduling("control"), ElementsAre(Pair(SCHED_FIFO, 6)));
  EXPECT_THAT(host.scheduling("controls"), ElementsAre(Pair(SCHED_FIFO, 6)));
  EXPECT_THAT(host.scheduling("service"), ElementsAre(Pair(SCHED_OTHER, 0)));
  EXPECT_THAT(host.scheduling("portside"), testing::Contains(Pair(SCHED_FIFO, 7)).Times(testing::Ge(4)))
      << "the machine's: its clock, its processors";
  EXPECT_EQ(::sched_getscheduler(host.keeper()), SCHED_OTHER);
}

TEST(Service, AModelOfADeviceIsRefusedInASentence) {
  HostProcess host(CABLE_INF, {"--device", "model:hda"});
  EXPECT_EQ(host.wait(), 2);
  EXPECT_THAT(host.said(), testing::HasSubstr("cannot be served"));
}

}  // namespace
}  // namespace portside
