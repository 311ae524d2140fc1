#include "portside/inspect_details.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

namespace portside::tools {
namespace {

using nlohmann::json;
constexpr std::string_view kIndent = "                   ";

// "AUDIO_EFFECT_TYPE_NOISE_SUPPRESSION" -> "noise suppression".
std::string spoken(const GUID& guid, std::string_view prefix) {
  std::string name = client::guid_name(guid);
  if (!name.starts_with(prefix)) return name;
  name = name.substr(prefix.size());
  std::ranges::transform(name, name.begin(),
                         [](unsigned char c) { return c == '_' ? ' ' : static_cast<char>(std::tolower(c)); });
  return name;
}

std::string effects_line(const client::ModeEffects& effects) {
  std::vector<std::string> names;
  for (const GUID& effect : effects.effects) names.push_back(spoken(effect, "AUDIO_EFFECT_TYPE_"));
  return fmt::format("effects in {}: {}", spoken(effects.mode, "AUDIO_SIGNALPROCESSINGMODE_"),
                     names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", ")));
}

json jack_json(const client::Jack& jack) {
  const KSJACK_DESCRIPTION& d = jack.description;
  json out{{"connector", jack.connector()},
           {"location", jack.location()},
           {"color", jack.color()},
           {"channel_mapping", d.ChannelMapping},
           {"connected", d.IsConnected != FALSE},
           {"presence_detect", jack.detects_presence()},
           {"dynamic_format", jack.changes_format()}};
  if (jack.config_id) out["config_id"] = *jack.config_id;
  return out;
}

}  // namespace

void print_pin_details(const Console& console, const client::PinDetails& details) {
  for (const client::Jack& jack : details.jacks) console.line(fmt::format("{}jack: {}", kIndent, jack.to_string()));
  if (details.sink)
    console.line(fmt::format("{}sink: {} \"{}\", latency {} ms", kIndent,
                             details.sink->display_port ? "DisplayPort" : "HDMI", details.sink->name,
                             details.sink->latency_ms));
  if (details.container) console.line(fmt::format("{}container {}", kIndent, client::guid_name(*details.container)));
  for (const client::ModeEffects& effects : details.effects)
    console.line(fmt::format("{}{}", kIndent, effects_line(effects)));
}

void print_filter_details(const Console& console, const client::FilterInfo& filter,
                          const client::FilterDetails& details) {
  for (const client::AudioModule& m : details.modules)
    console.line(fmt::format("  module   \"{}\" {}.{}, instance {}  {}", m.name, m.major, m.minor, m.instance,
                             client::guid_name(m.class_id)));
  if (details.component)
    console.line(fmt::format(
        "  made by  manufacturer {}, product {}, version {}.{}", client::guid_name(details.component->Manufacturer),
        client::guid_name(details.component->Product), details.component->Version, details.component->Revision));
}

void add_details(json& filter, const client::FilterDetails& details) {
  json& pins = filter["pins"];
  for (size_t i = 0; i < details.pins.size() && i < pins.size(); ++i) {
    const client::PinDetails& d = details.pins[i];
    json jacks = json::array(), effects = json::array();
    for (const client::Jack& jack : d.jacks) jacks.push_back(jack_json(jack));
    for (const client::ModeEffects& e : d.effects) {
      json names = json::array();
      for (const GUID& effect : e.effects) names.push_back(client::guid_name(effect));
      effects.push_back({{"mode", client::guid_name(e.mode)}, {"effects", names}});
    }
    pins[i]["jacks"] = jacks;
    pins[i]["effects"] = effects;
    pins[i]["necessary_instances"] = d.necessary_instances;
    if (d.global)
      pins[i]["global_instances"] = {{"possible", d.global->PossibleCount}, {"current", d.global->CurrentCount}};
    if (d.sink)
      pins[i]["sink"] = {{"connection", d.sink->display_port ? "DisplayPort" : "HDMI"},
                         {"name", d.sink->name},
                         {"latency_ms", d.sink->latency_ms},
                         {"manufacturer", d.sink->manufacturer},
                         {"product", d.sink->product},
                         {"hdcp", d.sink->hdcp},
                         {"ai", d.sink->ai}};
    if (d.container) pins[i]["container"] = client::guid_name(*d.container);
  }
  json& nodes = filter["nodes"];
  for (size_t i = 0; i < details.node_names.size() && i < nodes.size(); ++i) nodes[i]["name"] = details.node_names[i];
  filter["modules"] = json::array();
  for (const client::AudioModule& m : details.modules)
    filter["modules"].push_back({{"class", client::guid_name(m.class_id)},
                                 {"instance", m.instance},
                                 {"version", fmt::format("{}.{}", m.major, m.minor)},
                                 {"name", m.name}});
  if (details.component)
    filter["component"] = {{"manufacturer", client::guid_name(details.component->Manufacturer)},
                           {"product", client::guid_name(details.component->Product)},
                           {"component", client::guid_name(details.component->Component)},
                           {"name", client::guid_name(details.component->Name)},
                           {"version", details.component->Version},
                           {"revision", details.component->Revision}};
}

void print_lost(const Console& console, const std::vector<host::LostSubdevice>& lost,
                const std::vector<std::string>& announced) {
  if (lost.empty()) return;
  console.heading("lost");
  for (const host::LostSubdevice& l : lost) console.line("  " + host::sentence(l));
  if (!announced.empty())
    console.line(fmt::format("  the INF announces, and no subdevice carries: {}", fmt::join(announced, ", ")));
}

json lost_json(const std::vector<host::LostSubdevice>& lost, const std::vector<std::string>& announced) {
  json out = json::array();
  for (const host::LostSubdevice& l : lost)
    out.push_back({{"function", l.function},
                   {"class", l.class_name},
                   {"lost", l.what},
                   {"status", l.status},
                   {"announced", announced}});
  return out;
}

}  // namespace portside::tools
