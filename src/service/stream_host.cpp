#include "service/stream_host.h"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <cstring>

#include "host/client_buffer.h"
#include "host/machine.h"
#include "service/formats.h"
#include "service/passed_registers.h"

namespace portside::service {
namespace {

int64_t monotonic_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// The shortest time from notification to notification, as a part of a second.
constexpr uint32_t kLeastParts = 2000;

constexpr KSSTATE kStates[] = {KSSTATE_STOP, KSSTATE_ACQUIRE, KSSTATE_PAUSE, KSSTATE_RUN};

// A device that is no more says so in several ways.
Status removed_or(const Status& status) {
  switch (status.code()) {
    case StatusCode::kDeviceRemoved:
    case StatusCode::kNoSuchDevice:
    case StatusCode::kDeviceDoesNotExist:
    case StatusCode::kDeletePending:
    case StatusCode::kInvalidHandle: return Status(StatusCode::kDeviceRemoved, "the device was removed");
    default: return status;
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
  // More than a program has that waits for its answers; who gives up waiting and asks again comes here.
  constexpr size_t kMostUnderWay = 8;
  if (!command({number, state}, kMostUnderWay))
    order_.peer->refuse(
        number,
        Status(StatusCode::kInsufficientResources,
               fmt::format("the stream is being closed, or {} of its requests are not answered yet", kMostUnderWay)));
}

void StreamHost::close(uint32_t number) {
  if (!command({number, std::nullopt}, SIZE_MAX) && number)
    order_.peer->refuse(number, Status(StatusCode::kInvalidHandle, "the stream is being closed"));
}

bool StreamHost::command(const Command& command, size_t most) {
  {
    MutexLock lock(commands_mutex_);
    const bool closes = std::ranges::any_of(commands_, [](const Command& c) { return !c.state; });
    if (closes || commands_.size() >= most) return false;
    commands_.push_back(command);
  }
  wake_->set();
  return true;
}

StreamSight StreamHost::sight() const {
  levels_.watch();
  MutexLock lock(sight_mutex_);
  return sight_;
}

void StreamHost::body() {
  order_.duty.carry_sound();
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
  over_.store(true, std::memory_order_release);
  order_.over();
}

Result<> StreamHost::open() {
  const StreamRequest& request = order_.request;
  client::StreamOptions options;
  // Less no thread could keep up with.
  const uint64_t least = uint64_t{std::max(1u, request.notifications)} * (request.format.rate / kLeastParts + 1);
  const uint64_t asked = std::max<uint64_t>(request.buffer_frames, least);
  // Rounded up: what is made of it again by rounding down is the same number of frames.
  options.buffer = Nanoseconds((asked * 1'000'000'000u + request.format.rate - 1) / request.format.rate);
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
  if (granule_ < request.format.rate / kLeastParts || granule_ == 0)
    return fail(StatusCode::kInvalidBufferSize,
                fmt::format("the driver gives a buffer of {} frames with {} notifications: no client could keep up",
                            facts_.buffer_frames, facts_.notifications));
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
    TRY_ASSIGN(copy_, SoundCopy::create(bytes, frame_bytes_, order_.request.direction));
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
  std::vector<int> descriptors{buffer, page_->descriptor(), page_->bell().descriptor()};
  PassedRegisters registers(machine_, *stream_);
  if (facts_.copied || stream_->facts().packets_alone) registers.withhold_position();
  registers.withhold_inaccurate_position(uint64_t{facts_.buffer_frames} * frame_bytes_);
  registers.add_to(opened, descriptors);
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
    move_sound(frames_);
    tell_packets(frames_);
  }
  if (state_ == StreamState::kRun && target != StreamState::kRun) look(false);
  Result<> done;
  // Step by step, so that a refused one leaves the state known.
  while (done && state_ != target) {
    const auto next = static_cast<StreamState>(static_cast<int>(state_) + (target > state_ ? 1 : -1));
    done = stream_->set_state(kStates[static_cast<size_t>(next)]);
    if (done) state_ = next, last_when_ns_ = 0;
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
    frames_ = woken_ = unseen_ = boundary_ = 0;
    ++run_;
    dry_ = false;
    if (packets_) packets_->reset();
    if (copy_) copy_->reset();
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
  const auto wake = until_wake();
  return wake ? std::min(*wake, until_look()) : until_look();
}

// What the host itself must not miss.
Nanoseconds StreamHost::until_look() const {
  const Nanoseconds granule(granule_ * 1'000'000'000u / facts_.format.rate);
  // The sound that the host carries itself must be on its way well before the device is there.
  if (copy_) return std::clamp<Nanoseconds>(granule / 4, std::chrono::microseconds(500), std::chrono::milliseconds(1));
  // A packet must be named before its time, and the client rings for nobody.
  if (packets_ && packets_->waits()) return std::max<Nanoseconds>(granule / 8, std::chrono::microseconds(250));
  // Often enough to see each round of the buffer, should no notification come.
  if (facts_.notifications) return Nanoseconds(facts_.buffer_frames * 625'000'000ull / facts_.format.rate);
  return std::clamp<Nanoseconds>(granule / 8, std::chrono::microseconds(500), std::chrono::milliseconds(4));
}

// Until the frame that the client is to be woken at ought to be done. A device that is not there yet is asked again
// soon.
std::optional<Nanoseconds> StreamHost::until_wake() const {
  const uint64_t step = order_.request.wake_frames;
  if (step == 0) return std::nullopt;
  const uint64_t ahead = (woken_ + 1) * step - std::min(frames_, (woken_ + 1) * step);
  const Nanoseconds due(last_when_ns_ + static_cast<int64_t>(ahead * 1'000'000'000u / facts_.format.rate));
  return std::max<Nanoseconds>(due - Nanoseconds(monotonic_ns()), std::chrono::microseconds(500));
}

// Whether the client is woken now, and how far it is.
bool StreamHost::wakes(bool notified) {
  const uint64_t step = order_.request.wake_frames;
  if (step == 0) return notified;
  const bool there = frames_ / step > woken_;
  woken_ = std::max(woken_, frames_ / step);
  return there;
}

// Where the device is, as far as positions modulo the buffer tell; and, in last_when_ns_, when it was there.
Result<uint64_t> StreamHost::ask_position() {
  // A thread that lost its processor in between is asked again: it would not know when.
  const auto enough = static_cast<int64_t>(facts_.buffer_frames * 125'000'000ull / facts_.format.rate);
  for (int attempt = 0;; ++attempt) {
    const int64_t asked = monotonic_ns();
    TRY_ASSIGN(const uint64_t total, stream_->advance());
    const int64_t answered = monotonic_ns();
    last_when_ns_ = asked + (answered - asked) / 2;
    if (answered - asked < enough || attempt == 3) return total / frame_bytes_;
  }
}

// A thread that was late by more than the buffer has seen only what the device moved modulo the buffer. Frames of whole
// rounds, by the clock; none where the device may just as well have stood still.
uint64_t StreamHost::unseen(uint64_t moved, int64_t since_ns) const {
  const uint64_t ring = facts_.buffer_frames;
  const uint64_t passed = static_cast<uint64_t>(since_ns) / 1000 * facts_.format.rate / 1'000'000;
  if (stream_->facts().packets_alone || passed < ring - ring / 8 || passed <= moved + ring / 2) return 0;
  return (passed - moved + ring / 2) / ring * ring;
}

// By the device's own position. Boundaries that went by without a notification are not waited for any more.
int64_t StreamHost::late_by(uint64_t frames) {
  if (boundary_ == 0) boundary_ = std::max<uint64_t>(1, (frames + granule_ / 4) / granule_) * granule_;
  const auto beyond = static_cast<int64_t>(frames) - static_cast<int64_t>(boundary_);
  boundary_ = std::max(boundary_ + granule_, ((frames + granule_ / 4) / granule_ + 1) * granule_);
  return beyond * 1'000'000'000 / static_cast<int64_t>(facts_.format.rate);
}

void StreamHost::look(bool notified) {
  const int64_t before = last_when_ns_;
  const auto seen = ask_position();
  if (!seen) return end(removed_or(seen.error()));
  const uint64_t moved = *seen + unseen_ - frames_;
  const uint64_t lost = before ? unseen(moved, last_when_ns_ - before) : 0;
  unseen_ += lost;
  const uint64_t frames = frames_ = *seen + unseen_;
  move_sound(frames);
  levels_.measure(facts_.format, frames, stream_->buffer());
  tell_packets(frames);
  judge(frames, lost != 0);
  publish(frames, last_when_ns_);
  wire::StreamPage& page = page_->page();
  if (wakes(notified)) {
    page.notifications.fetch_add(1, std::memory_order_release);
    page_->bell().ring();
  }
  MutexLock lock(sight_mutex_);
  sight_.frames = frames;
  sight_.when_ns = last_when_ns_;
  sight_.levels = levels_.levels();
  sight_.notifications = page.notifications.load(std::memory_order_relaxed);
  sight_.glitches = page.glitches.load(std::memory_order_relaxed);
  if (notified && granule_) {
    sight_.lateness_ns = late_by(frames);
    sight_.worst_lateness_ns = std::max(sight_.worst_lateness_ns, sight_.lateness_ns);
    sight_.lateness.add(sight_.lateness_ns);
  }
}

void StreamHost::move_sound(uint64_t frames) {
  if (copy_) copy_->move(frames, page_->page().written.load(std::memory_order_acquire));
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

// The device passed what was told as written, or what was not read yet. A client that tells nothing has no such thing;
// but nobody is in time for a round that this thread has not seen.
void StreamHost::judge(uint64_t frames, bool lost) {
  wire::StreamPage& page = page_->page();
  const uint64_t told =
      (order_.request.direction == Direction::kRender ? page.written : page.read).load(std::memory_order_acquire);
  bool dry = false;
  if (order_.request.direction == Direction::kRender) {
    const uint64_t last = page.last.load(std::memory_order_acquire);
    const bool whole = last && last - 1 <= told;
    dry = told != 0 && frames > told && !whole;
    lost = lost && !whole;
  } else {
    dry = told != 0 && frames > told && frames - told > facts_.buffer_frames;
  }
  if (lost || (dry && !dry_)) {
    page.glitches.fetch_add(1, std::memory_order_release);
    page_->bell().ring();
  }
  dry_ = dry;
}

void StreamHost::publish(uint64_t frames, int64_t when_ns) {
  wire::PositionSample sample{
      .frames = frames, .when_ns = when_ns, .limit = frames, .running = state_ == StreamState::kRun, .run = run_};
  // To the next notification; one that came a little before its boundary does not stand for the one before. Without
  // any, to the second next look.
  if (sample.running && facts_.notifications && granule_)
    sample.limit = ((frames + granule_ / 4) / granule_ + 1) * granule_ - 1;
  else if (sample.running)
    sample.limit = frames + static_cast<uint64_t>(until_look().count()) * 2 * facts_.format.rate / 1'000'000'000u;
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
