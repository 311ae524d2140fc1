// The studio's streams: every format, mode and way of keeping in step; what goes into RAW comes out to the bit, what goes
// through a processing mode comes out as computed; packets, registers, positions, the word clock.

#include <fmt/format.h>

#include "studio/studio_machine.h"

namespace portside::studio {
namespace {

using client::StreamMode;
using client::TrialOutcome;

TEST(StudioStreams, EveryEndpointStreamsInEveryFormatAndMode) {
  StudioMachine studio;
  ASSERT_TRUE(studio);
  studio.run([] {
    client::TrialOptions trial;
    trial.time = std::chrono::milliseconds(3);
    trial.buffer = std::chrono::milliseconds(2);
    client::Trials trials;
    const Result<> ran = client::run_trials(trial, trials);
    ASSERT_TRUE(ran) << ran.error().to_string();
    EXPECT_EQ(trials.endpoints.size(), 5u);
    size_t by_mode[4] = {};
    for (const client::Trial& t : trials.trials) {
      const std::string what =
          fmt::format("{} in {}, {}", trials.endpoints[t.endpoint].name, t.format.to_string(), name_of(t.mode));
      // An offload stream has no packets; every other has all three ways.
      const bool offload = trials.endpoints[t.endpoint].role == client::PinRole::kOffload;
      const auto expected =
          offload && t.mode == StreamMode::kPacket ? TrialOutcome::kNotOffered : TrialOutcome::kFlawless;
      EXPECT_EQ(t.outcome, expected) << what << ": " << name_of(t.outcome) << ' ' << t.status.to_string()
                                     << (t.log.glitches.empty() ? "" : " " + t.log.glitches[0].sentence);
      ++by_mode[static_cast<size_t>(t.mode)];
    }
    for (const StreamMode mode : {StreamMode::kPacket, StreamMode::kEvent, StreamMode::kPosition})
      EXPECT_GT(by_mode[static_cast<size_t>(mode)], 300u) << name_of(mode);
  });
  studio.expect_clean_end();
}

// Plays and records at once, in one processing mode on either side, and gives what was recorded from the sound's start on.
struct Round {
  client::Sound played;
  std::vector<std::byte> heard;
  bool identical = false;
};
Round play_round(StudioMachine& studio, const AudioFormat& what, const GUID& processing, StreamMode mode) {
  Round round;
  client::DuplexRequest request;
  request.sound = testing_support::noise(what, what.rate_hz / 20, what.bits + what.channels);
  request.render_endpoint = "pin 0";
  request.capture_endpoint = "Microphone";
  request.record = true;
  request.exact_format = true;
  request.stream = options(processing, mode);
  request.tail = std::chrono::milliseconds(25);
  const std::string name =
      fmt::format("{}, {}, {}", what.to_string(), client::processing_name(processing), name_of(mode));
  studio.run([&] {
    // By their own names: the listing may call them as it likes.
    request.render_endpoint = endpoint("WaveOutput", kHostPin).name;
    request.capture_endpoint = endpoint("WaveInput", kInputPin).name;
    const auto outcome = client::run_duplex(request);
    ASSERT_TRUE(outcome) << name << ": " << outcome.error().to_string();
    EXPECT_TRUE(outcome->play_log->flawless() && outcome->recording->log.flawless()) << name;
    EXPECT_EQ(outcome->play_log->facts.mode, mode) << name;
    EXPECT_EQ(outcome->recording->log.facts.mode, mode) << name;
    round.played = outcome->played;
    round.heard = outcome->recording->sound.frames;
    round.identical = outcome->comparison && outcome->comparison->all_identical();
  });
  return round;
}

TEST(StudioStreams, RawIsIdenticalToTheBit) {
  StudioMachine studio;
  ASSERT_TRUE(studio);
  for (const StreamMode mode : {StreamMode::kPacket, StreamMode::kEvent, StreamMode::kPosition})
    for (const char* text : {"44100/16/2", "48000/24/2", "96000/32/8", "192000/32f/2", "48000/32f/6", "44100/16/1"})
      EXPECT_TRUE(play_round(studio, format(text), AUDIO_SIGNALPROCESSINGMODE_RAW, mode).identical)
          << text << ' ' << name_of(mode);
  studio.expect_clean_end();
}

std::vector<int32_t> samples_16(std::span<const std::byte> bytes) {
  std::vector<int32_t> samples(bytes.size() / 2);
  for (size_t i = 0; i < samples.size(); ++i) {
    int16_t s;
    std::memcpy(&s, &bytes[2 * i], 2);
    samples[i] = s;
  }
  return samples;
}

// Where `wanted` stands in `heard`, both in frames of two channels; -1: nowhere.
ptrdiff_t find(std::span<const int32_t> heard, std::span<const int32_t> wanted) {
  const auto at = std::ranges::search(heard, wanted);
  return at.empty() ? -1 : at.begin() - heard.begin();
}

TEST(StudioStreams, AProcessingModeDoesWhatItsEffectsAreComputedToDo) {
  StudioMachine studio;
  ASSERT_TRUE(studio);
  const AudioFormat what = format("48000/16/2");
  const Round through_default = play_round(studio, what, AUDIO_SIGNALPROCESSINGMODE_DEFAULT, StreamMode::kEvent);
  EXPECT_FALSE(through_default.identical) << "an effect that nobody hears is none";
  // The render stream's trim halves and cuts fractions off; the capture stream exchanges the channels.
  std::vector<int32_t> wanted = samples_16(through_default.played.frames);
  for (size_t i = 0; i + 1 < wanted.size(); i += 2) {
    const int32_t left = wanted[i] / 2;
    wanted[i] = wanted[i + 1] / 2;
    wanted[i + 1] = left;
  }
  EXPECT_GE(find(samples_16(through_default.heard), wanted), 0);
  studio.expect_clean_end();
}

TEST(StudioStreams, SilenceIsHeardWhenAPlugIsOut) {
  StudioMachine studio;
  ASSERT_TRUE(studio);
  studio.run([] { EXPECT_EQ(Control().plug(/*input=*/true, false), STATUS_SUCCESS); });
  const AudioFormat what = format("48000/16/2");
  const Round unplugged = play_round(studio, what, AUDIO_SIGNALPROCESSINGMODE_RAW, StreamMode::kEvent);
  EXPECT_GT(unplugged.heard.size(), unplugged.played.frames.size());
  EXPECT_TRUE(std::ranges::all_of(unplugged.heard, [](std::byte b) { return b == std::byte{0}; }));
  studio.run([] { EXPECT_EQ(Control().plug(true, true), STATUS_SUCCESS); });
  EXPECT_TRUE(play_round(studio, what, AUDIO_SIGNALPROCESSINGMODE_RAW, StreamMode::kEvent).identical);
  studio.expect_clean_end();
}

TEST(StudioStreams, PacketsOutOfTurnAreRefusedAndUnderrunsCounted) {
  StudioMachine studio;
  ASSERT_TRUE(studio);
  studio.run([] {
    const auto filter = open_filter("WaveOutput");
    const auto underruns = [&] {
      return filter.get<STUDIO_STATISTICS>(client::property_request(STUDIO_PROPERTY_SET, STUDIO_PROPERTY_STATISTICS))
          ->Underruns;
    };
    auto stream = open(endpoint("WaveOutput", kHostPin), format("48000/16/2"),
                       options(AUDIO_SIGNALPROCESSINGMODE_RAW, StreamMode::kPacket));
    ASSERT_TRUE(stream);
    const auto packet_bytes = static_cast<uint32_t>(stream->packet_bytes());
    EXPECT_EQ(stream->write_packet(2, false, 0).nt(), STATUS_DATA_OVERRUN);
    EXPECT_TRUE(stream->write_packet(0, false, 0).is_ok());
    const KSRTAUDIO_SETWRITEPACKET_INFO strange{1, 0x80000000, 0};
    EXPECT_EQ(
        stream->pin()
            .set(client::property_request(KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_SETWRITEPACKET, KSPROPERTY_TYPE_SET),
                 strange)
            .error()
            .nt(),
        STATUS_INVALID_PARAMETER);
    EXPECT_EQ(stream->packet_count().value(), 0u);
    ASSERT_TRUE(stream->set_state(KSSTATE_PAUSE) && stream->set_state(KSSTATE_RUN));
    EXPECT_EQ(stream->write_packet(0, false, 0).nt(), STATUS_DATA_LATE_ERROR) << "packet 0 is under way";
    // Nothing is written: the driver counts on at the rate of real time, and each packet that begins is one too few.
    client::sleep_for(std::chrono::milliseconds(21));
    EXPECT_EQ(stream->packet_count().value(), 4u);
    EXPECT_EQ(underruns(), 4u) << "packets 1 to 4";
    EXPECT_EQ(stream->write_packet(3, false, 0).nt(), STATUS_DATA_LATE_ERROR);
    EXPECT_EQ(stream->write_packet(6, false, 0).nt(), STATUS_DATA_OVERRUN);
    EXPECT_EQ(stream->write_packet(5, true, packet_bytes + 4).nt(), STATUS_INVALID_PARAMETER);
    EXPECT_TRUE(stream->write_packet(5, true, 8).is_ok());
    EXPECT_EQ(stream->write_packet(6, false, 0).nt(), STATUS_INVALID_DEVICE_STATE) << "after the end of the stream";
    client::sleep_for(std::chrono::milliseconds(20));
    EXPECT_EQ(underruns(), 4u) << "after its end a stream owes nothing";
    const auto facts = stream->pin().get<STUDIO_STREAM_FACTS>(
        client::property_request(STUDIO_PROPERTY_SET, STUDIO_PROPERTY_STREAM_FACTS));
    ASSERT_TRUE(facts);
    EXPECT_EQ(facts->PacketsWritten, 6u);
    ASSERT_TRUE(stream->set_state(KSSTATE_PAUSE) && stream->set_state(KSSTATE_STOP));
    EXPECT_EQ(stream->packet_count().value(), 0u) << "STOP begins anew";
  });
  studio.expect_clean_end();
}

TEST(StudioStreams, ReadPacketsCarryTheTimeOfTheirFirstSample) {
  StudioMachine studio;
  ASSERT_TRUE(studio);
  studio.run([] {
    auto stream = open(endpoint("WaveInput", kInputPin), format("48000/16/2"),
                       options(AUDIO_SIGNALPROCESSINGMODE_RAW, StreamMode::kPacket));
    ASSERT_TRUE(stream);
    KSRTAUDIO_GETREADPACKET_INFO first{}, second{};
    EXPECT_EQ(stream->read_packet(first).nt(), STATUS_DEVICE_NOT_READY);
    ASSERT_TRUE(stream->set_state(KSSTATE_PAUSE) && stream->set_state(KSSTATE_RUN));
    client::sleep_for(std::chrono::milliseconds(6));
    ASSERT_TRUE(stream->read_packet(first).is_ok());
    EXPECT_EQ(first.PacketNumber, 0u);
    EXPECT_FALSE(first.MoreData);
    client::sleep_for(std::chrono::milliseconds(5));
    ASSERT_TRUE(stream->read_packet(second).is_ok());
    EXPECT_EQ(second.PacketNumber, 1u);
    // 5 ms of the performance counter, 10 MHz.
    EXPECT_NEAR(static_cast<double>(second.PerformanceCounterValue - first.PerformanceCounterValue), 50'000, 1);
    // Nobody reads for 20 ms: the oldest are gone, and the next is the last that is whole.
    client::sleep_for(std::chrono::milliseconds(20));
    ASSERT_TRUE(stream->read_packet(second).is_ok());
    EXPECT_EQ(second.PacketNumber, 5u);
  });
  studio.expect_clean_end();
}

// The presentation position is behind the mixer's by the codec delay of the INF: 0 here. See studio_life_test.
TEST(StudioStreams, PositionsAgree) {
  StudioMachine studio;
  ASSERT_TRUE(studio);
  studio.run([] {
    auto stream = open(endpoint("WaveOutput", kHostPin), format("48000/16/2"),
                       options(AUDIO_SIGNALPROCESSINGMODE_RAW, StreamMode::kPacket));
    ASSERT_TRUE(stream);
    const auto presented = [&] {
      return stream->pin()
          .get<KSAUDIO_PRESENTATION_POSITION>(
              client::property_request(KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_PRESENTATION_POSITION))
          .value();
    };
    EXPECT_EQ(presented().u64PositionInBlocks, 0u);
    ASSERT_TRUE(stream->set_state(KSSTATE_PAUSE) && stream->set_state(KSSTATE_RUN));
    client::sleep_for(std::chrono::milliseconds(17));
    const auto one = presented();
    const uint64_t offset = stream->position().value();
    EXPECT_NEAR(static_cast<double>(one.u64PositionInBlocks), 17 * 48, 2);
    EXPECT_NEAR(static_cast<double>(offset), static_cast<double>(one.u64PositionInBlocks * 4 % stream->buffer().size()),
                8);
    ASSERT_TRUE(stream->set_state(KSSTATE_PAUSE));
    const auto two = presented();
    client::sleep_for(std::chrono::milliseconds(17));
    EXPECT_EQ(presented().u64PositionInBlocks, two.u64PositionInBlocks) << "PAUSE freezes it";
    EXPECT_GT(presented().u64QPCPosition, two.u64QPCPosition);
    ASSERT_TRUE(stream->set_state(KSSTATE_STOP));
    EXPECT_EQ(presented().u64PositionInBlocks, 0u);
  });
  studio.expect_clean_end();
}

TEST(StudioStreams, AllStreamsShareOneWordClock) {
  StudioMachine studio;
  ASSERT_TRUE(studio);
  studio.run([] {
    const auto filter = open_filter("WaveOutput");
    const auto clock = client::property_request(STUDIO_PROPERTY_SET, STUDIO_PROPERTY_WORD_CLOCK);
    const auto set_clock =
        client::property_request(STUDIO_PROPERTY_SET, STUDIO_PROPERTY_WORD_CLOCK, KSPROPERTY_TYPE_SET);
    EXPECT_EQ(filter.get<ULONG>(clock).value(), 48000u);
    const Endpoint output = endpoint("WaveOutput", kHostPin), input = endpoint("WaveInput", kInputPin);
    {
      auto stream = open(output, format("96000/24/2"), options(AUDIO_SIGNALPROCESSINGMODE_RAW));
      ASSERT_TRUE(stream);
      EXPECT_EQ(filter.get<ULONG>(clock).value(), 96000u) << "the first stream sets it";
      const auto other = Stream::open(input, format("44100/24/2"), options(AUDIO_SIGNALPROCESSINGMODE_RAW));
      ASSERT_FALSE(other);
      EXPECT_EQ(other.error().nt(), STATUS_DEVICE_BUSY);
      EXPECT_TRUE(Stream::open(input, format("96000/16/8"), options(AUDIO_SIGNALPROCESSINGMODE_RAW)));
      EXPECT_EQ(filter.set(set_clock, ULONG{44100}).error().nt(), STATUS_DEVICE_BUSY);
    }
    EXPECT_TRUE(Stream::open(input, format("44100/24/2"), options(AUDIO_SIGNALPROCESSINGMODE_RAW)));
    EXPECT_TRUE(filter.set(set_clock, ULONG{88200}));
    EXPECT_EQ(filter.get<ULONG>(clock).value(), 88200u);
    EXPECT_EQ(filter.set(set_clock, ULONG{8000}).error().nt(), STATUS_INVALID_PARAMETER);
  });
  studio.expect_clean_end();
}

TEST(StudioStreams, RegistersAreMappedAndRun) {
  StudioMachine studio;
  ASSERT_TRUE(studio);
  studio.run([] {
    const auto filter = open_filter("WaveOutput");
    const Endpoint where = endpoint("WaveOutput", kHostPin);
    // A pin by hand: client::Stream maps the registers by itself, once, which is all that a pin allows.
    auto pin = filter.open_pin(client::connect_request(where, format("48000/16/2"), AUDIO_SIGNALPROCESSINGMODE_RAW));
    ASSERT_TRUE(pin) << pin.error().to_string();
    KSRTAUDIO_BUFFER_PROPERTY buffer{};
    buffer.Property = client::property_request(KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_BUFFER);
    buffer.RequestedBufferSize = 48000 * 4 / 10;
    const auto given = pin->get<KSRTAUDIO_BUFFER>(buffer);
    ASSERT_TRUE(given);
    EXPECT_FALSE(given->CallMemoryBarrier);
    const auto map = [&](ULONG id) {
      KSRTAUDIO_HWREGISTER_PROPERTY request{};
      request.Property = client::property_request(KSPROPSETID_RtAudio, id);
      return pin->get<KSRTAUDIO_HWREGISTER>(request);
    };
    const auto position = map(KSPROPERTY_RTAUDIO_POSITIONREGISTER), clock = map(KSPROPERTY_RTAUDIO_CLOCKREGISTER);
    ASSERT_TRUE(position) << position.error().to_string();
    ASSERT_TRUE(clock) << clock.error().to_string();
    EXPECT_FALSE(map(KSPROPERTY_RTAUDIO_POSITIONREGISTER)) << "once a pin";
    EXPECT_EQ(position->Width, 32u);
    EXPECT_EQ(clock->Width, 64u);
    EXPECT_EQ(clock->Numerator / clock->Denominator, 48000u);
    const auto state = [&](KSSTATE to) {
      return pin->set(
          client::property_request(KSPROPSETID_Connection, KSPROPERTY_CONNECTION_STATE, KSPROPERTY_TYPE_SET), to);
    };
    const auto* position_register = static_cast<const volatile uint32_t*>(position->Register);
    const auto* clock_register = static_cast<const volatile uint64_t*>(clock->Register);
    EXPECT_EQ(*position_register, 0u);
    ASSERT_TRUE(state(KSSTATE_PAUSE) && state(KSSTATE_RUN));
    const uint64_t clock_then = *clock_register;
    client::sleep_for(std::chrono::milliseconds(50));
    EXPECT_NEAR(*position_register, 50 * 48 * 4, position->Accuracy);
    EXPECT_NEAR(static_cast<double>(*clock_register - clock_then), 50 * 48, clock->Accuracy);
    ASSERT_TRUE(state(KSSTATE_PAUSE) && state(KSSTATE_STOP));
    EXPECT_EQ(*position_register, 0u);
  });
  studio.expect_clean_end();
}

}  // namespace
}  // namespace portside::studio
