#include "plugins/alsa/pcm.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "plugins/alsa/error_number.h"

namespace portside::alsa {
namespace {

static_assert(sizeof(snd_pcm_uframes_t) == 8, "frame counts never come to ALSA's boundary");

using std::chrono::nanoseconds;

nanoseconds monotonic_now() {
  timespec t{};
  ::clock_gettime(CLOCK_MONOTONIC, &t);
  return std::chrono::seconds(t.tv_sec) + nanoseconds(t.tv_nsec);
}

}  // namespace

Pcm::Pcm(std::unique_ptr<Client> client, EndpointInfo endpoint)
    : client_(std::move(client)), endpoint_(std::move(endpoint)), limits_(endpoint_) {}

int Pcm::fail_with(const char* doing, const Status& status) const {
  return tell_error(fmt::format("{}: {}", endpoint_.id, doing), status);
}

bool Pcm::lost() {
  if (stream_ == nullptr) return host_gone_;
  Status alive = stream_->alive();
  if (alive.is_ok() && host_gone_) alive = Status(StatusCode::kMachineEnded, "the driver host has gone");
  if (alive.is_ok()) return false;
  if (!told_lost_) fail_with("the stream has ended", alive);
  told_lost_ = true;
  snd_pcm_ioplug_set_state(&io_, SND_PCM_STATE_DISCONNECTED);
  return true;
}

void Pcm::hear_changes() {
  if (!host_gone_ && !client_->take_changes()) host_gone_ = true;
}

void Pcm::doubt(uint64_t position) {
  constexpr auto kLong = std::chrono::milliseconds(500);
  const nanoseconds now = monotonic_now();
  const bool stood = position == doubted_position_;
  if (stood && now - doubted_at_ < kLong) return;
  if (stood) hear_changes();
  doubted_position_ = position;
  doubted_at_ = now;
}

// --- parameters ----------------------------------------------------------------------------------------------------

int Pcm::constrain() {
  static constexpr unsigned kAccess[] = {SND_PCM_ACCESS_MMAP_INTERLEAVED, SND_PCM_ACCESS_MMAP_NONINTERLEAVED,
                                         SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_ACCESS_RW_NONINTERLEAVED};
  const auto list = [&](int what, std::span<const unsigned> values) {
    return snd_pcm_ioplug_set_param_list(&io_, what, static_cast<unsigned>(values.size()), values.data());
  };
  const auto range = [&](int what, uint64_t least, uint64_t most) {
    constexpr uint64_t kMost = INT32_MAX;
    return snd_pcm_ioplug_set_param_minmax(&io_, what, static_cast<unsigned>(std::min(least, kMost)),
                                           static_cast<unsigned>(std::min(most, kMost)));
  };
  const uint64_t small = limits_.smallest_frame_bytes(), large = limits_.largest_frame_bytes();
  int error = list(SND_PCM_IOPLUG_HW_ACCESS, kAccess);
  if (error >= 0) error = list(SND_PCM_IOPLUG_HW_FORMAT, limits_.formats());
  if (error >= 0) error = list(SND_PCM_IOPLUG_HW_CHANNELS, limits_.channels());
  if (error >= 0) error = list(SND_PCM_IOPLUG_HW_RATE, limits_.rates());
  if (error >= 0)
    error = range(SND_PCM_IOPLUG_HW_BUFFER_BYTES, limits_.minimum_frames() * small, limits_.maximum_frames() * large);
  if (error >= 0)
    error = range(SND_PCM_IOPLUG_HW_PERIOD_BYTES, std::max(1u, limits_.minimum_frames() / 2) * small,
                  limits_.maximum_frames() * large / 2);
  if (error >= 0) error = range(SND_PCM_IOPLUG_HW_PERIODS, 2, 64);
  return error;
}

int Pcm::set_parameters() {
  const auto formats = limits_.match(io_.format, io_.channels, io_.rate);
  if (!formats) {
    close_stream();
    return fail_with("the format", formats.error());
  }
  if (const int error = open_stream(formats->front()); error < 0) return error;
  avail_min_ = io_.period_size;
  stop_threshold_ = io_.buffer_size;
  silence_ahead_ = false;
  return 0;
}

int Pcm::open_stream(const StreamFormat& format) {
  close_stream();
  auto opened = client_->open({.endpoint = endpoint_.id,
                               .direction = endpoint_.direction,
                               .format = format,
                               .buffer_frames = static_cast<uint32_t>(io_.buffer_size),
                               .notifications = 2,
                               .wake_frames = static_cast<uint32_t>(io_.period_size)});
  if (!opened) return fail_with("a stream", opened.error());
  const StreamFacts& facts = (*opened)->facts();
  if (facts.buffer_frames < io_.buffer_size)
    return fail_with("a stream", Status(StatusCode::kInvalidBufferSize,
                                        fmt::format("the driver gives a buffer of {} frames, where {} were set",
                                                    facts.buffer_frames, io_.buffer_size)));
  stream_ = std::move(*opened);
  state_ = StreamState::kStop;
  buffer_ = CyclicBuffer(stream_->buffer(), facts.buffer_frames, io_.format, io_.channels);
  seen_ = 0;
  wakeups_.use(stream_->notification_fd());
  return 0;
}

void Pcm::close_stream() {
  wakeups_.rest(true);
  wakeups_.use(-1);
  stream_.reset();
  if (io_.state == SND_PCM_STATE_PREPARED) snd_pcm_ioplug_set_state(&io_, SND_PCM_STATE_SETUP);
}

int Pcm::set_wishes(snd_pcm_sw_params_t* wishes) {
  snd_pcm_uframes_t value = 0, boundary = 0;
  if (const int error = snd_pcm_sw_params_get_boundary(wishes, &boundary); error < 0) return error;
  if (snd_pcm_sw_params_get_avail_min(wishes, &value) >= 0) avail_min_ = std::max<uint64_t>(value, 1);
  if (snd_pcm_sw_params_get_stop_threshold(wishes, &value) >= 0) stop_threshold_ = value;
  if (snd_pcm_sw_params_get_silence_size(wishes, &value) >= 0) silence_ahead_ = value >= boundary;
  settle(io_.appl_ptr);
  return 0;
}

// --- states --------------------------------------------------------------------------------------------------------

// A state that the stream is in already is not asked for again: pause and drain come to RUN from RUN.
int Pcm::enter(StreamState state, const char* name) {
  if (state == state_) return 0;
  if (const auto entered = stream_->set_state(state); !entered) {
    if (entered.error().code() == StatusCode::kMachineEnded) host_gone_ = true;
    return lost() ? -ENODEV : fail_with(name, entered.error());
  }
  state_ = state;
  return 0;
}

int Pcm::prepare() {
  if (stream_ == nullptr) return -EBADFD;
  if (lost()) return -ENODEV;
  end_ = 0;
  stopping_ = false;
  if (const int error = enter(StreamState::kStop, "STOP"); error < 0) return error;
  if (renders()) {
    buffer_.silence(0, buffer_.frames());  // nothing of what was played before
    stream_->tell_written(0);
  }
  if (const int error = enter(StreamState::kPause, "PAUSE"); error < 0) return error;
  settle(0);
  return 0;
}

int Pcm::start() {
  if (stream_ == nullptr) return -EBADFD;
  if (lost()) return -ENODEV;
  if (const int error = enter(StreamState::kRun, "RUN"); error < 0) return error;
  settle(io_.appl_ptr);
  return 0;
}

int Pcm::stop() {
  stopping_ = true;
  if (stream_ == nullptr || lost()) return 0;
  wakeups_.call();  // who waits in another thread shall see that there is nothing to wait for
  return enter(StreamState::kStop, "STOP");
}

int Pcm::pause(bool on) {
  if (stream_ == nullptr) return -EBADFD;
  if (lost()) return -ENODEV;
  if (const int error = on ? enter(StreamState::kPause, "PAUSE") : enter(StreamState::kRun, "RUN"); error < 0)
    return error;
  settle(io_.appl_ptr);
  return 0;
}

int Pcm::drain() {
  if (!renders()) return 0;
  if (stream_ == nullptr) return -EBADFD;
  if (lost()) return -ENODEV;
  // ioplug looked at the state, and let go of its lock: another thread may have found the end of the sound since, and stopped.
  if (stopping_) return 0;
  const StreamFacts& facts = stream_->facts();
  end_ = io_.appl_ptr;
  if (end_ == 0) return 0;
  // The device goes on until it is stopped: over silence, and the driver is told where the sound ends.
  buffer_.silence(end_, stream_->position().done + facts.buffer_frames);
  if (facts.write_combined) store_fence();
  stream_->tell_last(end_);
  if (const int error = enter(StreamState::kRun, "RUN"); error < 0) return error;
  if (!io_.nonblock) return wait_for_end();
  if (const int ended = over(); ended != 0) return std::min(ended, 0);
  settle(end_);
  return -EAGAIN;
}

int Pcm::over() {
  StreamPosition position = stream_->position();
  // It ought to be: asked whether it is.
  if (position.frames >= heard_end() && position.done < heard_end()) {
    if (const auto asked = stream_->set_state(StreamState::kRun); !asked) {
      if (asked.error().code() == StatusCode::kMachineEnded) host_gone_ = true;
      return lost() ? -ENODEV : fail_with("RUN", asked.error());
    }
    position = stream_->position();
  }
  return position.done >= heard_end() ? 1 : 0;
}

// Until the last frame has left the device, which the position is ahead of by what the hardware holds.
int Pcm::wait_for_end() {
  const auto lasts = [rate = stream_->facts().format.rate](uint64_t frames) {
    return nanoseconds(static_cast<int64_t>(frames) * 1'000'000'000 / rate);
  };
  const nanoseconds patience = lasts(2ull * stream_->facts().buffer_frames) + std::chrono::seconds(1);
  uint64_t before = 0;
  nanoseconds moved = monotonic_now();
  for (;;) {
    wakeups_.rest(true);  // before the look: what comes after it wakes
    hear_changes();
    if (lost()) return -ENODEV;
    if (stopping_) return 0;
    if (const int ended = over(); ended != 0) return std::min(ended, 0);
    // A signal alone ends nothing; who handles one ends a drain by snd_pcm_abort(), which says so here.
    if (io_.nonblock) return io_.nonblock == 2 ? -EINTR : -EAGAIN;
    const StreamPosition position = stream_->position();
    const nanoseconds now = monotonic_now();
    if (position.done != before) {
      before = position.done;
      moved = now;
    } else if (now - moved > patience) {
      return fail_with("drain",
                       Status(StatusCode::kIoDeviceError,
                              fmt::format("the position stands still at frame {} of {}", position.done, end_)));
    }
    constexpr nanoseconds kLeast = std::chrono::milliseconds(1);  // of a device that is a little behind
    const nanoseconds left = lasts(heard_end() - std::min(position.frames, heard_end()));
    calls_.unlock();
    wakeups_.wait(std::clamp(left, kLeast, patience));
    calls_.lock();
    if (stream_ == nullptr) return -EBADFD;
  }
}

}  // namespace portside::alsa
