#pragma once
// InstalledDriver and InstalledDevice: what a Machine has installed. A driver image is loaded once and drives each of
// its devices; the driver is unloaded with the last of them.

#include <wdm.h>

#include <filesystem>
#include <list>
#include <string>
#include <vector>

namespace portside::io {
struct DeviceNode;
}
namespace portside::loader {
class Image;
}

namespace portside::host {

struct InstalledDriver;

struct InstalledDevice {
  InstalledDriver* driver = nullptr;
  io::DeviceNode* node = nullptr;
};

// The addresses of both stay the same while they are installed.
struct InstalledDriver {
  std::string service;  // \Registry\Machine\System\CurrentControlSet\Services\SERVICE
  std::filesystem::path file;
  std::filesystem::path inf_file;  // that it was installed from; empty: none
  std::vector<std::string> notes;  // what the INF asks for and nobody here does
  loader::Image* image = nullptr;  // mapped until the machine is gone: findings name places in it
  DRIVER_OBJECT* object = nullptr;
  std::list<InstalledDevice> devices;
};

}  // namespace portside::host
