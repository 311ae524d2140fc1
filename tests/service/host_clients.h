#pragma once
// What the tests of a driver host ask of it: clients, streams, snapshots, patience.

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <thread>

#include "host_process.h"
#include "portside/client.h"
#include "wire/socket.h"

namespace portside::testing_support {

inline constexpr StreamFormat kFormat{.type = SampleType::kSigned16, .channels = 2, .rate = 48000};
inline constexpr uint32_t kLong = 19'200;  // frames: 400 ms, of which a busy machine may be late by half

inline std::unique_ptr<Client> connect(const HostProcess& host) {
  auto client = Client::connect(host.socket());
  EXPECT_TRUE(client) << client.error().to_string() << host.said();
  return client ? std::move(*client) : nullptr;
}

inline std::unique_ptr<Stream> open(Client& client, std::string_view endpoint, Direction direction,
                                    uint32_t frames = kLong, unsigned notifications = 2) {
  auto stream = client.open({.endpoint = std::string(endpoint),
                             .direction = direction,
                             .format = kFormat,
                             .buffer_frames = frames,
                             .notifications = notifications});
  EXPECT_TRUE(stream) << stream.error().to_string();
  return stream ? std::move(*stream) : nullptr;
}

// A client that speaks for itself.
inline Descriptor raw_connection(const std::string& path) {
  Descriptor socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  const sockaddr_un address = wire::socket_address(path).value();
  EXPECT_EQ(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  const timeval patience{.tv_sec = 10, .tv_usec = 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  return socket;
}

inline nlohmann::json snapshot(Client& client) {
  const auto text = client.snapshot();
  EXPECT_TRUE(text) << text.error().to_string();
  return nlohmann::json::parse(text ? *text : "{}");
}

// Until it is so; a test that waits in vain says what for.
inline bool eventually(const std::function<bool()>& so) {
  for (int i = 0; i < 2000; ++i) {
    if (so()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

inline size_t find_in(std::span<const std::byte> all, std::span<const std::byte> part) {
  return static_cast<size_t>(std::search(all.begin(), all.end(), part.begin(), part.end()) - all.begin());
}

}  // namespace portside::testing_support
