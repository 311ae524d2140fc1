// One client, and one handle of the ALSA plugin, in several threads' hands.

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "patient_host.h"
#include "plugins/alsa/pcm.h"
#include "portside/client.h"

namespace portside {
namespace {

using testing_support::PatientHost;

std::unique_ptr<Client> connect(const PatientHost& host) {
  auto client = Client::connect(host.path());
  EXPECT_TRUE(client) << client.error().to_string();
  return client ? std::move(*client) : nullptr;
}

TEST(Threads, OneClientInSeveralHands) {
  PatientHost host;
  const auto client = connect(host);
  ASSERT_TRUE(client);
  constexpr int kRounds = 200;
  std::atomic<int> heard = 0, set = 0;
  std::atomic<bool> over = false;
  std::thread sets([&] {
    for (int i = 1; i <= kRounds; ++i) set += client->set_control("speaker", 0, std::vector<int32_t>{i}).has_value();
  });
  std::thread asks([&] {
    for (int i = 0; i < kRounds; ++i) {
      const auto endpoints = client->endpoints();
      EXPECT_TRUE(endpoints && endpoints->size() == 1);
      const auto volume = client->control("speaker", 0);
      EXPECT_TRUE(volume && volume->size() == 1);
    }
  });
  std::thread listens([&] {
    while (!over || heard < kRounds) {
      const auto changes = client->take_changes();
      if (!changes) return;
      heard += static_cast<int>(changes->size());
    }
  });
  sets.join();
  asks.join();
  over = true;
  listens.join();
  EXPECT_EQ(set, kRounds);
  EXPECT_EQ(heard, kRounds) << "each change once, to whoever of them takes it";
  EXPECT_EQ(client->control("speaker", 0).value(), std::vector<int32_t>{kRounds});
}

// One writes, another looks where it is, a third opens and closes streams beside it.
TEST(Threads, AStreamIsLookedAtByAnyThread) {
  PatientHost host;
  const auto client = connect(host);
  ASSERT_TRUE(client);
  const StreamRequest request{
      .endpoint = "speaker", .direction = Direction::kRender, .format = PatientHost::kFormat, .buffer_frames = 960};
  auto opened = client->open(request);
  ASSERT_TRUE(opened) << opened.error().to_string();
  Stream& stream = **opened;
  constexpr uint64_t kEnd = 96'000;
  std::atomic<bool> over = false;
  std::thread looks([&] {
    for (StreamPosition before; !over;) {
      const StreamPosition now = stream.position();
      EXPECT_GE(now.frames, before.frames);
      EXPECT_GE(now.done, before.done);
      EXPECT_TRUE(stream.alive().is_ok());
      before = now;
    }
  });
  std::thread opens([&] {
    while (!over) {
      const auto other = client->open(request);
      EXPECT_TRUE(other && (*other)->set_state(StreamState::kPause));
    }
  });
  EXPECT_TRUE(stream.set_state(StreamState::kRun));
  for (uint64_t written = 0; written < kEnd;) {
    written = std::min(kEnd, stream.position().done + 960);
    stream.tell_written(written);
  }
  while (stream.position().done < kEnd) std::this_thread::yield();
  over = true;
  looks.join();
  opens.join();
}

TEST(Threads, OneHandleOfThePluginInSeveralHands) {
  PatientHost host;
  snd_pcm_t* pcm = nullptr;
  ASSERT_EQ(alsa::Pcm::open(&pcm, "test", connect(host), PatientHost::endpoint(), 0), 0);
  ASSERT_EQ(snd_pcm_set_params(pcm, SND_PCM_FORMAT_S16_LE, SND_PCM_ACCESS_RW_INTERLEAVED, 2, 48000, 0, 20'000), 0);
  constexpr snd_pcm_sframes_t kEnd = 48'000;
  std::atomic<bool> over = false;
  std::atomic<int> looked = 0;
  const auto look = [&] {
    while (!over) {
      snd_pcm_sframes_t avail = 0, delay = 0;
      const int error = snd_pcm_avail_delay(pcm, &avail, &delay);
      EXPECT_TRUE(error == 0 || error == -EPIPE || error == -EBADFD || error == -EIO) << snd_strerror(error);
      pollfd set[8];
      unsigned short events = 0;
      const int count = snd_pcm_poll_descriptors(pcm, set, 8);
      if (count > 0) (void)snd_pcm_poll_descriptors_revents(pcm, set, static_cast<unsigned>(count), &events);
      (void)snd_pcm_state(pcm);
      ++looked;
    }
  };
  std::thread first(look), second(look);
  const std::vector<int16_t> sound(2 * 480, 1000);
  for (snd_pcm_sframes_t written = 0; written < kEnd;) {
    snd_pcm_sframes_t count = snd_pcm_writei(pcm, sound.data(), 480);
    // The device has played all that was written: no fault of anybody's here.
    if (count == -EPIPE) count = snd_pcm_recover(pcm, static_cast<int>(count), 1);
    ASSERT_GE(count, 0) << snd_strerror(static_cast<int>(count));
    written += count;
  }
  const int drained = snd_pcm_drain(pcm);
  EXPECT_TRUE(drained == 0 || drained == -EPIPE) << snd_strerror(drained);
  over = true;
  first.join();
  second.join();
  EXPECT_GT(looked, 0);
  snd_pcm_close(pcm);
}

}  // namespace
}  // namespace portside
