// portside devices: what can be put under a driver on this machine.

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "hardware/models.h"
#include "hardware/qemu_catalogue.h"
#include "portside/command.h"

namespace portside::tools {
namespace {

ExitCode devices(const Console& console) {
  const auto qemu = hardware::qemu_sound_devices();
  if (console.json) {
    nlohmann::json out;
    out["models"] = nlohmann::json::array();
    for (const hardware::Model& model : hardware::models())
      out["models"].push_back({{"device", fmt::format("model:{}", model.name)}, {"about", model.about}});
    out["qemu"] = nlohmann::json::array();
    if (qemu)
      for (const hardware::QemuDevice& device : *qemu)
        out["qemu"].push_back({{"device", device.bus == "PCI" ? "qemu:" + device.name : device.name},
                               {"bus", device.bus},
                               {"about", device.about}});
    else out["qemu_missing"] = qemu.error().sentence();
    console.document(out);
    return ExitCode::kClean;
  }
  console.heading("Models, in virtual time");
  if (hardware::models().empty()) console.line("  none");
  for (const hardware::Model& model : hardware::models())
    console.line(fmt::format("  {:24}{}", fmt::format("model:{}", model.name), model.about));
  console.heading("QEMU's PCI sound cards, in real time");
  if (!qemu) {
    console.line("  " + qemu.error().sentence());
    return ExitCode::kClean;
  }
  for (const hardware::QemuDevice& device : *qemu)
    if (device.bus == "PCI") console.line(fmt::format("  {:24}{}", "qemu:" + device.name, device.about));
  console.heading("What hangs on such a card's own bus, behind a comma");
  for (const hardware::QemuDevice& device : *qemu)
    if (device.bus != "PCI") console.line(fmt::format("  ,{:23}{} ({})", device.name, device.about, device.bus));
  console.line("\nFor example: --device qemu:ich9-intel-hda,hda-duplex");
  return ExitCode::kClean;
}

}  // namespace

Runner add_devices(CLI::App&) {
  return [](const Console& console) { return devices(console); };
}

}  // namespace portside::tools
