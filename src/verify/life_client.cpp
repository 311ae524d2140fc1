#include "verify/life_client.h"

#include <fmt/format.h>

#include <cstring>

#include "client/process.h"
#include "verify/scenario.h"

namespace portside::verify {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr KSSTATE state_of(LifeStage stage) {
  switch (stage) {
    case LifeStage::kAcquire: return KSSTATE_ACQUIRE;
    case LifeStage::kPause: return KSSTATE_PAUSE;
    case LifeStage::kRun:
    case LifeStage::kClosing: return KSSTATE_RUN;
    default: return KSSTATE_STOP;
  }
}

}  // namespace

Result<> LifeClient::noted(Result<> outcome) {
  if (!outcome) {
    errors_.insert(outcome.error().code());
    if (first_error_.is_ok()) first_error_ = outcome.error();
  }
  return outcome;
}

void LifeClient::open(const std::function<void()>& at_stage) {
  const auto format = usual_format(endpoint_);
  if (!format) {
    (void)noted(fail(format.error()));
    return at_stage();
  }
  gate_.watch(point_.stage == LifeStage::kOpening ? point_.call : 0);
  client::StreamOptions options{.buffer = milliseconds(10),
                                .mode = point_.notified ? client::StreamMode::kAuto : client::StreamMode::kPosition};
  auto stream = client::Stream::open(endpoint_, *format, options);
  opening_ = gate_.end_watch();
  if (stream) stream_ = std::move(*stream);
  else (void)noted(fail(stream.error()));
  const KSSTATE wanted = state_of(point_.stage);
  while (stream_ && state_ < wanted) {
    const auto next = static_cast<KSSTATE>(state_ + 1);
    if (!noted(stream_->set_state(next))) break;
    state_ = next;
  }
  at_stage();
}

void LifeClient::ask_until(const std::function<bool()>& over) {
  while (!over()) {
    if (stream_) {
      if (!stream_->buffer().empty()) std::memset(stream_->buffer().data(), 0x5A, stream_->buffer().size());
      asking_ = !asks_no_more_;
      if (asking_)
        if (const auto progress = stream_->progress(); !progress) (void)noted(fail(progress.error()));
      asking_ = false;
      if (stream_->notified()) (void)stream_->wait(milliseconds(1));
    }
    client::sleep_for(microseconds(300));
  }
}

void LifeClient::ask_no_more() {
  asks_no_more_ = true;
  while (asking_) client::sleep_for(microseconds(300));
}

std::string LifeClient::go_on() {
  if (!stream_) open([] {});
  if (!stream_) return fmt::format("the stream could not be opened: {}", first_error_.to_string());
  while (state_ < KSSTATE_RUN) {
    const auto next = static_cast<KSSTATE>(state_ + 1);
    if (const Result<> set = noted(stream_->set_state(next)); !set)
      return fmt::format("the state could not be set: {}", set.error().to_string());
    state_ = next;
  }
  constexpr Nanoseconds kPatience = milliseconds(100);
  const auto before = stream_->progress();
  if (!before)
    return fmt::format("the position could not be read: {}", noted(fail(before.error())).error().to_string());
  for (const Nanoseconds began = client::now(); client::now() - began < kPatience;) {
    (void)stream_->wait(milliseconds(2));
    const auto position = stream_->progress();
    if (!position)
      return fmt::format("the position could not be read: {}", noted(fail(position.error())).error().to_string());
    if (*position != *before) return {};
  }
  return fmt::format("the position stands still in RUN: {} bytes for 100 ms", *before);
}

void LifeClient::close() {
  if (!stream_) return;
  gate_.watch(point_.stage == LifeStage::kClosing ? point_.call : 0);
  stream_.reset();
  closing_ = gate_.end_watch();
}

}  // namespace portside::verify
