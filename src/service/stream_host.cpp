#include "service/stream_host.h"

#include <signal.h>
#include <time.h>

#include <algorithm>
#include <cstring>

#include "host/client_buffer.h"
#include "host/machine.h"

#include "service/formats.h"

namespace portside::service {
namespace {

int64_t monotonic_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

constexpr KSSTATE kStates[] = {KSSTATE_STOP, KSSTATE_ACQUIRE, KSSTATE_PAUSE, KSSTATE_RUN};

// A device that is no more says so in several ways.
Status removed_or(const Status& status) {
  switch (status.code()) {
    case StatusCode::kDeviceRemoved:
    case StatusCode::kNoSuchDevice:
    case StatusCode::kDeviceDoesNotExist:
    case StatusCode::kDeletePending:
    case StatusCode::kInvalidHandle:
      return Status(StatusCode::kDeviceRemoved, "the device was removed");
    default:
      return status;
  }
}

}  // namespace

Result<std::unique_ptr<StreamHost>> StreamHost::start(host::Machine& machine, Order order) {
  std::unique_ptr<StreamHost> stream(new StreamHost(machine, std::move(order)));
  TRY_ASSIGN(stream->wake_, client::Event::create());
  {
    MutexLock lock(stream->sight_mutex_);
    stream->sight_.id = stream->order_.id;
    stream->sight_.pid = stream->order_.peer->pid();
    stream->sight_.endpoint = stream->order_.endpoint_id;
    stream->sight_.format = stream->order_.request.format;
  }
  stream->thread_ = std::make_unique<client::Thread>("stream", [s = stream.get()] { s->body(); });
  return stream;
}

StreamHost::~StreamHost() = default;

void StreamHost::set_state(uint32_t number, StreamState state) {
  {
    MutexLock lock(commands_mutex_);
    commands_.push_back({number, state});
  }
  wake_->set();
}

void StreamHost::close(uint32_t number) {
  {
    MutexLock lock(commands_mutex_);
    commands_.push_back({number, std::nullopt});
  }
  wake_->set();
}

StreamSight StreamHost::sight() const {
  MutexLock lock(sight_mutex_);
  return sight_;
}

void StreamHost::interrupt() {
  // It lives: its object is joined with this one.
  const pthread_t thread = thread_id_.load(std::memory_order_acquire);
  if (thread && !is_over()) (void)::pthread_kill(thread, kInterruptSignal);
}

void StreamHost::body() {
  thread_id_.store(::pthread_self(), std::memory_order_release);
  if (const Result<> opened = open(); !opened) {
    stream_.reset();
    closed_.store(true, std::memory_order_release);
    order_.peer->refuse(order_.number, removed_or(opened.error()));
    closing_ = true;
  }
  while (!closing_) {
    const client::Stream::Woken woken = stream_->wait(*wake_, patience());
    for (;;) {
      Command command;
      {
        MutexLock lock(commands_mutex_);
        if (commands_.empty()) break;
        command = commands_.front();
        commands_.pop_front();
      }
      obey(command);
      if (closing_) break;
    }
    if (!closing_ && !ended_ && state_ == StreamState::kRun) look(woken == client::Stream::Woken::kNotified);
  }
  stream_.reset();
  {
    MutexLock lock(commands_mutex_);
    for (const Command& command : commands_)
      if (command.number)
        order_.peer->refuse(command.number, Status(StatusCode::kInvalidHandle, "the stream is closed"));
    commands_.clear();
  }
  thread_id_.store(0, std::memory_order_release);
  over_.store(true, std::memory_order_release);
  order_.over();
}

Result<> StreamHost::open() {
  const StreamRequest& request = order_.request;
  client::StreamOptions options;
  // Rounded up: what is made of it again by rounding down is the same number of frames.
  options.buffer =
      Nanoseconds((uint64_t{request.buffer_frames} * 1'000'000'000u + request.format.rate - 1) / request.format.rate);
  options.notifications = request.notifications;
  options.mode = request.notifications ? client::StreamMode::kAuto : client::StreamMode::kPosition;
  TRY_ASSIGN(stream_, client::Stream::open(order_.endpoint, driver_format(request.format), options));
  const client::StreamFacts& given = stream_->facts();
  frame_bytes_ = given.format.frame_bytes();
  facts_.format = request.format;
  facts_.buffer_frames = static_cast<uint32_t>(given.buffer_bytes / frame_bytes_);
  facts_.notifications = given.notifications;
  facts_.packets = given.mode == client::StreamMode::kPacket;
  facts_.write_combined = given.call_memory_barrier;
  // KSRTAUDIO_HWLATENCY: FifoSize in bytes, the delays in units of 100 ns.
  facts_.latency_frames = static_cast<uint32_t>(given.latency.FifoSize / frame_bytes_ +
                                                (uint64_t{given.latency.ChipsetDelay} + given.latency.CodecDelay) *
                                                    request.format.rate / 10'000'000u);
  granule_ = facts_.buffer_frames / std::max(1u, facts_.notifications);
  if (facts_.packets) packets_.emplace(*stream_, granule_, frame_bytes_);
  return announce();
}

Result<> StreamHost::announce() {
  TRY_ASSIGN(page_, ClientPage::create());
  const auto bytes = stream_->buffer();
  wire::Opened opened{.stream = order_.id, .facts = {}, .buffer_offset = 0};
  Descriptor given;
  int buffer = -1;
  if (auto gave = host::give_buffer(machine_, bytes)) {
    given = std::move(gave->descriptor);
    buffer = given.get();
    opened.buffer_offset = gave->offset;
  } else {
    facts_.copied = true;
    TRY_ASSIGN(copy_, wire::SharedMemory::create("portside-copy", bytes.size()));
    buffer = copy_->descriptor();
  }
  opened.facts = facts_;
  {
    MutexLock lock(sight_mutex_);
    sight_.buffer_frames = facts_.buffer_frames;
    sight_.notifications_a_buffer = facts_.notifications;
    sight_.packets = facts_.packets;
    sight_.copied = facts_.copied;
  }
  order_.opened(page_);
  const int descriptors[] = {buffer, page_->descriptor(), page_->bell().descriptor()};
  order_.peer->tell(order_.number, opened, descriptors);
  return {};
}

void StreamHost::obey(const Command& command) {
  if (!command.state) {
    closing_ = true;
    stream_.reset();
    closed_.store(true, std::memory_order_release);
    if (command.number) order_.peer->tell(command.number, wire::Done{});
    return;
  }
  if (const Status alive = page_->page().alive(); ended_) {
    order_.peer->refuse(command.number, alive);
    return;
  }
  const StreamState target = *command.state;
  if (target == StreamState::kRun && state_ != StreamState::kRun) {
    // What is there before RUN is on its way before RUN.
    if (copy_) move_sound(frames_);
    tell_packets(frames_);
  }
  if (state_ == StreamState::kRun && target != StreamState::kRun) look(false);
  Result<> done;
  // Step by step, so that a refused one leaves the state known.
  while (done && state_ != target) {
    const auto next = static_cast<StreamState>(static_cast<int>(state_) + (target > state_ ? 1 : -1));
    done = stream_->set_state(kStates[static_cast<size_t>(next)]);
    if (done) state_ = next;
  }
  {
    MutexLock lock(sight_mutex_);
    sight_.state = state_;
  }
  if (!done) {
    const Status why = removed_or(done.error());
    if (why.code() == StatusCode::kDeviceRemoved) end(why);
    order_.peer->refuse(command.number, why);
    return;
  }
  if (state_ == StreamState::kStop) {
    copied_ = frames_ = 0;
    dry_ = false;
    if (packets_) packets_->reset();
    wire::StreamPage& page = page_->page();
    page.written.store(0, std::memory_order_relaxed);
    page.read.store(0, std::memory_order_relaxed);
    page.last.store(0, std::memory_order_relaxed);
    publish(0, monotonic_ns());
  } else {
    look(false);
  }
  order_.peer->tell(command.number, wire::Done{});
}

std::optional<Nanoseconds> StreamHost::patience() const {
  if (state_ != StreamState::kRun || ended_) return std::nullopt;
  const Nanoseconds granule(granule_ * 1'000'000'000u / facts_.format.rate);
  // The sound that the host carries itself must be on its way well before the device is there.
  if (copy_) return std::clamp<Nanoseconds>(granule / 4, std::chrono::microseconds(500), std::chrono::milliseconds(1));
  // A packet must be named before its time, and the client rings for nobody.
  if (packets_ && packets_->waits()) return std::max<Nanoseconds>(granule / 8, std::chrono::microseconds(250));
  if (facts_.notifications) return granule * 2;
  return std::clamp<Nanoseconds>(granule / 8, std::chrono::microseconds(500), std::chrono::milliseconds(4));
}

void StreamHost::look(bool notified) {
  const int64_t asked = monotonic_ns();
  const auto total = stream_->advance();
  const int64_t answered = monotonic_ns();
  if (!total) return end(removed_or(total.error()));
  const uint64_t frames = frames_ = *total / frame_bytes_;
  if (copy_) move_sound(frames);
  tell_packets(frames);
  judge(frames);
  publish(frames, asked + (answered - asked) / 2);
  wire::StreamPage& page = page_->page();
  if (notified) {
    page.notifications.fetch_add(1, std::memory_order_release);
    page_->bell().ring();
  }
  MutexLock lock(sight_mutex_);
  sight_.frames = frames;
  sight_.notifications = page.notifications.load(std::memory_order_relaxed);
  sight_.glitches = page.glitches.load(std::memory_order_relaxed);
  if (notified && granule_) {
    sight_.lateness_ns = static_cast<int64_t>(frames % granule_ * 1'000'000'000u / facts_.format.rate);
    sight_.worst_lateness_ns = std::max(sight_.worst_lateness_ns, sight_.lateness_ns);
  }
}

// Where the device's memory cannot be the client's: what was written goes there, what was recorded comes from there.
void StreamHost::move_sound(uint64_t frames) {
  const auto device = stream_->buffer();
  const auto client = copy_->bytes();
  const uint64_t ring = facts_.buffer_frames;
  uint64_t to = frames;
  if (order_.request.direction == Direction::kRender)
    to = std::min(page_->page().written.load(std::memory_order_acquire), frames + ring);
  if (to > copied_ + ring) copied_ = to - ring;
  while (copied_ < to) {
    const uint64_t at = copied_ % ring, count = std::min(to - copied_, ring - at);
    std::byte* const theirs = client.data() + at * frame_bytes_;
    std::byte* const ours = device.data() + at * frame_bytes_;
    if (order_.request.direction == Direction::kRender)
      std::memcpy(ours, theirs, count * frame_bytes_);
    else
      std::memcpy(theirs, ours, count * frame_bytes_);
    copied_ += count;
  }
}

void StreamHost::tell_packets(uint64_t frames) {
  if (!packets_) return;
  if (order_.request.direction == Direction::kCapture) {
    // Of a keyword detector, advance() has read them: they are all that it tells by.
    if (!stream_->facts().packets_alone) packets_->take_recorded();
    return;
  }
  wire::StreamPage& page = page_->page();
  packets_->named_to(frames, page.written.load(std::memory_order_acquire), page.last.load(std::memory_order_acquire));
}

// The device passed what was told as written, or what was not read yet. A client that tells nothing has no such thing.
void StreamHost::judge(uint64_t frames) {
  wire::StreamPage& page = page_->page();
  const uint64_t told =
      (order_.request.direction == Direction::kRender ? page.written : page.read).load(std::memory_order_acquire);
  if (told == 0) return;
  bool dry = false;
  if (order_.request.direction == Direction::kRender) {
    const uint64_t last = page.last.load(std::memory_order_acquire);
    dry = frames > told && !(last && last - 1 <= told);
  } else {
    dry = frames > told && frames - told > facts_.buffer_frames;
  }
  if (dry && !dry_) {
    page.glitches.fetch_add(1, std::memory_order_release);
    page_->bell().ring();
  }
  dry_ = dry;
}

void StreamHost::publish(uint64_t frames, int64_t when_ns) {
  wire::PositionSample sample{
      .frames = frames, .when_ns = when_ns, .limit = frames, .running = state_ == StreamState::kRun};
  // To the next notification; one that came a little before its boundary does not stand for the one before. Without
  // any, to the second next look.
  if (sample.running && facts_.notifications && granule_)
    sample.limit = ((frames + granule_ / 4) / granule_ + 1) * granule_ - 1;
  else if (sample.running)
    sample.limit = frames + static_cast<uint64_t>(patience()->count()) * 2 * facts_.format.rate / 1'000'000'000u;
  page_->page().publish(sample);
}

void StreamHost::end(const Status& why) {
  ended_ = true;
  state_ = StreamState::kStop;
  page_->end(why);
  MutexLock lock(sight_mutex_);
  sight_.ended = why.to_string();
  sight_.state = StreamState::kStop;
}

}  // namespace portside::service
