// libasound_module_pcm_portside.so: what alsa-lib calls for `type portside`.

#include "plugins/alsa/error_number.h"
#include "plugins/alsa/pcm.h"
#include "plugins/alsa/plugin_settings.h"
#include "wire/endpoint_choice.h"

namespace portside::alsa {
namespace {

int open_pcm(snd_pcm_t** handle, const char* name, snd_config_t* configuration, snd_pcm_stream_t stream, int mode) {
  PluginSettings settings;
  if (const int error = settings.read(configuration); error < 0) return error;
  HostConnection host;
  if (const int error = host.open(settings); error < 0) return error;
  const Direction direction = stream == SND_PCM_STREAM_PLAYBACK ? Direction::kRender : Direction::kCapture;
  auto endpoint = wire::choose_endpoint(host.endpoints, settings.endpoint, direction);
  if (!endpoint) return tell_error("the endpoint", endpoint.error());
  return Pcm::open(handle, name, std::move(host.client), std::move(*endpoint), mode);
}

}  // namespace
}  // namespace portside::alsa

extern "C" {
SND_PCM_PLUGIN_DEFINE_FUNC(portside) { return portside::alsa::open_pcm(pcmp, name, conf, stream, mode); }
SND_PCM_PLUGIN_SYMBOL(portside)
}
