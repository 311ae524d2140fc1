#include "wire/client_stream.h"

#include <algorithm>

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
  if (reply.descriptors.size() != 3)
    return fail(StatusCode::kInvalidParameter, "the host opened a stream and passed no memory for it");
  const uint64_t bytes = uint64_t{opened.facts.buffer_frames} * opened.facts.format.frame_bytes();
  if (bytes > kMostBufferBytes)
    return fail(StatusCode::kInvalidParameter, "the host says that the buffer is larger than any");
  TRY_ASSIGN(stream->buffer_, SharedMemory::map(std::move(reply.descriptors[0]), opened.buffer_offset, bytes));
  TRY_ASSIGN(stream->page_, SharedMemory::map(std::move(reply.descriptors[1]), 0, StreamPage::kBytes));
  if (stream->page().magic != StreamPage::kMagic || stream->page().layout != StreamPage::kLayout)
    return fail(StatusCode::kRevisionMismatch, "the host's stream page has a layout of another version");
  stream->event_ = std::move(reply.descriptors[2]);
  return stream;
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
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  PositionSample sample;
  if (!page().sample(sample))
    return {reported_.load(std::memory_order_relaxed) & kFrames, now, done_.load(std::memory_order_relaxed) & kFrames};
  const uint64_t done = never_back(done_, sample.run, sample.frames);
  uint64_t frames = sample.frames;
  std::chrono::nanoseconds when(sample.when_ns);
  if (sample.running && now > when) {
    // Two updates are at most a buffer apart: more time than that is not multiplied.
    const auto passed = std::min<uint64_t>(static_cast<uint64_t>((now - when).count()), 10'000'000'000u);
    frames = std::max(frames, std::min(frames + passed * facts_.format.rate / 1'000'000'000u, sample.limit));
    when = now;
  }
  return {never_back(reported_, sample.run, frames), when, done};
}

}  // namespace portside::wire
