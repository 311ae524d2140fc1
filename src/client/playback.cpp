#include "client/playback.h"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "client/playback_loop.h"

namespace portside::client {

Result<StreamLog> play(Stream& stream, const Sound& sound, const PlayOptions& options) {
  PlaybackLoop loop(stream);
  if (stream.facts().mode == StreamMode::kPacket) return play_packets(loop, sound, options);
  const AudioFormat& format = stream.facts().format;
  const std::span<const std::byte> data = sound.frames;
  const auto tail_frames = static_cast<uint64_t>(options.tail.count()) * format.rate_hz / 1'000'000'000u;
  const uint64_t end = data.size() + tail_frames * format.frame_bytes();

  uint64_t written = 0;
  const auto fill_to = [&](uint64_t target) {
    loop.over_ring(written, target, [&](std::span<std::byte> ring, uint64_t from) {
      const size_t real = from < data.size() ? std::min<size_t>(ring.size(), data.size() - from) : 0;
      std::memcpy(ring.data(), data.data() + (real ? from : 0), real);
      std::memset(ring.data() + real, format.silence(), ring.size() - real);
    });
    if (stream.facts().call_memory_barrier) std::atomic_thread_fence(std::memory_order_seq_cst);
    written = std::max(written, target);
  };

  TRY(loop.prepare());
  fill_to(loop.ring_bytes());
  TRY(stream.tell_written(written));
  TRY(loop.start());
  if (options.running) options.running();
  bool stopped = false;
  for (uint64_t played = 0; played < end && !loop.stalled() && !stopped;) {
    TRY_ASSIGN(played, loop.next());
    if (played > written) ++loop.log().late;
    // What is wholly played makes room: everything up to one round after the packet being played.
    const uint64_t before = written;
    fill_to(played / loop.packet_bytes() * loop.packet_bytes() + loop.ring_bytes());
    if (written != before) TRY(stream.tell_written(written));
    if (options.progress) options.progress(std::min(1.0, static_cast<double>(played) / static_cast<double>(end)));
    stopped = options.stop && options.stop();
    if (stopped) loop.log().frames = std::min(played / format.frame_bytes(), sound.frame_count());
  }
  TRY(loop.stop());
  if (!loop.stalled() && !stopped) loop.log().frames = sound.frame_count();
  return loop.log();
}

Result<Recording> record(Stream& stream, const RecordOptions& options) {
  PlaybackLoop loop(stream);
  if (stream.facts().mode == StreamMode::kPacket) return record_packets(loop, options);
  Recording recording;
  recording.sound.format = stream.facts().format;
  std::vector<std::byte>& out = recording.sound.frames;
  const uint64_t frame = recording.sound.format.frame_bytes();

  TRY(loop.prepare());
  TRY(loop.start());
  if (options.running) options.running();
  uint64_t read = 0;
  while (!options.enough(read / frame) && read / frame < options.most_frames && !loop.stalled()) {
    TRY_ASSIGN(uint64_t recorded, loop.next());
    recorded -= recorded % frame;
    if (recorded - read > loop.ring_bytes()) ++loop.log().late;
    if (stream.facts().call_memory_barrier) std::atomic_thread_fence(std::memory_order_seq_cst);
    loop.over_ring(read, recorded,
                   [&](std::span<std::byte> ring, uint64_t) { out.insert(out.end(), ring.begin(), ring.end()); });
    read = recorded;
  }
  TRY(loop.stop());
  recording.log = loop.log();
  recording.log.frames = read / frame;
  return recording;
}

}  // namespace portside::client
