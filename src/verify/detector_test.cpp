#include "verify/detector_test.h"

#include <fmt/format.h>

#include <cstring>

#include "client/filter.h"
#include "verify/bytes.h"
#include "verify/property_target.h"

namespace portside::verify {

using verifier::RuleId;
using Answer = PropertyTarget::Answer;

namespace {

constexpr const char* kDetectorPage = "audio/ksproperty-sounddetector-patterns";
constexpr const char* kModulePage = "audio/ksproperty-audiomodule-command";
constexpr GUID kNobodys = {0x5a2d9e07, 0x1c84, 0x4f6b, {0x8d, 0x39, 0xe1, 0x50, 0xb6, 0x7f, 0x42, 0x0c}};

// The items of a KSMULTIPLE_ITEM that a property answers, each so long; none when it does not answer.
std::vector<std::vector<std::byte>> items_of(const client::KsFile& file, Verdict& verdict, const GUID& set, ULONG id,
                                             size_t item_bytes) {
  const auto bytes = file.get_bytes(client::property_request(set, id));
  std::vector<std::vector<std::byte>> items;
  KSMULTIPLE_ITEM head{};
  if (!bytes || bytes->size() < sizeof head) return items;
  std::memcpy(&head, bytes->data(), sizeof head);
  if (head.Size != bytes->size() || head.Size != sizeof head + uint64_t{head.Count} * item_bytes)
    verdict.fail(RuleId::kListMalformed, client::guid_name(set),
                 fmt::format("property {}: KSMULTIPLE_ITEM says {} items of {} bytes in {} bytes, and {} bytes came",
                             id, head.Count, item_bytes, head.Size, bytes->size()));
  for (const auto item : client::fixed_items(*bytes, item_bytes)) items.emplace_back(item.begin(), item.end());
  return items;
}

}  // namespace

void test_sound_detector(Verdicts& verdicts, const client::FilterInfo& filter) {
  const auto file = client::KsFile::open(filter.symbolic_link);
  if (!file) return;  // told by the topology's test
  const PropertyTarget target(*file, PropertyTarget::Kind::kFilter);
  const auto request = [&](ULONG id, ULONG flags) { return target.forms(KSPROPSETID_SoundDetector, id, flags).back(); };
  if (target.ask(request(KSPROPERTY_SOUNDDETECTOR_SUPPORTEDPATTERNS, KSPROPERTY_TYPE_BASICSUPPORT), sizeof(ULONG))
          .is_unsupported())
    return;
  Verdict verdict(verdicts, "sound detector", filter.name, kDetectorPage);
  const auto supported =
      items_of(*file, verdict, KSPROPSETID_SoundDetector, KSPROPERTY_SOUNDDETECTOR_SUPPORTEDPATTERNS, sizeof(GUID));
  if (supported.empty()) return verdict.not_applicable("it names no patterns");
  struct Patterns {
    KSMULTIPLE_ITEM list;
    SOUNDDETECTOR_PATTERNHEADER header;
    ULONG padding;
  } good{};
  static_assert(sizeof(Patterns) % 8 == 0);
  good.list = {sizeof good, 1};
  good.header.Size = sizeof good.header;
  std::memcpy(&good.header.PatternType, supported[0].data(), sizeof(GUID));
  const auto refused = [&](const char* what, const Patterns& patterns, size_t bytes = sizeof(Patterns)) {
    const Answer answer =
        target.tell(request(KSPROPERTY_SOUNDDETECTOR_PATTERNS, KSPROPERTY_TYPE_SET), copy_of(patterns, bytes));
    if (answer.ok())
      verdict.advise(RuleId::kMalformedListTaken, filter.name, fmt::format("patterns, {}: STATUS_SUCCESS", what));
  };
  for (const size_t bytes : {size_t{0}, size_t{4}, sizeof(KSMULTIPLE_ITEM) - 1}) refused("no whole list", good, bytes);
  Patterns p = good;
  p.list.Size = sizeof p + 1;
  refused("a list that is longer than what is there", p);
  p = good;
  p.list.Size = sizeof p.list + sizeof(ULONG);
  refused("a list that ends in its first pattern", p);
  p = good;
  p.list.Count = 2;
  refused("two in the room of one", p);
  for (const ULONG size : {ULONG{0}, ULONG{sizeof(SOUNDDETECTOR_PATTERNHEADER) - 1}, ULONG{sizeof(Patterns)}}) {
    p = good;
    p.header.Size = size;
    refused("one whose size is not its own", p);
  }
  p = good;
  p.header.PatternType = kNobodys;
  refused("of a type that it does not support", p);
  // With none it hears nothing, and is not armed.
  const KSMULTIPLE_ITEM none{sizeof none, 0};
  if (!target.tell(request(KSPROPERTY_SOUNDDETECTOR_PATTERNS, KSPROPERTY_TYPE_SET), copy_of(none)).ok()) return;
  const BOOL yes = TRUE;
  const Answer armed = target.tell(request(KSPROPERTY_SOUNDDETECTOR_ARMED, KSPROPERTY_TYPE_SET), copy_of(yes));
  const Answer reads = target.ask(request(KSPROPERTY_SOUNDDETECTOR_ARMED, KSPROPERTY_TYPE_GET), sizeof(BOOL));
  BOOL is_armed = 0;
  if (reads.ok() && reads.value.size() == sizeof is_armed) std::memcpy(&is_armed, reads.value.data(), sizeof is_armed);
  if (reads.ok() && (is_armed != 0) != armed.ok())
    verdict.fail(RuleId::kValueNotKept, filter.name,
                 fmt::format("arming it is answered with {}, and it reads {}", status_name(armed.status), is_armed));
}

void test_audio_modules(Verdicts& verdicts, const client::FilterInfo& filter) {
  const auto file = client::KsFile::open(filter.symbolic_link);
  if (!file) return;
  const PropertyTarget target(*file, PropertyTarget::Kind::kFilter);
  const auto probe =
      target.forms(KSPROPSETID_AudioModule, KSPROPERTY_AUDIOMODULE_DESCRIPTORS, KSPROPERTY_TYPE_BASICSUPPORT).back();
  if (target.ask(probe, sizeof(ULONG)).is_unsupported()) return;
  Verdict verdict(verdicts, "audio modules", filter.name, kModulePage);
  const auto modules = items_of(*file, verdict, KSPROPSETID_AudioModule, KSPROPERTY_AUDIOMODULE_DESCRIPTORS,
                                sizeof(KSAUDIOMODULE_DESCRIPTOR));
  verdict.measure("modules", static_cast<double>(modules.size()), "");
  for (const auto& bytes : modules) {
    KSAUDIOMODULE_DESCRIPTOR module;
    std::memcpy(&module, bytes.data(), sizeof module);
    const std::u16string_view name(reinterpret_cast<const char16_t*>(module.Name), AUDIOMODULE_MAX_NAME_CCH_SIZE);
    if (name.find(u'\0') == name.npos)
      verdict.fail(RuleId::kListMalformed, filter.name, "a module's name does not end");
    if (module.ClassId == GUID{}) verdict.fail(RuleId::kListMalformed, filter.name, "a module's ClassId is GUID_NULL");
    struct Command {
      KSAUDIOMODULE_PROPERTY property;
      std::array<std::byte, 32> arguments;
    } command{};
    const auto send = [&](const char* what, size_t bytes, bool judged) {
      command.property.Property = client::property_request(KSPROPSETID_AudioModule, KSPROPERTY_AUDIOMODULE_COMMAND);
      if (target.ask(copy_of(command, bytes), 256).ok() && judged)
        verdict.fail(RuleId::kWrongTargetTaken, filter.name, fmt::format("a command to {}: STATUS_SUCCESS", what));
    };
    command.property.ClassId = kNobodys;
    command.property.InstanceId = module.InstanceId;
    send("a module of a class that there is not", sizeof command, true);
    command.property.ClassId = module.ClassId;
    command.property.InstanceId = module.InstanceId + 0x7000;
    send("an instance that there is not", sizeof command, true);
    // What a command may be is the module's own; that it is read no further than it goes is the driver's.
    command.property.InstanceId = module.InstanceId;
    for (size_t bytes = sizeof(KSPROPERTY); bytes < sizeof command; ++bytes)
      send("a module that is not named", bytes, bytes < offsetof(KSAUDIOMODULE_PROPERTY, InstanceId) + sizeof(ULONG));
  }
}

}  // namespace portside::verify
