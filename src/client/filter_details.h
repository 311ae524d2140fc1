#pragma once
// FilterDetails: what a driver says of a filter beyond its pins and nodes: who made it (KSPROPERTY_GENERAL_COMPONENTID), its
// audio modules (KSPROPSETID_AudioModule), the jacks behind its bridge pins (KSPROPSETID_Jack) and the effects in each
// processing mode of its host pins (KSPROPERTY_AUDIOEFFECTSDISCOVERY_EFFECTSLIST).

#include <ks.h>
#include <ksmedia.h>
#include <wdm.h>
#include <windef.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/jack.h"
#include "client/topology.h"

namespace portside::client {

class KsFile;

struct AudioModule {
  GUID class_id{};
  uint32_t instance = 0, major = 0, minor = 0;
  std::string name;
};

// The effects in the path of one processing mode.
struct ModeEffects {
  GUID mode{};                // AUDIO_SIGNALPROCESSINGMODE_*
  std::vector<GUID> effects;  // AUDIO_EFFECT_TYPE_*; none: the path has no effect
};

struct PinDetails {
  std::vector<Jack> jacks;
  std::optional<JackSink> sink;
  std::optional<GUID> container;
  std::vector<ModeEffects> effects;  // modes whose effects the driver tells
  uint32_t necessary_instances = 0;
  std::optional<KSPIN_CINSTANCES> global;
};

struct FilterDetails {
  std::optional<KSCOMPONENTID> component;
  std::vector<AudioModule> modules;
  std::vector<PinDetails> pins;         // by pin id
  std::vector<std::string> node_names;  // by node id; empty where the registry has none
};

// Opens the filter and asks; what a driver does not answer is left out. On a simulated thread.
Result<FilterDetails> read_details(const FilterInfo& filter);

// Reference strings of interfaces that are registered, by an INF as a rule, and that no subdevice has enabled.
std::vector<std::string> announced_interfaces();

// On a filter the templates of its modules, on a pin those of its stream.
std::vector<AudioModule> read_modules(const KsFile& file);

}  // namespace portside::client
