#include "verify/hearing.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>

namespace portside::verify {
namespace {

std::string_view chars(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class Listener {
 public:
  Listener(const Marker& marker, std::span<const std::byte> recorded, uint64_t played)
      : marker_(marker), recorded_(recorded), frame_(marker.format().frame_bytes()), count_(recorded.size() / frame_),
        played_(played) {}

  Hearing listen() {
    const auto place = marker_.find(recorded_, 0, std::max<uint64_t>(1, played_));
    if (!place) return heard_;
    // Back from there to where it begins.
    uint64_t at = place->recorded;
    next_ = place->marker;
    while (at > 0 && next_ > 0 && marker_.is_frame(next_ - 1, frame_at(at - 1))) --at, --next_;
    heard_.begins = true;
    heard_.before = at;
    heard_.first = next_;
    for (uint64_t i = 0; i < at; ++i) heard_.noise_before += !marker_.is_silence(frame_at(i));
    while (at < count_) {
      if (marker_.is_frame(next_, frame_at(at))) {
        ++heard_.right, ++next_, ++at;
        continue;
      }
      if (!resume(at)) break;
    }
    heard_.last = next_;
    return heard_;
  }

 private:
  const std::byte* frame_at(uint64_t i) const { return &recorded_[i * frame_]; }

  // Finds where the marker goes on; false: nowhere.
  bool resume(uint64_t& at) {
    const uint64_t from = at;
    while (at < count_ && marker_.is_silence(frame_at(at))) ++at;
    const uint64_t silent = at - from;
    uint64_t noise = 0;
    const uint64_t low = next_ > kWindow ? next_ - kWindow : 0;
    const std::vector<std::byte> window = marker_.frames(low, 2 * kWindow);
    for (; at + kFew <= count_; ++at, ++noise) {
      if (noise > kWindow) break;
      for (size_t found = chars(window).find(chars(recorded_.subspan(at * frame_, kFew * frame_)));
           found != std::string_view::npos;
           found = chars(window).find(chars(recorded_.subspan(at * frame_, kFew * frame_)), found + 1)) {
        if (found % frame_) continue;
        const uint64_t to = low + found / frame_;
        heard_.changed += noise;
        if (silent) heard_.gaps.push_back({next_, silent});
        // What was changed or silenced in its place is no jump.
        if (to != next_ && to != next_ + noise && to != next_ + noise + silent) heard_.jumps.push_back({next_, to});
        next_ = to;
        return true;
      }
    }
    for (uint64_t i = from; i < count_; ++i) heard_.noise_after += !marker_.is_silence(frame_at(i));
    return false;
  }

  static constexpr uint64_t kWindow = 16384, kFew = 6;

  const Marker& marker_;
  const std::span<const std::byte> recorded_;
  const uint64_t frame_, count_, played_;
  uint64_t next_ = 0;
  Hearing heard_;
};

}  // namespace

Hearing hear(const Marker& marker, std::span<const std::byte> recorded, uint64_t frames) {
  return Listener(marker, recorded, frames).listen();
}

std::string Hearing::fault() const {
  if (!begins) return "nothing of what was played is in the recording";
  std::string text;
  const auto add = [&](std::string sentence) { text += (text.empty() ? "" : ", ") + sentence; };
  if (first) add(fmt::format("the first {} frames are missing", first));
  if (noise_before) add(fmt::format("{} frames before it began are not silent", noise_before));
  if (!jumps.empty()) {
    const Jump& jump = jumps.front();
    add(jump.to > jump.from ? fmt::format("{} frames are lost at frame {}", jump.to - jump.from, jump.from)
                            : fmt::format("{} frames come twice at frame {}", jump.from - jump.to, jump.from));
  }
  if (!gaps.empty()) add(fmt::format("{} frames of silence stand at frame {}", gaps.front().frames, gaps.front().at));
  if (jumps.size() + gaps.size() > 1) add(fmt::format("{} such places", jumps.size() + gaps.size()));
  if (changed) add(fmt::format("{} frames are changed", changed));
  if (noise_after) add(fmt::format("behind frame {} there is something else", last));
  return text;
}

}  // namespace portside::verify
