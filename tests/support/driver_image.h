#pragma once
// The image that a test installs: the one that was built for it, or another of the same driver that the environment names:
// tests/mutants/twins.py puts mutants there.

#include <cstdlib>
#include <string>

namespace portside::testing_support {

// `PORTSIDE_DRIVER_IMAGE` stands for `built` when its file has the same name.
inline std::string driver_image(const std::string& built) {
  const char* other = std::getenv("PORTSIDE_DRIVER_IMAGE");
  if (!other) return built;
  const std::string image = other;
  return image.substr(image.rfind('/') + 1) == built.substr(built.rfind('/') + 1) ? image : built;
}

}  // namespace portside::testing_support
