// libasound_module_ctl_portside.so: what alsa-lib calls for a control of `type portside`.

#include "plugins/alsa/ctl.h"
#include "plugins/alsa/error_number.h"
#include "plugins/alsa/plugin_settings.h"
#include "wire/endpoint_choice.h"

namespace portside::alsa {
namespace {

int open_ctl(snd_ctl_t** handle, const char* name, snd_config_t* configuration, int mode) {
  PluginSettings settings;
  if (const int error = settings.read(configuration); error < 0) return error;
  HostConnection host;
  if (const int error = host.open(settings); error < 0) return error;
  if (!settings.endpoint.empty()) {
    auto one = wire::choose_endpoint(host.endpoints, settings.endpoint, {});
    if (!one) return tell_error("the endpoint", one.error());
    host.endpoints = {std::move(*one)};
  }
  return Ctl::open(handle, name, std::move(host.client), host.endpoints, mode);
}

}  // namespace
}  // namespace portside::alsa

extern "C" {
SND_CTL_PLUGIN_DEFINE_FUNC(portside) { return portside::alsa::open_ctl(handlep, name, conf, mode); }
SND_CTL_PLUGIN_SYMBOL(portside)
}
