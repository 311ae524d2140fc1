// Streams: a client's whole way with a pin, and every wrong turn: formats, instances, buffers, events, states, packets.

#include <gtest/gtest.h>

#include "portcls/testing/portcls_fixture.h"

namespace portside::portcls::testing {
namespace {

class Stream : public PortClsMachine {
 protected:
  // Starts the device and opens the wave filter and its pin 0.
  void open_stream(const std::function<void()>& body) {
    run([&] {
      ASSERT_TRUE(start().is_ok());
      filter_ = open_filter();
      auto opened = open_pin(filter_);
      ASSERT_TRUE(opened) << opened.error().to_string();
      pin_ = *opened;
      body();
    });
  }
  void close_all() {
    close(pin_);
    close(filter_);
  }
  io::FileHandle filter_, pin_;
};

TEST_F(Stream, TheWholeWay) {
  open_stream([&] {
    EXPECT_EQ(streams_.opened.size(), 1u);
    EXPECT_EQ(streams_.opened[0].subdevice, "Wave");
    BOOL supported = FALSE;
    EXPECT_EQ(get(pin_, KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_QUERY_NOTIFICATION_SUPPORT, supported), STATUS_SUCCESS);
    EXPECT_TRUE(supported);
    KSRTAUDIO_BUFFER buffer{};
    ASSERT_EQ(get_notification_buffer(pin_, 7680, 2, buffer), STATUS_SUCCESS);
    EXPECT_EQ(buffer.ActualBufferSize, 7680u);
    EXPECT_FALSE(buffer.CallMemoryBarrier);
    // The client's view is the miniport's, at another address.
    static_cast<char*>(buffer.BufferAddress)[5000] = 'x';
    const PageCall& mapped = streams_.pages[1];
    EXPECT_EQ(reinterpret_cast<const char*>(mapped.result)[5000], 'x');
    EXPECT_NE(mapped.result, reinterpret_cast<uint64_t>(buffer.BufferAddress));

    KSRTAUDIO_HWLATENCY latency{};
    EXPECT_EQ(get(pin_, KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_HWLATENCY, latency), STATUS_SUCCESS);
    EXPECT_EQ(latency.ChipsetDelay, 2u);
    ClientEvent event;
    create_event(event);
    ASSERT_EQ(notification_event(pin_, KSPROPERTY_RTAUDIO_REGISTER_NOTIFICATION_EVENT, event.handle), STATUS_SUCCESS);
    EXPECT_EQ(set_state(pin_, KSSTATE_ACQUIRE), STATUS_SUCCESS);
    EXPECT_EQ(set_state(pin_, KSSTATE_PAUSE), STATUS_SUCCESS);
    EXPECT_EQ(set_state(pin_, KSSTATE_RUN), STATUS_SUCCESS);

    for (int period = 1; period <= 3; ++period) {
      EXPECT_EQ(kernel_->wait(&event.event, -1'000'000), STATUS_SUCCESS);
      KSAUDIO_POSITION position{};
      EXPECT_EQ(get(pin_, KSPROPSETID_Audio, KSPROPERTY_AUDIO_POSITION, position), STATUS_SUCCESS);
      EXPECT_EQ(position.PlayOffset, static_cast<ULONGLONG>(period * 1920 % 7680));
    }
    KSAUDIO_POSITIONEX extended{};
    EXPECT_EQ(get(pin_, KSPROPSETID_Audio, KSPROPERTY_AUDIO_POSITIONEX, extended), STATUS_SUCCESS);
    EXPECT_LE(extended.TimeStamp1.QuadPart, extended.TimeStamp2.QuadPart);
    ULONG packets = 0;
    EXPECT_EQ(get(pin_, KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_PACKETCOUNT, packets), STATUS_SUCCESS);
    EXPECT_EQ(packets, 3u);
    KSAUDIO_PRESENTATION_POSITION presented{};
    EXPECT_EQ(get(pin_, KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_PRESENTATION_POSITION, presented), STATUS_SUCCESS);
    EXPECT_EQ(presented.u64PositionInBlocks, 3u * 480);

    EXPECT_EQ(set_state(pin_, KSSTATE_PAUSE), STATUS_SUCCESS);
    EXPECT_EQ(set_state(pin_, KSSTATE_STOP), STATUS_SUCCESS);
    EXPECT_EQ(notification_event(pin_, KSPROPERTY_RTAUDIO_UNREGISTER_NOTIFICATION_EVENT, event.handle), STATUS_SUCCESS);
    close_all();
    EXPECT_EQ(FakeDriver::log.live_streams, 0);
    EXPECT_EQ(streams_.page_names(), (std::vector<std::string>{"AllocatePagesForMdl", "MapAllocatedPages",
                                                               "UnmapAllocatedPages", "FreePagesFromMdl"}));
    ASSERT_EQ(streams_.closed.size(), 1u);
    EXPECT_TRUE(streams_.closed[0].leaked.empty());
    EXPECT_FALSE(streams_.closed[0].miniport_stream_alive);
    EXPECT_EQ(streams_.forgotten_events, 0);
  });
}

TEST_F(Stream, AJumpGetsTheStepsBetween) {
  open_stream([&] {
    EXPECT_EQ(set_state(pin_, KSSTATE_RUN), STATUS_SUCCESS);
    EXPECT_EQ(set_state(pin_, KSSTATE_STOP), STATUS_SUCCESS);
    EXPECT_EQ(FakeDriver::log.states, (std::vector<KSSTATE>{KSSTATE_ACQUIRE, KSSTATE_PAUSE, KSSTATE_RUN, KSSTATE_PAUSE,
                                                            KSSTATE_ACQUIRE, KSSTATE_STOP}));
    EXPECT_TRUE(streams_.states[0].implied);
    EXPECT_FALSE(streams_.states[2].implied);
    EXPECT_EQ(set_state(pin_, static_cast<KSSTATE>(4)), STATUS_INVALID_PARAMETER);
    close_all();
  });
}

TEST_F(Stream, AFailedStepStopsThere) {
  open_stream([&] {
    FakeDriver::faults.fail_state = KSSTATE_PAUSE;
    FakeDriver::faults.set_state = STATUS_INSUFFICIENT_RESOURCES;
    EXPECT_EQ(set_state(pin_, KSSTATE_RUN), STATUS_INSUFFICIENT_RESOURCES);
    KSSTATE state{};
    EXPECT_EQ(get(pin_, KSPROPSETID_Connection, KSPROPERTY_CONNECTION_STATE, state), STATUS_SUCCESS);
    EXPECT_EQ(state, KSSTATE_ACQUIRE);
    close_all();
  });
}

TEST_F(Stream, WhatAClosingClientForgotIsTakenBack) {
  open_stream([&] {
    KSRTAUDIO_BUFFER buffer{};
    ASSERT_EQ(get_notification_buffer(pin_, 7680, 2, buffer), STATUS_SUCCESS);
    ClientEvent event;
    create_event(event);
    ASSERT_EQ(notification_event(pin_, KSPROPERTY_RTAUDIO_REGISTER_NOTIFICATION_EVENT, event.handle), STATUS_SUCCESS);
    EXPECT_EQ(set_state(pin_, KSSTATE_RUN), STATUS_SUCCESS);
    close_all();
    EXPECT_EQ(FakeDriver::log.states.back(), KSSTATE_STOP);
    EXPECT_EQ(streams_.forgotten_events, 1);
    const auto& calls = FakeDriver::log.calls;
    ASSERT_GE(calls.size(), 2u);
    EXPECT_EQ(calls[calls.size() - 2], "UnregisterNotificationEvent");
    EXPECT_EQ(calls.back(), "FreeBufferWithNotification");
    EXPECT_EQ(FakeDriver::log.live_streams, 0);
    EXPECT_EQ(services_->objects().find(&event.event)->references, 2) << "its maker's and its handle's";
  });
}

TEST_F(Stream, APinOutlivesItsFiltersHandle) {
  open_stream([&] {
    close(filter_);
    EXPECT_EQ(set_state(pin_, KSSTATE_RUN), STATUS_SUCCESS);
    close(pin_);
    EXPECT_EQ(FakeDriver::log.live_streams, 0);
    EXPECT_EQ(recorder_.closed, 2) << "both files are closed by now";
  });
}

TEST_F(Stream, InstancesAreCounted) {
  open_stream([&] {
    auto second = open_pin(filter_);
    ASSERT_TRUE(second);
    EXPECT_EQ(open_pin(filter_).error().code(), StatusCode::kInsufficientResources);
    KSPIN_CINSTANCES instances{};
    EXPECT_EQ(get_pin(filter_, KSPROPERTY_PIN_CINSTANCES, 0, instances), STATUS_SUCCESS);
    EXPECT_EQ(instances.CurrentCount, 2u);
    const io::FileHandle other = open_filter();
    EXPECT_EQ(get_pin(other, KSPROPERTY_PIN_CINSTANCES, 0, instances), STATUS_SUCCESS);
    EXPECT_EQ(instances.CurrentCount, 0u) << "of this filter";
    EXPECT_EQ(get_pin(other, KSPROPERTY_PIN_GLOBALCINSTANCES, 0, instances), STATUS_SUCCESS);
    EXPECT_EQ(instances.CurrentCount, 2u) << "of all filters";
    EXPECT_EQ(open_pin(other).error().code(), StatusCode::kInsufficientResources);
    close(*second);
    auto third = open_pin(other);
    EXPECT_TRUE(third);
    close(*third);
    close(other);
    close_all();
  });
}

TEST_F(Stream, ConnectRequestsAreChecked) {
  open_stream([&] {
    const size_t live = FakeDriver::log.live_streams;
    const auto code_of = [&](const PinName& name) {
      auto opened = open_pin(filter_, name);
      if (opened) close(*opened);
      return opened ? StatusCode::kOk : opened.error().code();
    };
    EXPECT_EQ(code_of(pin_name(2)), StatusCode::kInvalidParameter) << "no such pin";
    EXPECT_EQ(code_of(pin_name(1)), StatusCode::kInvalidDeviceRequest) << "the bridge";
    auto format = wave_format();
    format.DataFormat.SubFormat = KSDATAFORMAT_SUBTYPE_IEEE_FLOAT;
    EXPECT_EQ(code_of(pin_name(0, format)), StatusCode::kNoMatch);
    format = wave_format();
    format.DataFormat.FormatSize = 0xFFFF;
    EXPECT_EQ(code_of(pin_name(0, format)), StatusCode::kInvalidBufferSize);
    PinName medium = pin_name();
    medium.connect.Medium.Id = 7;
    EXPECT_EQ(code_of(medium), StatusCode::kNoMatch);
    PinName clock = pin_name();
    std::memcpy(clock.guid, u"{53172480-4791-11D0-A5D6-28DB04C10000}\\", sizeof clock.guid);
    EXPECT_EQ(code_of(clock), StatusCode::kObjectNameNotFound);
    const PinName whole = pin_name();
    for (size_t bytes : {size_t{0}, size_t{76}, size_t{78}, size_t{100}, sizeof whole - 1})
      EXPECT_FALSE(io_->requests().open_relative(filter_, bytes_of(whole).first(bytes))) << bytes;
    EXPECT_EQ(open_pin(pin_).error().code(), StatusCode::kObjectNameNotFound) << "a pin below a pin";
    EXPECT_EQ(FakeDriver::log.live_streams, static_cast<int>(live)) << "the miniport saw none of them";
    close_all();
  });
}

TEST_F(Stream, TheMiniportMayRefuseTheStream) {
  open_stream([&] {
    FakeDriver::faults.new_stream = STATUS_NO_MATCH;
    EXPECT_EQ(open_pin(filter_).error().code(), StatusCode::kNoMatch);
    KSPIN_CINSTANCES instances{};
    EXPECT_EQ(get_pin(filter_, KSPROPERTY_PIN_CINSTANCES, 0, instances), STATUS_SUCCESS);
    EXPECT_EQ(instances.CurrentCount, 1u) << "the refused one does not count";
    close_all();
  });
}

TEST_F(Stream, BufferMistakes) {
  open_stream([&] {
    KSRTAUDIO_BUFFER buffer{};
    EXPECT_EQ(get_notification_buffer(pin_, 4096, 0, buffer), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(get_notification_buffer(pin_, 4096, 3, buffer), STATUS_INVALID_PARAMETER);
    EXPECT_TRUE(FakeDriver::log.calls.empty()) << "the miniport may not expect such a count";
    KSRTAUDIO_BUFFER_PROPERTY based{};
    based.Property = property(KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_BUFFER, KSPROPERTY_TYPE_GET);
    based.RequestedBufferSize = 4096;
    based.BaseAddress = &buffer;
    auto out = std::as_writable_bytes(std::span(&buffer, 1));
    EXPECT_EQ(control(pin_, IOCTL_KS_PROPERTY, bytes_of(based), out), STATUS_UNSUCCESSFUL);
    EXPECT_EQ(control(pin_, IOCTL_KS_PROPERTY, bytes_of(based.Property), out), STATUS_INVALID_BUFFER_SIZE);
    EXPECT_EQ(control(pin_, IOCTL_KS_PROPERTY, bytes_of(based), out.first(8)), STATUS_BUFFER_TOO_SMALL);
    uint64_t needed = 0;
    EXPECT_EQ(control(pin_, IOCTL_KS_PROPERTY, bytes_of(based), {}, &needed), STATUS_BUFFER_OVERFLOW);
    EXPECT_EQ(needed, sizeof(KSRTAUDIO_BUFFER));
    EXPECT_TRUE(FakeDriver::log.calls.empty()) << "sizes are asked without allocating";
    ASSERT_EQ(get_buffer(pin_, 4096, buffer), STATUS_SUCCESS);
    EXPECT_EQ(get_buffer(pin_, 4096, buffer), STATUS_INVALID_DEVICE_STATE) << "a second buffer";
    close_all();
  });
}

TEST_F(Stream, WhatTheMiniportGivesIsDoubted) {
  open_stream([&] {
    KSRTAUDIO_BUFFER buffer{};
    FakeDriver::faults.foreign_mdl = true;
    EXPECT_EQ(get_buffer(pin_, 4096, buffer), STATUS_UNSUCCESSFUL);
    FakeDriver::faults = {};
    FakeDriver::faults.buffer_too_large = true;
    EXPECT_EQ(get_buffer(pin_, 4096, buffer), STATUS_UNSUCCESSFUL);
    FakeDriver::faults = {};
    FakeDriver::faults.offset = PAGE_SIZE;
    EXPECT_EQ(get_buffer(pin_, 4096, buffer), STATUS_UNSUCCESSFUL);
    FakeDriver::faults = {};
    EXPECT_EQ(FakeDriver::log.calls.back(), "FreeAudioBuffer") << "what cannot be used is given back";
    FakeDriver::faults.cache = MmWriteCombined;
    FakeDriver::faults.offset = 64;
    EXPECT_EQ(get_buffer(pin_, 4000, buffer), STATUS_SUCCESS);
    EXPECT_TRUE(buffer.CallMemoryBarrier);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(buffer.BufferAddress) % PAGE_SIZE, 64u);
    close_all();
  });
}

TEST_F(Stream, EventMistakes) {
  open_stream([&] {
    ClientEvent event, other;
    create_event(event);
    create_event(other);
    const ULONG enroll = KSPROPERTY_RTAUDIO_REGISTER_NOTIFICATION_EVENT,
                leave = KSPROPERTY_RTAUDIO_UNREGISTER_NOTIFICATION_EVENT;
    EXPECT_EQ(notification_event(pin_, enroll, event.handle), STATUS_DEVICE_NOT_READY) << "before the buffer";
    KSRTAUDIO_BUFFER buffer{};
    ASSERT_EQ(get_notification_buffer(pin_, 7680, 1, buffer), STATUS_SUCCESS);
    EXPECT_EQ(notification_event(pin_, enroll, reinterpret_cast<HANDLE>(0xBAD0)), STATUS_INVALID_HANDLE);
    EXPECT_EQ(notification_event(pin_, enroll, event.handle), STATUS_SUCCESS);
    EXPECT_EQ(notification_event(pin_, leave, other.handle), STATUS_NOT_FOUND);
    EXPECT_EQ(notification_event(pin_, leave, event.handle), STATUS_SUCCESS);
    EXPECT_EQ(notification_event(pin_, leave, event.handle), STATUS_NOT_FOUND);
    close_all();
  });
}

TEST_F(Stream, ABasicStreamOffersNoNotificationAndNoPackets) {
  FakeDriver::notification = false;
  open_stream([&] {
    FakeDriver::notification = false;
    BOOL supported = TRUE;
    EXPECT_EQ(get(pin_, KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_QUERY_NOTIFICATION_SUPPORT, supported), STATUS_SUCCESS);
    EXPECT_FALSE(supported);
    KSRTAUDIO_BUFFER buffer{};
    EXPECT_EQ(get_notification_buffer(pin_, 4096, 2, buffer), STATUS_NOT_SUPPORTED);
    ULONG packets = 0;
    EXPECT_EQ(get(pin_, KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_PACKETCOUNT, packets), STATUS_NOT_SUPPORTED);
    ClientEvent event;
    create_event(event);
    EXPECT_EQ(notification_event(pin_, KSPROPERTY_RTAUDIO_REGISTER_NOTIFICATION_EVENT, event.handle),
              STATUS_NOT_SUPPORTED);
    EXPECT_EQ(get_buffer(pin_, 4096, buffer), STATUS_SUCCESS);
    EXPECT_EQ(set_state(pin_, KSSTATE_RUN), STATUS_SUCCESS);
    close_all();
    EXPECT_EQ(FakeDriver::log.live_streams, 0);
  });
}

TEST_F(Stream, RegistersAndFormats) {
  open_stream([&] {
    KSRTAUDIO_HWREGISTER_PROPERTY ask{};
    ask.Property = property(KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_POSITIONREGISTER, KSPROPERTY_TYPE_GET);
    KSRTAUDIO_HWREGISTER answer{};
    auto out = std::as_writable_bytes(std::span(&answer, 1));
    EXPECT_EQ(control(pin_, IOCTL_KS_PROPERTY, bytes_of(ask), out), STATUS_NOT_SUPPORTED);
    ask.Property.Id = KSPROPERTY_RTAUDIO_CLOCKREGISTER;
    EXPECT_EQ(control(pin_, IOCTL_KS_PROPERTY, bytes_of(ask), out), STATUS_SUCCESS);
    EXPECT_EQ(answer.Width, 64u);
    EXPECT_EQ(control(pin_, IOCTL_KS_PROPERTY, bytes_of(ask), out), STATUS_INVALID_DEVICE_STATE) << "once a pin";

    KSDATAFORMAT_WAVEFORMATEX format{};
    EXPECT_EQ(get(pin_, KSPROPSETID_Connection, KSPROPERTY_CONNECTION_DATAFORMAT, format), STATUS_SUCCESS);
    EXPECT_EQ(format.WaveFormatEx.nSamplesPerSec, 48000u);
    format = wave_format(2, 44100);
    const KSPROPERTY change = property(KSPROPSETID_Connection, KSPROPERTY_CONNECTION_DATAFORMAT, KSPROPERTY_TYPE_SET);
    auto value = std::as_writable_bytes(std::span(&format, 1));
    EXPECT_EQ(control(pin_, IOCTL_KS_PROPERTY, bytes_of(change), value), STATUS_SUCCESS);
    EXPECT_EQ(set_state(pin_, KSSTATE_RUN), STATUS_SUCCESS);
    EXPECT_EQ(control(pin_, IOCTL_KS_PROPERTY, bytes_of(change), value), STATUS_INVALID_DEVICE_STATE);
    close_all();
  });
}

TEST_F(Stream, PacketsAreWritten) {
  open_stream([&] {
    KSRTAUDIO_BUFFER buffer{};
    ASSERT_EQ(get_notification_buffer(pin_, 7680, 2, buffer), STATUS_SUCCESS);
    KSRTAUDIO_GETREADPACKET_INFO read{};
    EXPECT_EQ(get(pin_, KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_GETREADPACKET, read), STATUS_NOT_SUPPORTED)
        << "of a capture stream";
    EXPECT_EQ(set_state(pin_, KSSTATE_RUN), STATUS_SUCCESS);
    kernel_->sleep_for(std::chrono::milliseconds(35));
    const KSPROPERTY ask = property(KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_SETWRITEPACKET, KSPROPERTY_TYPE_SET);
    KSRTAUDIO_SETWRITEPACKET_INFO write{};
    auto value = std::as_writable_bytes(std::span(&write, 1));
    EXPECT_EQ(control(pin_, IOCTL_KS_PROPERTY, bytes_of(ask), value), STATUS_DATA_LATE_ERROR);
    write.PacketNumber = 1000;
    EXPECT_EQ(control(pin_, IOCTL_KS_PROPERTY, bytes_of(ask), value), STATUS_SUCCESS);
    close_all();
  });
}

}  // namespace
}  // namespace portside::portcls::testing
