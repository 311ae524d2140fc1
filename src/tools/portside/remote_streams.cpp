#include "portside/remote_streams.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstring>

namespace portside::tools {
namespace {

// A stream that moves nothing for this long is given up.
constexpr std::chrono::seconds kPatience{5};

class Watch {
 public:
  explicit Watch(Stream& stream) : stream_(stream) {}

  // Until the device has moved on from `frames`, or the stream has ended.
  Result<uint64_t> beyond(uint64_t frames) {
    const auto start = std::chrono::steady_clock::now();
    for (;;) {
      if (const Status alive = stream_.alive(); !alive.is_ok()) return fail(alive);
      const uint64_t now = stream_.position().done;
      if (now > frames) return now;
      if (std::chrono::steady_clock::now() - start > kPatience)
        return fail(StatusCode::kTimeout,
                    fmt::format("the stream has stood still at frame {} for {} s", now, kPatience.count()));
      TRY(wait());
    }
  }

 private:
  Result<> wait() {
    const StreamFacts& facts = stream_.facts();
    const int bell = stream_.notification_fd();
    const uint64_t part_ms = uint64_t{facts.buffer_frames} * 1000 / facts.format.rate / 4;
    pollfd wanted{bell, POLLIN, 0};
    // Without notifications the position is looked at four times a buffer.
    if (::poll(&wanted, bell >= 0, bell >= 0 ? 500 : static_cast<int>(std::max<uint64_t>(1, part_ms))) > 0) {
      uint64_t count = 0;
      (void)!::read(bell, &count, sizeof count);
    }
    if (!(wanted.revents & POLLHUP)) return {};
    // Its last word, when it had one.
    const Status alive = stream_.alive();
    return fail(alive.is_ok() ? Status(StatusCode::kMachineEnded, "the driver host has gone") : alive);
  }

  Stream& stream_;
};

// [from, to) of the endless stream, in the pieces that lie together in the buffer.
template <class Piece>
void over_ring(Stream& stream, uint64_t from, uint64_t to, Piece piece) {
  const uint64_t ring = stream.facts().buffer_frames, frame = stream.facts().format.frame_bytes();
  while (from < to) {
    const uint64_t at = from % ring, count = std::min(to - from, ring - at);
    piece(stream.buffer().subspan(at * frame, count * frame), from);
    from += count;
  }
}

void finish(Stream& stream, RemoteLog& log) {
  log.notifications = stream.notifications();
  log.glitches = stream.glitches();
}

}  // namespace

client::AudioFormat spoken_format(const StreamFormat& format) {
  client::AudioFormat out;
  out.rate_hz = format.rate;
  out.channels = static_cast<uint16_t>(format.channels);
  out.bits = static_cast<uint16_t>(format.sample_bytes() * 8);
  if (format.type == SampleType::kFloat32) out.kind = client::SampleKind::kFloat;
  if (format.type == SampleType::kSigned24In32) out.valid_bits = 24;
  return out;
}

StreamFormat asked_format(const client::AudioFormat& format) {
  StreamFormat out;
  out.rate = format.rate_hz;
  out.channels = format.channels;
  out.type = format.kind == client::SampleKind::kFloat ? SampleType::kFloat32
             : format.bits == 8                        ? SampleType::kUnsigned8
             : format.bits == 16                       ? SampleType::kSigned16
             : format.bits == 24                       ? SampleType::kSigned24
             : format.effective_valid_bits() == 24     ? SampleType::kSigned24In32
                                                       : SampleType::kSigned32;
  return out;
}

Result<StreamFormat> nearest(const EndpointInfo& endpoint, const StreamFormat& wanted) {
  // The rate first, then no fewer channels, then no less precision: what costs least to convert.
  const auto cost = [&](const StreamFormat& f) {
    const bool less = f.sample_bytes() < wanted.sample_bytes();
    return std::tuple(f.rate != wanted.rate,
                      f.channels<wanted.channels, f.channels> wanted.channels ? f.channels - wanted.channels : 0, less,
                      f.type != wanted.type);
  };
  const auto best = std::ranges::min_element(endpoint.formats, {}, cost);
  if (best == endpoint.formats.end()) return fail(StatusCode::kNoMatch, endpoint.name + " offers no format");
  return *best;
}

Result<EndpointInfo> find_endpoint(Client& client, std::string_view name, Direction direction) {
  TRY_ASSIGN(const std::vector<EndpointInfo> endpoints, client.endpoints());
  // As the host itself takes a name: in any case, a part is enough.
  const auto lower = [](std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
  };
  const std::string wanted = lower(name);
  std::string known;
  const EndpointInfo* found = nullptr;
  int fits = 0;
  for (const EndpointInfo& e : endpoints) {
    if (e.direction != direction) continue;
    if (e.id == wanted) return e;
    known += (known.empty() ? "" : ", ") + e.id;
    if (e.id.find(wanted) == std::string::npos && lower(e.name).find(wanted) == std::string::npos) continue;
    ++fits;
    if (!found) found = &e;
  }
  const char* kind = direction == Direction::kRender ? "render" : "capture";
  if (!found || (fits > 1 && !name.empty()))
    return fail(StatusCode::kNotFound, fmt::format("\"{}\" names {} {} endpoint; there is: {}", name,
                                                   found ? "more than one" : "no", kind, known));
  return *found;
}

Result<RemoteLog> play_remotely(Stream& stream, const client::Sound& sound,
                                const std::function<void(double)>& progress) {
  const uint64_t frame = stream.facts().format.frame_bytes(), ring = stream.facts().buffer_frames;
  const uint64_t end = sound.frames.size() / frame;
  const int silence = sound.format.silence();
  RemoteLog log{.facts = stream.facts()};
  uint64_t written = 0;
  const auto fill_to = [&](uint64_t target) {
    over_ring(stream, written, target, [&](std::span<std::byte> piece, uint64_t from) {
      const uint64_t real = from < end ? std::min<uint64_t>(piece.size(), (end - from) * frame) : 0;
      std::memcpy(piece.data(), sound.frames.data() + std::min(from, end) * frame, real);
      std::memset(piece.data() + real, silence, piece.size() - real);
    });
    written = std::max(written, target);
    if (stream.facts().write_combined) store_fence();
    stream.tell_written(written);
  };
  TRY(stream.set_state(StreamState::kPause));
  fill_to(ring);
  if (written >= end) stream.tell_last(end);
  TRY(stream.set_state(StreamState::kRun));
  Watch watch(stream);
  for (uint64_t played = 0; played < end;) {
    TRY_ASSIGN(played, watch.beyond(played));
    // What is wholly played makes room.
    const uint64_t part = ring / std::max(1u, stream.facts().notifications);
    fill_to((stream.facts().notifications ? played / part * part : played) + ring);
    if (written >= end) stream.tell_last(end);
    if (progress) progress(std::min(1.0, static_cast<double>(played) / static_cast<double>(end)));
  }
  finish(stream, log);
  log.frames = end;
  TRY(stream.set_state(StreamState::kStop));
  return log;
}

Result<RemoteRecording> record_remotely(Stream& stream, uint64_t most, const std::function<bool()>& enough) {
  RemoteRecording out;
  out.sound.format = spoken_format(stream.facts().format);
  out.log.facts = stream.facts();
  std::vector<std::byte>& frames = out.sound.frames;
  frames.reserve(std::min<uint64_t>(most, 1u << 20) * stream.facts().format.frame_bytes());
  TRY(stream.set_state(StreamState::kRun));
  Watch watch(stream);
  uint64_t read = 0;
  while (read < most && !(enough && enough())) {
    TRY_ASSIGN(const uint64_t recorded, watch.beyond(read));
    over_ring(stream, read, std::min(recorded, most),
              [&](std::span<std::byte> piece, uint64_t) { frames.insert(frames.end(), piece.begin(), piece.end()); });
    read = std::min(recorded, most);
    stream.tell_read(read);
  }
  finish(stream, out.log);
  out.log.frames = read;
  TRY(stream.set_state(StreamState::kStop));
  return out;
}

}  // namespace portside::tools
