#pragma once
// StreamPage: what host and client of one stream tell each other without a system call. One page in a memfd of its own,
// which both map. Each side writes its own part, and believes nothing of the other's: a number there is at worst a
// wrong number.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"
#include "portside/client.h"

namespace portside::wire {

// A position as the host read it, and how far it may be taken on by the clock: to the next notification.
struct PositionSample {
  uint64_t frames = 0;
  int64_t when_ns = 0;  // CLOCK_MONOTONIC
  uint64_t limit = 0;
  bool running = false;
};

struct StreamPage {
  static constexpr uint32_t kMagic = 0x50535350;  // "PSSP"
  static constexpr uint32_t kLayout = 1;
  static constexpr uint64_t kBytes = 4096;

  // Written once, before it is passed.
  uint32_t magic = kMagic;
  uint32_t layout = kLayout;

  // The host's. A position is read between two equal even sequences.
  alignas(64) std::atomic<uint32_t> sequence{0};
  std::atomic<uint32_t> running{0};
  std::atomic<uint64_t> frames{0};
  std::atomic<int64_t> when_ns{0};
  std::atomic<uint64_t> limit{0};
  alignas(64) std::atomic<uint64_t> notifications{0};
  std::atomic<uint64_t> glitches{0};
  std::atomic<uint32_t> ended{0};  // NTSTATUS; 0: the stream is the driver's. `why` is there before it.
  char why[512] = {};

  // The client's.
  alignas(64) std::atomic<uint64_t> written{0};
  std::atomic<uint64_t> read{0};
  std::atomic<uint64_t> last{0};  // 1 + where the sound ends; 0: not said

  void publish(const PositionSample& sample);
  // False when the host was writing all the time: the caller keeps what it had.
  bool sample(PositionSample& out) const;
  void end(const Status& why_ended);
  Status alive() const;
};
static_assert(sizeof(StreamPage) <= StreamPage::kBytes);
static_assert(std::atomic<uint64_t>::is_always_lock_free);

}  // namespace portside::wire
