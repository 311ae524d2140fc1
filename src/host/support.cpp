#include "host/support.h"

#include <ks.h>
#include <ksmedia.h>
#include <portcls.h>

#include <algorithm>
#include <map>
#include <set>

#include "exports/export_table.h"
#include "host/import_table.h"
#include "ks/property_request.h"
#include "portcls/audio_engine.h"
#include "portcls/property_sets.h"
#include "wdf/function_table.h"

namespace portside::host {
namespace {

Standing standing_of(exports::Completeness completeness) {
  switch (completeness) {
    case exports::Completeness::kFull: return Standing::kFull;
    case exports::Completeness::kPartial: return Standing::kPartial;
    case exports::Completeness::kStub: return Standing::kStub;
  }
  return Standing::kStub;
}

struct MethodRow {
  const char* interface_name;
  const char* method;
  Standing standing;
  const char* note;
};

[[maybe_unused]] constexpr Standing kFull = Standing::kFull;
[[maybe_unused]] constexpr Standing kPartial = Standing::kPartial;
[[maybe_unused]] constexpr Standing kMissing = Standing::kMissing;

const MethodRow kMethods[] = {
#define INTERFACE(name, side)
// The name is one that the header declares.
#define METHOD(of, method, standing, note) {#of, (static_cast<void>(sizeof(&of::method)), #method), standing, note},
#include "portcls/interfaces.inc"
#undef METHOD
#undef INTERFACE
};

enum class Answers { kPort, kDriver };

struct PropertyName {
  const char* set_name;
  const GUID* set;
  const char* name;
  ULONG id;
  bool of_driver;
};
struct SetName {
  const char* name;
  Answers answers;
};

const PropertyName kProperties[] = {
#define SET(set, answers)
#define PROPERTY(set, name) {#set, &set, #name, name, false},
#define PROPERTY_OF_DRIVER(set, name) {#set, &set, #name, name, true},
#include "ks/property_names.inc"
#undef PROPERTY_OF_DRIVER
#undef PROPERTY
#undef SET
};
const SetName kSets[] = {
#define SET(set, answers) {#set, Answers::answers},
#define PROPERTY(set, name)
#define PROPERTY_OF_DRIVER(set, name)
#include "ks/property_names.inc"
#undef PROPERTY_OF_DRIVER
#undef PROPERTY
#undef SET
};

struct PortAnswer {
  bool get = false;
  bool set = false;
};

template <class Target>
void look_up(std::span<const ks::PropertySet<Target>> sets, const PropertyName& property,
             std::optional<PortAnswer>& answer) {
  for (const auto& set : sets) {
    if (!ks::same_guid(*set.set, *property.set)) continue;
    for (const auto& item : set.items)
      if (item.rules.id == property.id) answer = PortAnswer{item.get != nullptr, item.set != nullptr};
  }
}

}  // namespace

std::string_view name_of(Standing standing) {
  static constexpr std::string_view kNames[] = {"full", "partial", "stub", "missing"};
  return kNames[static_cast<size_t>(standing)];
}

std::vector<SupportRow> support_of_exports(std::string_view image, std::string_view documented) {
  std::set<std::string> names;
  for (size_t at = 0; at < documented.size();) {
    const size_t end = std::min(documented.find('\n', at), documented.size());
    std::string_view line = documented.substr(at, end - at);
    line = line.substr(0, line.find(' '));
    if (!line.empty() && line[0] != '#') names.emplace(line);
    at = end + 1;
  }
  for (const exports::Export* row : exports::all_exports())
    if (row->dll == image) names.insert(row->name);
  std::vector<SupportRow> rows;
  for (const std::string& name : names) {
    const ImportStanding found = find_import({image, name, 0});
    rows.push_back({std::string(image), name,
                    found.completeness ? standing_of(*found.completeness) : Standing::kMissing,
                    std::string(found.note)});
  }
  return rows;
}

std::vector<SupportRow> support_of_framework() {
  std::set<uint32_t> here;
  for (const auto& slots :
       {wdf::object_functions(), wdf::sync_functions(), wdf::data_functions(), wdf::target_functions()})
    for (const wdf::TableSlot& slot : slots) here.insert(slot.index);
  std::vector<SupportRow> rows;
  for (uint32_t i = 0; !wdf::function_name(i).empty(); ++i)
    rows.push_back(
        {"KMDF", std::string(wdf::function_name(i)), here.contains(i) ? Standing::kFull : Standing::kMissing, ""});
  return rows;
}

std::vector<SupportRow> support_of_interfaces() {
  std::vector<SupportRow> rows;
  for (const MethodRow& m : kMethods) rows.push_back({m.interface_name, m.method, m.standing, m.note});
  return rows;
}

std::vector<SupportRow> support_of_properties() {
  std::vector<SupportRow> rows;
  for (const PropertyName& property : kProperties) {
    std::optional<PortAnswer> answer;
    look_up(portcls::filter_property_sets(), property, answer);
    look_up(portcls::pin_property_sets(), property, answer);
    look_up(portcls::audio_engine_filter_sets(), property, answer);
    look_up(portcls::audio_engine_pin_sets(), property, answer);
    const auto set = std::ranges::find(kSets, std::string_view(property.set_name),
                                       [](const SetName& s) { return std::string_view(s.name); });
    SupportRow row{property.set_name, property.name, Standing::kFull, ""};
    if (answer)
      row.note = answer->get && answer->set ? "the port answers get and set"
                 : answer->get              ? "the port answers get"
                                            : "the port answers set";
    else if (property.of_driver || set->answers == Answers::kDriver)
      row.note = "the miniport's automation table answers";
    else
      row = {row.group, row.name, Standing::kMissing,
             "no answer of the port's; a handler in the miniport's table is called"};
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace portside::host
