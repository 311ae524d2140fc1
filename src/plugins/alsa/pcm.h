#pragma once
// Pcm: one PCM handle of alsa-lib on one stream of a driver host.
//
// Frames are counted from the stream's RUN on, on both sides: ioplug's pointers begin at zero after each prepare, and
// so does Stream::position(). The pointer is handed on as that count (SND_PCM_IOPLUG_FLAG_BOUNDARY_WA), so that a
// buffer that was gone round more than once is an xrun and not a small step. It is StreamPosition::done: what alsa-lib
// lets an application write over, or read, the device must surely be done with. delay() is by StreamPosition::frames,
// where the device ought to be.
//
// Wake-ups: the host wakes at each ALSA period (StreamRequest::wake_frames): by the driver's notifications where two
// periods are the buffer, and by asking the driver at the right time where there are more, or where the driver made its
// buffer longer.
//
// Threads: alsa-lib (1.2.8) holds the handle's lock over some callbacks and lets go of it for others: prepare,
// sw_params, drain and all of poll_*. So each callback is under calls_, and a drain lets go of it while it waits.

#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>

#include <chrono>
#include <memory>
#include <mutex>

#include "plugins/alsa/cyclic_buffer.h"
#include "plugins/alsa/hardware_limits.h"
#include "plugins/alsa/wakeups.h"
#include "portside/client.h"

namespace portside::alsa {

class Pcm {
 public:
  // Hands out `*handle`, which owns the Pcm from then on. A negative errno, with the sentence told by SNDERR.
  static int open(snd_pcm_t** handle, const char* name, std::unique_ptr<Client> client, EndpointInfo endpoint,
                  int mode);

 private:
  friend struct PcmCallbacks;

  Pcm(std::unique_ptr<Client> client, EndpointInfo endpoint);

  int constrain();
  // "hw_params": opens the stream.
  int set_parameters();
  // Without a stream there is nothing to be prepared: where that fails the state is SETUP.
  int open_stream(const StreamFormat& format);
  void close_stream();
  int set_wishes(snd_pcm_sw_params_t* wishes);

  int prepare();
  int start();
  int stop();
  int pause(bool on);
  int drain();
  int wait_for_end();
  // Whether the last frame has left the device: 1, 0, or a negative errno.
  int over();
  snd_pcm_sframes_t pointer();
  snd_pcm_sframes_t transfer(const snd_pcm_channel_area_t* areas, snd_pcm_uframes_t offset, snd_pcm_uframes_t count);
  int delay(snd_pcm_sframes_t& frames);
  int returned_events(std::span<const pollfd> polled, unsigned short& events);
  int set_channel_map(const snd_pcm_chmap_t& map);

  bool renders() const { return endpoint_.direction == Direction::kRender; }
  // Frames that the application may write, or read, at `position`; negative when it is ahead of itself.
  int64_t available(uint64_t position, uint64_t application) const;
  // Lets the descriptors say whether there is something to do for an application that has come to `application`.
  // `readable`: what is polled is known to be, as it is after a glitch, too, which counts as no notification.
  void settle(uint64_t application, bool readable = false);
  // True when the position has come to the stop threshold: the stream is stopped.
  bool overtaken(uint64_t position);
  uint64_t heard_end() const { return end_ + stream_->facts().latency_frames; }
  int enter(StreamState state, const char* name);
  int fail_with(const char* doing, const Status& status) const;
  // The host, or the device, is gone: from here on everything is -ENODEV.
  bool lost();
  // What the client has to say: the control plugin's matter, but that the host has gone.
  void hear_changes();
  // A host that was killed says nothing, and one who does not poll would not hear it: asked where the position has
  // stood for long.
  void doubt(uint64_t position);

  std::mutex calls_;
  std::unique_ptr<Client> client_;
  EndpointInfo endpoint_;
  HardwareLimits limits_;
  Wakeups wakeups_;
  std::unique_ptr<Stream> stream_;
  CyclicBuffer buffer_;
  snd_pcm_ioplug_t io_{};

  uint64_t seen_ = 0;  // notifications at the last rest
  uint64_t avail_min_ = 1, stop_threshold_ = 0;
  bool silence_ahead_ = false;  // silence_size is the boundary: what was not written in time is silent
  uint64_t end_ = 0;            // of the sound, while it drains
  StreamState state_ = StreamState::kStop;
  bool told_lost_ = false;
  bool host_gone_ = false;
  bool stopping_ =
      false;  // stopped since the last prepare(), by drop or by the end of the sound: io_.state says so later
  uint64_t doubted_position_ = 0;
  std::chrono::nanoseconds doubted_at_{};
};

}  // namespace portside::alsa
