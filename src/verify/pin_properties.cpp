#include "verify/pin_properties.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "client/offered_formats.h"
#include "client/processing_mode.h"
#include "client/stream.h"
#include "ks/format_contradiction.h"
#include "verify/property_target.h"
#include "verify/test_stream.h"

namespace portside::verify {

using verifier::RuleId;

namespace {

constexpr const char* kModesPage = "audio/audio-signal-processing-modes";
constexpr const char* kPreferredPage = "stream/ksproperty-pin-proposedataformat2";
constexpr const char* kInstancesPage = "stream/ksproperty-pin-cinstances";

bool is_loopback(const client::FilterInfo& filter, const client::PinInfo& pin) {
  return pin.category == KSNODETYPE_AUDIO_LOOPBACK || (filter.engine && filter.engine->loopback_pin == pin.id);
}

// A keyword detector's pin has its own modes or none (KSNODETYPE_AUDIO_KEYWORDDETECTOR).
bool needs_modes(const client::FilterInfo& filter, const client::PinInfo& pin) {
  return pin.is_host_pin() && pin.possible_instances != 0 && !is_loopback(filter, pin) &&
         pin.category != KSNODETYPE_AUDIO_KEYWORDDETECTOR;
}

void test_modes(Verdicts& verdicts, const client::KsFile& file, const client::FilterInfo& filter,
                const client::PinInfo& pin, const std::string& subject) {
  Verdict verdict(verdicts, "processing modes", subject, kModesPage);
  const auto bytes = file.get_bytes(
      client::pin_request(KSPROPSETID_AudioSignalProcessing, KSPROPERTY_AUDIOSIGNALPROCESSING_MODES, pin.id));
  if (!bytes) return verdict.not_applicable(fmt::format("the pin has no list of modes: {}", bytes.error().to_string()));
  KSMULTIPLE_ITEM head{};
  if (bytes->size() < sizeof head)
    return verdict.fail(RuleId::kModesMalformed, subject,
                        fmt::format("the list has {} bytes, no KSMULTIPLE_ITEM fits", bytes->size()));
  std::memcpy(&head, bytes->data(), sizeof head);
  verdict.measure("modes", head.Count, "");
  if (head.Size != bytes->size() || head.Size != sizeof head + uint64_t{head.Count} * sizeof(GUID))
    return verdict.fail(RuleId::kModesMalformed, subject,
                        fmt::format("KSMULTIPLE_ITEM says {} items in {} bytes, and {} bytes came", head.Count,
                                    head.Size, bytes->size()));
  std::vector<GUID> modes;
  size_t again = 0;
  for (const auto item : client::fixed_items(*bytes, sizeof(GUID))) {
    GUID mode;
    std::memcpy(&mode, item.data(), sizeof mode);
    again += std::ranges::any_of(modes, [&](const GUID& seen) { return seen == mode; });
    if (mode == GUID{}) verdict.fail(RuleId::kModesMalformed, subject, "GUID_NULL is listed, which is no mode");
    modes.push_back(mode);
  }
  // No page says that a mode is listed once; an engine that reads the list asks for its format again each time.
  if (again) verdict.warn(fmt::format("{} modes are listed, and {} of them repeat one before", modes.size(), again));
  const bool host = needs_modes(filter, pin);
  if (!host && is_loopback(filter, pin) && head.Count)
    return verdict.fail(RuleId::kModesMalformed, subject, "a loopback pin has no modes; its list is to be empty");
  const auto basic = [](const GUID& mode) {
    return mode == AUDIO_SIGNALPROCESSINGMODE_RAW || mode == AUDIO_SIGNALPROCESSINGMODE_DEFAULT;
  };
  if (host && std::ranges::none_of(modes, basic))
    verdict.fail(RuleId::kNoRawOrDefault, subject, "neither RAW nor DEFAULT is among the pin's modes");
}

// The bytes of what the driver prefers; in a mode that nobody has it prefers nothing.
void judge_fields(Verdict& verdict, const PropertyTarget& target, const std::string& subject,
                  const client::KsFile& file) {
  for (const ULONG id : {ULONG{KSPROPERTY_PIN_PROPOSEDATAFORMAT2}, ULONG{KSPROPERTY_PIN_PROPOSEDATAFORMAT}}) {
    const std::vector<std::byte> request = target.forms(KSPROPSETID_Pin, id, KSPROPERTY_TYPE_GET).front();
    const auto format = file.get_bytes(std::span(request));
    if (!format || format->empty()) continue;
    if (const std::string why = ks::format_contradiction(*format); !why.empty())
      verdict.fail(RuleId::kFormatContradicts, subject, "the format that the driver prefers: " + why);
    else if (const std::string unnamed = ks::speakers_unnamed(*format); !unnamed.empty())
      verdict.advise(RuleId::kSpeakersUnnamed, subject, "the format that the driver prefers: " + unnamed);
  }
}

// Of modes that a pin has not, nothing is known.
void test_unknown_mode(Verdicts& verdicts, const client::KsFile& file, const client::PinInfo& pin,
                       const std::string& subject) {
  constexpr GUID kNoMode = {0x41e5b7c0, 0x6d1f, 0x4b92, {0xa3, 0x58, 0x0c, 0x9e, 0x77, 0x24, 0xd1, 0x6b}};
  Verdict verdict(verdicts, "modes that there are not", subject, kModesPage);
  const PropertyTarget target(file, PropertyTarget::Kind::kPin, pin.id, 0, kNoMode);
  for (const auto& [set, id, name] :
       {std::tuple{KSPROPSETID_Pin, ULONG{KSPROPERTY_PIN_PROPOSEDATAFORMAT2}, "KSPROPERTY_PIN_PROPOSEDATAFORMAT2"},
        {KSPROPSETID_AudioEffectsDiscovery, ULONG{KSPROPERTY_AUDIOEFFECTSDISCOVERY_EFFECTSLIST},
         "KSPROPERTY_AUDIOEFFECTSDISCOVERY_EFFECTSLIST"}})
    if (target.ask(target.forms(set, id, KSPROPERTY_TYPE_GET).front(), 4096).ok())
      verdict.fail(RuleId::kWrongTargetTaken, subject,
                   fmt::format("{} in a mode that nobody has: STATUS_SUCCESS", name));
}

void test_preferred(Verdicts& verdicts, const client::FilterInfo& filter, const client::PinInfo& pin,
                    const std::string& subject) {
  client::Endpoint endpoint;
  endpoint.filter = filter.symbolic_link;
  endpoint.pin = pin;
  std::vector<std::optional<GUID>> modes(pin.modes.begin(), pin.modes.end());
  if (modes.empty()) modes.emplace_back();
  for (const auto& mode : modes) {
    Verdict verdict(verdicts, "preferred format",
                    mode ? fmt::format("{}, {}", subject, client::processing_name(*mode)) : subject, kPreferredPage);
    const auto preferred = client::preferred_format(endpoint, mode);
    if (!preferred) {
      verdict.not_applicable("the driver names none");
      continue;
    }
    const bool admitted =
        std::ranges::any_of(pin.ranges, [&](const client::FormatRange& r) { return r.admits(*preferred); });
    if (!admitted)
      verdict.fail(RuleId::kPreferredFormatRefused, subject,
                   fmt::format("{} is in none of the pin's data ranges", format_name(*preferred)));
    const auto file = client::KsFile::open(filter.symbolic_link);
    if (!file) return verdict.fail(file.error().to_string());
    judge_fields(verdict, PropertyTarget(*file, PropertyTarget::Kind::kPin, pin.id, 0, mode), subject, *file);
    const KSP_PIN request =
        client::pin_request(KSPROPSETID_Pin, KSPROPERTY_PIN_PROPOSEDATAFORMAT, pin.id, KSPROPERTY_TYPE_SET);
    std::vector<std::byte> block = client::format_block(*preferred);
    const auto outcome = file->property(std::as_bytes(std::span(&request, 1)), block);
    if (outcome && outcome->status == STATUS_NO_MATCH)
      verdict.fail(RuleId::kPreferredFormatRefused, subject,
                   fmt::format("the driver prefers {}, and refuses it as a proposal", format_name(*preferred)));
  }
}

void test_instances(Verdicts& verdicts, const client::KsFile& file, const client::PinInfo& pin,
                    const std::string& subject) {
  Verdict verdict(verdicts, "pin instances", subject, kInstancesPage);
  const auto count =
      file.get<KSPIN_CINSTANCES>(client::pin_request(KSPROPSETID_Pin, KSPROPERTY_PIN_CINSTANCES, pin.id));
  if (!count)
    return verdict.fail(RuleId::kPinInstancesWrong, subject,
                        fmt::format("KSPROPERTY_PIN_CINSTANCES is answered with {}", count.error().to_string()));
  verdict.measure("possible", count->PossibleCount, "");
  verdict.measure("current", count->CurrentCount, "");
  if (count->CurrentCount > count->PossibleCount)
    verdict.fail(RuleId::kPinInstancesWrong, subject,
                 fmt::format("{} of {} instances are in use", count->CurrentCount, count->PossibleCount));
  const auto global =
      file.get<KSPIN_CINSTANCES>(client::pin_request(KSPROPSETID_Pin, KSPROPERTY_PIN_GLOBALCINSTANCES, pin.id));
  if (global && global->CurrentCount > global->PossibleCount)
    verdict.fail(RuleId::kPinInstancesWrong, subject,
                 fmt::format("{} of {} global instances are in use", global->CurrentCount, global->PossibleCount));
  const auto needed = file.get<ULONG>(client::pin_request(KSPROPSETID_Pin, KSPROPERTY_PIN_NECESSARYINSTANCES, pin.id));
  if (needed && *needed > count->PossibleCount)
    verdict.fail(RuleId::kPinInstancesWrong, subject,
                 fmt::format("{} instances are necessary, {} are possible", *needed, count->PossibleCount));
}

}  // namespace

void test_pin_properties(Verdicts& verdicts, const client::FilterInfo& filter, const client::PinInfo& pin) {
  const std::string subject = fmt::format("{} pin {}", filter.name, pin.id);
  const auto file = client::KsFile::open(filter.symbolic_link);
  if (!file) return Verdict(verdicts, "pin instances", subject, kInstancesPage).fail(file.error().to_string());
  test_instances(verdicts, *file, pin, subject);
  if (!pin.is_host_pin()) return;
  test_modes(verdicts, *file, filter, pin, subject);
  if (!pin.modes.empty()) test_unknown_mode(verdicts, *file, pin, subject);
  if (std::ranges::any_of(pin.ranges, [](const client::FormatRange& r) { return r.is_audio; }))
    test_preferred(verdicts, filter, pin, subject);
}

}  // namespace portside::verify
