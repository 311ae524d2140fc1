#include "plugins/alsa/wake_plan.h"

namespace portside::alsa {

bool periods_are_notified(const StreamFacts& facts, uint64_t buffer_frames, uint64_t period_frames) {
  return facts.notifications != 0 && facts.buffer_frames == buffer_frames && facts.notifications * period_frames == buffer_frames;
}

std::chrono::nanoseconds time_of(const StreamPosition& position, uint64_t frames, uint32_t rate) {
  if (frames <= position.frames || rate == 0) return position.when;
  const uint64_t ahead = frames - position.frames;
  const uint64_t seconds = ahead / rate, rest = ahead % rate;
  return position.when + std::chrono::seconds(seconds) + std::chrono::nanoseconds((rest * 1'000'000'000 + rate - 1) / rate);
}

}  // namespace portside::alsa
