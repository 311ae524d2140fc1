#pragma once
// What play, record and demo share: a session of one render and one capture stream on one machine.

#include <optional>

#include "client/comparison.h"
#include "client/playback.h"
#include "portside/command.h"

namespace portside::tools {

struct DuplexRequest {
  std::string render_endpoint;   // part of a name; empty: the first
  std::string capture_endpoint;
  std::optional<client::Sound> sound;  // to play; none: record alone
  bool record = false;
  std::optional<client::AudioFormat> record_format;  // none: the one that the sound is played in
  std::optional<Nanoseconds> record_time;            // none: until the sound is played, and its tail
  client::StreamOptions stream;
};

struct DuplexOutcome {
  std::vector<client::FilterInfo> filters;
  std::vector<client::Endpoint> endpoints;
  std::optional<client::Endpoint> render, capture;
  client::Sound played;  // in the format agreed
  std::optional<client::StreamLog> play_log;
  std::optional<client::Recording> recording;
  std::optional<client::Comparison> comparison;
  Nanoseconds audio_time{};
  double wall_seconds = 0;
};

// Opens what is asked for, starts the recording, plays, stops both. The first error of either side is the result.
Result<DuplexOutcome> run_duplex(const Console& console, host::Machine& machine, const DuplexRequest& request);

void print_endpoints(const Console& console, const DuplexOutcome& outcome);
void print_stream(const Console& console, std::string_view name, const client::StreamLog& log);

}  // namespace portside::tools
