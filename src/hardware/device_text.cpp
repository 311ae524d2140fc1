#include "hardware/device_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace portside::hardware {
namespace {

bool is_name(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_' || c == '.'; });
}

}  // namespace

Result<DeviceText> DeviceText::parse(std::string_view text) {
  const auto wrong = [&](std::string why) {
    return fail(
        StatusCode::kInvalidParameter,
        fmt::format("{}: {}. A device is written qemu:DEVICE[,OPTION=VALUE...][,DEVICE...] or model:NAME", text, why));
  };
  DeviceText device;
  const size_t colon = text.find(':');
  const std::string_view source = text.substr(0, colon);
  if (colon == std::string_view::npos || (source != "qemu" && source != "model"))
    return wrong("it names neither qemu: nor model:");
  device.source = source == "qemu" ? DeviceSource::kQemu : DeviceSource::kModel;
  std::string_view rest = text.substr(colon + 1);
  for (bool more = true; more;) {
    const size_t comma = rest.find(',');
    const std::string_view element = rest.substr(0, comma);
    more = comma != std::string_view::npos;
    rest = more ? rest.substr(comma + 1) : std::string_view();
    const size_t equals = element.find('=');
    if (equals != std::string_view::npos) {
      if (device.devices.empty() || !is_name(element.substr(0, equals)))
        return wrong(fmt::format("\"{}\" is no option of a device before it", element));
      device.devices.back().options.emplace_back(element);
    } else if (is_name(element)) {
      device.devices.push_back({std::string(element), {}});
    } else {
      return wrong(fmt::format("\"{}\" is no name of a device", element));
    }
  }
  return device;
}

}  // namespace portside::hardware
