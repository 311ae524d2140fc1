// The studio's audio module and its sound detector: found, asked, and heard.

#include "client/filter_details.h"
#include "studio/studio_machine.h"

namespace portside::studio {
namespace {

using client::property_request;
using client::StreamMode;

KSCOMPONENTID component_of(const char* filter) {
  return open_filter(filter)
      .get<KSCOMPONENTID>(property_request(KSPROPSETID_General, KSPROPERTY_GENERAL_COMPONENTID))
      .value();
}

struct TrimRequest {
  KSAUDIOMODULE_PROPERTY property{};
  STUDIO_TRIM_COMMAND command{};
};
Result<LONG> trim(const KsFile& file, ULONG command, LONG value = 0) {
  TrimRequest request;
  request.property.Property = property_request(KSPROPSETID_AudioModule, KSPROPERTY_AUDIOMODULE_COMMAND);
  request.property.ClassId = STUDIO_TRIM_MODULE;
  request.property.InstanceId = 1;
  request.command = {command, value};
  return file.get<LONG>(request);
}

TEST(StudioModules, TheAudioModuleIsFoundAskedAndHeard) {
  StudioMachine studio;
  ASSERT_TRUE(studio);
  studio.run([] {
    EXPECT_TRUE(component_of("WaveOutput").Product == STUDIO_PRODUCT);
    EXPECT_NE(component_of("WaveOutput").Revision, component_of("WaveInput").Revision);

    const auto filter = open_filter("WaveOutput");
    const auto modules = client::read_modules(filter);
    ASSERT_EQ(modules.size(), 1u);
    EXPECT_EQ(modules[0].name, "Trim");
    EXPECT_TRUE(modules[0].class_id == STUDIO_TRIM_MODULE);
    EXPECT_TRUE(client::read_modules(open_filter("WaveInput")).empty());
    const auto id = property_request(KSPROPSETID_AudioModule, KSPROPERTY_AUDIOMODULE_NOTIFICATION_DEVICE_ID);
    EXPECT_TRUE(filter.get<GUID>(id));

    const Endpoint output = endpoint("WaveOutput", kHostPin);
    auto stream =
        open(output, format("48000/16/2"), options(AUDIO_SIGNALPROCESSINGMODE_DEFAULT, StreamMode::kPosition));
    ASSERT_TRUE(stream);
    ASSERT_EQ(client::read_modules(stream->pin()).size(), 1u);
    EXPECT_TRUE(stream->pin().get<GUID>(id).value() == filter.get<GUID>(id).value())
        << "\"the same device GUID value\"";
    EXPECT_EQ(trim(stream->pin(), STUDIO_TRIM_GET).value(), 0x8000);
    EXPECT_EQ(trim(stream->pin(), STUDIO_TRIM_SET, 0x4000).value(), 0x4000);
    EXPECT_EQ(trim(filter, STUDIO_TRIM_GET).value(), 0x8000) << "the filter's is the template of streams to come";
    EXPECT_EQ(trim(stream->pin(), STUDIO_TRIM_SET, 0x10001).error().nt(), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(trim(stream->pin(), 7).error().nt(), STATUS_INVALID_PARAMETER);
    // It is heard: the output's meter.
    for (size_t i = 0; i < stream->buffer().size(); i += 2) {
      const int16_t sample = 0x4000;
      std::memcpy(&stream->buffer()[i], &sample, 2);
    }
    const auto topology = open_filter("TopologyOutput");
    const auto peak = [&] {
      return topology.get<LONG>(channel_request(KSPROPERTY_AUDIO_PEAKMETER2, 2, 0, KSPROPERTY_TYPE_GET)).value();
    };
    EXPECT_TRUE(stream->set_state(KSSTATE_PAUSE) && stream->set_state(KSSTATE_RUN));
    client::sleep_for(std::chrono::milliseconds(5));
    EXPECT_EQ(peak(), 0x10000000) << "a half, of which a quarter";
    EXPECT_EQ(trim(stream->pin(), STUDIO_TRIM_SET, 0x10000).value(), 0x10000);
    (void)peak();
    client::sleep_for(std::chrono::milliseconds(15));
    EXPECT_EQ(peak(), 0x40000000);
    stream.reset();

    EXPECT_EQ(trim(filter, STUDIO_TRIM_SET, 0x2000).value(), 0x2000);
    auto next = open(output, format("48000/16/2"), options(AUDIO_SIGNALPROCESSINGMODE_DEFAULT));
    EXPECT_EQ(trim(next->pin(), STUDIO_TRIM_GET).value(), 0x2000);
  });
  studio.expect_clean_end();
}

TEST(StudioModules, TheSoundDetectorIsArmedMatchesAndDisarms) {
  StudioMachine studio;
  ASSERT_TRUE(studio);
  studio.run([] {
    Control control;
    const auto filter = open_filter("WaveInput");
    const auto request = [](ULONG id, ULONG flags = KSPROPERTY_TYPE_GET) {
      return property_request(KSPROPSETID_SoundDetector, id, flags);
    };
    const auto armed = [&] { return filter.get<BOOL>(request(KSPROPERTY_SOUNDDETECTOR_ARMED)).value(); };
    const auto arm = [&] {
      return filter.set(request(KSPROPERTY_SOUNDDETECTOR_ARMED, KSPROPERTY_TYPE_SET), BOOL{TRUE});
    };
    struct Patterns {
      KSMULTIPLE_ITEM list{sizeof(Patterns), 1};
      SOUNDDETECTOR_PATTERNHEADER pattern{sizeof(SOUNDDETECTOR_PATTERNHEADER), STUDIO_KEYWORD_PATTERN};
    } patterns;
    KsEvent matched(filter, KSEVENTSETID_SoundDetector, KSEVENT_SOUNDDETECTOR_MATCHDETECTED);

    EXPECT_EQ(filter.get_bytes(request(KSPROPERTY_SOUNDDETECTOR_SUPPORTEDPATTERNS))->size(),
              sizeof(KSMULTIPLE_ITEM) + sizeof(GUID));
    EXPECT_EQ(arm().error().nt(), STATUS_INVALID_DEVICE_STATE) << "no pattern to listen for";
    EXPECT_TRUE(filter.set(request(KSPROPERTY_SOUNDDETECTOR_PATTERNS, KSPROPERTY_TYPE_SET), patterns));
    EXPECT_TRUE(arm());
    EXPECT_TRUE(armed());
    EXPECT_TRUE(filter.set(request(KSPROPERTY_SOUNDDETECTOR_PATTERNS, KSPROPERTY_TYPE_SET), patterns));
    EXPECT_FALSE(armed()) << "\"the driver automatically disarms the detector\"";
    EXPECT_EQ(control.speak(), STATUS_DEVICE_NOT_READY);
    EXPECT_FALSE(matched.came());

    EXPECT_TRUE(arm());
    EXPECT_EQ(control.speak(), STATUS_SUCCESS);
    EXPECT_TRUE(matched.came());
    EXPECT_FALSE(armed()) << "\"The audio driver must disarm the sound detector after a match\"";
    struct Match {
      SOUNDDETECTOR_PATTERNHEADER header;
      ULONG matches;
    };
    EXPECT_EQ(filter.get<Match>(request(KSPROPERTY_SOUNDDETECTOR_MATCHRESULT))->matches, 1u);
    EXPECT_TRUE(arm());
    EXPECT_EQ(control.speak(), STATUS_SUCCESS);
    EXPECT_EQ(filter.get<Match>(request(KSPROPERTY_SOUNDDETECTOR_MATCHRESULT))->matches, 2u);
    EXPECT_TRUE(filter.set(request(KSPROPERTY_SOUNDDETECTOR_RESET, KSPROPERTY_TYPE_SET), BOOL{TRUE}));
    EXPECT_FALSE(arm());

    patterns.pattern.PatternType = STUDIO_PRODUCT;
    EXPECT_EQ(filter.set(request(KSPROPERTY_SOUNDDETECTOR_PATTERNS, KSPROPERTY_TYPE_SET), patterns).error().nt(),
              STATUS_NOT_SUPPORTED);
    patterns.pattern.Size = 4000;
    EXPECT_EQ(filter.set(request(KSPROPERTY_SOUNDDETECTOR_PATTERNS, KSPROPERTY_TYPE_SET), patterns).error().nt(),
              STATUS_INVALID_PARAMETER);
  });
  studio.expect_clean_end();
}

}  // namespace
}  // namespace portside::studio
