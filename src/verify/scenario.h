#pragma once
// Scenario: what applications do in one run. Its body is the first application's thread; more are started with client::Thread.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "client/stream.h"
#include "client/topology.h"

namespace portside::host {
class Machine;
}

namespace portside::verify {

struct Scenario {
  std::string name;
  // On a simulated thread. The error is the first that an application met; whether it may meet one, the check decides.
  std::function<Result<>(host::Machine&)> body;
};

// Of a loopback pin: the host pin of its filter, whose sound it gives back; null when there is none.
const client::Endpoint* played_through(const std::vector<client::Endpoint>& endpoints,
                                       const client::Endpoint& loopback);
// Of a loopback pin: one that it takes and what is played can have, the usual one of what is played before others. None: they have
// none in common.
Result<std::optional<client::AudioFormat>> loopback_format(const client::Endpoint& loopback,
                                                           const client::Endpoint& played);

// The endpoints whose name holds `part` (any case); all of them when it is empty.
Result<std::vector<client::Endpoint>> matching_endpoints(std::string_view part);

// How long the streams of a scenario run, and over what buffer.
struct StreamLength {
  Nanoseconds time = std::chrono::milliseconds(60);
  Nanoseconds buffer = std::chrono::milliseconds(20);
};

// Every filter, pin, property that an application reads before it opens anything.
Scenario browse();
// One endpoint after the other, each in its preferred format: opened, played or recorded, closed; twice, so that what the first
// time left behind meets the second.
Scenario use_each_endpoint(std::string endpoint, StreamLength length = {});
// All at once, each on a thread of its own.
Scenario use_all_endpoints(std::string endpoint, StreamLength length = {});

// Opens the endpoint in its preferred format, plays a tone or records, closes. For scenarios of other checks.
Result<> use_endpoint(const client::Endpoint& endpoint, const client::StreamOptions& options, Nanoseconds time);
// The format that an application would choose: the driver's own preference, else the best that the pin's ranges admit.
Result<client::AudioFormat> usual_format(const client::Endpoint& endpoint);

}  // namespace portside::verify
