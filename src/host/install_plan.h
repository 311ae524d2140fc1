#pragma once
// InstallRequest: what a caller asks to install. InstallPlan: what that comes to, decided before anything is changed.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "hardware/bus_faults.h"
#include "hardware/device_maker.h"
#include "inf/installation.h"
#include "io/pnp.h"

namespace portside::hardware {
class PciSlot;
}

namespace portside::host {

struct InstallRequest {
  std::filesystem::path driver;  // a .sys, an .inf or an .inx
  bool use_inf = true;           // false: not even an INF that lies beside the .sys and names it
  std::string hardware_id;  // which of the INF's devices; empty: the first that is root-enumerated, or the only one
  uint32_t instances = 1;   // how many devices of it
  hardware::PciSlot* slot = nullptr;  // the device under the driver (Machine::plug); null: root-enumerated, or `device`
  // A device that is plugged in with the driver, when there is no slot; one that an earlier driver has left is taken again.
  hardware::DeviceMaker device;
  std::optional<hardware::BusFaults> bus_faults;  // before `device`; drawn from the machine's seed
};

// What CopyFiles installs beside the image: firmware, settings.
struct PackageFile {
  std::filesystem::path source;
  std::string folder, name;  // "C:\\Windows\\System32\\drivers", "dsp.bin"
};

struct InstallPlan {
  std::filesystem::path image;
  std::string service;  // the service's name, in UTF-8
  io::RootDeviceSpec device;
  uint32_t instances = 1;
  std::filesystem::path inf_file;  // empty: none
  std::optional<inf::Installation> installation;
  std::vector<PackageFile> files;  // those that lie beside the INF; images are not among them
};

// Reads the INF, if there is one, and finds the driver's image; changes nothing. Without an INF the service is called after the
// file, and the device has the hardware ID ROOT\NAME. What is wrong with the INF is told with file, line and reason.
Result<InstallPlan> make_install_plan(const InstallRequest& request);

// A sentence when the INF's device is one of a bus that finds its devices (PCI, ACPI, USB, HDAUDIO ...) and none is plugged in: the
// driver is then started on a device that has nothing. Empty: the device needs no more than it gets.
std::string absent_hardware(const InstallPlan& plan);

}  // namespace portside::host
