#pragma once
// InstallRequest: what a caller asks to install. InstallPlan: what that comes to, decided before anything is changed.

#include <cstdint>
#include <filesystem>
#include <string>

#include "io/pnp.h"

namespace portside::host {

struct InstallRequest {
  std::filesystem::path driver;  // a .sys
  uint32_t instances = 1;        // how many devices of it
};

struct InstallPlan {
  std::filesystem::path image;
  std::string service;  // the service's name, in UTF-8
  io::RootDeviceSpec device;
  uint32_t instances = 1;
};

// The plan for an image alone: a service called after the file, and a device ROOT\NAME.
InstallPlan plan_without_inf(const InstallRequest& request);

}  // namespace portside::host
