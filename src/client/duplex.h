#pragma once
// Duplex: one render and one capture stream of a driver at once: the sound is played while the capture endpoint is
// recorded, and what came out is compared with what went in.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "client/comparison.h"
#include "client/playback.h"
#include "client/topology.h"

namespace portside::client {

struct DuplexRequest {
  std::string render_endpoint;  // part of a name; empty: the first
  std::string capture_endpoint;
  std::optional<Sound> sound;  // to play; none: record alone
  bool record = false;
  bool loopback = false;                     // record what is played from the render endpoint's own loopback pin
  std::optional<AudioFormat> record_format;  // none: the one that the sound is played in, or what the driver offers
  std::optional<Nanoseconds> record_time;    // none: until the sound is played, and its tail
  bool exact_format = false;                 // play in the sound's own format or not at all
  StreamOptions stream;
  Nanoseconds tail = std::chrono::milliseconds(50);
  std::function<void(double)> progress;  // 0 to 1
  std::function<bool()> stop;            // asked after each piece, of either side: true ends both
};

struct DuplexOutcome {
  std::vector<FilterInfo> filters;
  std::vector<Endpoint> endpoints;
  std::optional<Endpoint> render, capture;
  Sound played;  // in the format agreed
  std::optional<StreamLog> play_log;
  std::optional<Recording> recording;
  std::optional<Comparison> comparison;  // when both streams have one format
};

// On a simulated thread. Both streams are opened before either runs; the recording runs before the playing does. The
// first error of either side is the result, and both are closed.
Result<DuplexOutcome> run_duplex(const DuplexRequest& request);

}  // namespace portside::client
