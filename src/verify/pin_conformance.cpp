#include "verify/pin_conformance.h"

#include <fmt/format.h>

#include "client/offered_formats.h"

namespace portside::verify {

using verifier::RuleId;

namespace {

// Whether the pin's basic support offers to read the property.
bool reads(const client::KsFile& pin, ULONG id) {
  ULONG access = 0;
  const KSPROPERTY request = client::property_request(KSPROPSETID_RtAudio, id, KSPROPERTY_TYPE_BASICSUPPORT);
  const auto outcome =
      pin.property(std::as_bytes(std::span(&request, 1)), std::as_writable_bytes(std::span(&access, 1)));
  return outcome && outcome->ok() && (access & KSPROPERTY_TYPE_GET);
}

}  // namespace

void test_pin_conformance(Verdicts& verdicts, const Subject& subject, bool port_class) {
  Verdict verdict(verdicts, "pin conformance",
                  fmt::format("{}, pin {}", subject.endpoint.name, subject.endpoint.pin.id), kWaveTestPage);
  if (!port_class) return verdict.not_applicable("the driver does not import PcNewPort");
  const std::string& cause = subject.endpoint.name;
  const auto filter = client::KsFile::open(subject.endpoint.filter);
  if (!filter) return verdict.fail(filter.error().to_string());
  const auto pin = filter->open_pin(client::connect_request(subject.endpoint, subject.format, subject.processing));
  if (!pin) return verdict.fail(fmt::format("the pin does not open for looped streaming: {}", pin.error().to_string()));
  if (!reads(*pin, KSPROPERTY_RTAUDIO_BUFFER))
    return verdict.fail(RuleId::kPinNotRealTime, cause, "the pin does not offer KSPROPERTY_RTAUDIO_BUFFER");
  const auto notifies =
      pin->get<BOOL>(client::property_request(KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_QUERY_NOTIFICATION_SUPPORT));
  if (!notifies || !*notifies) {
    verdict.fail(RuleId::kPinNotEventDriven, cause,
                 notifies ? std::string("KSPROPERTY_RTAUDIO_QUERY_NOTIFICATION_SUPPORT is answered with FALSE")
                          : fmt::format("KSPROPERTY_RTAUDIO_QUERY_NOTIFICATION_SUPPORT is answered with {}",
                                        notifies.error().to_string()));
  }
}

}  // namespace portside::verify
