#include "verify/bare_pin.h"

#include <fmt/format.h>

#include <algorithm>

#include "client/process.h"

namespace portside::verify {

Result<BarePin> BarePin::open(const Subject& subject) {
  BarePin bare;
  bare.frame_bytes_ = subject.format.frame_bytes();
  TRY_ASSIGN(bare.filter_, client::KsFile::open(subject.endpoint.filter));
  TRY_ASSIGN(bare.pin_,
             bare.filter_.open_pin(client::connect_request(subject.endpoint, subject.format, subject.processing)));
  return bare;
}

Result<KSRTAUDIO_BUFFER> BarePin::ask(uint64_t bytes, unsigned notifications) const {
  if (notifications == 0) {
    KSRTAUDIO_BUFFER_PROPERTY request{};
    request.Property = client::property_request(KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_BUFFER);
    request.RequestedBufferSize = static_cast<ULONG>(bytes);
    return pin_.get<KSRTAUDIO_BUFFER>(request);
  }
  KSRTAUDIO_BUFFER_PROPERTY_WITH_NOTIFICATION request{};
  request.Property = client::property_request(KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_BUFFER_WITH_NOTIFICATION);
  request.RequestedBufferSize = static_cast<ULONG>(bytes);
  request.NotificationCount = notifications;
  return pin_.get<KSRTAUDIO_BUFFER>(request);
}

Result<> BarePin::set_state(KSSTATE state) const {
  return pin_.set(client::property_request(KSPROPSETID_Connection, KSPROPERTY_CONNECTION_STATE, KSPROPERTY_TYPE_SET),
                  state);
}

Result<uint64_t> BarePin::position() const {
  TRY_ASSIGN(const KSAUDIO_POSITION position,
             pin_.get<KSAUDIO_POSITION>(client::property_request(KSPROPSETID_Audio, KSPROPERTY_AUDIO_POSITION)));
  return position.PlayOffset;
}

Result<std::optional<BarePin::Wrong>> BarePin::run(const KSRTAUDIO_BUFFER& buffer, const Subject& subject) const {
  // All of it is the client's to read and to write.
  if (buffer.BufferAddress && buffer.ActualBufferSize)
    std::fill_n(static_cast<std::byte*>(buffer.BufferAddress), buffer.ActualBufferSize,
                std::byte{subject.format.silence()});
  for (const KSSTATE state : {KSSTATE_ACQUIRE, KSSTATE_PAUSE, KSSTATE_RUN}) TRY(set_state(state));
  // Of a buffer of a few frames the position may stand at its beginning by chance.
  bool moved = buffer.ActualBufferSize < 64 * frame_bytes_ || subject.may_stand;
  for (int i = 0; i < 12; ++i) {
    client::sleep_for(std::chrono::microseconds(1'230));
    TRY_ASSIGN(const uint64_t at, position());
    if (at > buffer.ActualBufferSize)
      return Wrong{verifier::RuleId::kPositionOutsideBuffer,
                   fmt::format("the position is {} in a buffer of {} bytes", at, buffer.ActualBufferSize)};
    moved = moved || at != 0;
  }
  for (const KSSTATE state : {KSSTATE_PAUSE, KSSTATE_ACQUIRE, KSSTATE_STOP}) TRY(set_state(state));
  if (moved) return std::nullopt;
  return Wrong{verifier::RuleId::kPositionStandsInRun, "the position stands at 0 in RUN"};
}

std::string usual_stream_fails(const Subject& subject) {
  const auto pin = BarePin::open(subject);
  if (!pin) return fmt::format("no pin opens: {}", pin.error().to_string());
  const auto given = pin->ask(subject.format.bytes_per_second() / 100 * 2, 0);
  if (!given) return fmt::format("a buffer of 20 ms is refused with {}", given.error().to_string());
  const auto ran = pin->run(*given, subject);
  if (!ran) return fmt::format("a stream with a buffer of 20 ms fails: {}", ran.error().to_string());
  return *ran ? "with a buffer of 20 ms, " + (*ran)->what : std::string();
}

}  // namespace portside::verify
