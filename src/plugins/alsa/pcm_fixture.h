#pragma once
// A PCM of the plugin in alsa-lib's hands, on a host that a test moves by hand.

#include <gtest/gtest.h>
#include <poll.h>

#include <cstdarg>
#include <cstdio>
#include <cstring>

#include "plugins/alsa/fake_host_fixture.h"
#include "plugins/alsa/pcm.h"

namespace portside::alsa {

class PcmTest : public ::testing::Test {
 protected:
  PcmTest() {
    snd_lib_error_set_handler(hear);
    said().clear();
  }
  ~PcmTest() override {
    if (pcm_ != nullptr) snd_pcm_close(pcm_);
    snd_lib_error_set_handler(nullptr);
  }

  static void hear(const char*, int, const char*, int, const char* format, ...) {
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    said() += std::string(text) + "\n";
  }
  static std::string& said() {
    static std::string text;
    return text;
  }

  void open(Direction direction = Direction::kRender, int mode = SND_PCM_NONBLOCK) {
    const EndpointInfo endpoint{.id = "speaker",
                                .name = "Speaker",
                                .direction = direction,
                                .formats = {{SampleType::kSigned16, 2, 48000, 3},
                                            {SampleType::kSigned16, 2, 44100, 3},
                                            {SampleType::kFloat32, 2, 48000, 3},
                                            {SampleType::kSigned16, 6, 48000, 0x3F},
                                            {SampleType::kSigned16, 6, 48000, 0x60F}}};
    ASSERT_EQ(Pcm::open(&pcm_, "test", std::make_unique<testing::FakeClient>(host_), endpoint, mode), 0);
  }
  int set(snd_pcm_format_t format = SND_PCM_FORMAT_S16_LE, unsigned channels = 2, unsigned rate = 48000,
          snd_pcm_uframes_t period = 480, snd_pcm_uframes_t buffer = 960,
          snd_pcm_access_t access = SND_PCM_ACCESS_RW_INTERLEAVED) {
    snd_pcm_hw_params_t* hw = nullptr;
    snd_pcm_hw_params_alloca(&hw);
    int error = snd_pcm_hw_params_any(pcm_, hw);
    if (error >= 0) error = snd_pcm_hw_params_set_access(pcm_, hw, access);
    if (error >= 0) error = snd_pcm_hw_params_set_format(pcm_, hw, format);
    if (error >= 0) error = snd_pcm_hw_params_set_channels(pcm_, hw, channels);
    if (error >= 0) error = snd_pcm_hw_params_set_rate(pcm_, hw, rate, 0);
    if (error >= 0) error = snd_pcm_hw_params_set_period_size(pcm_, hw, period, 0);
    if (error >= 0) error = snd_pcm_hw_params_set_buffer_size(pcm_, hw, buffer);
    if (error >= 0) error = snd_pcm_hw_params(pcm_, hw);
    // Started by the test, where alsa-lib would with the first frame.
    if (error >= 0) wish([&](snd_pcm_sw_params_t* sw) { snd_pcm_sw_params_set_start_threshold(pcm_, sw, 1'000'000); });
    return error;
  }
  template <class Set>
  void wish(Set&& change) {
    snd_pcm_sw_params_t* sw = nullptr;
    snd_pcm_sw_params_alloca(&sw);
    ASSERT_EQ(snd_pcm_sw_params_current(pcm_, sw), 0);
    change(sw);
    ASSERT_EQ(snd_pcm_sw_params(pcm_, sw), 0);
  }
  // Frame n is (n, -n), from the n-th on.
  static std::vector<int16_t> frames(int from, int count) {
    std::vector<int16_t> samples;
    for (int n = from; n < from + count; ++n)
      samples.insert(samples.end(), {static_cast<int16_t>(n), static_cast<int16_t>(-n)});
    return samples;
  }
  snd_pcm_sframes_t write(int from, int count) {
    return snd_pcm_writei(pcm_, frames(from, count).data(), static_cast<snd_pcm_uframes_t>(count));
  }
  int16_t heard(uint64_t frame) const {
    return reinterpret_cast<const int16_t*>(
        host_.stream->bytes.data())[2 * (frame % host_.stream->facts.buffer_frames)];
  }

  // What poll() and alsa-lib say to one who does not wait; -1: nothing is readable.
  int events() {
    pollfd set[8];
    const int count = snd_pcm_poll_descriptors(pcm_, set, 8);
    EXPECT_EQ(count, snd_pcm_poll_descriptors_count(pcm_));
    if (::poll(set, static_cast<nfds_t>(count), 0) == 0) return -1;
    unsigned short events = 0;
    EXPECT_EQ(snd_pcm_poll_descriptors_revents(pcm_, set, static_cast<unsigned>(count), &events), 0);
    return events;
  }

  testing::FakeHost host_;
  snd_pcm_t* pcm_ = nullptr;
};

}  // namespace portside::alsa
