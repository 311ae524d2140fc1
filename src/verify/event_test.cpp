#include "verify/event_test.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>

#include "client/process.h"

namespace portside::verify {

using std::chrono::milliseconds;
using verifier::RuleId;

namespace {

constexpr const char* kRegisterPage = "audio/ksproperty-rtaudio-register-notification-event";

// The stream's own event is one; these are beside it.
class MoreEvents {
 public:
  explicit MoreEvents(const client::Stream& stream) : stream_(stream) {}
  ~MoreEvents() {
    for (size_t i = 0; i < events_.size(); ++i)
      if (registered_[i]) (void)tell(i, KSPROPERTY_RTAUDIO_UNREGISTER_NOTIFICATION_EVENT);
  }
  Result<> register_all() {
    for (size_t i = 0; i < events_.size(); ++i) {
      TRY_ASSIGN(events_[i], client::Event::create());
      TRY(tell(i, KSPROPERTY_RTAUDIO_REGISTER_NOTIFICATION_EVENT));
      registered_[i] = true;
    }
    return {};
  }
  // No page says what a driver answers, and whether it counts: but no lock is to be kept, and what is registered anew comes.
  Result<> register_again(size_t i) {
    if (!tell(i, KSPROPERTY_RTAUDIO_REGISTER_NOTIFICATION_EVENT)) return {};
    for (int times = 0; times < 2; ++times) (void)tell(i, KSPROPERTY_RTAUDIO_UNREGISTER_NOTIFICATION_EVENT);
    return tell(i, KSPROPERTY_RTAUDIO_REGISTER_NOTIFICATION_EVENT);
  }
  Result<> unregister(size_t i) {
    TRY(tell(i, KSPROPERTY_RTAUDIO_UNREGISTER_NOTIFICATION_EVENT));
    registered_[i] = false;
    return {};
  }
  // Whether it is signalled within that time; what was before does not count.
  bool comes(size_t i, Nanoseconds time) {
    (void)events_[i]->wait(Nanoseconds(0));
    return events_[i]->wait(time);
  }
  static constexpr size_t kCount = 3;

 private:
  Result<> tell(size_t i, ULONG id) const {
    KSRTAUDIO_NOTIFICATION_EVENT_PROPERTY request{};
    request.Property = client::property_request(KSPROPSETID_RtAudio, id);
    request.NotificationEvent = events_[i]->handle();
    TRY_ASSIGN(const io::IoOutcome outcome, stream_.pin().property(std::as_bytes(std::span(&request, 1)), {}));
    if (!outcome.ok()) return fail(Status::from_nt(outcome.status));
    return {};
  }
  const client::Stream& stream_;
  std::array<std::unique_ptr<client::Event>, kCount> events_;
  std::array<bool, kCount> registered_{};
};

Result<> several(Verdict& verdict, const Subject& subject, client::Stream& stream) {
  MoreEvents events(stream);
  if (const Result<> registered = events.register_all(); !registered) {
    // The page speaks of an event; a driver that has room for one may say so.
    verdict.not_applicable(fmt::format("a second event is refused with {}", registered.error().to_string()));
    return {};
  }
  for (const KSSTATE state : {KSSTATE_ACQUIRE, KSSTATE_PAUSE, KSSTATE_RUN}) TRY(stream.set_state(state));
  const Nanoseconds patience = subject.packet * 5 / 2;
  const auto look = [&](std::optional<size_t> gone, const char* when) {
    for (size_t i = 0; i < MoreEvents::kCount; ++i) {
      const bool comes = events.comes(i, patience);
      if (gone == i && comes)
        verdict.fail(RuleId::kNotificationAfterUnregister, subject.endpoint.name,
                     fmt::format("{} the event that was unregistered is signalled", when));
      if (gone != i && !comes)
        verdict.fail(RuleId::kNotificationMissing, subject.endpoint.name,
                     fmt::format("{} event {} of {} is not signalled", when, i + 2, MoreEvents::kCount + 1));
    }
    (void)stream.wait(Nanoseconds(0));
    if (!stream.wait(patience))
      verdict.fail(RuleId::kNotificationMissing, subject.endpoint.name,
                   fmt::format("{} the first event is not signalled", when));
  };
  look({}, "with four events");
  TRY(events.unregister(1));
  look(1, "after one of four was unregistered");
  TRY(events.register_again(0));
  look(1, "after one of them was registered once more");
  for (const KSSTATE state : {KSSTATE_PAUSE, KSSTATE_ACQUIRE, KSSTATE_STOP}) TRY(stream.set_state(state));
  return {};
}

Result<> change(Verdict& verdict, const Subject& subject, const client::AudioFormat& other) {
  const auto filter = client::KsFile::open(subject.endpoint.filter);
  if (!filter) return fail(filter.error());
  const KSPROPERTY set =
      client::property_request(KSPROPSETID_Connection, KSPROPERTY_CONNECTION_DATAFORMAT, KSPROPERTY_TYPE_SET);
  // Before there is a buffer, and with one.
  for (const bool with_buffer : {false, true}) {
    TRY_ASSIGN(const client::KsFile pin,
               filter->open_pin(client::connect_request(subject.endpoint, subject.format, subject.processing)));
    const auto buffer = [&]() -> Result<KSRTAUDIO_BUFFER> {
      KSRTAUDIO_BUFFER_PROPERTY request{};
      request.Property = client::property_request(KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_BUFFER);
      // Whole frames of both formats.
      request.RequestedBufferSize = subject.format.frame_bytes() * other.frame_bytes() * 512;
      return pin.get<KSRTAUDIO_BUFFER>(request);
    };
    Result<KSRTAUDIO_BUFFER> given = fail(StatusCode::kUnsuccessful, "not asked for");
    if (with_buffer) given = buffer();
    std::vector<std::byte> block = client::format_block(other);
    TRY_ASSIGN(const io::IoOutcome outcome, pin.property(std::as_bytes(std::span(&set, 1)), block));
    const client::AudioFormat& now = outcome.ok() ? other : subject.format;
    if (!with_buffer) given = buffer();
    if (!given) return fail(given.error());
    std::fill_n(static_cast<std::byte*>(given->BufferAddress), given->ActualBufferSize, std::byte{now.silence()});
    for (const KSSTATE state : {KSSTATE_ACQUIRE, KSSTATE_PAUSE, KSSTATE_RUN})
      TRY(pin.set(client::property_request(KSPROPSETID_Connection, KSPROPERTY_CONNECTION_STATE, KSPROPERTY_TYPE_SET),
                  state));
    const auto position = [&]() -> Result<uint64_t> {
      TRY_ASSIGN(const KSAUDIO_POSITION at,
                 pin.get<KSAUDIO_POSITION>(client::property_request(KSPROPSETID_Audio, KSPROPERTY_AUDIO_POSITION)));
      return at.PlayOffset;
    };
    // Looked at more than once a round of the buffer; so long that 44.1 kHz are no 48.
    constexpr Nanoseconds kAltogether = milliseconds(200);
    const Nanoseconds step =
        std::min({Nanoseconds(milliseconds(20)), now.duration(given->ActualBufferSize / now.frame_bytes()) / 2,
                  subject.format.duration(given->ActualBufferSize / subject.format.frame_bytes()) / 2,
                  other.duration(given->ActualBufferSize / other.frame_bytes()) / 2});
    const auto steps = std::max<int64_t>(1, kAltogether / std::max(step, Nanoseconds(1)));
    const Nanoseconds time = steps * step;
    client::sleep_for(milliseconds(2));
    TRY_ASSIGN(uint64_t at, position());
    uint64_t bytes = 0;
    for (int64_t i = 0; i < steps; ++i) {
      client::sleep_for(step);
      TRY_ASSIGN(const uint64_t then, position());
      bytes += (then + given->ActualBufferSize - at) % given->ActualBufferSize;
      at = then;
    }
    const double wanted = static_cast<double>(time.count()) * now.bytes_per_second() / 1e9;
    const auto moved = static_cast<double>(bytes);
    // It stands whatever its format is, as other tests tell.
    if (bytes == 0 && !outcome.ok()) {
      verdict.not_applicable("the position stands");
      return {};
    }
    if (std::abs(moved - wanted) > now.bytes_per_second() / 250.0)  // 4 ms
      verdict.fail(
          outcome.ok() ? RuleId::kStreamFormatIgnored : RuleId::kPositionRateOff, subject.endpoint.name,
          fmt::format("{} was {}{}; then the position moves {:.0f} bytes in {:.1f} ms, where {:.0f} pass",
                      format_name(other), outcome.ok() ? "taken" : "refused", with_buffer ? ", with a buffer" : "",
                      moved, static_cast<double>(time.count()) / 1e6, wanted));
    TRY(pin.set(client::property_request(KSPROPSETID_Connection, KSPROPERTY_CONNECTION_STATE, KSPROPERTY_TYPE_SET),
                KSSTATE_STOP));
  }
  return {};
}

}  // namespace

void test_several_events(Verdicts& verdicts, const Subject& subject) {
  Verdict verdict(verdicts, "several events", subject.text(), kRegisterPage);
  const client::StreamOptions options{
      .buffer = subject.packet * 2, .mode = client::StreamMode::kEvent, .processing = subject.processing};
  const auto stream = client::Stream::open(subject.endpoint, subject.format, options);
  if (!stream) return verdict.not_applicable(fmt::format("refused with {}", stream.error().to_string()));
  if (const Result<> done = several(verdict, subject, **stream); !done) verdict.fail(done.error().to_string());
}

void test_format_change(Verdicts& verdicts, const Subject& subject, const client::AudioFormat& other) {
  Verdict verdict(verdicts, "format of an open stream", fmt::format("{}, to {}", subject.text(), format_name(other)),
                  "ddi/portcls/nf-portcls-iminiportwavertstream-setformat");
  if (const Result<> done = change(verdict, subject, other); !done) verdict.fail(done.error().to_string());
}

}  // namespace portside::verify
