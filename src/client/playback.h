#pragma once
// Playing and recording: the loops of an application around a Stream.

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "client/stream.h"
#include "client/wav_file.h"

namespace portside::client {

// Something the driver did that a listener hears.
enum class GlitchKind {
  kPacketMissed,    // a captured packet was gone before it could be read, or a packet to play came too late
  kPacketRefused,   // SetWritePacket or GetReadPacket failed otherwise
  kPositionJumped,  // further than the time that passed
  kPositionStood,   // for more than a buffer's time, in RUN
  kClockBackwards,  // a packet's performance counter below its predecessor's
  kNoNotification,  // notifications were asked for and granted, and none came
};
struct Glitch {
  GlitchKind kind{};
  Nanoseconds when{};  // since RUN
  std::string sentence;
};

// What an application saw of a stream.
struct StreamLog {
  StreamFacts facts;
  uint64_t frames = 0;         // played (without the silence after the end) or recorded
  uint64_t notifications = 0;  // events that came
  uint64_t polls = 0;          // waits that timed out, or that had no event to wait for
  uint64_t late = 0;           // times the loop came after the device had reached what it should have filled or emptied
  uint64_t packets = 0;        // packet mode: written or read
  // The end of the stream as the driver took it, packet mode alone: "taken", or why the last packet was sent as a whole one.
  std::string end_of_stream;
  struct PositionSeen {
    Nanoseconds when{};
    uint64_t bytes = 0;  // in the buffer
  };
  std::vector<PositionSeen> positions;  // the first kPositionsKept
  uint64_t positions_read = 0;
  Nanoseconds started{}, stopped{};  // RUN and PAUSE
  std::vector<Glitch> glitches;      // the first kGlitchesKept
  uint64_t glitch_count = 0;
  // Why the stream was given up: the device stood still. The log then ends there. Empty: it ran to its end.
  std::string stalled;

  bool flawless() const { return glitch_count == 0 && stalled.empty(); }
  static constexpr size_t kPositionsKept = 64;
  static constexpr size_t kGlitchesKept = 16;
};

struct PlayOptions {
  StreamOptions stream;
  Nanoseconds tail = std::chrono::milliseconds(50);  // of silence after the sound
  std::function<void()> running;                     // called once the stream is in RUN
  std::function<void(double)> progress;              // 0 to 1
  std::function<bool()> stop;                        // asked after each piece; true ends it there
};

// Plays the sound, which is in the stream's format, and stops. What the driver does wrong stands in the log; an error is a
// request that failed.
Result<StreamLog> play(Stream& stream, const Sound& sound, const PlayOptions& options);

struct RecordOptions {
  std::function<void()> running;
  // Asked after each piece with the frames that are there; true ends the recording.
  std::function<bool(uint64_t frames)> enough;
  uint64_t most_frames = uint64_t{1} << 32;
};

struct Recording {
  Sound sound;
  StreamLog log;
};
Result<Recording> record(Stream& stream, const RecordOptions& options);

}  // namespace portside::client
