// How a PCM of the plugin comes to an end: by draining, by dropping, by pausing. Nothing waits for the clock.
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "plugins/alsa/pcm_fixture.h"

namespace portside::alsa {
namespace {

TEST_F(PcmTest, DrainPlaysTheLastFrame_AndWhatTheHardwareHolds) {
  host_.latency_frames = 64;
  open(Direction::kRender, 0);
  ASSERT_EQ(set(), 0);
  ASSERT_EQ(write(1, 700), 700);
  host_.stream->step = 480;  // each look moves it, and is notified
  ASSERT_EQ(snd_pcm_drain(pcm_), 0);
  EXPECT_EQ(host_.stream->end, 700u);
  EXPECT_EQ(host_.stream->states, (std::vector{StreamState::kPause, StreamState::kRun, StreamState::kStop}));
  EXPECT_EQ(heard(700), 0);
  EXPECT_EQ(snd_pcm_state(pcm_), SND_PCM_STATE_SETUP);
}

TEST_F(PcmTest, DrainWithoutWaitingEndsWhenItWasHeard) {
  host_.latency_frames = 64;
  open();
  ASSERT_EQ(set(), 0);
  ASSERT_EQ(write(1, 700), 700);
  ASSERT_EQ(snd_pcm_drain(pcm_), -EAGAIN);
  EXPECT_EQ(snd_pcm_state(pcm_), SND_PCM_STATE_DRAINING);
  host_.stream->play_to(763);
  snd_pcm_avail_update(pcm_);
  EXPECT_EQ(snd_pcm_state(pcm_), SND_PCM_STATE_DRAINING);
  host_.stream->play_to(764);
  snd_pcm_avail_update(pcm_);
  EXPECT_EQ(snd_pcm_state(pcm_), SND_PCM_STATE_SETUP);
  EXPECT_EQ(host_.stream->state, StreamState::kStop);
}

TEST_F(PcmTest, DrainWithoutWaitingSaysItselfThatItIsOver) {
  host_.latency_frames = 64;
  open();
  ASSERT_EQ(set(), 0);
  ASSERT_EQ(write(1, 700), 700);
  ASSERT_EQ(snd_pcm_drain(pcm_), -EAGAIN);
  host_.stream->play_to(763);
  EXPECT_EQ(snd_pcm_drain(pcm_), -EAGAIN);
  EXPECT_EQ(events(), 0);
  EXPECT_EQ(events(), -1);
  host_.stream->play_to(764);
  host_.stream->ring();
  EXPECT_EQ(events(), POLLOUT);
  EXPECT_EQ(events(), POLLOUT);
  EXPECT_EQ(snd_pcm_drain(pcm_), 0) << "and no other call came between";
  EXPECT_EQ(snd_pcm_state(pcm_), SND_PCM_STATE_SETUP);
  EXPECT_EQ(host_.stream->state, StreamState::kStop);
}

TEST_F(PcmTest, ASignalDoesNotEndADrain_AndAnAbortDoes) {
  static std::atomic<int> caught;
  caught = 0;
  struct sigaction action{}, before{};
  action.sa_handler = [](int) { ++caught; };
  ASSERT_EQ(::sigaction(SIGUSR1, &action, &before), 0);
  open(Direction::kRender, 0);
  ASSERT_EQ(set(), 0);
  ASSERT_EQ(write(1, 700), 700);
  std::atomic<int> looks = 0;
  host_.stream->before_position = [&] { ++looks; };
  std::atomic<int> ended = 1;
  std::thread drains([&] { ended = snd_pcm_drain(pcm_); });
  const auto next_look = [&] {
    for (const int seen = looks; looks == seen && ended == 1;) std::this_thread::yield();
  };
  next_look();
  for (int i = 0; i < 3; ++i) {
    ::pthread_kill(drains.native_handle(), SIGUSR1);
    next_look();
  }
  EXPECT_EQ(ended, 1);
  EXPECT_EQ(snd_pcm_abort(pcm_), 0);
  ::pthread_kill(drains.native_handle(), SIGUSR1);
  drains.join();
  EXPECT_EQ(ended, -EINTR);
  EXPECT_GT(caught, 0);
  ::sigaction(SIGUSR1, &before, nullptr);
}

TEST_F(PcmTest, ADropFromAnotherThreadEndsADrain) {
  open(Direction::kRender, 0);
  ASSERT_EQ(set(), 0);
  ASSERT_EQ(write(1, 700), 700);
  std::atomic<bool> looked = false;
  host_.stream->before_position = [&] { looked = true; };
  int ended = 1;
  std::thread drains([&] { ended = snd_pcm_drain(pcm_); });
  while (!looked) std::this_thread::yield();
  EXPECT_EQ(snd_pcm_drop(pcm_), 0);
  drains.join();
  EXPECT_EQ(ended, 0);
  EXPECT_EQ(snd_pcm_state(pcm_), SND_PCM_STATE_SETUP);
}

TEST_F(PcmTest, PauseAndOn) {
  open();
  ASSERT_EQ(set(), 0);
  ASSERT_EQ(write(1, 960), 960);
  ASSERT_EQ(snd_pcm_start(pcm_), 0);
  ASSERT_EQ(snd_pcm_pause(pcm_, 1), 0);
  EXPECT_EQ(host_.stream->state, StreamState::kPause);
  EXPECT_EQ(snd_pcm_state(pcm_), SND_PCM_STATE_PAUSED);
  ASSERT_EQ(snd_pcm_pause(pcm_, 0), 0);
  EXPECT_EQ(host_.stream->state, StreamState::kRun);
  ASSERT_EQ(snd_pcm_drop(pcm_), 0);
  EXPECT_EQ(host_.stream->state, StreamState::kStop);
}

}  // namespace
}  // namespace portside::alsa
