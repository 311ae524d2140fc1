// Pcm: what is asked while a stream runs. No system call here but those of Wakeups.

#include <algorithm>

#include "plugins/alsa/channel_map.h"
#include "plugins/alsa/pcm.h"

namespace portside::alsa {

int64_t Pcm::available(uint64_t position, uint64_t application) const {
  const int64_t ahead = static_cast<int64_t>(position - application);
  return renders() ? ahead + static_cast<int64_t>(io_.buffer_size) : ahead;
}

bool Pcm::overtaken(uint64_t position) {
  if (io_.state != SND_PCM_STATE_RUNNING) return false;
  if (available(position, io_.appl_ptr) < static_cast<int64_t>(std::min<uint64_t>(stop_threshold_, INT64_MAX)))
    return false;
  stopping_ = true;  // also for a drain of another thread, which ioplug has let pass before this
  // An application that cannot be told of a failure here is told of it by prepare().
  enter(StreamState::kStop, "STOP");
  wakeups_.call();
  return true;
}

snd_pcm_sframes_t Pcm::pointer() {
  if (stream_ == nullptr) return -EBADFD;
  const uint64_t position = stream_->position().done;
  doubt(position);
  if (lost())
    return static_cast<snd_pcm_sframes_t>(io_.hw_ptr);  // DISCONNECTED it is; a negative value would make it XRUN
  if (!renders()) stream_->tell_read(io_.appl_ptr);
  // Where a pointer has come to the end, alsa-lib ends a drain: not before the last frame was heard.
  if (renders() && io_.state == SND_PCM_STATE_DRAINING) {
    if (position >= heard_end()) return static_cast<snd_pcm_sframes_t>(end_);
    return static_cast<snd_pcm_sframes_t>(std::min(position, end_ > 0 ? end_ - 1 : 0));
  }
  if (overtaken(position)) return -EPIPE;
  return static_cast<snd_pcm_sframes_t>(position);
}

snd_pcm_sframes_t Pcm::transfer(const snd_pcm_channel_area_t* areas, snd_pcm_uframes_t offset,
                                snd_pcm_uframes_t count) {
  if (stream_ == nullptr) return -EBADFD;
  const uint64_t at = io_.appl_ptr;
  const uint64_t frames = std::min<uint64_t>(count, io_.buffer_size);
  if (renders()) {
    buffer_.write(at, areas, offset, frames);
    if (silence_ahead_) buffer_.silence(at + frames, stream_->position().done + buffer_.frames());
    if (stream_->facts().write_combined) store_fence();
    stream_->tell_written(at + frames);
    settle(at + frames);
    return static_cast<snd_pcm_sframes_t>(frames);
  }
  buffer_.read(at, areas, offset, frames);
  // For mmap all that is there is shown, and what of it was read is known when the pointer is next asked for.
  if (io_.access == SND_PCM_ACCESS_RW_INTERLEAVED || io_.access == SND_PCM_ACCESS_RW_NONINTERLEAVED) {
    stream_->tell_read(at + frames);
    settle(at + frames);
  }
  return static_cast<snd_pcm_sframes_t>(frames);
}

int Pcm::delay(snd_pcm_sframes_t& frames) {
  if (stream_ == nullptr) return -EBADFD;
  doubt(stream_->position().done);
  if (lost()) return -ENODEV;
  if (io_.state == SND_PCM_STATE_XRUN) return -EPIPE;
  const int64_t latency = stream_->facts().latency_frames;
  // Where the device ought to be by now, which is nearer to what is heard than where it was last seen.
  const int64_t ahead = static_cast<int64_t>(io_.appl_ptr - stream_->position().frames);
  frames = renders() ? ahead + latency : latency - ahead;
  return 0;
}

void Pcm::settle(uint64_t application, bool readable) {
  if (stream_ == nullptr) return;
  for (int look = 0;; ++look) {
    const uint64_t notifications = stream_->notifications();
    if (!stream_->alive().is_ok() ||
        available(stream_->position().done, application) >= static_cast<int64_t>(avail_min_)) {
      // Where the count has grown it is readable, before anything was cleared. Behind the clearing that is not known:
      // the ring of what is only now counted may have been cleared already.
      if (look == 1 || notifications == seen_) wakeups_.call();
      return;
    }
    // Looked at again after the descriptor was cleared: a notification in between has been cleared with it.
    if (look == 1) return;
    wakeups_.rest(readable || notifications != seen_);
    // Counted after the clearing: one whose ring comes later still wakes once for nothing; none is taken for readable
    // that is not.
    seen_ = stream_->notifications();
  }
}

int Pcm::returned_events(std::span<const pollfd> polled, unsigned short& events) {
  const unsigned short ready = renders() ? POLLOUT : POLLIN;
  // Controls that changed are the control plugin's; here they would only keep the descriptor readable.
  if (wakeups_.changes_are_in(polled)) hear_changes();
  events = 0;
  if (stream_ == nullptr || lost()) {
    events = ready | POLLERR;
    return 0;
  }
  const uint64_t position = stream_->position().done;
  if (overtaken(position)) snd_pcm_ioplug_set_state(&io_, SND_PCM_STATE_XRUN);
  switch (io_.state) {
    case SND_PCM_STATE_PREPARED:
    case SND_PCM_STATE_RUNNING:
    case SND_PCM_STATE_PAUSED:
      if (available(position, io_.appl_ptr) >= static_cast<int64_t>(avail_min_)) events = ready;
      else settle(io_.appl_ptr, true);
      return 0;
    case SND_PCM_STATE_DRAINING:
      if (renders()) {
        wakeups_.rest(true);  // before the look: what comes after it wakes
        if (over() == 0) return 0;
        wakeups_.call();
      }
      events = ready;
      return 0;
    default: events = ready | POLLERR; return 0;
  }
}

int Pcm::set_channel_map(const snd_pcm_chmap_t& map) {
  if (stream_ == nullptr) return -EBADFD;
  const auto means_it = [&](const StreamFormat& format) {
    return std::ranges::equal(channel_positions(format.channels, format.channel_mask),
                              std::span(map.pos, map.channels));
  };
  if (means_it(stream_->facts().format)) return 0;
  if (io_.state != SND_PCM_STATE_PREPARED && io_.state != SND_PCM_STATE_SETUP) return -EBADFD;
  const auto formats = limits_.match(io_.format, io_.channels, io_.rate);
  if (!formats) return -EINVAL;
  const auto format = std::ranges::find_if(*formats, means_it);
  if (format == formats->end()) return -EINVAL;
  const bool prepared = io_.state == SND_PCM_STATE_PREPARED;
  if (const int error = open_stream(*format); error < 0) return error;
  if (!prepared) return 0;
  const int error = prepare();
  if (error >= 0) snd_pcm_ioplug_set_state(&io_, SND_PCM_STATE_PREPARED);
  return error;
}

}  // namespace portside::alsa
