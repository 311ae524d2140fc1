// An application of ALSA against a driver host in another process, in real time: what is judged is what happens, never
// how fast.
#include <gtest/gtest.h>

#include <alsa/asoundlib.h>

#include <chrono>
#include <cmath>
#include <optional>
#include <thread>
#include <vector>

#include "served_driver.h"

namespace portside {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

class Pcm {
 public:
  explicit Pcm(snd_pcm_stream_t direction, const char* name = "portside", int mode = 0) {
    if (snd_pcm_open(&pcm_, name, direction, mode) < 0) pcm_ = nullptr;
  }
  ~Pcm() {
    if (pcm_ != nullptr) snd_pcm_close(pcm_);
  }
  Pcm(const Pcm&) = delete;
  Pcm& operator=(const Pcm&) = delete;
  operator snd_pcm_t*() const { return pcm_; }

  int set(snd_pcm_uframes_t period, snd_pcm_uframes_t buffer, snd_pcm_format_t format = SND_PCM_FORMAT_S16_LE,
          unsigned channels = 2, unsigned rate = 48000) {
    snd_pcm_hw_params_t* hw = nullptr;
    snd_pcm_hw_params_alloca(&hw);
    int error = snd_pcm_hw_params_any(pcm_, hw);
    if (error >= 0) error = snd_pcm_hw_params_set_access(pcm_, hw, SND_PCM_ACCESS_RW_INTERLEAVED);
    if (error >= 0) error = snd_pcm_hw_params_set_format(pcm_, hw, format);
    if (error >= 0) error = snd_pcm_hw_params_set_channels(pcm_, hw, channels);
    if (error >= 0) error = snd_pcm_hw_params_set_rate(pcm_, hw, rate, 0);
    if (error >= 0) error = snd_pcm_hw_params_set_period_size(pcm_, hw, period, 0);
    if (error >= 0) error = snd_pcm_hw_params_set_buffer_size(pcm_, hw, buffer);
    return error < 0 ? error : snd_pcm_hw_params(pcm_, hw);
  }
  // All of it is handed over before it begins.
  int start_at(snd_pcm_uframes_t threshold) {
    snd_pcm_sw_params_t* sw = nullptr;
    snd_pcm_sw_params_alloca(&sw);
    int error = snd_pcm_sw_params_current(pcm_, sw);
    if (error >= 0) error = snd_pcm_sw_params_set_start_threshold(pcm_, sw, threshold);
    return error < 0 ? error : snd_pcm_sw_params(pcm_, sw);
  }
  // Running dry, or over, is no error: on a machine that is busy either comes at any time.
  int run_on() {
    snd_pcm_sw_params_t* sw = nullptr;
    snd_pcm_sw_params_alloca(&sw);
    snd_pcm_uframes_t boundary = 0;
    int error = snd_pcm_sw_params_current(pcm_, sw);
    if (error >= 0) error = snd_pcm_sw_params_get_boundary(sw, &boundary);
    if (error >= 0) error = snd_pcm_sw_params_set_stop_threshold(pcm_, sw, boundary);
    return error < 0 ? error : snd_pcm_sw_params(pcm_, sw);
  }
  // None: an error. Behind the end of what was written it is negative.
  std::optional<snd_pcm_sframes_t> delay() {
    snd_pcm_sframes_t frames = 0;
    return snd_pcm_delay(pcm_, &frames) == 0 ? std::optional(frames) : std::nullopt;
  }

 private:
  snd_pcm_t* pcm_ = nullptr;
};

class AlsaApplication : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(cable_.serves());
    snd_config_update_free_global();  // the configuration names the socket
  }
  // Errors that a test provokes are its own affair.
  static void drop(const char*, int, const char*, int, const char*, ...) {}
  static void be_quiet() { snd_lib_error_set_handler(drop); }
  ~AlsaApplication() override { snd_lib_error_set_handler(nullptr); }

  testing::ServedDriver cable_;
  std::vector<int16_t> sound_ = std::vector<int16_t>(2 * 48000, 1000);
};

TEST_F(AlsaApplication, DrainLastsAsLongAsTheSound) {
  Pcm pcm(SND_PCM_STREAM_PLAYBACK);
  ASSERT_NE(pcm, nullptr);
  ASSERT_EQ(pcm.set(4800, 24000), 0);
  ASSERT_EQ(pcm.start_at(24000), 0);
  ASSERT_EQ(snd_pcm_writei(pcm, sound_.data(), 14400), 14400);
  EXPECT_EQ(snd_pcm_state(pcm), SND_PCM_STATE_PREPARED);
  EXPECT_GE(pcm.delay().value_or(-1), 14400);
  const auto before = steady_clock::now();
  ASSERT_EQ(snd_pcm_drain(pcm), 0);
  // The device may be a tick ahead of us, and no more.
  EXPECT_GE(steady_clock::now() - before, milliseconds(290));
  EXPECT_EQ(snd_pcm_state(pcm), SND_PCM_STATE_SETUP);
}

// By the clock from one look of the host's to the next with the cable; by the device's own register with the studio.
TEST(AlsaDelay, NeverGoesBackwards) {
  for (const char* driver : {CABLE_INF, STUDIO_INF}) {
    SCOPED_TRACE(driver);
    testing::ServedDriver host(driver);
    ASSERT_TRUE(host.serves());
    snd_config_update_free_global();  // the configuration names the socket
    const std::vector<int16_t> sound(2 * 24000, 1000);
    Pcm pcm(SND_PCM_STREAM_PLAYBACK);
    ASSERT_NE(pcm, nullptr);
    ASSERT_EQ(pcm.set(4800, 24000), 0);
    ASSERT_EQ(pcm.start_at(24000), 0);
    ASSERT_EQ(pcm.run_on(), 0);
    ASSERT_EQ(snd_pcm_writei(pcm, sound.data(), 24000), 24000);
    snd_pcm_sframes_t delay = pcm.delay().value(), room = snd_pcm_avail(pcm);
    const snd_pcm_sframes_t first = delay;
    const auto give_up = steady_clock::now() + std::chrono::seconds(30);
    while (delay > first - 3 * 4800 && steady_clock::now() < give_up) {
      const auto now = pcm.delay();
      if (!now) break;  // an underrun, of a machine that stood for as long: how far it had come is held below
      const snd_pcm_sframes_t later = *now, more = snd_pcm_avail(pcm);
      EXPECT_LE(later, delay);
      EXPECT_GE(more, room);
      delay = later;
      room = more;
    }
    EXPECT_LE(delay, first - 3 * 4800) << "it moves";
  }
}

TEST_F(AlsaApplication, APauseHoldsThePosition) {
  Pcm pcm(SND_PCM_STREAM_PLAYBACK);
  ASSERT_NE(pcm, nullptr);
  ASSERT_EQ(pcm.set(4800, 24000), 0);
  ASSERT_EQ(pcm.start_at(24000), 0);
  ASSERT_EQ(pcm.run_on(), 0);
  ASSERT_EQ(snd_pcm_writei(pcm, sound_.data(), 24000), 24000);
  ASSERT_EQ(snd_pcm_wait(pcm, 10'000), 1) << "a period is played";
  ASSERT_EQ(snd_pcm_pause(pcm, 1), 0);
  EXPECT_EQ(snd_pcm_state(pcm), SND_PCM_STATE_PAUSED);
  const auto held = pcm.delay();
  ASSERT_TRUE(held);
  EXPECT_LT(*held, 24000);
  std::this_thread::sleep_for(milliseconds(60));  // in which a running stream would have gone on
  EXPECT_EQ(pcm.delay(), held);
  ASSERT_EQ(snd_pcm_pause(pcm, 0), 0);
  ASSERT_EQ(snd_pcm_drain(pcm), 0);
}

TEST_F(AlsaApplication, AnUnderrunIsToldAndRecoveredFrom) {
  Pcm pcm(SND_PCM_STREAM_PLAYBACK);
  ASSERT_NE(pcm, nullptr);
  ASSERT_EQ(pcm.set(480, 960), 0);
  for (int round = 0; round < 3; ++round) {
    ASSERT_EQ(snd_pcm_writei(pcm, sound_.data(), 960), 960);
    int waited = 1;
    while (waited == 1) waited = snd_pcm_wait(pcm, 10'000);
    EXPECT_EQ(waited, -EPIPE);
    EXPECT_EQ(snd_pcm_state(pcm), SND_PCM_STATE_XRUN);
    EXPECT_EQ(snd_pcm_writei(pcm, sound_.data(), 480), -EPIPE);
    ASSERT_EQ(snd_pcm_prepare(pcm), 0);
  }
}

TEST_F(AlsaApplication, OneThatDoesNotReadIsOverrun) {
  Pcm pcm(SND_PCM_STREAM_CAPTURE);
  ASSERT_NE(pcm, nullptr);
  ASSERT_EQ(pcm.set(480, 960), 0);
  ASSERT_EQ(snd_pcm_start(pcm), 0);
  int waited = 1;
  while (waited == 1) waited = snd_pcm_wait(pcm, 10'000);
  EXPECT_EQ(waited, -EPIPE);
  ASSERT_EQ(snd_pcm_prepare(pcm), 0);
  ASSERT_EQ(snd_pcm_start(pcm), 0);
}

TEST_F(AlsaApplication, AHostThatIsKilledIsAnErrorAndNoHang) {
  be_quiet();
  Pcm plays(SND_PCM_STREAM_PLAYBACK), records(SND_PCM_STREAM_CAPTURE);
  ASSERT_NE(plays, nullptr);
  ASSERT_NE(records, nullptr);
  ASSERT_EQ(plays.set(4800, 24000), 0);
  ASSERT_EQ(records.set(4800, 24000), 0);
  ASSERT_EQ(plays.run_on(), 0);
  ASSERT_EQ(records.run_on(), 0);
  ASSERT_EQ(snd_pcm_writei(plays, sound_.data(), 24000), 24000);
  ASSERT_EQ(snd_pcm_start(records), 0);
  ASSERT_EQ(snd_pcm_wait(plays, 10'000), 1);
  ASSERT_EQ(cable_.end(SIGKILL), 128 + SIGKILL);

  snd_pcm_sframes_t written = 1, read = 1;
  std::vector<int16_t> heard(2 * 48000);
  // As long as there is room, or sound, in a buffer that nobody moves any more.
  while (written > 0) written = snd_pcm_writei(plays, sound_.data(), 4800);
  EXPECT_EQ(written, -ENODEV);
  while (read > 0) read = snd_pcm_readi(records, heard.data(), 4800);
  EXPECT_EQ(read, -ENODEV);
  EXPECT_EQ(snd_pcm_state(plays), SND_PCM_STATE_DISCONNECTED);
  EXPECT_LT(snd_pcm_drain(plays), 0);
  EXPECT_EQ(snd_pcm_prepare(plays), -ENODEV);
  Pcm after(SND_PCM_STREAM_PLAYBACK);
  EXPECT_EQ(after, nullptr) << "nothing is served";
}

TEST_F(AlsaApplication, EveryFormatOfTheEndpointIsOpened_AndOthersAreNot) {
  be_quiet();
  Pcm pcm(SND_PCM_STREAM_PLAYBACK);
  ASSERT_NE(pcm, nullptr);
  for (const snd_pcm_format_t format : {SND_PCM_FORMAT_U8, SND_PCM_FORMAT_S16_LE, SND_PCM_FORMAT_S24_3LE,
                                        SND_PCM_FORMAT_S32_LE, SND_PCM_FORMAT_FLOAT_LE})
    for (const unsigned channels : {1u, 2u, 6u, 8u})
      for (const unsigned rate : {8000u, 44100u, 192000u})
        EXPECT_EQ(pcm.set(rate / 100, rate / 50, format, channels, rate), 0)
            << snd_pcm_format_name(format) << " " << channels << " " << rate;
  EXPECT_LT(pcm.set(480, 960, SND_PCM_FORMAT_S16_BE), 0);
  EXPECT_LT(pcm.set(480, 960, SND_PCM_FORMAT_S16_LE, 9), 0);
  EXPECT_LT(pcm.set(480, 960, SND_PCM_FORMAT_S16_LE, 2, 47999), 0);
}

TEST_F(AlsaApplication, AnEndpointIsFoundByAPartOfItsName_AndAWrongOneIsNot) {
  be_quiet();
  EXPECT_NE(Pcm(SND_PCM_STREAM_CAPTURE, "portside:line"), nullptr);
  EXPECT_NE(Pcm(SND_PCM_STREAM_PLAYBACK, ("portside:Speakers," + cable_.socket()).c_str()), nullptr);
  EXPECT_EQ(Pcm(SND_PCM_STREAM_CAPTURE, "portside:speakers"), nullptr) << "a render endpoint";
  EXPECT_EQ(Pcm(SND_PCM_STREAM_PLAYBACK, "portside:gramophone"), nullptr);
  EXPECT_EQ(Pcm(SND_PCM_STREAM_PLAYBACK, "portside:speakers,/nowhere"), nullptr);
}

TEST_F(AlsaApplication, ConversionsStandInFront) {
  Pcm pcm(SND_PCM_STREAM_PLAYBACK, "plugportside:speakers");
  ASSERT_NE(pcm, nullptr);
  EXPECT_EQ(pcm.set(480, 1920, SND_PCM_FORMAT_S16_BE, 2, 47999), 0);
}

TEST_F(AlsaApplication, VolumesAreTurned_AndHeardOf) {
  snd_ctl_t *turns = nullptr, *listens = nullptr;
  ASSERT_EQ(snd_ctl_open(&turns, "portside:speakers", 0), 0);
  ASSERT_EQ(snd_ctl_open(&listens, "portside", 0), 0);
  ASSERT_EQ(snd_ctl_subscribe_events(listens, 1), 0);
  snd_ctl_elem_value_t* value = nullptr;
  snd_ctl_elem_value_malloc(&value);
  snd_ctl_elem_value_set_interface(value, SND_CTL_ELEM_IFACE_MIXER);
  snd_ctl_elem_value_set_name(value, "Speakers Playback Volume");
  ASSERT_EQ(snd_ctl_elem_read(turns, value), 0);
  const long before = snd_ctl_elem_value_get_integer(value, 0);
  snd_ctl_elem_value_set_integer(value, 0, before - 20);
  ASSERT_EQ(snd_ctl_elem_write(turns, value), 1);
  ASSERT_EQ(snd_ctl_wait(listens, 10'000), 1);
  snd_ctl_event_t* event = nullptr;
  snd_ctl_event_malloc(&event);
  ASSERT_EQ(snd_ctl_read(listens, event), 1);
  EXPECT_STREQ(snd_ctl_event_elem_get_name(event), "Speakers Playback Volume");
  ASSERT_EQ(snd_ctl_elem_read(listens, value), 0);
  EXPECT_EQ(snd_ctl_elem_value_get_integer(value, 0), before - 20);
  snd_ctl_event_free(event);
  snd_ctl_elem_value_free(value);
  snd_ctl_close(listens);
  snd_ctl_close(turns);
}

}  // namespace
}  // namespace portside
