#include "verify/loop_pair.h"

#include <algorithm>
#include <cstring>

#include "client/process.h"
#include "client/processing_mode.h"

namespace portside::verify {
namespace {

std::optional<GUID> plain_mode(const client::PinInfo& pin) {
  const auto raw = std::ranges::find_if(pin.modes, [](const GUID& mode) {
    return std::memcmp(&mode, &AUDIO_SIGNALPROCESSINGMODE_RAW, sizeof mode) == 0;
  });
  return raw != pin.modes.end() ? std::optional(*raw) : client::default_processing(pin);
}

// What the application puts into the capture buffer: no device writes just this.
std::byte poison_at(uint64_t offset) { return static_cast<std::byte>((offset * 0x9E3779B97F4A7C15u >> 53) ^ 0x5A); }

}  // namespace

std::optional<GUID> LoopPair::render_mode() const { return plain_mode(render.pin); }
std::optional<GUID> LoopPair::capture_mode() const { return plain_mode(capture.pin); }

Result<std::unique_ptr<Passage>> Passage::open(const LoopPair& pair, const PassageOptions& options) {
  const client::AudioFormat played = options.render_format.value_or(options.format);
  std::unique_ptr<Passage> passage(new Passage(played, options.format));
  const auto side = [](const client::Endpoint& endpoint, const client::AudioFormat& format, Nanoseconds buffer,
                       unsigned notifications, std::optional<GUID> mode) {
    // Not by packets: the position says what may be written and read. So it does where there are no events.
    const auto open = [&](unsigned count) {
      return client::Stream::open(endpoint, format,
                                  {.buffer = buffer,
                                   .notifications = count,
                                   .mode = count ? client::StreamMode::kEvent : client::StreamMode::kPosition,
                                   .processing = mode});
    };
    auto stream = open(notifications);
    if (!stream && notifications && stream.error() == StatusCode::kNotSupported) stream = open(0);
    return stream;
  };
  Nanoseconds round = Nanoseconds::max();
  if (!options.capture_alone) {
    TRY_ASSIGN(passage->render_,
               side(pair.render, played, options.render_buffer, options.render_notifications, pair.render_mode()));
    round = played.duration(passage->render_->buffer().size() / passage->played_frame_);
  }
  passage->jacks_ = options.jacks;
  if (options.capture_alone || !options.jacks) {
    TRY_ASSIGN(passage->capture_, side(pair.capture, options.format, options.capture_buffer,
                                       options.capture_notifications, pair.capture_mode()));
    round = std::min(round, options.format.duration(passage->capture_->buffer().size() / passage->frame_));
  }
  passage->capture_first_ = options.capture_first;
  passage->slice_ = std::max<Nanoseconds>(round / 6, std::chrono::microseconds(10));
  if (!passage->capture_) return passage;
  // A device latches a sample some time before it has written it: what its FIFO may hold, and a millisecond.
  passage->lag_ = (passage->capture_->facts().latency.FifoSize + options.format.bytes_per_second() / 1000) /
                  passage->frame_ * passage->frame_;
  passage->lag_ = std::min(passage->lag_, passage->capture_->buffer().size() / 4 / passage->frame_ * passage->frame_);
  return passage;
}

Passage::~Passage() {
  if (!jacks_) return;
  if (capture_) jacks_->speak({});
  else jacks_->stop_listening();
}

Result<> Passage::set_render(KSSTATE state) {
  if (!render_) return {};
  TRY(look());
  if (state == KSSTATE_RUN && written_ == 0) {
    fill_to(render_->buffer().size());
    TRY(render_->tell_written(written_));
  }
  TRY(render_->set_state(state));
  render_runs_ = state == KSSTATE_RUN;
  if (state == KSSTATE_STOP) written_ = played_ = 0;
  return {};
}

Result<> Passage::set_capture(KSSTATE state) {
  if (!capture_) return {};
  TRY(look());
  TRY(capture_->set_state(state));
  capture_runs_ = state == KSSTATE_RUN;
  return {};
}

Result<> Passage::run() {
  recorded_.clear();
  heard_ = read_ = unwritten_ = 0;
  if (capture_) poison(0, capture_->buffer().size());
  // Longer than anybody listens.
  if (jacks_ && capture_) jacks_->speak(marker_.frames(0, marker_.format().rate_hz / 2));
  else if (jacks_) jacks_->start_listening();
  for (const KSSTATE state : {KSSTATE_ACQUIRE, KSSTATE_PAUSE}) {
    TRY(set_capture(state));
    TRY(set_render(state));
  }
  TRY(capture_first_ ? set_capture(KSSTATE_RUN) : set_render(KSSTATE_RUN));
  TRY(pass(std::chrono::microseconds(3300)));
  return capture_first_ ? set_render(KSSTATE_RUN) : set_capture(KSSTATE_RUN);
}

Result<> Passage::pass(Nanoseconds time) {
  while (time > Nanoseconds(0)) {
    const Nanoseconds step = std::min(time, slice_);
    client::sleep_for(step);
    time -= step;
    TRY(look());
  }
  return {};
}

Result<> Passage::stop() {
  // What is recorded up to here is read whole.
  TRY(set_render(KSSTATE_PAUSE));
  TRY(pass(std::chrono::milliseconds(2)));
  TRY(set_capture(KSSTATE_PAUSE));
  TRY(collect(true));
  for (const KSSTATE state : {KSSTATE_ACQUIRE, KSSTATE_STOP}) {
    if (render_) TRY(render_->set_state(state));
    if (capture_) TRY(capture_->set_state(state));
  }
  written_ = played_ = 0;
  return {};
}

Result<> Passage::look() {
  if (render_runs_) {
    TRY_ASSIGN(played_, render_->advance());
    // A quarter of the ring is left to the device, which may have begun to fetch it.
    const uint64_t ring = render_->buffer().size();
    const uint64_t target = played_ + ring - std::max(played_frame_, ring / 4);
    if (target > written_) {
      fill_to(target / played_frame_ * played_frame_);
      TRY(render_->tell_written(written_));
    }
  }
  if (capture_runs_ || (jacks_ && render_runs_)) TRY(collect(false));
  return {};
}

void Passage::fill_to(uint64_t total) {
  const std::span<std::byte> ring = render_->buffer();
  for (; written_ + played_frame_ <= total; written_ += played_frame_)
    marker_.write(written_ / played_frame_, &ring[written_ % ring.size()]);
}

void Passage::poison(uint64_t from, uint64_t to) {
  const std::span<std::byte> ring = capture_->buffer();
  for (; from < to; ++from) ring[from % ring.size()] = poison_at(from % ring.size());
}

Result<> Passage::collect(bool all) {
  if (!capture_) {
    // The first one that plays, for as long as it lasts.
    hardware::SoundJacks::Heard heard = jacks_->heard(heard_jack_);
    heard_jack_ = std::move(heard.jack);
    heard_shape_ = heard.shape;
    recorded_ = std::move(heard.frames);
    return {};
  }
  TRY_ASSIGN(heard_, capture_->advance());
  const uint64_t ready = all ? heard_ : heard_ - std::min(heard_, lag_);
  const std::span<const std::byte> ring = capture_->buffer();
  const uint64_t from = read_;
  uint64_t in_a_row = 0;
  for (; read_ + frame_ <= ready; read_ += frame_)
    for (uint64_t i = 0; i < frame_; ++i) {
      const uint64_t at = (read_ + i) % ring.size();
      recorded_.push_back(ring[at]);
      // Eight bytes in a row are no chance.
      in_a_row = ring[at] == poison_at(at) ? in_a_row + 1 : 0;
      if (in_a_row >= 8) unwritten_ += in_a_row == 8 ? 8 : 1;
    }
  poison(from, read_);
  return {};
}

}  // namespace portside::verify
