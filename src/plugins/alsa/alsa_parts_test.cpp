// The parts of the ALSA plugins that need no handle of alsa-lib's.
#include <gtest/gtest.h>

#include <sys/eventfd.h>
#include <unistd.h>

#include "plugins/alsa/channel_map.h"
#include "plugins/alsa/control_elements.h"
#include "plugins/alsa/cyclic_buffer.h"
#include "plugins/alsa/hardware_limits.h"
#include "plugins/alsa/wakeups.h"

namespace portside::alsa {
namespace {

EndpointInfo endpoint(std::string id, std::string name, Direction direction, std::vector<StreamFormat> formats = {}) {
  return {.id = std::move(id), .name = std::move(name), .direction = direction, .formats = std::move(formats)};
}

TEST(HardwareLimits, ListsAreDistinct_AndCombinationsAreKept) {
  const HardwareLimits limits(endpoint("mixed", "", Direction::kRender,
                                       {{SampleType::kSigned16, 2, 48000, 3},
                                        {SampleType::kSigned16, 2, 44100, 3},
                                        {SampleType::kSigned24In32, 2, 48000, 3},
                                        {SampleType::kSigned32, 2, 48000, 3},
                                        {SampleType::kSigned16, 6, 48000, 0x3F},
                                        {SampleType::kSigned16, 6, 48000, 0x60F}}));
  EXPECT_EQ(limits.rates(), (std::vector<unsigned>{44100, 48000}));
  EXPECT_EQ(limits.channels(), (std::vector<unsigned>{2, 6}));
  EXPECT_EQ(limits.formats(), (std::vector<unsigned>{SND_PCM_FORMAT_S16_LE, SND_PCM_FORMAT_S32_LE}));
  EXPECT_EQ(limits.match(SND_PCM_FORMAT_S32_LE, 2, 48000)->front().type, SampleType::kSigned32);
  EXPECT_EQ(limits.match(SND_PCM_FORMAT_S16_LE, 6, 48000)->size(), 2u);
  const auto refused = limits.match(SND_PCM_FORMAT_S32_LE, 2, 44100);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().sentence().find("S16_LE at 44100, 48000 Hz; S32_LE at 48000 Hz"), std::string::npos)
      << refused.error().sentence();
  EXPECT_EQ(limits.layouts().size(), 3u);
}

TEST(ChannelMap, FollowsTheMaskBits) {
  EXPECT_EQ(channel_positions(1, 0), (std::vector<unsigned>{SND_CHMAP_MONO}));
  EXPECT_EQ(channel_positions(2, 0), (std::vector<unsigned>{SND_CHMAP_FL, SND_CHMAP_FR}));
  EXPECT_EQ(channel_positions(6, 0x60F), (std::vector<unsigned>{SND_CHMAP_FL, SND_CHMAP_FR, SND_CHMAP_FC, SND_CHMAP_LFE,
                                                                SND_CHMAP_SL, SND_CHMAP_SR}));
  EXPECT_EQ(channel_positions(3, 0x3), (std::vector<unsigned>{SND_CHMAP_FL, SND_CHMAP_FR, SND_CHMAP_UNKNOWN}));
}

bool readable(const Wakeups& wakeups) {
  pollfd set[Wakeups::kCount];
  return ::poll(set, wakeups.fill(set), 0) > 0;
}

TEST(Wakeups, AreLevel) {
  const int event = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  Wakeups wakeups;
  ASSERT_TRUE(wakeups.open(-1));
  wakeups.use(event);
  EXPECT_FALSE(readable(wakeups));
  wakeups.call();
  EXPECT_TRUE(readable(wakeups));
  EXPECT_TRUE(readable(wakeups)) << "until it is laid to rest";
  wakeups.rest(false);
  EXPECT_FALSE(readable(wakeups));
  wakeups.use(-1);
  wakeups.call();
  EXPECT_TRUE(readable(wakeups)) << "without an eventfd of the driver's, too";
  wakeups.rest(false);
  EXPECT_FALSE(readable(wakeups));
  ::close(event);
}

TEST(CyclicBuffer, GoesRound) {
  std::vector<std::byte> bytes(4 * 2 * 2);
  CyclicBuffer buffer(bytes, 4, SND_PCM_FORMAT_S16_LE, 2);
  int16_t in[6] = {1, 2, 3, 4, 5, 6}, out[6] = {};
  const snd_pcm_channel_area_t from[2] = {{in, 0, 32}, {in, 16, 32}}, to[2] = {{out, 0, 32}, {out, 16, 32}};
  buffer.write(7, from, 0, 3);  // frames 3, 0, 1
  const auto* samples = reinterpret_cast<const int16_t*>(bytes.data());
  EXPECT_EQ(samples[6], 1);
  EXPECT_EQ(samples[0], 3);
  EXPECT_EQ(samples[3], 6);
  buffer.read(7, to, 0, 3);
  EXPECT_TRUE(std::equal(in, in + 6, out));
  buffer.silence(8, 9);
  EXPECT_EQ(samples[0], 0);
  EXPECT_EQ(samples[2], 5) << "and no frame more";
}

TEST(ControlElements, NamesAreAlsas) {
  EndpointInfo speaker = endpoint("speaker", "Speaker", Direction::kRender);
  speaker.controls = {{.id = 1,
                       .kind = ControlInfo::Kind::kVolume,
                       .name = "Speaker volume",
                       .channels = 2,
                       .minimum = -96 * 65536,
                       .maximum = 0,
                       .step = 0x8000,
                       .writable = true},
                      {.id = 2, .kind = ControlInfo::Kind::kMute, .name = "Speaker mute", .writable = true},
                      {.id = 3, .kind = ControlInfo::Kind::kJack, .name = "Headphone"},
                      {.id = 4, .kind = ControlInfo::Kind::kVolume, .name = "Speaker volume"},
                      {.id = 5, .kind = ControlInfo::Kind::kMute, .name = std::string(60, 'x')}};
  const ControlElements elements(std::span(&speaker, 1));
  const auto& all = elements.all();
  ASSERT_EQ(all.size(), 5u);
  EXPECT_EQ(all[0].name, "Speaker Playback Volume");
  EXPECT_EQ(all[1].name, "Speaker Playback Switch");
  EXPECT_EQ(all[2].name, "Headphone Jack");
  EXPECT_EQ(all[2].interface, SND_CTL_ELEM_IFACE_CARD);
  EXPECT_EQ(all[3].index, 1u);
  EXPECT_EQ(all[4].name.size(), 43u);
  EXPECT_EQ(elements.find("Speaker Playback Volume", 1), 3u);
  EXPECT_EQ(all[0].steps(), 192);
  EXPECT_EQ(all[0].to_element(-48 * 65536), 96);
  EXPECT_EQ(all[0].to_control(96), -48 * 65536);
  EXPECT_EQ(all[0].to_element(-200 * 65536), 0);
  EXPECT_EQ(all[1].to_element(1), 0) << "muted is switched off";
  EXPECT_EQ(all[1].to_control(0), 1);
  EXPECT_EQ(decibel_range(all[0].info),
            (std::vector<unsigned>{SND_CTL_TLVT_DB_MINMAX, 8, static_cast<unsigned>(-9600), 0}));
}

}  // namespace
}  // namespace portside::alsa
