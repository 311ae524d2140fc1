#pragma once
// TestStream: a stream of an endpoint under test, with what an application does beside it: the buffer is kept going
// while time passes, and to a loopback pin something is played.

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "client/stream.h"
#include "client/topology.h"

namespace portside::verify {

// What a test is about.
struct Subject {
  client::Endpoint endpoint;
  client::AudioFormat format;
  std::optional<GUID> processing;
  std::optional<client::Endpoint> played;  // of a loopback pin: the endpoint that it gives back
  Nanoseconds packet =
      std::chrono::milliseconds(10);  // half of the buffer; 10 ms is what Windows' engine takes by default

  bool may_stand = false;  // that its position stands is not looked at: its device moves nothing

  // A keyword detector's pin: it is read in bursts, and has no position.
  bool bursts() const { return endpoint.role == client::PinRole::kKeyword; }
  std::string text() const;  // "Speaker, 48000/16/2, default, 10 ms packets"
};

// Of a loopback pin: what it gives back is played beside it, in a format that both have. Nothing, where they have none in common.
Result<> play_beside(Subject& subject, const std::vector<client::Endpoint>& endpoints);

std::string format_name(const client::AudioFormat& format);  // "48000/16/2", "48000/24in32/2", "48000/32f/2"

class TestStream {
 public:
  // Two packets, with notifications where the driver has them. The loopback's partner is opened, and runs, before.
  static Result<std::unique_ptr<TestStream>> open(const Subject& subject);

  // ACQUIRE, PAUSE and, with a first fill, RUN.
  Result<> run();
  Result<> set_state(KSSTATE state) { return stream_->set_state(state); }
  // That much time, in which the application looks after its buffer.
  Result<> pass(Nanoseconds time);

  struct Reading {
    Nanoseconds at{0};  // half way between asking and answer
    Nanoseconds took{0};
    uint64_t bytes = 0;  // played or recorded since RUN
  };
  Result<Reading> read();
  // The position in the buffer as the driver gives it.
  Result<uint64_t> offset() const { return stream_->position(); }

  client::Stream& stream() { return *stream_; }
  const client::StreamFacts& facts() const { return stream_->facts(); }
  Nanoseconds running_since() const { return running_since_; }  // when RUN was asked for

 private:
  TestStream() = default;
  static Result<std::unique_ptr<client::Stream>> start_partner(const Subject& subject);

  std::unique_ptr<client::Stream> partner_;
  std::unique_ptr<client::Stream> stream_;
  Nanoseconds round_{0};
  Nanoseconds running_since_{0};
};

// Ten reads, 50 ms apart, after 100 ms of RUN: the position, that is, must differ from one to the next (Wave Test,
// sources published in Windows-driver-samples, audio/tests/wavetest). A sentence when it stood; nothing when it moves.
inline constexpr const char* kWaveTestPage =
    "https://github.com/microsoft/Windows-driver-samples/tree/main/audio/tests/wavetest";
inline constexpr int kStateReads = 10;
inline constexpr Nanoseconds kStateGap = std::chrono::milliseconds(50), kSettle = std::chrono::milliseconds(100);
Result<std::string> stands(TestStream& stream);

}  // namespace portside::verify
