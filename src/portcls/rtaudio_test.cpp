// KSPROPSETID_RtAudio through IRPs: every id, what a changed miniport changes, and every wrong size, target, order and
// state, none of which changes anything.

#include <gtest/gtest.h>
#include <unistd.h>

#include "memory/memory.h"
#include "portcls/testing/engine_fixture.h"

namespace portside::portcls::testing {
namespace {

struct Id {
  ULONG id;
  size_t descriptor, value;
  bool get, set;
};
constexpr Id kIds[] = {
    {KSPROPERTY_RTAUDIO_BUFFER, 40, 16, true, false},
    {KSPROPERTY_RTAUDIO_HWLATENCY, 24, 12, true, false},
    {KSPROPERTY_RTAUDIO_POSITIONREGISTER, 32, 40, true, false},
    {KSPROPERTY_RTAUDIO_CLOCKREGISTER, 32, 40, true, false},
    {KSPROPERTY_RTAUDIO_BUFFER_WITH_NOTIFICATION, 40, 16, true, false},
    {KSPROPERTY_RTAUDIO_REGISTER_NOTIFICATION_EVENT, 32, 0, true, true},
    {KSPROPERTY_RTAUDIO_UNREGISTER_NOTIFICATION_EVENT, 32, 0, true, true},
    {KSPROPERTY_RTAUDIO_QUERY_NOTIFICATION_SUPPORT, 24, 4, true, false},
    {KSPROPERTY_RTAUDIO_PACKETCOUNT, 24, 4, true, false},
    {KSPROPERTY_RTAUDIO_PRESENTATION_POSITION, 24, 16, true, false},
    {KSPROPERTY_RTAUDIO_GETREADPACKET, 24, 24, true, false},
    {KSPROPERTY_RTAUDIO_SETWRITEPACKET, 24, 12, false, true},
};

class RtAudio : public EngineMachine {
 protected:
  // A request of that many bytes, zero beyond KSPROPERTY.
  NTSTATUS raw(io::FileHandle file, ULONG id, ULONG verb, size_t descriptor_bytes, size_t value_bytes,
               uint64_t* information = nullptr) {
    std::vector<uint64_t> descriptor((descriptor_bytes + 7) / 8), value((value_bytes + 7) / 8);
    const KSPROPERTY p = property(KSPROPSETID_RtAudio, id, verb);
    std::memcpy(descriptor.data(), &p, std::min(descriptor_bytes, sizeof p));
    return control(file, IOCTL_KS_PROPERTY, std::as_bytes(std::span(descriptor)).first(descriptor_bytes),
                   std::as_writable_bytes(std::span(value)).first(value_bytes), information);
  }
  bool has_interface(ULONG id) const {
    return id == KSPROPERTY_RTAUDIO_GETREADPACKET ? pin_id_ == kLoopbackPin : !writes(id) || pin_id_ != kLoopbackPin;
  }
  static bool writes(ULONG id) {
    return id == KSPROPERTY_RTAUDIO_PACKETCOUNT || id == KSPROPERTY_RTAUDIO_PRESENTATION_POSITION ||
           id == KSPROPERTY_RTAUDIO_SETWRITEPACKET;
  }
  void on_each_direction(const std::function<void()>& body) {
    for (const ULONG pin : {ULONG{kHostPin}, ULONG{kLoopbackPin}}) {
      pin_id_ = pin;
      auto opened = open_pin(filter_, pin_name(pin));
      ASSERT_TRUE(opened);
      pin_ = *opened;
      body();
      close(pin_);
    }
    pin_ = {};
  }
  void with_filter(const std::function<void()>& body) {
    with_pin(kHostPin, [&] {
      close(std::exchange(pin_, {}));
      body();
    });
  }
  KSRTAUDIO_HWREGISTER_PROPERTY register_request(ULONG id) {
    KSRTAUDIO_HWREGISTER_PROPERTY request{};
    request.Property = property(KSPROPSETID_RtAudio, id, KSPROPERTY_TYPE_GET);
    return request;
  }
  // Asked of the host, which answers EFAULT where a write would fault.
  static bool can_write(void* address) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    EXPECT_EQ(::write(ends[1], "x", 1), 1);
    const bool done = ::read(ends[0], address, 1) == 1;
    ::close(ends[0]);
    ::close(ends[1]);
    return done;
  }
  ULONG pin_id_ = kHostPin;
};

TEST_F(RtAudio, StructuresHaveTheSizesOfA64BitClient) {
  EXPECT_EQ(sizeof(KSRTAUDIO_BUFFER_PROPERTY), 40u);
  EXPECT_EQ(sizeof(KSRTAUDIO_BUFFER_PROPERTY_WITH_NOTIFICATION), 40u);
  EXPECT_EQ(sizeof(KSRTAUDIO_BUFFER), 16u);
  EXPECT_EQ(sizeof(KSRTAUDIO_HWREGISTER_PROPERTY), 32u);
  EXPECT_EQ(sizeof(KSRTAUDIO_NOTIFICATION_EVENT_PROPERTY), 32u);
  EXPECT_EQ(sizeof(KSRTAUDIO_GETREADPACKET_INFO), 24u);
  EXPECT_EQ(sizeof(KSRTAUDIO_PACKETVREGISTER), 24u);
}

TEST_F(RtAudio, WrongSizesAreRefusedAndTheRightSizeIsTold) {
  with_filter([&] {
    on_each_direction([&] {
      for (const Id& id : kIds) {
        if (!has_interface(id.id)) continue;
        const ULONG verb = id.get ? KSPROPERTY_TYPE_GET : KSPROPERTY_TYPE_SET;
        for (const size_t bytes : {sizeof(KSPROPERTY) - 1, id.descriptor - 1, id.descriptor - 4})
          EXPECT_EQ(raw(pin_, id.id, verb, bytes, id.value), STATUS_INVALID_BUFFER_SIZE)
              << id.id << ", descriptor of " << bytes;
        if (!id.value) continue;
        EXPECT_EQ(raw(pin_, id.id, verb, id.descriptor, id.value - 1), STATUS_BUFFER_TOO_SMALL) << id.id;
        EXPECT_EQ(raw(pin_, id.id, verb, id.descriptor, 1), STATUS_BUFFER_TOO_SMALL) << id.id;
        if (!id.get) {
          EXPECT_EQ(raw(pin_, id.id, verb, id.descriptor, 0), STATUS_BUFFER_TOO_SMALL) << "a SET brings its value";
          continue;
        }
        uint64_t needed = 0;
        EXPECT_EQ(raw(pin_, id.id, verb, id.descriptor, 0, &needed), STATUS_BUFFER_OVERFLOW) << id.id;
        EXPECT_EQ(needed, id.value) << id.id;
      }
      // The structures of a 32-bit client are shorter.
      EXPECT_EQ(raw(pin_, KSPROPERTY_RTAUDIO_BUFFER, KSPROPERTY_TYPE_GET, sizeof(KSRTAUDIO_BUFFER_PROPERTY32), 12),
                STATUS_INVALID_BUFFER_SIZE);
      EXPECT_EQ(raw(pin_, KSPROPERTY_RTAUDIO_BUFFER, KSPROPERTY_TYPE_GET, 40, sizeof(KSRTAUDIO_BUFFER32)),
                STATUS_BUFFER_TOO_SMALL);
      EXPECT_TRUE(streams_.buffers.empty());
      EXPECT_EQ(memory_->stats().client_mappings, 0u);
    });
    EXPECT_TRUE(FakeEngine::calls.empty()) << "the miniport saw none of them: " << FakeEngine::calls[0];
  });
}

TEST_F(RtAudio, BasicSupportSaysWhatTheStreamOffers) {
  with_filter([&] {
    on_each_direction([&] {
      for (const Id& id : kIds) {
        ULONG access = 0;
        const KSPROPERTY ask = property(KSPROPSETID_RtAudio, id.id, KSPROPERTY_TYPE_BASICSUPPORT);
        const NTSTATUS status =
            control(pin_, IOCTL_KS_PROPERTY, bytes_of(ask), std::as_writable_bytes(std::span(&access, 1)));
        EXPECT_EQ(status, has_interface(id.id) ? STATUS_SUCCESS : STATUS_NOT_SUPPORTED)
            << id.id << " on pin " << pin_id_;
        if (status != STATUS_SUCCESS) continue;
        EXPECT_EQ((access & KSPROPERTY_TYPE_GET) != 0, id.get) << id.id;
        EXPECT_EQ((access & KSPROPERTY_TYPE_SET) != 0, id.set) << id.id;
        EXPECT_EQ(raw(pin_, id.id, id.get ? KSPROPERTY_TYPE_SET : KSPROPERTY_TYPE_GET, 64, 64) == STATUS_NOT_FOUND,
                  id.get != id.set)
            << id.id;
      }
      EXPECT_EQ(raw(pin_, KSPROPERTY_RTAUDIO_PACKETVREGISTER, KSPROPERTY_TYPE_BASICSUPPORT, 24, 4),
                STATUS_NOT_SUPPORTED);
      EXPECT_EQ(raw(pin_, KSPROPERTY_RTAUDIO_PACKETVREGISTER, KSPROPERTY_TYPE_GET, 32, 24), STATUS_NOT_SUPPORTED);
      EXPECT_EQ(raw(pin_, KSPROPERTY_RTAUDIO_GETPOSITIONFUNCTION, KSPROPERTY_TYPE_GET, 24, 8), STATUS_NOT_FOUND);
      EXPECT_EQ(raw(pin_, 14, KSPROPERTY_TYPE_GET, 24, 64), STATUS_NOT_FOUND);
    });
  });
}

TEST_F(RtAudio, TheTargetIsAPinAndNoFilter) {
  with_pin(kHostPin, [&] {
    for (const Id& id : kIds)
      EXPECT_EQ(raw(filter_, id.id, id.get ? KSPROPERTY_TYPE_GET : KSPROPERTY_TYPE_SET, 64, 64),
                static_cast<NTSTATUS>(StatusCode::kPropsetNotFound))
          << id.id;
  });
}

TEST_F(RtAudio, WithoutPacketInterfacesThereAreNoPackets) {
  FakeEngine::packets = false;
  with_filter([&] {
    FakeEngine::packets = false;
    on_each_direction([&] {
      for (const Id& id : kIds)
        if (writes(id.id) || id.id == KSPROPERTY_RTAUDIO_GETREADPACKET)
          EXPECT_EQ(raw(pin_, id.id, id.get ? KSPROPERTY_TYPE_GET : KSPROPERTY_TYPE_SET, 24, id.value),
                    STATUS_NOT_SUPPORTED)
              << id.id;
    });
  });
}

TEST_F(RtAudio, ARenderPinWritesPackets) {
  with_pin(kHostPin, [&] {
    const KSRTAUDIO_SETWRITEPACKET_INFO info{7, KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM, 100};
    const auto write = [&] { return set_pin_property(KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_SETWRITEPACKET, info); };
    EXPECT_EQ(write(), STATUS_DEVICE_NOT_READY) << "no buffer";
    EXPECT_TRUE(FakeEngine::calls.empty());
    KSRTAUDIO_BUFFER buffer{};
    ASSERT_EQ(get_notification_buffer(pin_, 8192, 2, buffer), STATUS_SUCCESS);
    EXPECT_EQ(write(), STATUS_SUCCESS);
    EXPECT_EQ(last_call(), "SetWritePacket 7 512 100");
    for (const NTSTATUS status :
         {STATUS_DATA_LATE_ERROR, STATUS_DATA_OVERRUN, STATUS_INVALID_DEVICE_STATE, STATUS_INVALID_PARAMETER}) {
      FakeEngine::packet_status = status;
      EXPECT_EQ(write(), status) << "the miniport's word reaches the client";
    }
    FakeEngine::packet_status = STATUS_SUCCESS;
    for (const ULONG count : {5u, 6u}) {
      FakeEngine::packet_number = count;
      FakeEngine::presented = {count * 10, count * 1000};
      ULONG got = 0;
      EXPECT_EQ(get(pin_, KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_PACKETCOUNT, got), STATUS_SUCCESS);
      EXPECT_EQ(got, count);
      KSAUDIO_PRESENTATION_POSITION position{};
      EXPECT_EQ(get(pin_, KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_PRESENTATION_POSITION, position), STATUS_SUCCESS);
      EXPECT_EQ(position.u64PositionInBlocks, count * 10);
      EXPECT_EQ(position.u64QPCPosition, count * 1000);
    }
    ASSERT_EQ(streams_.packets.size(), 7u);
    EXPECT_EQ(streams_.packets[0].number, 7u);
    EXPECT_EQ(streams_.packets[0].end_bytes, 100u);
    EXPECT_EQ(streams_.packets[1].status.nt(), STATUS_DATA_LATE_ERROR);
  });
}

TEST_F(RtAudio, ACapturePinHasNoPacketsBeforeItsBuffer) {
  with_pin(kLoopbackPin, [&] {
    KSRTAUDIO_GETREADPACKET_INFO info{};
    EXPECT_EQ(get(pin_, KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_GETREADPACKET, info), STATUS_DEVICE_NOT_READY)
        << "no buffer";
    KSRTAUDIO_BUFFER buffer{};
    ASSERT_EQ(get_buffer(pin_, 8192, buffer), STATUS_SUCCESS);
    EXPECT_EQ(get(pin_, KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_GETREADPACKET, info), STATUS_DEVICE_NOT_READY)
        << "one without notification has no packets";
    EXPECT_TRUE(FakeEngine::calls.empty());
  });
}

TEST_F(RtAudio, ACapturePinReadsPackets) {
  with_pin(kLoopbackPin, [&] {
    KSRTAUDIO_BUFFER buffer{};
    ASSERT_EQ(get_notification_buffer(pin_, 8192, 2, buffer), STATUS_SUCCESS);
    for (const ULONG number : {3u, 4u}) {
      FakeEngine::packet_number = number;
      FakeEngine::presented.u64QPCPosition = number * 77;
      FakeEngine::more = number == 3;
      KSRTAUDIO_GETREADPACKET_INFO info{};
      EXPECT_EQ(get(pin_, KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_GETREADPACKET, info), STATUS_SUCCESS);
      EXPECT_EQ(info.PacketNumber, number);
      EXPECT_EQ(info.PerformanceCounterValue, number * 77);
      EXPECT_EQ(info.MoreData != FALSE, number == 3);
    }
    FakeEngine::packet_status = STATUS_DEVICE_NOT_READY;
    KSRTAUDIO_GETREADPACKET_INFO info{9, 9, 9, TRUE};
    EXPECT_EQ(get(pin_, KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_GETREADPACKET, info), STATUS_DEVICE_NOT_READY);
    EXPECT_EQ(info.PacketNumber, 9u) << "what comes with a failure stays with the miniport";
  });
}

TEST_F(RtAudio, ARegisterIsTheClientsOwnReadOnlyView) {
  with_pin(kHostPin, [&] {
    auto* page = static_cast<volatile ULONG64*>(memory_->arena_allocate(PAGE_SIZE)->pointer());
    FakeEngine::position_register = {const_cast<ULONG64*>(&page[100]), 64, 0, 0, 4};
    FakeEngine::clock_register = {const_cast<ULONG64*>(&page[3]), 32, 33'000'000, 2, 4};
    KSRTAUDIO_HWREGISTER position{}, clock{};
    ASSERT_EQ(ask(pin_, register_request(KSPROPERTY_RTAUDIO_POSITIONREGISTER), position), STATUS_SUCCESS);
    ASSERT_EQ(ask(pin_, register_request(KSPROPERTY_RTAUDIO_CLOCKREGISTER), clock), STATUS_SUCCESS);
    EXPECT_NE(position.Register, FakeEngine::position_register.Register);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(position.Register) % PAGE_SIZE, 800u);
    EXPECT_EQ(position.Accuracy, 4u);
    EXPECT_EQ(clock.Width, 32u);
    EXPECT_EQ(clock.Numerator, 33'000'000u);
    EXPECT_EQ(clock.Denominator, 2u);
    EXPECT_EQ(memory_->stats().client_mappings, 2u);
    for (const ULONG64 value : {ULONG64{41}, ULONG64{0x123456789AB}}) {
      page[100] = value;
      page[3] = value + 1;
      EXPECT_EQ(*static_cast<volatile ULONG64*>(position.Register), value);
      EXPECT_EQ(*static_cast<volatile ULONG*>(clock.Register), static_cast<ULONG>(value + 1));
    }
    EXPECT_FALSE(can_write(position.Register));
    EXPECT_EQ(ask(pin_, register_request(KSPROPERTY_RTAUDIO_POSITIONREGISTER), position), STATUS_INVALID_DEVICE_STATE)
        << "once a pin";
    close(std::exchange(pin_, {}));
    EXPECT_EQ(memory_->stats().client_mappings, 0u) << "closing the pin unmaps";
    for (const memory::MdlRecord& mdl : memory_->live_mdls()) ADD_FAILURE() << "MDL #" << mdl.id << " is left";
    (void)memory_->arena_free(KernelAddress(const_cast<ULONG64*>(page)));
  });
}

TEST_F(RtAudio, ARegisterThatCannotBeMappedIsRefused) {
  with_pin(kHostPin, [&] {
    static ULONG64 in_an_image = 0;
    auto* page = static_cast<std::byte*>(memory_->arena_allocate(PAGE_SIZE)->pointer());
    KSRTAUDIO_HWREGISTER answer{};
    const auto position = [&](PVOID at, ULONG width) {
      FakeEngine::position_register = {at, width, 0, 0, 4};
      return ask(pin_, register_request(KSPROPERTY_RTAUDIO_POSITIONREGISTER), answer);
    };
    EXPECT_EQ(ask(pin_, register_request(KSPROPERTY_RTAUDIO_POSITIONREGISTER), answer), STATUS_NOT_SUPPORTED)
        << "the miniport has none";
    EXPECT_EQ(position(&in_an_image, 64), STATUS_NOT_SUPPORTED);
    EXPECT_EQ(position(page, 16), STATUS_UNSUCCESSFUL);
    EXPECT_EQ(position(page + 4, 64), STATUS_UNSUCCESSFUL) << "crosses what one read can take";
    EXPECT_EQ(memory_->stats().client_mappings, 0u);
    EXPECT_EQ(position(page + 4, 32), STATUS_SUCCESS) << "a refused request has not used up the one time";
    close(std::exchange(pin_, {}));
    (void)memory_->arena_free(KernelAddress(page));
  });
}

TEST_F(RtAudio, FormatAndPositionsReachTheMiniport) {
  with_pin(kHostPin, [&] {
    for (const DWORD rate : {8000u, 44100u}) {
      EXPECT_EQ(set_pin_property(KSPROPSETID_Connection, KSPROPERTY_CONNECTION_DATAFORMAT, engine_format(rate)),
                STATUS_SUCCESS);
      EXPECT_EQ(last_call(), "SetFormat " + std::to_string(rate));
      KSDATAFORMAT_WAVEFORMATEX now{};
      EXPECT_EQ(get(pin_, KSPROPSETID_Connection, KSPROPERTY_CONNECTION_DATAFORMAT, now), STATUS_SUCCESS);
      EXPECT_EQ(now.WaveFormatEx.nSamplesPerSec, rate);
    }
    FakeEngine::status = STATUS_NO_MATCH;
    EXPECT_EQ(set_pin_property(KSPROPSETID_Connection, KSPROPERTY_CONNECTION_DATAFORMAT, engine_format(48000)),
              STATUS_NO_MATCH);
    KSDATAFORMAT_WAVEFORMATEX now{};
    EXPECT_EQ(get(pin_, KSPROPSETID_Connection, KSPROPERTY_CONNECTION_DATAFORMAT, now), STATUS_SUCCESS);
    EXPECT_EQ(now.WaveFormatEx.nSamplesPerSec, 44100u) << "a refused format is not the stream's";
    FakeEngine::status = STATUS_SUCCESS;
    for (const ULONGLONG at : {10u, 20u}) {
      FakeEngine::linear = at;
      KSAUDIO_POSITION position{};
      EXPECT_EQ(get(pin_, KSPROPSETID_Audio, KSPROPERTY_AUDIO_POSITION, position), STATUS_SUCCESS);
      EXPECT_EQ(position.PlayOffset, at);
      EXPECT_EQ(position.WriteOffset, at + 1);
    }
    KSTIME latency{};
    EXPECT_EQ(get(pin_, KSPROPSETID_Audio, KSPROPERTY_AUDIO_LATENCY, latency), STATUS_NOT_FOUND) << "of an AEC filter";
    EXPECT_EQ(set_pin_property(KSPROPSETID_Audio, KSPROPERTY_AUDIO_POSITION, KSAUDIO_POSITION{}), STATUS_NOT_FOUND)
        << "WaveRT has no method for it";
  });
}

}  // namespace
}  // namespace portside::portcls::testing
