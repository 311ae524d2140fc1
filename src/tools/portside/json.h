#pragma once
// What the commands print under --json.

#include <nlohmann/json.hpp>

#include "client/playback.h"
#include "client/topology.h"
#include "host/machine.h"

namespace portside::tools {

// Findings, bug check and verdict.
nlohmann::json report_json(host::Machine& machine);
nlohmann::json filter_json(const client::FilterInfo& filter);
nlohmann::json endpoint_json(const client::Endpoint& endpoint);
nlohmann::json format_json(const client::AudioFormat& format);
nlohmann::json stream_json(const client::StreamLog& log);

}  // namespace portside::tools
