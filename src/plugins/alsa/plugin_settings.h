#pragma once
// What stands in a configuration: pcm.NAME { type portside, endpoint "speaker", socket "/path" }.

#include <alsa/asoundlib.h>

#include <memory>
#include <string>
#include <vector>

#include "portside/client.h"

namespace portside::alsa {

struct PluginSettings {
  std::string endpoint, socket;

  // A negative errno for a field that is unknown or no text, told by SNDERR.
  int read(snd_config_t* configuration);
};

// What both plugins begin with.
struct HostConnection {
  std::unique_ptr<Client> client;
  std::vector<EndpointInfo> endpoints;

  // A negative errno, told by SNDERR.
  int open(const PluginSettings& settings);
};

}  // namespace portside::alsa
