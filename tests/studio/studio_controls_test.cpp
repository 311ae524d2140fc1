// What the studio answers besides sound: levels, meters, jacks and their events, effects, formats, its own properties, its
// control device. Each value is seen to change with what it stands for.

#include <cmath>

#include "client/filter_details.h"
#include "client/offered_formats.h"
#include "studio/studio_machine.h"

namespace portside::studio {
namespace {

using client::property_request;
using client::StreamMode;

// Plays a full-scale square wave in RAW for a while.
void play_loud(Nanoseconds time = std::chrono::milliseconds(5)) {
  auto stream = open(endpoint("WaveOutput", kHostPin), format("48000/16/2"),
                     options(AUDIO_SIGNALPROCESSINGMODE_RAW, StreamMode::kPosition));
  ASSERT_TRUE(stream);
  for (size_t i = 0; i < stream->buffer().size(); i += 2) {
    const int16_t sample = i / 64 % 2 ? 0x4000 : -0x4000;  // half of full scale
    std::memcpy(&stream->buffer()[i], &sample, 2);
  }
  EXPECT_TRUE(stream->set_state(KSSTATE_PAUSE) && stream->set_state(KSSTATE_RUN));
  client::sleep_for(time);
}

TEST(StudioControls, LevelsAreKeptByChannelAndHeard) {
  StudioMachine studio;
  ASSERT_TRUE(studio);
  studio.run([] {
    for (const char* name : {"TopologyOutput", "TopologyInput"}) {
      const auto filter = open_filter(name);
      const auto volume = [&](LONG channel) {
        return filter.get<LONG>(channel_request(KSPROPERTY_AUDIO_VOLUMELEVEL, 0, channel, KSPROPERTY_TYPE_GET)).value();
      };
      const auto set = [&](LONG channel, LONG value) {
        return filter.set(channel_request(KSPROPERTY_AUDIO_VOLUMELEVEL, 0, channel, KSPROPERTY_TYPE_SET), value);
      };
      // PEAKMETER2: of the largest sample since it was asked last.
      const auto peak = [&](LONG channel) {
        return filter.get<LONG>(channel_request(KSPROPERTY_AUDIO_PEAKMETER2, 2, channel, KSPROPERTY_TYPE_GET)).value();
      };
      for (const LONG channel : {0, 1, 2})
        (void)peak(channel);  // what was played for the filter before reached this one too
      EXPECT_EQ(peak(0), 0);
      play_loud();
      EXPECT_EQ(peak(0), 0x40000000);
      EXPECT_EQ(peak(0), 0) << "asking resets it";
      EXPECT_EQ(peak(1), 0x40000000);
      EXPECT_EQ(peak(2), 0) << "a channel that the stream has not";

      EXPECT_TRUE(set(0, -20 * kDecibel - 9));
      EXPECT_EQ(volume(0), -20 * kDecibel) << "the nearest step";
      EXPECT_EQ(volume(1), 0);
      play_loud();
      EXPECT_NEAR(peak(0) / double{0x40000000}, 0.1, 0.001);
      EXPECT_EQ(peak(1), 0x40000000);
      EXPECT_TRUE(filter.set(channel_request(KSPROPERTY_AUDIO_MUTE, 1, 1, KSPROPERTY_TYPE_SET), BOOL{TRUE}));
      EXPECT_TRUE(filter.get<BOOL>(channel_request(KSPROPERTY_AUDIO_MUTE, 1, 1, KSPROPERTY_TYPE_GET)).value());
      play_loud();
      EXPECT_EQ(peak(1), 0);
      EXPECT_TRUE(set(KSAUDIO_CHANNEL_ALL, 0));
      EXPECT_TRUE(filter.set(channel_request(KSPROPERTY_AUDIO_MUTE, 1, 1, KSPROPERTY_TYPE_SET), BOOL{FALSE}));
      EXPECT_FALSE(set(8, 0)) << "there are eight channels";
    }
  });
  studio.expect_clean_end();
}

TEST(StudioControls, BasicSupportTellsTheStepsOfEachChannel) {
  StudioMachine studio;
  ASSERT_TRUE(studio);
  studio.run([] {
    const auto filter = open_filter("TopologyOutput");
    const auto bytes =
        filter.get_bytes(channel_request(KSPROPERTY_AUDIO_VOLUMELEVEL, 0, 0, KSPROPERTY_TYPE_BASICSUPPORT));
    ASSERT_TRUE(bytes) << bytes.error().to_string();
    ASSERT_EQ(bytes->size(),
              sizeof(KSPROPERTY_DESCRIPTION) + sizeof(KSPROPERTY_MEMBERSHEADER) + 8 * sizeof(KSPROPERTY_STEPPING_LONG));
    KSPROPERTY_STEPPING_LONG step;
    std::memcpy(&step, bytes->data() + bytes->size() - sizeof step, sizeof step);
    EXPECT_EQ(step.SteppingDelta, static_cast<ULONG>(kDecibel / 2));
    EXPECT_EQ(step.Bounds.SignedMinimum, -96 * kDecibel);
    EXPECT_EQ(step.Bounds.SignedMaximum, 0);
  });
  studio.expect_clean_end();
}

TEST(StudioControls, ChangedControlsRaiseEvents) {
  StudioMachine studio;
  ASSERT_TRUE(studio);
  studio.run([] {
    const auto filter = open_filter("TopologyOutput");
    KsEvent volume(filter, KSEVENTSETID_AudioControlChange, KSEVENT_CONTROL_CHANGE, 0);
    KsEvent mute(filter, KSEVENTSETID_AudioControlChange, KSEVENT_CONTROL_CHANGE, 1);
    EXPECT_FALSE(volume.came());
    EXPECT_TRUE(filter.set(channel_request(KSPROPERTY_AUDIO_VOLUMELEVEL, 0, 0, KSPROPERTY_TYPE_SET), LONG{-kDecibel}));
    EXPECT_TRUE(volume.came());
    EXPECT_FALSE(mute.came()) << "the other node's";
    EXPECT_TRUE(filter.set(channel_request(KSPROPERTY_AUDIO_MUTE, 1, 0, KSPROPERTY_TYPE_SET), BOOL{TRUE}));
    EXPECT_TRUE(mute.came());
    EXPECT_FALSE(volume.came());
    EXPECT_EQ(Control().turn(false, -7 * kDecibel), STATUS_SUCCESS);
    EXPECT_TRUE(volume.came()) << "nobody asked the driver: the knob was turned";
    EXPECT_EQ(filter.get<LONG>(channel_request(KSPROPERTY_AUDIO_VOLUMELEVEL, 0, 1, KSPROPERTY_TYPE_GET)).value(),
              -7 * kDecibel);
    EXPECT_EQ(Control().turn(true, -7 * kDecibel), STATUS_SUCCESS);
    EXPECT_FALSE(volume.came()) << "the other knob";
  });
  studio.expect_clean_end();
}

TEST(StudioControls, JacksTellWhetherAPlugIsIn) {
  StudioMachine studio;
  ASSERT_TRUE(studio);
  studio.run([] {
    Control control;
    const auto filter = open_filter("TopologyOutput");
    const auto other = open_filter("TopologyInput");
    const auto jack = [](const KsFile& file, ULONG pin) { return client::read_jacks(file, pin); };
    ASSERT_EQ(jack(filter, 1).size(), 1u);
    EXPECT_TRUE(jack(filter, 0).empty()) << "the pin that leads inside";
    EXPECT_TRUE(jack(filter, 1)[0].description.IsConnected);
    EXPECT_TRUE(jack(filter, 1)[0].detects_presence());
    EXPECT_EQ(jack(filter, 1)[0].description.ConnectionType, eConnTypeQuarter);
    EXPECT_EQ(jack(other, 0)[0].description.ConnectionType, eConnTypeXlrProfessional);
    EXPECT_NE(jack(filter, 1)[0].config_id, jack(other, 0)[0].config_id);
    ASSERT_TRUE(client::read_jack_sink(filter, 1));
    EXPECT_EQ(client::read_jack_sink(filter, 1)->name, "Monitors") << "as the INF says";
    EXPECT_TRUE(client::read_jack_container(filter, 1));
    EXPECT_TRUE(client::read_jack_container(filter, 1) == client::read_jack_container(other, 0)) << "one box";

    KsEvent changed(filter, KSEVENTSETID_PinCapsChange, KSEVENT_PINCAPS_JACKINFOCHANGE);
    KsEvent other_changed(other, KSEVENTSETID_PinCapsChange, KSEVENT_PINCAPS_JACKINFOCHANGE);
    EXPECT_EQ(control.plug(false, false), STATUS_SUCCESS);
    EXPECT_TRUE(changed.came());
    EXPECT_FALSE(other_changed.came());
    EXPECT_FALSE(jack(filter, 1)[0].description.IsConnected);
    EXPECT_TRUE(jack(other, 0)[0].description.IsConnected);
    EXPECT_FALSE(client::read_jack_sink(filter, 1)) << "nothing there to tell its name";
    EXPECT_EQ(control.plug(false, false), STATUS_SUCCESS);
    EXPECT_FALSE(changed.came()) << "no change, no event";
    EXPECT_EQ(control.plug(false, true), STATUS_SUCCESS);
    EXPECT_TRUE(changed.came());
    EXPECT_TRUE(jack(filter, 1)[0].description.IsConnected);
  });
  studio.expect_clean_end();
}

TEST(StudioControls, EffectsAreListedByMode) {
  StudioMachine studio;
  ASSERT_TRUE(studio);
  studio.run([] {
    const auto filters = client::list_filters();
    ASSERT_TRUE(filters);
    const auto effects = [&](std::string_view name, uint32_t pin, const GUID& mode) -> std::vector<GUID> {
      for (const auto& f : *filters) {
        if (f.name != name) continue;
        const auto details = client::read_details(f);
        EXPECT_TRUE(details);
        for (const auto& e : details->pins[pin].effects)
          if (e.mode == mode) return e.effects;
      }
      ADD_FAILURE() << name << " does not tell the effects of that mode";
      return {};
    };
    EXPECT_EQ(effects("WaveOutput", kHostPin, AUDIO_SIGNALPROCESSINGMODE_RAW).size(), 0u);
    EXPECT_EQ(effects("WaveOutput", kHostPin, AUDIO_SIGNALPROCESSINGMODE_DEFAULT),
              std::vector<GUID>{AUDIO_EFFECT_TYPE_LOUDNESS_EQUALIZER});
    EXPECT_EQ(effects("WaveOutput", kHostPin, AUDIO_SIGNALPROCESSINGMODE_MEDIA).size(), 1u);
    EXPECT_EQ(effects("WaveInput", kInputPin, AUDIO_SIGNALPROCESSINGMODE_DEFAULT),
              std::vector<GUID>{AUDIO_EFFECT_TYPE_BEAMFORMING});
    EXPECT_EQ(effects("WaveInput", kInputPin, AUDIO_SIGNALPROCESSINGMODE_COMMUNICATIONS).size(), 2u);

    struct {
      KSP_PIN pin;
      GUID mode;
    } request{client::pin_request(KSPROPSETID_AudioEffectsDiscovery, KSPROPERTY_AUDIOEFFECTSDISCOVERY_EFFECTSLIST,
                                  kLoopbackPin),
              AUDIO_SIGNALPROCESSINGMODE_RAW};
    std::byte answer[64];
    const auto filter = open_filter("WaveOutput");
    EXPECT_EQ(status_of(filter, request, answer), STATUS_NOT_SUPPORTED) << "a pin without modes";
    request.pin.PinId = kHostPin;
    request.mode = AUDIO_SIGNALPROCESSINGMODE_SPEECH;
    EXPECT_EQ(status_of(filter, request, answer), STATUS_INVALID_PARAMETER) << "a mode that the pin has not";
  });
  studio.expect_clean_end();
}

TEST(StudioControls, FormatsAreProposedAndPreferred) {
  StudioMachine studio;
  ASSERT_TRUE(studio);
  studio.run([] {
    const Endpoint output = endpoint("WaveOutput", kHostPin), input = endpoint("WaveInput", kInputPin);
    const auto preferred = client::preferred_format(output, AUDIO_SIGNALPROCESSINGMODE_DEFAULT);
    ASSERT_TRUE(preferred);
    EXPECT_EQ(*preferred, format("48000/24/8")) << preferred->to_string();
    EXPECT_EQ(client::preferred_format(input, AUDIO_SIGNALPROCESSINGMODE_COMMUNICATIONS)->channels, 2u);
    const auto filter = open_filter("WaveOutput");
    EXPECT_TRUE(filter.set(property_request(STUDIO_PROPERTY_SET, STUDIO_PROPERTY_WORD_CLOCK, KSPROPERTY_TYPE_SET),
                           ULONG{96000}));
    EXPECT_EQ(client::preferred_format(output, AUDIO_SIGNALPROCESSINGMODE_DEFAULT)->rate_hz, 96000u)
        << "it follows the word clock";
    EXPECT_FALSE(client::preferred_format(output, AUDIO_SIGNALPROCESSINGMODE_SPEECH));

    const auto propose = [&](const char* text, ULONG pin = kHostPin) {
      const auto request =
          client::pin_request(KSPROPSETID_Pin, KSPROPERTY_PIN_PROPOSEDATAFORMAT, pin, KSPROPERTY_TYPE_SET);
      auto block = client::format_block(format(text));
      return filter.property(std::as_bytes(std::span(&request, 1)), block)->status;
    };
    EXPECT_EQ(propose("44100/16/2"), STATUS_SUCCESS);
    EXPECT_EQ(propose("44100/8/2"), STATUS_NO_MATCH);
    EXPECT_EQ(propose("8000/16/2"), STATUS_NO_MATCH);
    EXPECT_EQ(propose("44100/16/2", 3), STATUS_INVALID_PARAMETER) << "a bridge";
  });
  studio.expect_clean_end();
}

TEST(StudioControls, ARequestMayPend) {
  StudioMachine studio;
  ASSERT_TRUE(studio);
  studio.run([] {
    const auto filter = open_filter("WaveOutput");
    const auto request = property_request(STUDIO_PROPERTY_SET, STUDIO_PROPERTY_SELF_TEST);
    EXPECT_EQ(filter.get<ULONG>(request).value(), 0xFu);
    EXPECT_EQ(Control().plug(true, false), STATUS_SUCCESS);
    EXPECT_EQ(filter.get<ULONG>(request).value(), 0x7u) << "the input's plug is out";
  });
  studio.expect_clean_end();
}

TEST(StudioControls, TheControlDeviceAnswersBesideTheFilters) {
  StudioMachine studio;
  ASSERT_TRUE(studio);
  studio.run([] {
    Control control;
    EXPECT_EQ(control.number(IOCTL_STUDIO_DEVICES), 1u);
    // The driver opens its own filter and asks it.
    EXPECT_EQ(control.number(IOCTL_STUDIO_COUNT_PINS), 4u);
    std::byte none[4];
    EXPECT_EQ(control.send(CTL_CODE(FILE_DEVICE_UNKNOWN, 0x8FF, METHOD_BUFFERED, FILE_ANY_ACCESS), {}, none).status,
              STATUS_INVALID_DEVICE_REQUEST);
    EXPECT_EQ(control.send(IOCTL_STUDIO_SET_JACK, std::span(none), {}).status, STATUS_BUFFER_TOO_SMALL);
  });
  studio.expect_clean_end();
}

TEST(StudioControls, StatisticsCountWhatHappened) {
  StudioMachine studio;
  ASSERT_TRUE(studio);
  studio.run([] {
    const auto filter = open_filter("WaveInput");
    const auto statistics = [&] {
      return filter.get<STUDIO_STATISTICS>(property_request(STUDIO_PROPERTY_SET, STUDIO_PROPERTY_STATISTICS)).value();
    };
    EXPECT_EQ(statistics().Streams, 0u);
    EXPECT_EQ(statistics().Channels, 8u);
    EXPECT_EQ(statistics().Frames, 0u);
    play_loud(std::chrono::milliseconds(10));
    EXPECT_NEAR(static_cast<double>(statistics().Frames), 480, 4);
    auto stream =
        open(endpoint("WaveOutput", kOffloadPin), format("44100/16/2"), options(AUDIO_SIGNALPROCESSINGMODE_RAW));
    EXPECT_EQ(statistics().Streams, 1u);
    EXPECT_EQ(statistics().WordClock, 44100u);
    // The pages of an offload stream follow each other; the host's are scattered.
    const auto facts = [](Stream& s) {
      return s.pin()
          .get<STUDIO_STREAM_FACTS>(property_request(STUDIO_PROPERTY_SET, STUDIO_PROPERTY_STREAM_FACTS))
          .value();
    };
    auto big = open(endpoint("WaveOutput", kHostPin), format("44100/16/2"),
                    options(AUDIO_SIGNALPROCESSINGMODE_RAW, StreamMode::kEvent, std::chrono::milliseconds(200)));
    EXPECT_EQ(facts(*big).Pages, (facts(*big).BufferBytes + 4095) / 4096);
    EXPECT_FALSE(facts(*big).Contiguous);
    auto contiguous = open(endpoint("WaveOutput", kOffloadPin), format("44100/16/2"),
                           options(AUDIO_SIGNALPROCESSINGMODE_RAW, StreamMode::kEvent, std::chrono::milliseconds(200)));
    EXPECT_TRUE(facts(*contiguous).Contiguous);
    EXPECT_GT(facts(*contiguous).Pages, 8u);
  });
  studio.expect_clean_end();
}

}  // namespace
}  // namespace portside::studio
