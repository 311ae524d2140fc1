#pragma once
// loop_back: what one client plays, another records.

#include <functional>

#include "host_clients.h"
#include "pump.h"

namespace portside::testing_support {

using Sound = std::vector<std::byte>;

// `prepare` changes the sound before it is played, and returns what is to be recorded of it, bit for bit. False when the machine was
// too slow for it to be said.
inline bool loop_back(
    Client& client, std::string_view out, std::string_view in, uint32_t buffer, unsigned notifications, unsigned seed,
    const std::function<Sound(Sound&)>& prepare = [](Sound& sound) { return sound; }) {
  const auto render = open(client, out, Direction::kRender, buffer, notifications);
  const auto capture = open(client, in, Direction::kCapture, buffer, notifications);
  if (!render || !capture) return true;
  Sound sound = noise(kFormat, kFormat.rate, seed);
  const Sound expected = prepare(sound);
  std::atomic<bool> enough = false;
  Result<Sound> recorded;
  EXPECT_TRUE(capture->set_state(StreamState::kRun));
  std::thread recorder([&] { recorded = record_until(*capture, enough); });
  const auto played = play_all(*render, sound);
  // What is on its way in the capture buffer still.
  const uint64_t at = capture->position().done;
  EXPECT_TRUE(eventually([&] { return capture->position().done >= at + buffer || !capture->alive().is_ok(); }));
  enough = true;
  recorder.join();
  EXPECT_TRUE(played) << played.error().to_string();
  EXPECT_TRUE(recorded) << recorded.error().to_string();
  if (!recorded || render->glitches() || capture->glitches()) return false;
  EXPECT_LT(find_in(*recorded, expected), recorded->size()) << "the sound is not in the recording as it was played";
  return true;
}

}  // namespace portside::testing_support
