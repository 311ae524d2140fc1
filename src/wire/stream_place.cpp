#include "wire/stream_place.h"

#include <algorithm>

namespace portside::wire {
namespace {

// How far the device has come since the sample, by its register: a place in the buffer, so that whole rounds are not told
// by it. Nothing when the register tells nothing: it is no place of the buffer; or it is behind the sample, as one may be that is
// written now and then; or nothing was done yet when the host looked, as then what the register holds may be of the run
// before. `passed`: frames, by the clock. A device is further than that by the register's accuracy at most, and by what its
// clock is off; and where the host has not looked for so long that ahead and behind are not to be told apart, it is
// taken for behind, as what is not known to be done must not be said to be.
std::optional<uint64_t> ahead_by(uint64_t reading, const PositionSample& sample, const StreamFacts& facts,
                                 uint64_t passed, uint64_t accuracy) {
  constexpr uint64_t kClockOff = 16;  // one frame in so many
  const uint64_t ring = facts.buffer_frames, frame = facts.format.frame_bytes();
  if (reading > ring * frame || sample.frames == 0) return std::nullopt;
  const uint64_t ahead = (reading / frame + ring - sample.frames % ring) % ring;
  if (ahead > std::min(passed + passed / kClockOff + 1 + accuracy, ring - ring / 4)) return std::nullopt;
  return ahead;
}

}  // namespace

StreamPosition place_of(const PositionSample& sample, const StreamFacts& facts, std::chrono::nanoseconds now,
                        std::optional<uint64_t> reading) {
  const std::chrono::nanoseconds when(sample.when_ns);
  StreamPosition place{.frames = sample.frames, .when = when, .done = sample.frames};
  if (!sample.running) return place;
  uint64_t passed = 0;
  if (now > when) {
    // Two updates are at most a buffer apart: more time than that is not multiplied.
    const uint64_t since = static_cast<uint64_t>(now.count()) - static_cast<uint64_t>(sample.when_ns);
    const uint64_t time = std::min<uint64_t>(since, 10'000'000'000u);
    passed = time * facts.format.rate / 1'000'000'000u;
    place.frames = std::max(sample.frames, std::min(sample.frames + passed, sample.limit));
    place.when = now;
  }
  if (!reading || !facts.position_register) return place;
  const uint64_t frame = facts.format.frame_bytes();
  const uint64_t accuracy = (facts.position_register->accuracy + frame - 1) / frame;
  if (const auto ahead = ahead_by(*reading, sample, facts, passed, accuracy)) {
    place.done = sample.frames + *ahead;
    // The device is not further than the register's accuracy, whatever the clock says.
    place.frames = std::max(place.done, std::min(place.frames, place.done + accuracy));
  }
  return place;
}

}  // namespace portside::wire
