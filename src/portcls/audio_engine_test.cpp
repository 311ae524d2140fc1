// KSPROPSETID_AudioEngine and the engine's KSPROPSETID_Audio: through the filter to IMiniportAudioEngineNode, through an
// offload pin to IMiniportStreamAudioEngineNode; the port answers, the miniport decides.

#include <gtest/gtest.h>

#include <algorithm>

#include "portcls/testing/engine_fixture.h"

namespace portside::portcls::testing {
namespace {

using Engine = EngineMachine;
constexpr ULONG kGetSetSupport = KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_SET | KSPROPERTY_TYPE_BASICSUPPORT;

TEST_F(Engine, TheDescriptorAndTheEffectsAreTheMiniports) {
  with_pin(kOffloadPin, [&] {
    KSAUDIOENGINE_DESCRIPTOR descriptor{};
    ASSERT_EQ(get_node(filter_, KSPROPSETID_AudioEngine, KSPROPERTY_AUDIOENGINE_DESCRIPTOR, descriptor),
              STATUS_SUCCESS);
    EXPECT_EQ(descriptor.nOffloadPinId, ULONG{kOffloadPin});
    FakeEngine::descriptor.nLoopbackPinId = 77;
    ASSERT_EQ(get_node(filter_, KSPROPSETID_AudioEngine, KSPROPERTY_AUDIOENGINE_DESCRIPTOR, descriptor),
              STATUS_SUCCESS);
    EXPECT_EQ(descriptor.nLoopbackPinId, 77u);
    for (const BOOL on : {TRUE, FALSE}) {
      EXPECT_EQ(set_node(filter_, KSPROPSETID_AudioEngine, KSPROPERTY_AUDIOENGINE_GFXENABLE, on), STATUS_SUCCESS);
      EXPECT_EQ(set_node(pin_, KSPROPSETID_AudioEngine, KSPROPERTY_AUDIOENGINE_LFXENABLE, BOOL{!on}), STATUS_SUCCESS);
      BOOL gfx = 9, lfx = 9;
      EXPECT_EQ(get_node(filter_, KSPROPSETID_AudioEngine, KSPROPERTY_AUDIOENGINE_GFXENABLE, gfx), STATUS_SUCCESS);
      EXPECT_EQ(get_node(pin_, KSPROPSETID_AudioEngine, KSPROPERTY_AUDIOENGINE_LFXENABLE, lfx), STATUS_SUCCESS);
      EXPECT_EQ(gfx, on);
      EXPECT_EQ(lfx, BOOL{!on});
    }
  });
}

TEST_F(Engine, FormatsHaveTheSizeThatTheMiniportSays) {
  with_pin(kOffloadPin, [&] {
    const auto mix = node_request(KSPROPSETID_AudioEngine, KSPROPERTY_AUDIOENGINE_MIXFORMAT, KSPROPERTY_TYPE_GET);
    uint64_t needed = 0;
    EXPECT_EQ(control(filter_, IOCTL_KS_PROPERTY, bytes_of(mix), {}, &needed), STATUS_BUFFER_OVERFLOW);
    EXPECT_EQ(needed, sizeof(KSDATAFORMAT_WAVEFORMATEX));
    FakeEngine::format_bytes = sizeof(KSDATAFORMAT_WAVEFORMATEXTENSIBLE);
    EXPECT_EQ(control(filter_, IOCTL_KS_PROPERTY, bytes_of(mix), {}, &needed), STATUS_BUFFER_OVERFLOW);
    EXPECT_EQ(needed, sizeof(KSDATAFORMAT_WAVEFORMATEXTENSIBLE));
    KSDATAFORMAT_WAVEFORMATEX small{};
    EXPECT_EQ(ask(filter_, mix, small), STATUS_BUFFER_TOO_SMALL);
    FakeEngine::format_bytes = sizeof(KSDATAFORMAT_WAVEFORMATEX);
    for (const DWORD rate : {48000u, 96000u}) {
      FakeEngine::mix_rate = rate;
      EXPECT_EQ(ask(filter_, mix, small), STATUS_SUCCESS);
      EXPECT_EQ(small.WaveFormatEx.nSamplesPerSec, rate);
      EXPECT_EQ(
          set_node(filter_, KSPROPSETID_AudioEngine, KSPROPERTY_AUDIOENGINE_DEVICEFORMAT, engine_format(rate / 2)),
          STATUS_SUCCESS);
      EXPECT_EQ(get_node(filter_, KSPROPSETID_AudioEngine, KSPROPERTY_AUDIOENGINE_DEVICEFORMAT, small), STATUS_SUCCESS);
      EXPECT_EQ(small.WaveFormatEx.nSamplesPerSec, rate / 2);
    }
    for (const ULONG count : {1u, 3u}) {
      FakeEngine::formats = count;
      std::vector<std::byte> list(sizeof(KSMULTIPLE_ITEM) + count * kFormatPitch);
      const auto request =
          node_request(KSPROPSETID_AudioEngine, KSPROPERTY_AUDIOENGINE_SUPPORTEDDEVICEFORMATS, KSPROPERTY_TYPE_GET);
      EXPECT_EQ(control(filter_, IOCTL_KS_PROPERTY, bytes_of(request), {}, &needed), STATUS_BUFFER_OVERFLOW);
      EXPECT_EQ(needed, list.size());
      EXPECT_EQ(control(filter_, IOCTL_KS_PROPERTY, bytes_of(request), list), STATUS_SUCCESS);
      EXPECT_EQ(reinterpret_cast<KSMULTIPLE_ITEM*>(list.data())->Count, count);
    }
    // A size that no format has is the miniport's mistake and not the port's crash.
    for (const ULONG bytes : {0u, 8u, 0xFFFFFFF0u}) {
      FakeEngine::format_bytes = bytes;
      EXPECT_EQ(ask(filter_, mix, small), STATUS_UNSUCCESSFUL) << bytes;
    }
    EXPECT_EQ(std::ranges::count(portcls_.misuses, Misuse::kEngineNodeInconsistent), 3);
  });
}

TEST_F(Engine, ABrokenDeviceFormatNeverReachesTheMiniport) {
  with_pin(kOffloadPin, [&] {
    auto format = engine_format(44100);
    format.DataFormat.FormatSize = 0xFFFF;
    EXPECT_EQ(set_node(filter_, KSPROPSETID_AudioEngine, KSPROPERTY_AUDIOENGINE_DEVICEFORMAT, format),
              STATUS_INVALID_BUFFER_SIZE);
    format = engine_format(44100);
    format.DataFormat.Specifier = KSDATAFORMAT_SPECIFIER_NONE;
    EXPECT_EQ(set_node(filter_, KSPROPSETID_AudioEngine, KSPROPERTY_AUDIOENGINE_DEVICEFORMAT, format),
              STATUS_INVALID_PARAMETER);
    EXPECT_EQ(set_node(filter_, KSPROPSETID_AudioEngine, KSPROPERTY_AUDIOENGINE_DEVICEFORMAT, ULONG{1}),
              STATUS_INVALID_BUFFER_SIZE);
    EXPECT_TRUE(FakeEngine::calls.empty());
    EXPECT_EQ(FakeEngine::device_rate, 48000u);
  });
}

TEST_F(Engine, TheBufferRangeIsForTheFormatBehindTheNode) {
  with_pin(kOffloadPin, [&] {
    struct Request {
      KSP_NODE node;
      KSDATAFORMAT_WAVEFORMATEX format;
    } request{node_request(KSPROPSETID_AudioEngine, KSPROPERTY_AUDIOENGINE_BUFFER_SIZE_RANGE, KSPROPERTY_TYPE_GET),
              engine_format(48000)};
    KSAUDIOENGINE_BUFFER_SIZE_RANGE range{};
    EXPECT_EQ(ask(filter_, request, range), STATUS_SUCCESS);
    EXPECT_EQ(range.MinBufferBytes, 1920u);
    request.format = engine_format(96000);
    EXPECT_EQ(ask(filter_, request, range), STATUS_SUCCESS);
    EXPECT_EQ(range.MaxBufferBytes, 384000u);
    EXPECT_EQ(ask(filter_, request.node, range), STATUS_INVALID_BUFFER_SIZE) << "no format behind the node";
    request.format.DataFormat.FormatSize = 8;
    EXPECT_LT(ask(filter_, request, range), 0);
    EXPECT_EQ(FakeEngine::calls.size(), 2u);
  });
}

TEST_F(Engine, VolumeMuteAndMeterOfTheDeviceAndOfAStream) {
  with_pin(kOffloadPin, [&] {
    for (const bool stream : {false, true}) {
      const io::FileHandle file = stream ? pin_ : filter_;
      LONG* volumes = stream ? FakeEngine::stream_volume : FakeEngine::volume;
      for (const LONG channel : {0, 1}) {
        LONG value = -65536 * (channel + 1);
        auto request = channel_request(KSPROPSETID_Audio, KSPROPERTY_AUDIO_VOLUMELEVEL, KSPROPERTY_TYPE_SET, channel);
        EXPECT_EQ(ask(file, request, value), STATUS_SUCCESS);
        EXPECT_EQ(volumes[channel], value);
        volumes[channel] = 5 + channel;
        request = channel_request(KSPROPSETID_Audio, KSPROPERTY_AUDIO_VOLUMELEVEL, KSPROPERTY_TYPE_GET, channel);
        EXPECT_EQ(ask(file, request, value), STATUS_SUCCESS);
        EXPECT_EQ(value, 5 + channel);
        BOOL mute = TRUE;
        EXPECT_EQ(
            ask(file, channel_request(KSPROPSETID_Audio, KSPROPERTY_AUDIO_MUTE, KSPROPERTY_TYPE_SET, channel), mute),
            STATUS_SUCCESS);
        mute = FALSE;
        EXPECT_EQ(
            ask(file, channel_request(KSPROPSETID_Audio, KSPROPERTY_AUDIO_MUTE, KSPROPERTY_TYPE_GET, channel), mute),
            STATUS_SUCCESS);
        EXPECT_TRUE(mute);
        FakeEngine::peak = 1000 + channel;
        EXPECT_EQ(
            ask(file, channel_request(KSPROPSETID_Audio, KSPROPERTY_AUDIO_PEAKMETER2, KSPROPERTY_TYPE_GET, channel),
                value),
            STATUS_SUCCESS);
        EXPECT_EQ(value, 1000 + channel);
        EXPECT_EQ(
            ask(file, channel_request(KSPROPSETID_Audio, KSPROPERTY_AUDIO_PEAKMETER2, KSPROPERTY_TYPE_SET, channel),
                value),
            STATUS_NOT_FOUND);
      }
      // KSP_NODE alone names no channel.
      LONG value = 0;
      EXPECT_EQ(get_node(file, KSPROPSETID_Audio, KSPROPERTY_AUDIO_VOLUMELEVEL, value), STATUS_INVALID_BUFFER_SIZE);
    }
    KSAUDIOENGINE_VOLUMELEVEL ramp{-3, AUDIO_CURVE_TYPE_WINDOWS_FADE, 250};
    auto request = channel_request(KSPROPSETID_AudioEngine, KSPROPERTY_AUDIOENGINE_VOLUMELEVEL, KSPROPERTY_TYPE_SET,
                                   KSAUDIO_CHANNEL_ALL);
    EXPECT_EQ(ask(pin_, request, ramp), STATUS_SUCCESS);
    EXPECT_EQ(last_call(), "SetStreamChannelVolume 4294967295 -3 1 250");
    ramp.CurveType = static_cast<AUDIO_CURVE_TYPE>(2);
    EXPECT_EQ(ask(pin_, request, ramp), STATUS_INVALID_PARAMETER);
    LONG plain = 0;
    EXPECT_EQ(ask(pin_, request, plain), STATUS_BUFFER_TOO_SMALL) << "a SET's value is a KSAUDIOENGINE_VOLUMELEVEL";
    EXPECT_EQ(last_call(), "SetStreamChannelVolume 4294967295 -3 1 250");
  });
}

TEST_F(Engine, BasicSupportHasASteppingForEachChannel) {
  with_pin(kOffloadPin, [&] {
    struct Answer {
      KSPROPERTY_DESCRIPTION description;
      KSPROPERTY_MEMBERSHEADER members;
      KSPROPERTY_STEPPING_LONG steppings[4];
    };
    for (const bool stream : {false, true}) {
      for (const UINT32 channels : {1u, 4u}) {
        FakeEngine::channels = channels;
        Answer answer{};
        const auto request =
            node_request(KSPROPSETID_Audio, KSPROPERTY_AUDIO_VOLUMELEVEL, KSPROPERTY_TYPE_BASICSUPPORT);
        EXPECT_EQ(ask(stream ? pin_ : filter_, request, answer), STATUS_SUCCESS);
        EXPECT_EQ(answer.description.AccessFlags, kGetSetSupport);
        EXPECT_EQ(answer.members.MembersCount, channels);
        EXPECT_EQ(answer.description.DescriptionSize,
                  offsetof(Answer, steppings) + channels * sizeof(KSPROPERTY_STEPPING_LONG));
        EXPECT_EQ(answer.steppings[channels - 1].SteppingDelta, (stream ? 100 : 10) + channels - 1);
        ULONG access = 0;
        EXPECT_EQ(ask(stream ? pin_ : filter_, request, access), STATUS_SUCCESS);
        EXPECT_EQ(access, kGetSetSupport);
        KSPROPERTY_DESCRIPTION description{};
        EXPECT_EQ(ask(stream ? pin_ : filter_, request, description), STATUS_SUCCESS);
        EXPECT_EQ(description.DescriptionSize, answer.description.DescriptionSize);
      }
    }
    FakeEngine::channels = 0xFFFFFFFF;
    Answer answer{};
    EXPECT_EQ(
        ask(filter_, node_request(KSPROPSETID_Audio, KSPROPERTY_AUDIO_MUTE, KSPROPERTY_TYPE_BASICSUPPORT), answer),
        STATUS_UNSUCCESSFUL);
  });
}

TEST_F(Engine, PositionsOfAnOffloadedStream) {
  with_pin(kOffloadPin, [&] {
    for (const ULONGLONG at : {ULONGLONG{5}, 1ULL << 40}) {
      FakeEngine::linear = at;
      FakeEngine::presented = {at / 4, at * 2};
      ULONGLONG linear = 0;
      EXPECT_EQ(get_node(pin_, KSPROPSETID_Audio, KSPROPERTY_AUDIO_LINEAR_BUFFER_POSITION, linear), STATUS_SUCCESS);
      EXPECT_EQ(linear, at);
      KSAUDIO_PRESENTATION_POSITION presented{};
      EXPECT_EQ(get_node(pin_, KSPROPSETID_Audio, KSPROPERTY_AUDIO_PRESENTATION_POSITION, presented), STATUS_SUCCESS);
      EXPECT_EQ(presented.u64PositionInBlocks, at / 4);
      EXPECT_EQ(presented.u64QPCPosition, at * 2);
    }
    ULONG small = 0;
    EXPECT_EQ(get_node(pin_, KSPROPSETID_Audio, KSPROPERTY_AUDIO_LINEAR_BUFFER_POSITION, small),
              STATUS_BUFFER_TOO_SMALL);
    const auto write = [&](ULONG at) {
      return set_node(pin_, KSPROPSETID_Audio, KSPROPERTY_AUDIO_WAVERT_CURRENT_WRITE_POSITION, at);
    };
    const auto last = [&](ULONG at) {
      return set_node(pin_, KSPROPSETID_Audio, KSPROPERTY_AUDIO_WAVERT_CURRENT_WRITE_LASTBUFFER_POSITION, at);
    };
    FakeEngine::calls.clear();
    EXPECT_EQ(write(0), STATUS_DEVICE_NOT_READY) << "no buffer";
    KSRTAUDIO_BUFFER buffer{};
    ASSERT_EQ(get_notification_buffer(pin_, 8192, 2, buffer), STATUS_SUCCESS);
    EXPECT_EQ(write(8193), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(last(8193), STATUS_INVALID_PARAMETER);
    EXPECT_TRUE(FakeEngine::calls.empty()) << "a position outside the buffer is not the miniport's to meet";
    EXPECT_EQ(write(4096), STATUS_SUCCESS);
    EXPECT_EQ(last_call(), "SetStreamCurrentWritePosition 4096");
    EXPECT_EQ(last(8192), STATUS_SUCCESS) << "the full buffer";
    EXPECT_EQ(last_call(), "SetStreamCurrentWritePositionForLastBuffer 8192");
    for (const ULONG option : {ULONG{CONSTRICTOR_OPTION_MUTE}, ULONG{CONSTRICTOR_OPTION_DISABLE}}) {
      EXPECT_EQ(set_node(pin_, KSPROPSETID_AudioEngine, KSPROPERTY_AUDIOENGINE_LOOPBACK_PROTECTION, option),
                STATUS_SUCCESS);
      EXPECT_EQ(last_call(), "SetStreamLoopbackProtection " + std::to_string(option));
    }
    EXPECT_EQ(set_node(pin_, KSPROPSETID_AudioEngine, KSPROPERTY_AUDIOENGINE_LOOPBACK_PROTECTION, ULONG{2}),
              STATUS_INVALID_PARAMETER);
  });
}

TEST_F(Engine, TheLastBufferIsOfferedByItsOwnInterface) {
  FakeEngine::last_buffer = false;
  with_pin(kOffloadPin, [&] {
    ULONG access = 0;
    const auto ask_support = [&](ULONG id) {
      return ask(pin_, node_request(KSPROPSETID_Audio, id, KSPROPERTY_TYPE_BASICSUPPORT), access);
    };
    EXPECT_EQ(ask_support(KSPROPERTY_AUDIO_WAVERT_CURRENT_WRITE_LASTBUFFER_POSITION), STATUS_NOT_SUPPORTED);
    EXPECT_EQ(ask_support(KSPROPERTY_AUDIO_WAVERT_CURRENT_WRITE_POSITION), STATUS_SUCCESS);
    FakeEngine::last_buffer = true;
    EXPECT_EQ(ask_support(KSPROPERTY_AUDIO_WAVERT_CURRENT_WRITE_LASTBUFFER_POSITION), STATUS_SUCCESS);
    EXPECT_EQ(access & KSPROPERTY_TYPE_SET, ULONG{KSPROPERTY_TYPE_SET});
  });
}

TEST_F(Engine, WrongTargetsAreRefused) {
  with_pin(kHostPin, [&] {
    BOOL on = FALSE;
    EXPECT_EQ(get_node(pin_, KSPROPSETID_AudioEngine, KSPROPERTY_AUDIOENGINE_LFXENABLE, on), STATUS_NOT_SUPPORTED)
        << "a host stream is not offloaded";
    EXPECT_EQ(get_node(pin_, KSPROPSETID_AudioEngine, KSPROPERTY_AUDIOENGINE_GFXENABLE, on), STATUS_NOT_FOUND)
        << "of the filter";
    EXPECT_EQ(get_node(filter_, KSPROPSETID_AudioEngine, KSPROPERTY_AUDIOENGINE_LFXENABLE, on), STATUS_NOT_FOUND)
        << "of the stream";
    EXPECT_EQ(get_node(filter_, KSPROPSETID_AudioEngine, KSPROPERTY_AUDIOENGINE_GFXENABLE, on, 1),
              static_cast<NTSTATUS>(StatusCode::kPropsetNotFound))
        << "no engine node";
    EXPECT_EQ(get_node(filter_, KSPROPSETID_AudioEngine, KSPROPERTY_AUDIOENGINE_GFXENABLE, on, 2),
              STATUS_INVALID_PARAMETER)
        << "no such node";
    EXPECT_EQ(get_node(filter_, KSPROPSETID_AudioEngine, KSPROPERTY_AUDIOENGINE_DEVICECONTROLS, on), STATUS_NOT_FOUND);
    const KSPROPERTY plain = property(KSPROPSETID_AudioEngine, KSPROPERTY_AUDIOENGINE_GFXENABLE, KSPROPERTY_TYPE_GET);
    EXPECT_EQ(ask(filter_, plain, on), static_cast<NTSTATUS>(StatusCode::kPropsetNotFound)) << "the filter itself";
    EXPECT_TRUE(FakeEngine::calls.empty());
    FakeEngine::status = STATUS_INVALID_DEVICE_REQUEST;
    EXPECT_EQ(get_node(filter_, KSPROPSETID_AudioEngine, KSPROPERTY_AUDIOENGINE_GFXENABLE, on),
              STATUS_INVALID_DEVICE_REQUEST)
        << "the miniport's word";
    FakeEngine::engine_node = false;
    EXPECT_EQ(get_node(filter_, KSPROPSETID_AudioEngine, KSPROPERTY_AUDIOENGINE_GFXENABLE, on), STATUS_NOT_SUPPORTED)
        << "without the interface";
  });
}

}  // namespace
}  // namespace portside::portcls::testing
