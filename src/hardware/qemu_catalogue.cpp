#include "hardware/qemu_catalogue.h"

#include <sstream>

#include "hardware/qemu_process.h"

namespace portside::hardware {
namespace {

// What stands behind `key "..."`, or `key WORD`.
std::string field(const std::string& line, const std::string& key) {
  size_t at = line.find(key + " ");
  if (at == std::string::npos) return {};
  at += key.size() + 1;
  if (line[at] == '"') return line.substr(at + 1, line.find('"', at + 1) - at - 1);
  return line.substr(at, line.find_first_of(",\n", at) - at);
}

}  // namespace

std::vector<QemuDevice> parse_sound_devices(const std::string& help) {
  std::vector<QemuDevice> devices;
  std::istringstream lines(help);
  bool sound = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.ends_with(" devices:")) sound = line == "Sound devices:";
    if (!sound || !line.starts_with("name ")) continue;
    QemuDevice device{field(line, "name"), field(line, "bus"), field(line, "desc")};
    if (device.bus == "PCI" || device.bus == "HDA") devices.push_back(std::move(device));
  }
  return devices;
}

Result<std::vector<QemuDevice>> qemu_sound_devices() {
  TRY_ASSIGN(const std::string help, ask_qemu({"-device", "help"}));
  return parse_sound_devices(help);
}

}  // namespace portside::hardware
