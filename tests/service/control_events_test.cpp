// What a driver changes of itself is heard of by its clients, without anybody asking it.

#include <gmock/gmock.h>
#include <poll.h>

#include "host/life_cycle.h"
#include "host_clients.h"
#include "served_studio.h"
#include "studio/studio_machine.h"

namespace portside {
namespace {

using studio::kDecibel;
using testing_support::ServedStudio;

// What the client is told next: waits for it.
std::vector<Client::Change> next_changes(Client& client) {
  pollfd news{client.changes_fd(), POLLIN, 0};
  EXPECT_EQ(::poll(&news, 1, 30'000), 1) << "no news came";
  const auto changes = client.take_changes();
  EXPECT_TRUE(changes) << changes.error().to_string();
  return changes.value_or(std::vector<Client::Change>{});
}

// Until all of that endpoint's were told.
void expect_change(Client& client, const std::string& endpoint, std::optional<uint32_t> control) {
  for (int i = 0; i < 100; ++i)
    for (const Client::Change& change : next_changes(client))
      if (change.endpoint == endpoint && change.control == control) return;
  ADD_FAILURE() << "nothing was told of " << endpoint;
}

const ControlInfo& control_of(const EndpointInfo& endpoint, ControlInfo::Kind kind) {
  return *std::ranges::find(endpoint.controls, kind, &ControlInfo::kind);
}

EndpointInfo endpoint_called(Client& client, std::string_view id) {
  const auto endpoints = client.endpoints().value();
  const auto found = std::ranges::find(endpoints, id, &EndpointInfo::id);
  EXPECT_NE(found, endpoints.end()) << id;
  return found == endpoints.end() ? EndpointInfo{} : *found;
}

TEST(ControlEvents, AKnobThatIsTurnedIsHeardOf) {
  ServedStudio studio;
  const auto client = studio.connect();
  ASSERT_TRUE(client);
  const EndpointInfo headphones = endpoint_called(*client, "headphones");
  const ControlInfo& volume = control_of(headphones, ControlInfo::Kind::kVolume);
  studio.by_hand([] { EXPECT_EQ(studio::Control().turn(false, -12 * kDecibel), STATUS_SUCCESS); });
  expect_change(*client, "headphones", volume.id);
  EXPECT_EQ(client->control("headphones", volume.id).value(), std::vector<int32_t>(volume.channels, -12 * kDecibel));
  EXPECT_EQ(studio.host().polled_controls(), 0u) << "the driver tells of all of its controls";
}

TEST(ControlEvents, AnotherClientsChangeIsHeardOfOnce) {
  ServedStudio studio;
  const auto client = studio.connect(), other = studio.connect();
  ASSERT_TRUE(client && other);
  const EndpointInfo headphones = endpoint_called(*client, "headphones");
  const ControlInfo& mute = control_of(headphones, ControlInfo::Kind::kMute);
  ASSERT_TRUE(client->set_control("headphones", mute.id, std::vector<int32_t>(mute.channels, 1)));
  expect_change(*other, "headphones", mute.id);
  // By the driver's event, and by the request that was carried out: no news is told twice.
  studio.by_hand([] { EXPECT_EQ(studio::Control().turn(true, -3 * kDecibel), STATUS_SUCCESS); });
  std::vector<Client::Change> changes;
  while (changes.empty() || changes.back().endpoint == "headphones") changes = next_changes(*other);
  for (const Client::Change& change : changes)
    EXPECT_FALSE(change.endpoint == "headphones" && change.control == mute.id);
}

TEST(ControlEvents, APlugThatIsPulledOutIsHeardOf) {
  ServedStudio studio;
  const auto client = studio.connect();
  ASSERT_TRUE(client);
  const EndpointInfo headphones = endpoint_called(*client, "headphones");
  EXPECT_TRUE(headphones.plugged_in);
  const ControlInfo& jack = control_of(headphones, ControlInfo::Kind::kJack);
  studio.by_hand([] { EXPECT_EQ(studio::Control().plug(false, false), STATUS_SUCCESS); });
  expect_change(*client, "headphones", jack.id);
  EXPECT_EQ(client->control("headphones", jack.id).value(), std::vector<int32_t>{0});
  EXPECT_FALSE(endpoint_called(*client, "headphones").plugged_in);
}

// Files of the host on the device do not keep it from going.
TEST(ControlEvents, ADeviceThatIsListenedToIsRemoved) {
  ServedStudio studio;
  const auto client = studio.connect();
  ASSERT_TRUE(client);
  studio.by_hand([&] {
    const auto removed = host::LifeCycle(studio.machine()).remove(*studio.machine().device());
    EXPECT_TRUE(removed) << removed.error().to_string();
  });
  expect_change(*client, "headphones", std::nullopt);
  EXPECT_TRUE(client->endpoints().value().empty());
}

TEST(ControlEvents, AfterARebalanceTheDeviceIsListenedToAgain) {
  ServedStudio studio;
  const auto client = studio.connect();
  ASSERT_TRUE(client);
  studio.by_hand([&] {
    const auto done = host::LifeCycle(studio.machine()).rebalance(*studio.machine().device());
    EXPECT_TRUE(done) << done.error().to_string();
  });
  // Whether it was seen without its endpoints in between or not: it has them, and tells of its knobs.
  const auto has_endpoints = [&] {
    const auto endpoints = client->endpoints();
    return endpoints && !endpoints->empty();
  };
  ASSERT_TRUE(testing_support::eventually(has_endpoints));
  const ControlInfo volume = control_of(endpoint_called(*client, "headphones"), ControlInfo::Kind::kVolume);
  studio.by_hand([] { EXPECT_EQ(studio::Control().turn(false, -21 * kDecibel), STATUS_SUCCESS); });
  expect_change(*client, "headphones", volume.id);
  EXPECT_EQ(client->control("headphones", volume.id).value()[0], -21 * kDecibel);
}

}  // namespace
}  // namespace portside
