// The PCM plugin through alsa-lib's own calls, on a host that a test moves by hand. Nothing waits.
#include <gtest/gtest.h>

#include <algorithm>

#include "plugins/alsa/pcm_fixture.h"

namespace portside::alsa {
namespace {

TEST_F(PcmTest, WritesIntoTheCyclicBuffer_AndTellsWhatTheDriverMayPlay) {
  open();
  ASSERT_EQ(set(), 0);
  EXPECT_EQ(host_.requests.back().buffer_frames, 960u);
  EXPECT_EQ(host_.requests.back().notifications, 2u);
  EXPECT_EQ(host_.stream->states, (std::vector{StreamState::kPause})) << "hw_params prepares; STOP it was in";
  EXPECT_EQ(events(), POLLOUT);
  EXPECT_EQ(write(1, 480), 480);
  EXPECT_EQ(host_.stream->written, 480u);
  EXPECT_EQ(heard(0), 1);
  EXPECT_EQ(heard(479), 480);
  EXPECT_EQ(heard(480), 0) << "silence, until it is written";
  ASSERT_EQ(snd_pcm_start(pcm_), 0);
  EXPECT_EQ(host_.stream->state, StreamState::kRun);
  EXPECT_EQ(write(481, 480), 480);
  EXPECT_EQ(write(961, 1), -EAGAIN) << "full";
  EXPECT_EQ(events(), -1) << "and nothing to do";
  host_.stream->play_to(480);
  EXPECT_EQ(events(), POLLOUT);
  EXPECT_EQ(events(), POLLOUT) << "until it is filled";
  EXPECT_EQ(write(961, 480), 480);
  EXPECT_EQ(heard(960), 961) << "in the place of frame 0";
  EXPECT_EQ(events(), -1);
}

TEST_F(PcmTest, DelayCountsWhatIsNotYetHeard) {
  host_.latency_frames = 37;
  open();
  ASSERT_EQ(set(), 0);
  ASSERT_EQ(write(1, 960), 960);
  ASSERT_EQ(snd_pcm_start(pcm_), 0);
  host_.stream->play_to(300);
  snd_pcm_sframes_t delay = 0, avail = 0;
  EXPECT_EQ(snd_pcm_delay(pcm_, &delay), 0);
  EXPECT_EQ(delay, 960 - 300 + 37);
  EXPECT_EQ(snd_pcm_avail_delay(pcm_, &avail, &delay), 0);
  EXPECT_EQ(avail, 300);
}

TEST_F(PcmTest, AnUnderrunIsEpipe_AndPrepareBeginsAnew) {
  open();
  ASSERT_EQ(set(), 0);
  ASSERT_EQ(write(1, 960), 960);
  ASSERT_EQ(snd_pcm_start(pcm_), 0);
  host_.stream->play_to(5 * 960 + 7);  // more than once round
  EXPECT_EQ(events(), POLLOUT | POLLERR);
  EXPECT_EQ(snd_pcm_state(pcm_), SND_PCM_STATE_XRUN);
  EXPECT_EQ(host_.stream->state, StreamState::kStop);
  EXPECT_EQ(write(1, 1), -EPIPE);
  EXPECT_EQ(snd_pcm_wait(pcm_, 0), -EPIPE);
  ASSERT_EQ(snd_pcm_prepare(pcm_), 0);
  EXPECT_EQ(heard(0), 0) << "nothing of what was played before";
  EXPECT_EQ(write(7, 480), 480);
  EXPECT_EQ(host_.stream->written, 480u);
  EXPECT_EQ(heard(0), 7);
}

TEST_F(PcmTest, WithoutAStopThresholdItRunsOn_AndSilenceIsAhead) {
  open();
  ASSERT_EQ(set(), 0);
  wish([&](snd_pcm_sw_params_t* sw) {
    snd_pcm_uframes_t boundary = 0;
    snd_pcm_sw_params_get_boundary(sw, &boundary);
    snd_pcm_sw_params_set_stop_threshold(pcm_, sw, boundary);
    snd_pcm_sw_params_set_silence_size(pcm_, sw, boundary);
  });
  ASSERT_EQ(write(1, 960), 960);
  ASSERT_EQ(snd_pcm_start(pcm_), 0);
  host_.stream->play_to(500);
  ASSERT_EQ(write(961, 100), 100);
  EXPECT_EQ(heard(960 + 99), 1060);
  EXPECT_EQ(heard(960 + 100), 0) << "played, and not written again";
  EXPECT_EQ(heard(500), 501) << "still to be played";
  host_.stream->play_to(3000);
  EXPECT_EQ(snd_pcm_avail(pcm_), 3000 + 960 - 1060);
  EXPECT_EQ(snd_pcm_state(pcm_), SND_PCM_STATE_RUNNING);
}

TEST_F(PcmTest, NothingIsTouchedThatTheDeviceMayStillHaveToFetch) {
  open();
  ASSERT_EQ(set(), 0);
  ASSERT_EQ(write(1, 960), 960);
  ASSERT_EQ(snd_pcm_start(pcm_), 0);
  host_.stream->ahead = 100;
  host_.stream->play_to(400);
  EXPECT_EQ(snd_pcm_avail(pcm_), 400) << "what it is done with, not what it ought to be";
  snd_pcm_sframes_t delay = 0;
  EXPECT_EQ(snd_pcm_delay(pcm_, &delay), 0);
  EXPECT_EQ(delay, 460) << "what is heard goes by where it ought to be";
  ASSERT_EQ(snd_pcm_drain(pcm_), -EAGAIN);
  EXPECT_EQ(heard(399), 0);
  EXPECT_EQ(heard(400), 401);
}

TEST_F(PcmTest, AHostThatDiesIsEnodev) {
  open();
  ASSERT_EQ(set(), 0);
  ASSERT_EQ(write(1, 960), 960);
  ASSERT_EQ(snd_pcm_start(pcm_), 0);
  EXPECT_EQ(events(), -1);
  host_.stream->alive = Status(StatusCode::kMachineEnded, "the host has gone");
  host_.change({.endpoint = "speaker"});  // what wakes who sleeps
  EXPECT_EQ(events(), POLLOUT | POLLERR);
  EXPECT_EQ(snd_pcm_state(pcm_), SND_PCM_STATE_DISCONNECTED);
  EXPECT_EQ(write(1, 1), -ENODEV);
  EXPECT_EQ(snd_pcm_prepare(pcm_), -ENODEV);
  EXPECT_EQ(snd_pcm_drain(pcm_), -ENODEV);
  EXPECT_NE(said().find("the host has gone"), std::string::npos) << said();
}

TEST_F(PcmTest, AHostThatWasKilledIsEnodev_ThoughItSaidNothing) {
  open();
  ASSERT_EQ(set(), 0);
  ASSERT_EQ(write(1, 960), 960);
  ASSERT_EQ(snd_pcm_start(pcm_), 0);
  host_.alive = Status(StatusCode::kMachineEnded, "the socket hung up");
  host_.change({});
  EXPECT_EQ(events(), POLLOUT | POLLERR);
  EXPECT_EQ(snd_pcm_wait(pcm_, 0), -ENODEV);
  EXPECT_EQ(write(1, 1), -ENODEV);
}

TEST_F(PcmTest, AHostThatWasKilledIsEnodev_BeforeItRanToo) {
  open();
  ASSERT_EQ(set(), 0);
  ASSERT_EQ(write(1, 960), 960);
  host_.stream->refusal = Status(StatusCode::kMachineEnded, "the driver host has gone");
  said().clear();
  EXPECT_EQ(snd_pcm_start(pcm_), -ENODEV);
  EXPECT_EQ(snd_pcm_state(pcm_), SND_PCM_STATE_DISCONNECTED);
  EXPECT_EQ(snd_pcm_prepare(pcm_), -ENODEV);
  EXPECT_EQ(std::ranges::count(said(), '\n'), 1) << said();
}

TEST_F(PcmTest, AHostThatWasKilledIsSeenByOneWhoOnlyAsksWhereItIs) {
  open();
  ASSERT_EQ(set(), 0);
  ASSERT_EQ(write(1, 960), 960);
  ASSERT_EQ(snd_pcm_start(pcm_), 0);
  ASSERT_EQ(snd_pcm_pause(pcm_, 1), 0);
  host_.alive = Status(StatusCode::kMachineEnded, "the socket hung up");
  snd_pcm_sframes_t delay = 0;
  int error = 0;
  while (error == 0) error = snd_pcm_delay(pcm_, &delay);  // half a second at the most
  EXPECT_EQ(error, -ENODEV);
}

TEST_F(PcmTest, ChangesOfControlsDoNotKeepAPlayerAwake) {
  open();
  ASSERT_EQ(set(), 0);
  ASSERT_EQ(write(1, 960), 960);
  ASSERT_EQ(snd_pcm_start(pcm_), 0);
  host_.change({.endpoint = "speaker", .control = 1});
  EXPECT_EQ(events(), 0);
  EXPECT_EQ(events(), -1);
}

TEST_F(PcmTest, AGlitchThatRingsDoesNotKeepItAwake) {
  open();
  ASSERT_EQ(set(), 0);
  ASSERT_EQ(write(1, 960), 960);
  ASSERT_EQ(snd_pcm_start(pcm_), 0);
  host_.stream->notify();
  --host_.stream->notifications;
  EXPECT_EQ(events(), 0);
  EXPECT_EQ(events(), -1);
}

TEST_F(PcmTest, ANotificationWhoseRingIsClearedBeforeItIsCountedStillWakes) {
  open();
  ASSERT_EQ(set(), 0);
  ASSERT_EQ(write(1, 480), 480);
  ASSERT_EQ(snd_pcm_start(pcm_), 0);
  // While the last half is written: rung behind the first look, counted before the second.
  int looks = 0;
  host_.stream->before_count = [&] {
    ++looks;
    if (looks == 1) host_.stream->ring();
    if (looks == 2) host_.stream->position = 480;
    if (looks == 3) ++host_.stream->notifications;
  };
  ASSERT_EQ(write(481, 480), 480);
  ASSERT_EQ(looks, 3);
  EXPECT_EQ(events(), POLLOUT);
}

TEST_F(PcmTest, EachPeriodWakes_HoweverManyThereAre) {
  open();
  ASSERT_EQ(set(SND_PCM_FORMAT_S16_LE, 2, 48000, 240, 960), 0);
  EXPECT_EQ(host_.requests.back().wake_frames, 240u);
  ASSERT_EQ(write(1, 960), 960);
  ASSERT_EQ(snd_pcm_start(pcm_), 0);
  EXPECT_EQ(events(), -1);
  host_.stream->play_to(100);
  host_.stream->notify();
  EXPECT_EQ(events(), 0) << "woken for less than a period: looked at, and laid to rest";
  EXPECT_EQ(events(), -1);
  host_.stream->play_to(240);
  EXPECT_EQ(events(), POLLOUT);
}

TEST_F(PcmTest, ADriverThatMakesTheBufferLongerIsHeardInOrder) {
  host_.extra_frames = 64;
  open();
  ASSERT_EQ(set(), 0);
  ASSERT_EQ(write(1, 960), 960);
  ASSERT_EQ(snd_pcm_start(pcm_), 0);
  host_.stream->play_to(480);
  ASSERT_EQ(write(961, 480), 480);
  for (uint64_t frame : {480, 959, 960, 1023, 1024, 1439})
    EXPECT_EQ(heard(frame), static_cast<int16_t>(frame + 1)) << frame;
}

TEST_F(PcmTest, ADriverThatMakesItShorterIsRefused) {
  host_.extra_frames = static_cast<uint32_t>(-64);
  open();
  EXPECT_EQ(set(), -EINVAL);
  EXPECT_NE(said().find("a buffer of 896 frames, where 960 were set"), std::string::npos) << said();
}

TEST_F(PcmTest, ACombinationThatTheDriverHasNotIsRefusedByName) {
  open();
  EXPECT_EQ(set(SND_PCM_FORMAT_FLOAT_LE, 2, 44100), -EINVAL);
  EXPECT_NE(said().find("takes no FLOAT_LE with 2 channels at 44100 Hz"), std::string::npos) << said();
  EXPECT_EQ(set(SND_PCM_FORMAT_S16_LE, 2, 44100), 0) << "and the handle serves on";
  EXPECT_EQ(set(SND_PCM_FORMAT_S24_3LE), -EINVAL) << "no format of its: alsa-lib's own constraint";
}

TEST_F(PcmTest, ABusyPinIsEbusy) {
  open();
  host_.refusal = Status(StatusCode::kInsufficientResources, "the pin has no instance left");
  EXPECT_EQ(set(), -EBUSY);
}

TEST_F(PcmTest, MmapPlaysTheSame) {
  open();
  ASSERT_EQ(set(SND_PCM_FORMAT_S16_LE, 2, 48000, 480, 960, SND_PCM_ACCESS_MMAP_INTERLEAVED), 0);
  ASSERT_EQ(snd_pcm_mmap_writei(pcm_, frames(1, 960).data(), 960), 960);
  EXPECT_EQ(heard(959), 960);
  ASSERT_EQ(snd_pcm_start(pcm_), 0);
  host_.stream->play_to(480);
  ASSERT_EQ(snd_pcm_mmap_writei(pcm_, frames(961, 480).data(), 480), 480);
  EXPECT_EQ(heard(960), 961);
  EXPECT_EQ(host_.stream->written, 1440u);
}

TEST_F(PcmTest, RecordsWhatTheDriverWrites_ByReadAndByMmap) {
  for (snd_pcm_access_t access : {SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_ACCESS_MMAP_INTERLEAVED}) {
    open(Direction::kCapture);
    ASSERT_EQ(set(SND_PCM_FORMAT_S16_LE, 2, 48000, 480, 960, access), 0);
    EXPECT_EQ(events(), -1);
    ASSERT_EQ(snd_pcm_start(pcm_), 0);
    const std::vector<int16_t> sound = frames(1, 960);
    std::memcpy(host_.stream->bytes.data(), sound.data(), sound.size() * 2);
    std::vector<int16_t> got(2000);
    const auto read = [&](snd_pcm_uframes_t count) {
      return access == SND_PCM_ACCESS_RW_INTERLEAVED ? snd_pcm_readi(pcm_, got.data(), count)
                                                     : snd_pcm_mmap_readi(pcm_, got.data(), count);
    };
    EXPECT_EQ(read(10), -EAGAIN);
    host_.stream->play_to(480);
    EXPECT_EQ(events(), POLLIN);
    EXPECT_EQ(read(480), 480);
    EXPECT_TRUE(std::equal(got.begin(), got.begin() + 960, sound.begin()));
    host_.stream->play_to(700);
    EXPECT_EQ(snd_pcm_avail(pcm_), 220);
    snd_pcm_sframes_t delay = 0;
    EXPECT_EQ(snd_pcm_delay(pcm_, &delay), 0);
    EXPECT_EQ(delay, 220);
    EXPECT_EQ(host_.stream->read, 480u);
    host_.stream->play_to(480 + 960);
    EXPECT_EQ(snd_pcm_avail(pcm_), -EPIPE) << "an overrun";
    snd_pcm_close(std::exchange(pcm_, nullptr));
    EXPECT_FALSE(host_.stream->open);
  }
}

TEST_F(PcmTest, ChannelMapsAreTheMasks) {
  open();
  snd_pcm_chmap_query_t** maps = snd_pcm_query_chmaps(pcm_);
  ASSERT_NE(maps, nullptr);
  EXPECT_EQ(maps[0]->map.channels, 2u);
  EXPECT_EQ(maps[1]->map.channels, 6u);
  EXPECT_EQ(maps[2]->map.channels, 6u);
  EXPECT_EQ(maps[3], nullptr);
  ASSERT_EQ(set(SND_PCM_FORMAT_S16_LE, 6), 0);
  snd_pcm_chmap_t* map = snd_pcm_get_chmap(pcm_);
  ASSERT_NE(map, nullptr);
  EXPECT_EQ(map->pos[4], static_cast<unsigned>(SND_CHMAP_RL));
  std::free(map);
  ASSERT_EQ(snd_pcm_set_chmap(pcm_, &maps[2]->map), 0);
  EXPECT_EQ(host_.requests.back().format.channel_mask, 0x60Fu);
  EXPECT_EQ(host_.stream->state, StreamState::kPause);
  EXPECT_EQ(snd_pcm_state(pcm_), SND_PCM_STATE_PREPARED);
  EXPECT_EQ(snd_pcm_set_chmap(pcm_, &maps[0]->map), -EINVAL);
  // One that the driver has, and does not grant now: the handle serves on.
  host_.refusal = Status(StatusCode::kInsufficientResources, "the pin has no instance left");
  EXPECT_EQ(snd_pcm_set_chmap(pcm_, &maps[1]->map), -EBUSY);
  EXPECT_EQ(snd_pcm_state(pcm_), SND_PCM_STATE_SETUP);
  EXPECT_LT(snd_pcm_start(pcm_), 0);
  EXPECT_LT(snd_pcm_pause(pcm_, 1), 0);
  EXPECT_LE(snd_pcm_drain(pcm_), 0);
  EXPECT_LT(snd_pcm_avail(pcm_), 0);
  EXPECT_EQ(snd_pcm_prepare(pcm_), -EBADFD);
  host_.refusal = Status();
  EXPECT_EQ(set(SND_PCM_FORMAT_S16_LE, 6), 0);
  EXPECT_EQ(snd_pcm_state(pcm_), SND_PCM_STATE_PREPARED);
  snd_pcm_free_chmaps(maps);
}

}  // namespace
}  // namespace portside::alsa
