#include "plugins/alsa/plugin_settings.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "plugins/alsa/error_number.h"

namespace portside::alsa {

int PluginSettings::read(snd_config_t* configuration) {
  // What every definition may have besides (pcm_plugins.html: comment, type, hint).
  static constexpr std::array<std::string_view, 3> kOfAll = {"comment", "type", "hint"};
  snd_config_iterator_t at, next;
  snd_config_for_each(at, next, configuration) {
    snd_config_t* field = snd_config_iterator_entry(at);
    const char* name = nullptr;
    if (snd_config_get_id(field, &name) < 0) continue;
    const std::string_view id = name;
    if (std::ranges::find(kOfAll, id) != kOfAll.end()) continue;
    std::string* value = id == "endpoint" ? &endpoint : id == "socket" ? &socket : nullptr;
    const char* text = nullptr;
    if (value == nullptr || snd_config_get_string(field, &text) < 0) {
      SNDERR("portside: '%s' is %s", name,
             value == nullptr ? "no field of this plugin: endpoint, socket" : "not a text");
      return -EINVAL;
    }
    *value = text == nullptr ? "" : text;
  }
  return 0;
}

int HostConnection::open(const PluginSettings& settings) {
  auto connected = Client::connect(settings.socket);
  if (!connected) return tell_error("the driver host", connected.error());
  client = std::move(*connected);
  auto found = client->endpoints();
  if (!found) return tell_error("the endpoints", found.error());
  endpoints = std::move(*found);
  return 0;
}

}  // namespace portside::alsa
