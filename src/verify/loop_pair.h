#pragma once
// LoopPair: a render endpoint and a capture endpoint of one driver of which the second may hear the first.
// Where a device's jacks can be listened to, one of the two may be a jack instead.
// Passage: both streams of a pair at once, with one application that looks after both buffers, so that it is known to
// the frame what was played and what was recorded. Virtual time alone: nobody is late.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/stream.h"
#include "client/topology.h"
#include "hardware/sound_jacks.h"
#include "verify/marker.h"

namespace portside::verify {

struct LoopPair {
  client::Endpoint render, capture;
  // Plain ways through the device where its pins have modes: RAW, else DEFAULT, else the first.
  std::optional<GUID> render_mode() const;
  std::optional<GUID> capture_mode() const;
  std::string text() const { return render.name + " to " + capture.name; }
};

struct PassageOptions {
  client::AudioFormat format;
  // Of two sizes, so that the two wrap at different times.
  Nanoseconds render_buffer = std::chrono::milliseconds(12), capture_buffer = std::chrono::milliseconds(20);
  unsigned render_notifications = 2, capture_notifications = 2;
  bool capture_first = true;                         // runs before the render stream does
  std::optional<client::AudioFormat> render_format;  // another one than the capture stream's
  bool capture_alone = false;                        // nothing is played
  // What comes out of the device's jack takes the place of the capture stream; with capture_alone, what is spoken into
  // its jacks that of the render stream. None: two streams.
  hardware::SoundJacks* jacks = nullptr;
};

class Passage {
 public:
  ~Passage();
  static Result<std::unique_ptr<Passage>> open(const LoopPair& pair, const PassageOptions& options);

  // Both streams go to RUN, the first half a packet before the second.
  Result<> run();
  // That much time, in which both buffers are looked after.
  Result<> pass(Nanoseconds time);
  Result<> set_render(KSSTATE state);
  Result<> set_capture(KSSTATE state);
  Result<> stop();

  // Of what is recorded. A jack is expected to play what the stream has.
  const client::AudioFormat& format() const { return capture_ ? capture_->facts().format : marker_.format(); }
  const Marker& marker() const { return marker_; }
  // Frames of the marker that the device has played since RUN, by its position.
  uint64_t played_frames() const { return played_ / played_frame_; }
  // Of a jack: which one, and as it was heard.
  const std::string& jack() const { return heard_jack_; }
  const hardware::SoundShape& jack_shape() const { return heard_shape_; }
  const std::vector<std::byte>& recorded() const { return recorded_; }
  uint64_t recorded_frames() const { return recorded_.size() / frame_; }
  // Bytes of the recording that are what the application had put there before: the device has not written them.
  uint64_t unwritten_bytes() const { return unwritten_; }
  client::Stream& render() { return *render_; }
  client::Stream& capture() { return *capture_; }

 private:
  Passage(const client::AudioFormat& played, const client::AudioFormat& recorded)
      : marker_(played), played_frame_(played.frame_bytes()), frame_(recorded.frame_bytes()) {}
  void fill_to(uint64_t total);
  void poison(uint64_t from, uint64_t to);
  Result<> look();
  Result<> collect(bool all);

  const Marker marker_;
  const uint64_t played_frame_, frame_;
  std::unique_ptr<client::Stream> render_, capture_;
  hardware::SoundJacks* jacks_ = nullptr;
  std::string heard_jack_;
  hardware::SoundShape heard_shape_;
  bool capture_first_ = true, render_runs_ = false, capture_runs_ = false;
  uint64_t written_ = 0, played_ = 0;        // bytes of the render stream, since RUN
  uint64_t heard_ = 0, read_ = 0, lag_ = 0;  // bytes of the capture stream
  uint64_t unwritten_ = 0;
  Nanoseconds slice_{0};
  std::vector<std::byte> recorded_;
};

}  // namespace portside::verify
