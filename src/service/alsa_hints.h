#pragma once
// AlsaHints: a file beside the socket that lists the endpoints for alsa-lib, which plugins/alsa/portside.conf.in loads:
// each is then a name of its own in aplay -L, and in whatever lists ALSA's devices. Text alone: that a host is slow, or
// stands under a debugger, must not hold up every program that loads ALSA's configuration.

#include <filesystem>
#include <span>
#include <string>

#include "portside/client.h"

namespace portside::service {

// namehint.pcm [...] (group___hint.html, snd_device_name_hint: NAME|description, and |IOID), and pcm.portside-ID for each.
std::string alsa_hints(std::span<const EndpointInfo> endpoints, const std::string& socket);

// The file. Nothing is missing but the list where it cannot be written.
class AlsaHints {
 public:
  explicit AlsaHints(const std::string& socket) : socket_(socket), path_(socket + ".alsa.conf") {}
  void write(std::span<const EndpointInfo> endpoints) const;
  void remove() const;

 private:
  std::string socket_;
  std::filesystem::path path_;
};

}  // namespace portside::service
