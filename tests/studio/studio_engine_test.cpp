// The studio's audio engine: what the loopback pin gives is exactly what the engine mixed; the offload stream's own volume,
// mute, meter and effect; what the engine node says of itself, and what changes it.

#include "studio/studio_machine.h"

namespace portside::studio {
namespace {

using client::node_request;
using client::StreamMode;

constexpr ULONG kEngineNode = 0;

// A sound that goes round for ever: `frames` stereo frames of 16 bits, loud enough to be told apart, quiet enough to add.
std::vector<int16_t> turn(size_t frames, uint64_t seed) {
  std::vector<int16_t> samples(2 * frames);
  Random random(seed);
  for (auto& s : samples) s = static_cast<int16_t>(static_cast<int>(random.below(16'001)) - 8000);
  return samples;
}

// A running stream whose whole buffer is one turn.
std::unique_ptr<Stream> loop(uint32_t pin, const std::vector<int16_t>& sound, const GUID& mode) {
  const Nanoseconds length = std::chrono::microseconds(sound.size() / 2 * 1'000'000 / 48000);
  auto stream = open(endpoint("WaveOutput", pin), format("48000/16/2"), options(mode, StreamMode::kPosition, length));
  if (!stream || stream->buffer().size() != sound.size() * 2) {
    ADD_FAILURE() << "no buffer of " << sound.size() * 2 << " bytes";
    return nullptr;
  }
  std::memcpy(stream->buffer().data(), sound.data(), sound.size() * 2);
  EXPECT_TRUE(stream->set_state(KSSTATE_PAUSE) && stream->set_state(KSSTATE_RUN));
  return stream;
}

// What the capture stream has heard in the last 20 ms, in frames of two samples.
std::vector<int32_t> listen(uint32_t pin, std::string_view filter = "WaveOutput") {
  auto stream =
      open(endpoint(filter, pin), format("48000/32/2"),
           {.buffer = std::chrono::milliseconds(20),
            .notifications = 0,
            .mode = StreamMode::kPosition,
            .processing = filter == "WaveInput" ? std::optional(AUDIO_SIGNALPROCESSINGMODE_RAW) : std::nullopt});
  if (!stream) return {};
  EXPECT_TRUE(stream->set_state(KSSTATE_PAUSE) && stream->set_state(KSSTATE_RUN));
  client::sleep_for(std::chrono::milliseconds(19));
  EXPECT_TRUE(stream->set_state(KSSTATE_PAUSE));
  std::vector<int32_t> heard(stream->position().value() / 4);
  std::memcpy(heard.data(), stream->buffer().data(), heard.size() * 4);
  EXPECT_GT(heard.size(), 1500u);
  return heard;
}

// Whether `heard` is a[i + x] * gain_a + b[i + y] * gain_b for some x and y: both begin anywhere in their turn. In 1/65536
// of 16 bits, which is the 32-bit sample.
bool is_mix(const std::vector<int32_t>& heard, const std::vector<int16_t>& a, int32_t gain_a,
            const std::vector<int16_t>& b, int32_t gain_b) {
  if (heard.empty()) return false;
  for (size_t x = 0; x < a.size(); x += 2) {
    for (size_t y = 0; y < b.size(); y += 2) {
      const auto same = [&](size_t i) {
        return heard[i] == a[(i + x) % a.size()] * gain_a + b[(i + y) % b.size()] * gain_b;
      };
      size_t i = 0;
      while (i < heard.size() && same(i)) ++i;
      if (i == heard.size()) return true;
    }
  }
  return false;
}
constexpr int32_t kUnity = 65536, kHalf = 32768, kNothing = 0;

TEST(StudioEngine, TheLoopbackPinGivesExactlyTheMix) {
  StudioMachine studio;
  ASSERT_TRUE(studio);
  studio.run([] {
    const auto a = turn(240, 1), b = turn(336, 2);
    auto host = loop(kHostPin, a, AUDIO_SIGNALPROCESSINGMODE_RAW);
    ASSERT_TRUE(host);
    EXPECT_TRUE(is_mix(listen(kLoopbackPin), a, kUnity, b, kNothing)) << "the host stream alone";
    auto offload = loop(kOffloadPin, b, AUDIO_SIGNALPROCESSINGMODE_RAW);
    ASSERT_TRUE(offload);
    EXPECT_TRUE(offload->facts().call_memory_barrier) << "the offload buffer is write-combined";
    const auto heard = listen(kLoopbackPin);
    EXPECT_TRUE(is_mix(heard, a, kUnity, b, kUnity));
    EXPECT_FALSE(is_mix(heard, a, kUnity, b, kHalf)) << "a comparison that could not fail would prove nothing";
    // What is played goes through the patch lead as well; but what protects itself is heard there alone.
    EXPECT_TRUE(is_mix(listen(kInputPin, "WaveInput"), a, kUnity, b, kUnity));
    const auto protect = node_request(KSPROPSETID_AudioEngine, KSPROPERTY_AUDIOENGINE_LOOPBACK_PROTECTION, kEngineNode,
                                      KSPROPERTY_TYPE_SET);
    EXPECT_TRUE(offload->pin().set(protect, ULONG{CONSTRICTOR_OPTION_MUTE}));
    EXPECT_TRUE(is_mix(listen(kLoopbackPin), a, kUnity, b, kNothing));
    EXPECT_TRUE(is_mix(listen(kInputPin, "WaveInput"), a, kUnity, b, kUnity));
    EXPECT_TRUE(offload->pin().set(protect, ULONG{CONSTRICTOR_OPTION_DISABLE}));
    // A processing mode's effect is inside the mix: the trim halves.
    host.reset();
    auto trimmed = loop(kHostPin, a, AUDIO_SIGNALPROCESSINGMODE_DEFAULT);
    EXPECT_TRUE(is_mix(listen(kLoopbackPin), a, kHalf, b, kUnity));
  });
  studio.expect_clean_end();
}

TEST(StudioEngine, ThreeOffloadStreamsAndNoFourth) {
  StudioMachine studio;
  ASSERT_TRUE(studio);
  studio.run([] {
    std::vector<std::unique_ptr<Stream>> streams;
    const Endpoint where = endpoint("WaveOutput", kOffloadPin);
    for (int i = 0; i < 3; ++i)
      streams.push_back(open(where, format("48000/16/2"), options(AUDIO_SIGNALPROCESSINGMODE_RAW)));
    EXPECT_FALSE(Stream::open(where, format("48000/16/2"), options(AUDIO_SIGNALPROCESSINGMODE_RAW)));
    const auto filter = open_filter("WaveOutput");
    const auto counts = filter.get<KSPIN_CINSTANCES>(
        client::pin_request(KSPROPSETID_Pin, KSPROPERTY_PIN_GLOBALCINSTANCES, kOffloadPin));
    ASSERT_TRUE(counts);
    EXPECT_EQ(counts->CurrentCount, 3u);
    streams.pop_back();
    EXPECT_TRUE(Stream::open(where, format("48000/16/2"), options(AUDIO_SIGNALPROCESSINGMODE_RAW)));
  });
  studio.expect_clean_end();
}

TEST(StudioEngine, AnOffloadStreamHasControlsOfItsOwn) {
  StudioMachine studio;
  ASSERT_TRUE(studio);
  studio.run([] {
    const auto a = turn(240, 3), nothing = std::vector<int16_t>(2);
    auto stream = loop(kOffloadPin, a, AUDIO_SIGNALPROCESSINGMODE_DEFAULT);
    ASSERT_TRUE(stream);
    const KsFile& pin = stream->pin();
    // The effect can be switched off: LFX.
    EXPECT_TRUE(is_mix(listen(kLoopbackPin), a, kHalf, nothing, 0));
    const auto lfx = [&](ULONG flags) {
      return node_request(KSPROPSETID_AudioEngine, KSPROPERTY_AUDIOENGINE_LFXENABLE, kEngineNode, flags);
    };
    EXPECT_TRUE(pin.get<BOOL>(lfx(KSPROPERTY_TYPE_GET)).value());
    EXPECT_TRUE(pin.set(lfx(KSPROPERTY_TYPE_SET), BOOL{FALSE}));
    EXPECT_FALSE(pin.get<BOOL>(lfx(KSPROPERTY_TYPE_GET)).value());
    EXPECT_TRUE(is_mix(listen(kLoopbackPin), a, kUnity, nothing, 0));

    // Mute one channel.
    const auto request = [](ULONG id, LONG channel, ULONG flags) {
      return channel_request(id, kEngineNode, channel, flags);
    };
    EXPECT_TRUE(pin.set(request(KSPROPERTY_AUDIO_MUTE, 1, KSPROPERTY_TYPE_SET), BOOL{TRUE}));
    EXPECT_TRUE(pin.get<BOOL>(request(KSPROPERTY_AUDIO_MUTE, 1, KSPROPERTY_TYPE_GET)).value());
    EXPECT_FALSE(pin.get<BOOL>(request(KSPROPERTY_AUDIO_MUTE, 0, KSPROPERTY_TYPE_GET)).value());
    auto left_alone = a;
    for (size_t i = 1; i < left_alone.size(); i += 2) left_alone[i] = 0;
    EXPECT_TRUE(is_mix(listen(kLoopbackPin), left_alone, kUnity, nothing, 0));
    EXPECT_TRUE(pin.set(request(KSPROPERTY_AUDIO_MUTE, 1, KSPROPERTY_TYPE_SET), BOOL{FALSE}));

    // Volume, in steps of half a decibel, with the peak meter as its witness.
    const auto peak = [&](LONG channel) {
      return pin.get<LONG>(request(KSPROPERTY_AUDIO_PEAKMETER2, channel, KSPROPERTY_TYPE_GET)).value();
    };
    (void)listen(kLoopbackPin);
    const double loud = peak(0);
    const KSAUDIOENGINE_VOLUMELEVEL quieter{-20 * kDecibel, AUDIO_CURVE_TYPE_NONE, 0};
    auto volume = request(KSPROPERTY_AUDIOENGINE_VOLUMELEVEL, 0, KSPROPERTY_TYPE_SET);
    volume.NodeProperty.Property.Set = KSPROPSETID_AudioEngine;
    EXPECT_TRUE(pin.set(volume, quieter));
    EXPECT_EQ(pin.get<LONG>(request(KSPROPERTY_AUDIO_VOLUMELEVEL, 0, KSPROPERTY_TYPE_GET)).value(), -20 * kDecibel);
    EXPECT_EQ(pin.get<LONG>(request(KSPROPERTY_AUDIO_VOLUMELEVEL, 1, KSPROPERTY_TYPE_GET)).value(), 0);
    (void)peak(0);
    (void)listen(kLoopbackPin);
    EXPECT_NEAR(peak(0) / loud, 0.1, 0.001);
    EXPECT_NEAR(peak(1) / loud, 1, 0.1);
  });
  studio.expect_clean_end();
}

TEST(StudioEngine, OffloadPositionsGrowWithoutEnd) {
  StudioMachine studio;
  ASSERT_TRUE(studio);
  studio.run([] {
    auto stream = loop(kOffloadPin, turn(240, 4), AUDIO_SIGNALPROCESSINGMODE_RAW);
    ASSERT_TRUE(stream);
    client::sleep_for(std::chrono::milliseconds(23));
    const auto linear = stream->pin().get<ULONGLONG>(
        node_request(KSPROPSETID_Audio, KSPROPERTY_AUDIO_LINEAR_BUFFER_POSITION, kEngineNode, KSPROPERTY_TYPE_GET));
    ASSERT_TRUE(linear) << linear.error().to_string();
    EXPECT_NEAR(static_cast<double>(*linear), 23 * 48 * 4, 16);
    EXPECT_GT(*linear, stream->buffer().size());
    const auto presented = stream->pin().get<KSAUDIO_PRESENTATION_POSITION>(
        node_request(KSPROPSETID_Audio, KSPROPERTY_AUDIO_PRESENTATION_POSITION, kEngineNode, KSPROPERTY_TYPE_GET));
    ASSERT_TRUE(presented) << presented.error().to_string();
    EXPECT_NEAR(static_cast<double>(presented->u64PositionInBlocks), static_cast<double>(*linear) / 4, 4);
    // The last buffer: what lies behind its end is not heard any more.
    const auto last = node_request(KSPROPSETID_Audio, KSPROPERTY_AUDIO_WAVERT_CURRENT_WRITE_LASTBUFFER_POSITION,
                                   kEngineNode, KSPROPERTY_TYPE_SET);
    EXPECT_TRUE(stream->pin().set(last, ULONG{400}));
    client::sleep_for(std::chrono::milliseconds(6));
    const auto heard = listen(kLoopbackPin);
    EXPECT_TRUE(std::ranges::all_of(heard, [](int32_t s) { return s == 0; }));
  });
  studio.expect_clean_end();
}

TEST(StudioEngine, TheNodeAnswersByTheDevicesState) {
  StudioMachine studio;
  ASSERT_TRUE(studio);
  studio.run([] {
    const auto filter = open_filter("WaveOutput");
    const auto request = [](ULONG id, ULONG flags = KSPROPERTY_TYPE_GET) {
      return node_request(KSPROPSETID_AudioEngine, id, kEngineNode, flags);
    };
    const auto descriptor = filter.get<KSAUDIOENGINE_DESCRIPTOR>(request(KSPROPERTY_AUDIOENGINE_DESCRIPTOR));
    ASSERT_TRUE(descriptor);
    EXPECT_EQ(descriptor->nHostPinId, kHostPin);
    EXPECT_EQ(descriptor->nOffloadPinId, kOffloadPin);
    EXPECT_EQ(descriptor->nLoopbackPinId, kLoopbackPin);
    const auto controls = filter.get<KSAUDIOENGINE_DEVICECONTROLS>(request(KSPROPERTY_AUDIOENGINE_DEVICECONTROLS));
    ASSERT_TRUE(controls);
    EXPECT_EQ(controls->Volume, eDeviceControlUsePrimary);

    const auto rate_of = [&](ULONG id) {
      const auto bytes = filter.get_bytes(request(id));
      EXPECT_TRUE(bytes && bytes->size() == sizeof(KSDATAFORMAT_WAVEFORMATEXTENSIBLE));
      if (!bytes || bytes->size() < sizeof(KSDATAFORMAT_WAVEFORMATEXTENSIBLE)) return DWORD{0};
      KSDATAFORMAT_WAVEFORMATEXTENSIBLE f;
      std::memcpy(&f, bytes->data(), sizeof f);
      return f.WaveFormatExt.Format.nSamplesPerSec;
    };
    EXPECT_EQ(rate_of(KSPROPERTY_AUDIOENGINE_DEVICEFORMAT), 48000u);
    EXPECT_EQ(rate_of(KSPROPERTY_AUDIOENGINE_MIXFORMAT), 48000u);
    const auto set_format = [&](const char* text) {
      auto block = client::format_block(format(text));
      const auto set = request(KSPROPERTY_AUDIOENGINE_DEVICEFORMAT, KSPROPERTY_TYPE_SET);
      const auto outcome = filter.property(std::as_bytes(std::span(&set, 1)), block);
      return outcome ? outcome->status : outcome.error().nt();
    };
    EXPECT_EQ(set_format("96000/24/8"), STATUS_SUCCESS);
    EXPECT_EQ(rate_of(KSPROPERTY_AUDIOENGINE_DEVICEFORMAT), 96000u);
    EXPECT_EQ(rate_of(KSPROPERTY_AUDIOENGINE_MIXFORMAT), 96000u);
    EXPECT_EQ(set_format("96000/16/8"), STATUS_NO_MATCH) << "the converter has 24 bits";
    EXPECT_EQ(set_format("50000/24/8"), STATUS_NO_MATCH) << "no such device format";

    // GFX cannot be switched on.
    EXPECT_FALSE(filter.get<BOOL>(request(KSPROPERTY_AUDIOENGINE_GFXENABLE)).value());
    EXPECT_EQ(filter.set(request(KSPROPERTY_AUDIOENGINE_GFXENABLE, KSPROPERTY_TYPE_SET), BOOL{TRUE}).error().nt(),
              STATUS_NOT_SUPPORTED);

    // The engine's volume is the output's.
    const auto topology = open_filter("TopologyOutput");
    EXPECT_TRUE(filter.set(channel_request(KSPROPERTY_AUDIO_VOLUMELEVEL, kEngineNode, 1, KSPROPERTY_TYPE_SET),
                           LONG{-6 * kDecibel}));
    EXPECT_EQ(topology.get<LONG>(channel_request(KSPROPERTY_AUDIO_VOLUMELEVEL, 0, 1, KSPROPERTY_TYPE_GET)).value(),
              -6 * kDecibel);
    EXPECT_EQ(topology.get<LONG>(channel_request(KSPROPERTY_AUDIO_VOLUMELEVEL, 0, 0, KSPROPERTY_TYPE_GET)).value(), 0);
  });
  studio.expect_clean_end();
}

}  // namespace
}  // namespace portside::studio
