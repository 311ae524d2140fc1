#include "wire/client_stream.h"

#include "wire/stream_place.h"

namespace portside {

void store_fence() { __builtin_ia32_sfence(); }

uint32_t StreamFormat::sample_bytes() const {
  switch (type) {
    case SampleType::kUnsigned8: return 1;
    case SampleType::kSigned16: return 2;
    case SampleType::kSigned24: return 3;
    case SampleType::kSigned24In32:
    case SampleType::kSigned32:
    case SampleType::kFloat32: return 4;
  }
  return 4;
}

}  // namespace portside

namespace portside::wire {
namespace {

// A place and, above it, the run that it is of: what another thread read before a STOP is not taken for a place after
// it.
constexpr unsigned kRunShift = 48;
constexpr uint64_t kFrames = (1ull << kRunShift) - 1;

// The later of what was told before and what is so now: the frames.
uint64_t never_back(std::atomic<uint64_t>& told, uint32_t run, uint64_t frames) {
  const uint64_t now = uint64_t{run} << kRunShift | (frames & kFrames);
  const auto is_later = [&](uint64_t before) {
    const auto runs = static_cast<int16_t>((now >> kRunShift) - (before >> kRunShift));
    return runs > 0 || (runs == 0 && now > before);
  };
  uint64_t before = told.load(std::memory_order_relaxed);
  while (is_later(before))
    if (told.compare_exchange_weak(before, now, std::memory_order_relaxed)) return frames & kFrames;
  return before & kFrames;
}

}  // namespace

Result<std::unique_ptr<ClientStream>> ClientStream::create(std::shared_ptr<Connection> connection,
                                                           Connection::Reply reply, bool woken) {
  std::unique_ptr<ClientStream> stream(new ClientStream);
  stream->woken_ = woken;
  TRY_ASSIGN(const Opened opened, connection->take<Opened>(reply));
  // From here on the destructor closes what the host has opened.
  stream->stream_ = opened.stream;
  stream->facts_ = opened.facts;
  stream->connection_ = std::move(connection);
  if (reply.descriptors.size() != opened.descriptors())
    return fail(StatusCode::kInvalidParameter, "the host opened a stream and did not pass the memory for it");
  const uint64_t bytes = uint64_t{opened.facts.buffer_frames} * opened.facts.format.frame_bytes();
  if (bytes > kMostBufferBytes)
    return fail(StatusCode::kInvalidParameter, "the host says that the buffer is larger than any");
  TRY_ASSIGN(stream->buffer_, SharedMemory::map(std::move(reply.descriptors[0]), opened.buffer_offset, bytes));
  TRY_ASSIGN(stream->page_, SharedMemory::map(std::move(reply.descriptors[1]), 0, StreamPage::kBytes));
  if (stream->page().magic != StreamPage::kMagic || stream->page().layout != StreamPage::kLayout)
    return fail(StatusCode::kRevisionMismatch, "the host's stream page has a layout of another version");
  stream->event_ = std::move(reply.descriptors[2]);
  TRY(stream->map_registers(opened, std::span(reply.descriptors).subspan(3)));
  return stream;
}

Result<> ClientStream::map_registers(const Opened& opened, std::span<Descriptor> descriptors) {
  auto next = descriptors.begin();
  if (opened.position) {
    TRY_ASSIGN(position_, MappedRegister::map(std::move(*next++), *opened.position));
    facts_.position_register = position_->facts();
  }
  if (opened.clock) {
    if (!opened.clock->facts.numerator || !opened.clock->facts.denominator)
      return fail(StatusCode::kInvalidParameter, "the host passed a clock register that counts nothing");
    TRY_ASSIGN(clock_, MappedRegister::map(std::move(*next++), *opened.clock));
    facts_.clock_register = clock_->facts();
  }
  return {};
}

ClientStream::~ClientStream() {
  if (connection_) (void)connection_->ask(Close{stream_});
}

Result<> ClientStream::set_state(StreamState state) {
  if (Status ended = alive(); !ended.is_ok()) return fail(ended);
  TRY(connection_->ask_for<Done>(SetState{stream_, state}));
  return {};
}

StreamPosition ClientStream::position() const {
  PositionSample sample;
  const bool told = page().sample(sample);
  std::optional<uint64_t> reading;
  if (told && position_ && sample.running && page().ended.load(std::memory_order_acquire) == 0) {
    reading = position_->read();
    // One that was stopped, and perhaps started, meanwhile is another place's.
    PositionSample after;
    if (page().sample(after) && (after.run != sample.run || !after.running)) {
      sample = after;
      reading.reset();
    }
  }
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  if (!told)
    return {reported_.load(std::memory_order_relaxed) & kFrames, now, done_.load(std::memory_order_relaxed) & kFrames};
  const StreamPosition place = place_of(sample, facts_, now, reading);
  const uint64_t done = never_back(done_, sample.run, place.done);
  return {never_back(reported_, sample.run, place.frames), place.when, done};
}

std::optional<uint64_t> ClientStream::read(DeviceRegister which) const {
  const std::optional<MappedRegister>& reg = which == DeviceRegister::kPosition ? position_ : clock_;
  if (!reg || page().ended.load(std::memory_order_acquire) != 0) return std::nullopt;
  return reg->read();
}

}  // namespace portside::wire
