#include "verifier/stream_book.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace portside::verifier {
namespace {

constexpr size_t kSentences = 24;

}  // namespace

const char* state_name(KSSTATE state) {
  constexpr const char* kNames[] = {"STOP", "ACQUIRE", "PAUSE", "RUN"};
  return state >= KSSTATE_STOP && state <= KSSTATE_RUN ? kNames[state] : "no state";
}

std::string time_text(Nanoseconds time) { return fmt::format("{:.3f} ms", static_cast<double>(time.count()) / 1e6); }

void StreamBook::Entry::note(std::string sentence) {
  if (history.size() == kSentences) {
    history.pop_front();
    ++forgotten;
  }
  history.push_back(std::move(sentence));
}

StreamBook::Entry* StreamBook::entry(portcls::StreamId id) {
  const auto at = entries_.find(id);
  return at == entries_.end() ? nullptr : &at->second;
}

std::optional<StreamView> StreamBook::find(portcls::StreamId id) const {
  MutexLock lock(mutex_);
  const auto at = entries_.find(id);
  return at == entries_.end() ? std::nullopt : std::optional(at->second.view);
}

std::optional<StreamView> StreamBook::find_by_buffer(const void* mdl) const {
  MutexLock lock(mutex_);
  for (const auto& [id, entry] : entries_)
    if (mdl && entry.view.buffer == mdl) return entry.view;
  return std::nullopt;
}

std::vector<Fact> StreamBook::facts(portcls::StreamId id) const {
  MutexLock lock(mutex_);
  const auto at = entries_.find(id);
  if (at == entries_.end()) return {};
  std::string history = at->second.forgotten ? fmt::format("({} earlier) ", at->second.forgotten) : "";
  for (const std::string& sentence : at->second.history)
    history += (history.empty() || history.ends_with(") ") ? "" : "; ") + sentence;
  return {{"stream", at->second.title}, {"history", history}};
}

void StreamBook::on_new_stream(const portcls::NewStreamCall& call) {
  Entry entry;
  entry.view.id = call.info.id;
  entry.view.capture = call.info.capture;
  entry.view.bursts = call.info.keyword;
  entry.title = fmt::format("{} stream {} on pin {} of {}", call.info.capture ? "capture" : "render", call.info.id,
                            call.info.pin, call.info.subdevice);
  KSDATAFORMAT_WAVEFORMATEX format;
  if (call.info.format.size() >= sizeof format) {
    std::memcpy(&format, call.info.format.data(), sizeof format);
    const WAVEFORMATEX& wave = format.WaveFormatEx;
    entry.view.frame_bytes = wave.nBlockAlign;
    entry.view.bytes_per_second = uint64_t{wave.nSamplesPerSec} * wave.nBlockAlign;
    entry.title +=
        fmt::format(", {} Hz, {} bits, {} channels", wave.nSamplesPerSec, wave.wBitsPerSample, wave.nChannels);
  }
  MutexLock lock(mutex_);
  entries_[call.info.id] = std::move(entry);
  // Open streams stay; of the closed ones the last.
  if (entries_.size() <= kKept) return;
  const auto oldest = std::ranges::find_if(entries_, [](const auto& e) { return e.second.closed; });
  if (oldest != entries_.end()) entries_.erase(oldest);
}

void StreamBook::on_buffer_allocated(const portcls::BufferInfo& buffer) {
  MutexLock lock(mutex_);
  Entry* e = entry(buffer.stream);
  if (!e) return;
  const std::string asked = buffer.with_notification
                                ? fmt::format("a buffer of {} bytes with {} notifications asked for",
                                              buffer.requested_bytes, buffer.notification_count)
                                : fmt::format("a buffer of {} bytes asked for", buffer.requested_bytes);
  e->note(buffer.returned < 0 ? fmt::format("{}, refused with 0x{:08X}", asked, static_cast<uint32_t>(buffer.returned))
                              : fmt::format("{}, {} given", asked, buffer.actual_bytes));
  if (!buffer.status.is_ok()) return;
  e->view.buffer_bytes = buffer.actual_bytes;
  e->view.notification_count = buffer.with_notification ? buffer.notification_count : 0;
  e->view.buffer = buffer.mdl;
}

void StreamBook::on_buffer_freeing(const portcls::BufferInfo& buffer) {
  MutexLock lock(mutex_);
  if (Entry* e = entry(buffer.stream)) e->view.freeing = true;
}

void StreamBook::on_buffer_freed(const portcls::BufferInfo& buffer) {
  MutexLock lock(mutex_);
  Entry* e = entry(buffer.stream);
  if (!e) return;
  e->note("buffer freed");
  e->view.freeing = false;
  e->view.buffer = nullptr;
  e->view.buffer_bytes = 0;
  e->view.notification_count = 0;
}

void StreamBook::on_state_changing(const portcls::StateChange& change) {
  MutexLock lock(mutex_);
  Entry* e = entry(change.stream);
  if (!e) return;
  e->view.changing = true;
  if (change.from == KSSTATE_RUN && e->view.runs_since_) {
    e->view.surely_ran_ += change.began - *e->view.runs_since_;
    e->view.runs_since_.reset();
  }
  if (change.to != KSSTATE_RUN) return;
  e->view.ever_ran = true;
  e->view.run_began_ = change.began;
}

void StreamBook::on_state_change(const portcls::StateChange& change) {
  MutexLock lock(mutex_);
  Entry* e = entry(change.stream);
  if (!e) return;
  StreamView& view = e->view;
  view.changing = false;
  view.state_since = change.ended;
  if (!change.status.is_ok()) {
    e->note(fmt::format("{} refused with 0x{:08X}", state_name(change.to), static_cast<uint32_t>(change.status.nt())));
    if (change.to == KSSTATE_RUN) view.run_began_.reset();
    return;
  }
  e->note(fmt::format("{} at {}", state_name(change.to), time_text(change.ended)));
  view.state = change.to;
  if (change.to == KSSTATE_RUN) view.runs_since_ = change.ended;
  if (change.from == KSSTATE_RUN && view.run_began_) {
    view.ran_ += change.ended - *view.run_began_;
    view.run_began_.reset();
  }
  if (change.to != KSSTATE_STOP) return;
  view.ran_ = view.surely_ran_ = Nanoseconds(0);
  view.ended = false;
  view.ever_ran = false;
  view.ever_stopped = true;
  ++view.epoch;
}

void StreamBook::on_notification_registered(const portcls::NotificationSeen& seen, const Status& status) {
  MutexLock lock(mutex_);
  if (Entry* e = entry(seen.stream)) e->note(status.is_ok() ? "event registered" : "event refused");
}

void StreamBook::on_notification_unregistered(const portcls::NotificationSeen& seen, const Status&, bool forgotten) {
  MutexLock lock(mutex_);
  if (Entry* e = entry(seen.stream)) e->note(forgotten ? "forgotten event taken back" : "event unregistered");
}

void StreamBook::on_stream_closed(const portcls::StreamClosed& closed) {
  MutexLock lock(mutex_);
  Entry* e = entry(closed.stream);
  if (!e) return;
  e->closed = true;
  e->view.buffer = nullptr;
  e->note("closed");
}

void StreamBook::on_packet_call(const portcls::PacketCall& call) {
  if (call.method != portcls::PacketMethod::kSetWritePacket || !call.status.is_ok()) return;
  MutexLock lock(mutex_);
  Entry* e = entry(call.stream);
  if (e && (call.flags & KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM)) e->view.ended = true;
}

}  // namespace portside::verifier
