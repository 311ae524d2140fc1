#include "io/device_property.h"

#include <fmt/format.h>

#include <cstring>
#include <span>

#include "io/io.h"
#include "io/text.h"

namespace portside::io {

namespace {

constexpr GUID kBusTypeInternal = {0x2530ea73, 0x086b, 0x11d1, {0xa0, 0x9f, 0x00, 0xc0, 0x4f, 0xc3, 0x40, 0xb1}};
// The container of everything that is built into the machine.
constexpr GUID kSystemContainer = {0, 0, 0, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

template <class T>
std::vector<std::byte> bytes_of(const T& value) {
  auto bytes = std::as_bytes(std::span(&value, 1));
  return {bytes.begin(), bytes.end()};
}

std::vector<std::byte> text_bytes(const std::u16string& text) {
  std::vector<std::byte> out((text.size() + 1) * sizeof(char16_t));
  std::memcpy(out.data(), text.c_str(), out.size());
  return out;
}

std::vector<std::byte> list_bytes(const std::vector<std::u16string>& strings) {
  std::u16string all;
  for (const auto& s : strings) (all += s) += u'\0';
  return text_bytes(all);
}

std::u16string key_name(const DeviceNode& node) {
  // {class}\0000, which is the end of the driver key's path.
  const std::u16string& path = node.driver_registry_path;
  return path.substr(path.rfind(u'\\', path.rfind(u'\\') - 1) + 1);
}

}  // namespace

Result<std::vector<std::byte>> device_property(Io& io, const DeviceNode& node, DEVICE_REGISTRY_PROPERTY property) {
  auto absent = [&] {
    return fail(StatusCode::kObjectNameNotFound,
                fmt::format("{} has no property {}", narrow(node.instance_path), static_cast<int>(property)));
  };
  const RootDeviceSpec& spec = node.spec;
  switch (property) {
    case DevicePropertyDeviceDescription: return text_bytes(spec.description);
    case DevicePropertyHardwareID:
      return spec.hardware_ids.empty() ? Result<std::vector<std::byte>>(absent()) : list_bytes(spec.hardware_ids);
    case DevicePropertyCompatibleIDs:
      return spec.compatible_ids.empty() ? Result<std::vector<std::byte>>(absent()) : list_bytes(spec.compatible_ids);
    case DevicePropertyBootConfiguration:
    case DevicePropertyBootConfigurationTranslated: return std::vector<std::byte>{};
    case DevicePropertyClassName: return text_bytes(spec.class_name);
    case DevicePropertyClassGuid: return text_bytes(text_of(spec.class_guid));
    case DevicePropertyDriverKeyName: return text_bytes(key_name(node));
    case DevicePropertyManufacturer:
      return spec.manufacturer.empty() ? Result<std::vector<std::byte>>(absent()) : text_bytes(spec.manufacturer);
    case DevicePropertyFriendlyName:
      return spec.friendly_name.empty() ? Result<std::vector<std::byte>>(absent()) : text_bytes(spec.friendly_name);
    case DevicePropertyPhysicalDeviceObjectName: {
      auto record = io.devices().find(node.pdo);
      return record ? Result<std::vector<std::byte>>(text_bytes(record->name)) : absent();
    }
    case DevicePropertyBusTypeGuid: return bytes_of(kBusTypeInternal);
    case DevicePropertyLegacyBusType: return bytes_of(static_cast<uint32_t>(PNPBus));
    case DevicePropertyBusNumber: return bytes_of(uint32_t{0});
    case DevicePropertyEnumeratorName: return text_bytes(node.instance_path.substr(0, node.instance_path.find(u'\\')));
    case DevicePropertyInstallState: return bytes_of(uint32_t{0});   // InstallStateInstalled
    case DevicePropertyRemovalPolicy: return bytes_of(uint32_t{1});  // RemovalPolicyExpectNoRemoval
    case DevicePropertyResourceRequirements: return std::vector<std::byte>{};
    case DevicePropertyAllocatedResources: return node.raw_resources;
    case DevicePropertyContainerID: return text_bytes(text_of(kSystemContainer));
    case DevicePropertyLocationInformation:
    case DevicePropertyAddress:
    case DevicePropertyUINumber: return absent();
  }
  return fail(
      Status::from_nt(STATUS_INVALID_PARAMETER_2, fmt::format("{} is no device property", static_cast<int>(property))));
}

}  // namespace portside::io
