#include "hardware/alsa_plugin.h"

#ifndef PORTSIDE_ALSA_PLUGIN
#define PORTSIDE_ALSA_PLUGIN ""
#endif

namespace portside::hardware {

std::filesystem::path installed_alsa_plugin(const std::filesystem::path& program) {
  return program.parent_path().parent_path() / "lib" / "portside" / "libasound_module_pcm_portside.so";
}

std::filesystem::path alsa_plugin() {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  for (const std::filesystem::path& place :
       {installed_alsa_plugin(program), std::filesystem::path(PORTSIDE_ALSA_PLUGIN)})
    if (std::filesystem::is_regular_file(place, error)) return place;
  return {};
}

}  // namespace portside::hardware
