#include "client/filter_details.h"

#include <algorithm>
#include <cctype>
#include <cstring>

#include "base/machine_context.h"
#include "client/filter.h"
#include "io/io.h"

namespace portside::client {
namespace {

std::string text_of(std::span<const std::byte> bytes) {
  std::u16string text(bytes.size() / sizeof(char16_t), u'\0');
  std::memcpy(text.data(), bytes.data(), text.size() * sizeof(char16_t));
  text.resize(std::min(text.find(u'\0'), text.size()));
  return to_utf8(text);
}

// KSP_PINMODE: a pin factory and a processing mode.
struct PinMode {
  KSP_PIN pin;
  GUID mode;
};

std::optional<ModeEffects> read_effects(const KsFile& filter, uint32_t pin, const GUID& mode) {
  const PinMode request{
      pin_request(KSPROPSETID_AudioEffectsDiscovery, KSPROPERTY_AUDIOEFFECTSDISCOVERY_EFFECTSLIST, pin), mode};
  const auto bytes = filter.get_bytes(request);
  if (!bytes) return std::nullopt;
  ModeEffects effects{.mode = mode, .effects = {}};
  // "An array of zero or more audio effect type GUIDs", without a head that counts them.
  for (size_t at = 0; at + sizeof(GUID) <= bytes->size(); at += sizeof(GUID)) {
    GUID effect;
    std::memcpy(&effect, bytes->data() + at, sizeof effect);
    effects.effects.push_back(effect);
  }
  return effects;
}

PinDetails read_pin_details(const KsFile& filter, const PinInfo& pin) {
  PinDetails details;
  details.jacks = read_jacks(filter, pin.id);
  details.sink = read_jack_sink(filter, pin.id);
  details.container = read_jack_container(filter, pin.id);
  for (const GUID& mode : pin.modes)
    if (auto effects = read_effects(filter, pin.id, mode)) details.effects.push_back(std::move(*effects));
  details.necessary_instances =
      filter.get<ULONG>(pin_request(KSPROPSETID_Pin, KSPROPERTY_PIN_NECESSARYINSTANCES, pin.id)).value_or(0);
  if (auto global = filter.get<KSPIN_CINSTANCES>(pin_request(KSPROPSETID_Pin, KSPROPERTY_PIN_GLOBALCINSTANCES, pin.id)))
    details.global = *global;
  return details;
}

}  // namespace

std::vector<AudioModule> read_modules(const KsFile& file) {
  std::vector<AudioModule> modules;
  const auto bytes = file.get_bytes(property_request(KSPROPSETID_AudioModule, KSPROPERTY_AUDIOMODULE_DESCRIPTORS));
  if (!bytes) return modules;
  for (const auto item : fixed_items(*bytes, sizeof(KSAUDIOMODULE_DESCRIPTOR))) {
    KSAUDIOMODULE_DESCRIPTOR d;
    std::memcpy(&d, item.data(), sizeof d);
    modules.push_back({.class_id = d.ClassId,
                       .instance = d.InstanceId,
                       .major = d.VersionMajor,
                       .minor = d.VersionMinor,
                       .name = text_of(std::as_bytes(std::span(d.Name)))});
  }
  return modules;
}

Result<FilterDetails> read_details(const FilterInfo& info) {
  TRY_ASSIGN(const KsFile filter, KsFile::open(info.symbolic_link));
  FilterDetails details;
  if (auto component = filter.get<KSCOMPONENTID>(property_request(KSPROPSETID_General, KSPROPERTY_GENERAL_COMPONENTID)))
    details.component = *component;
  details.modules = read_modules(filter);
  for (const PinInfo& pin : info.pins) details.pins.push_back(read_pin_details(filter, pin));
  for (const NodeInfo& node : info.nodes) {
    const auto name =
        filter.get_bytes(node_request(KSPROPSETID_Topology, KSPROPERTY_TOPOLOGY_NAME, node.id, KSPROPERTY_TYPE_GET));
    details.node_names.push_back(name ? text_of(*name) : std::string());
  }
  return details;
}

std::vector<std::string> announced_interfaces() {
  std::vector<std::string> present, missing;
  const auto lower = [](std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
  };
  const auto all = current<io::Io>().interfaces().all();
  for (const io::DeviceInterface& i : all)
    if (i.enabled) present.push_back(lower(to_utf8(i.reference)));
  for (const io::DeviceInterface& i : all) {
    const std::string name = to_utf8(i.reference);
    if (i.enabled || name.empty() || std::ranges::count(present, lower(name)) || std::ranges::count(missing, name))
      continue;
    missing.push_back(name);
  }
  return missing;
}

}  // namespace portside::client
