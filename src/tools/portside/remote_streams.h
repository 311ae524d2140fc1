#pragma once
// Playing and recording through a driver host, with nothing but the public client (portside/client.h).

#include <functional>
#include <optional>

#include "client/wav_file.h"
#include "portside/client.h"

namespace portside::tools {

struct RemoteLog {
  StreamFacts facts;
  uint64_t frames = 0, notifications = 0, glitches = 0;
};

client::AudioFormat spoken_format(const StreamFormat& format);
// The nearest that clients have a name for.
StreamFormat asked_format(const client::AudioFormat& format);
// Of those that the endpoint takes, the one that loses least of `wanted`.
Result<StreamFormat> nearest(const EndpointInfo& endpoint, const StreamFormat& wanted);
// By id, or a part of the id or name; empty: the first of that direction.
Result<EndpointInfo> find_endpoint(Client& client, std::string_view name, Direction direction);

// The sound is in the stream's format. Returns when it has been played to its end.
Result<RemoteLog> play_remotely(Stream& stream, const client::Sound& sound,
                                const std::function<void(double)>& progress = {});
// `enough` is asked after each piece. The recording is cut to `most` frames.
struct RemoteRecording {
  client::Sound sound;
  RemoteLog log;
};
Result<RemoteRecording> record_remotely(Stream& stream, uint64_t most, const std::function<bool()>& enough = {});

}  // namespace portside::tools
