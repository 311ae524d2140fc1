#include "host/device_installation.h"

#include <devpkey.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <span>

#include "host/registry_writer.h"
#include "io/io.h"
#include "io/text.h"
#include "kernel/registry.h"
#include "kernel/services.h"
#include "kernel/unicode.h"

namespace portside::host {
namespace {

using kernel::from_utf8;

constexpr std::u16string_view kServices = u"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\";
constexpr std::u16string_view kDeviceClasses =
    u"\\Registry\\Machine\\System\\CurrentControlSet\\Control\\DeviceClasses";

// "INF AddReg Directive", Special value-entry-name Keywords: these are the device's own, beside its Device Parameters.
constexpr std::string_view kDeviceKeywords[] = {"DeviceCharacteristics",
                                                "DeviceType",
                                                "Security",
                                                "UpperFilters",
                                                "LowerFilters",
                                                "Exclusive",
                                                "LocationInformationOverride",
                                                "ResourcePickerTags",
                                                "ResourcePickerExceptions"};

// "C:\Windows\System32\drivers\x.sys" is "\SystemRoot\System32\drivers\x.sys" in a kernel driver's ImagePath (from memory).
std::string image_path(std::string_view binary) {
  constexpr std::string_view kWindows = "C:\\Windows\\";
  if (inf::same_name(binary.substr(0, kWindows.size()), kWindows))
    return "\\SystemRoot\\" + std::string(binary.substr(kWindows.size()));
  return std::string(binary);
}

Result<> write_service(kernel::Registry& registry, const inf::Service& service) {
  const std::u16string key = std::u16string(kServices) + from_utf8(service.name);
  TRY(registry.set_dword(key, u"Type", service.type));
  TRY(registry.set_dword(key, u"Start", service.start));
  TRY(registry.set_dword(key, u"ErrorControl", service.error_control));
  set_expand_string(registry, key, u"ImagePath", image_path(service.binary));
  if (!service.display_name.empty()) TRY(registry.set_string(key, u"DisplayName", from_utf8(service.display_name)));
  if (!service.description.empty()) TRY(registry.set_string(key, u"Description", from_utf8(service.description)));
  if (!service.load_order_group.empty()) TRY(registry.set_string(key, u"Group", from_utf8(service.load_order_group)));
  if (!service.dependencies.empty()) set_multi_string(registry, key, u"DependOnService", service.dependencies);
  // Where the framework's co-installer left it (from memory).
  if (!service.kmdf_version.empty())
    TRY(registry.set_string(key + u"\\Parameters\\Wdf", u"KmdfLibraryVersion", from_utf8(service.kmdf_version)));
  TRY(write_registry(registry, key, service.changes));
  if (service.event_log.empty()) return {};
  return write_registry(registry, std::u16string(kServices) + u"EventLog\\" + from_utf8(service.event_log),
                        service.event_changes);
}

void set_text(io::Io& io, const io::DeviceNode& node, const DEVPROPKEY& key, std::u16string_view text) {
  if (text.empty()) return;
  const std::u16string terminated(text);
  io.device_properties().set(node.instance_path, key, 0, DEVPROP_TYPE_STRING,
                             std::as_bytes(std::span(terminated.c_str(), terminated.size() + 1)));
}

void set_list(io::Io& io, const io::DeviceNode& node, const DEVPROPKEY& key,
              const std::vector<std::u16string>& strings) {
  if (strings.empty()) return;
  std::u16string all;
  for (const std::u16string& s : strings) (all += s) += u'\0';
  io.device_properties().set(node.instance_path, key, 0, DEVPROP_TYPE_STRING_LIST,
                             std::as_bytes(std::span(all.c_str(), all.size() + 1)));
}

// The system's own properties, by which IoGetDevicePropertyData knows the device.
void write_system_properties(io::Io& io, const io::DeviceNode& node, const InstallPlan& plan) {
  const io::RootDeviceSpec& spec = node.spec;
  set_text(io, node, DEVPKEY_NAME, spec.friendly_name.empty() ? spec.description : spec.friendly_name);
  set_text(io, node, DEVPKEY_Device_DeviceDesc, spec.description);
  set_list(io, node, DEVPKEY_Device_HardwareIds, spec.hardware_ids);
  set_list(io, node, DEVPKEY_Device_CompatibleIds, spec.compatible_ids);
  set_text(io, node, DEVPKEY_Device_Service, from_utf8(plan.service));
  set_text(io, node, DEVPKEY_Device_Class, spec.class_name);
  io.device_properties().set(node.instance_path, DEVPKEY_Device_ClassGuid, 0, DEVPROP_TYPE_GUID,
                             std::as_bytes(std::span(&spec.class_guid, 1)));
  const std::u16string& driver = node.driver_registry_path;
  set_text(io, node, DEVPKEY_Device_Driver,
           std::u16string_view(driver).substr(driver.rfind(u'\\', driver.rfind(u'\\') - 1) + 1));
  set_text(io, node, DEVPKEY_Device_Manufacturer, spec.manufacturer);
  set_text(io, node, DEVPKEY_Device_FriendlyName, spec.friendly_name);
  set_text(io, node, DEVPKEY_Device_InstanceId, node.instance_path);
}

// What Windows notes in the software key about the package that a device was installed from.
Result<> write_driver_facts(kernel::Registry& registry, const io::DeviceNode& node, const InstallPlan& plan) {
  const inf::Installation& installation = *plan.installation;
  const std::u16string& key = node.driver_registry_path;
  const std::string extension =
      installation.section.substr(std::min(installation.model.install_section.size(), installation.section.size()));
  const std::vector<std::pair<std::u16string_view, std::string>> facts = {
      {u"InfPath", installation.file},
      {u"InfSection", installation.model.install_section},
      {u"InfSectionExt", extension},
      {u"ProviderName", installation.version.provider},
      {u"DriverDate", installation.version.driver_date},
      {u"DriverVersion", installation.version.driver_version},
      {u"MatchingDeviceId", installation.model.ids().front()}};
  for (const auto& [name, text] : facts)
    if (!text.empty()) TRY(registry.set_string(key, name, from_utf8(text)));
  return {};
}

Result<> write_hardware(kernel::Registry& registry, io::DeviceNode& node,
                        const std::vector<inf::RegistryChange>& changes) {
  std::vector<inf::RegistryChange> own, parameters;
  for (const inf::RegistryChange& change : changes) {
    const bool keyword =
        change.root == inf::RegistryRoot::kRelative && change.subkey.empty() &&
        std::ranges::any_of(kDeviceKeywords, [&](std::string_view k) { return inf::same_name(k, change.value); });
    (keyword ? own : parameters).push_back(change);
  }
  TRY(write_registry(registry, node.instance_registry_path, own));
  TRY(write_registry(registry, node.instance_registry_path + u"\\Device Parameters", parameters));
  // "INF AddReg Directive", DeviceType: the PnP manager applies it to the PDO.
  if (const auto type = registry.get_dword(node.instance_registry_path, u"DeviceType")) node.pdo->DeviceType = *type;
  return {};
}

Result<> write_interfaces(io::Io& io, kernel::Registry& registry, const io::DeviceNode& node,
                          const std::vector<inf::Interface>& interfaces) {
  for (const inf::Interface& interface : interfaces) {
    TRY_ASSIGN(const std::u16string link,
               io.interfaces().register_interface(node.pdo, *io::guid_of(from_utf8(interface.category)),
                                                  from_utf8(interface.reference)));
    TRY_ASSIGN(const std::u16string key, io.interfaces().registry_path(link));
    TRY(write_registry(registry, key, interface.changes));
    write_properties(io.interface_properties(), link, interface.properties);
  }
  return {};
}

}  // namespace

Result<> write_services(const inf::Installation& installation) {
  auto& registry = current<kernel::Services>().registry();
  for (const inf::Service& service : installation.services) TRY(write_service(registry, service));
  return {};
}

Result<> write_device(io::Io& io, io::DeviceNode& node, const InstallPlan& plan) {
  write_system_properties(io, node, plan);
  if (!plan.installation) return {};
  auto& registry = current<kernel::Services>().registry();
  TRY(write_driver_facts(registry, node, plan));
  TRY(write_registry(registry, node.driver_registry_path, plan.installation->software));
  TRY(write_hardware(registry, node, plan.installation->hardware));
  write_properties(io.device_properties(), node.instance_path, plan.installation->properties);
  return write_interfaces(io, registry, node, plan.installation->interfaces);
}

void forget_device(io::Io& io, const io::DeviceNode& node) {
  auto& registry = current<kernel::Services>().registry();
  remove_tree(registry, node.instance_registry_path);
  remove_tree(registry, node.driver_registry_path);
  io.device_properties().forget(node.instance_path);
  // DeviceClasses\{category}\##?#ROOT#MEDIA#0000#{category}
  std::u16string prefix = u"##?#" + node.instance_path + u"#";
  std::ranges::replace(prefix, u'\\', u'#');
  const auto classes = registry.open(nullptr, kDeviceClasses);
  if (!classes) return;
  for (uint32_t i = 0;; ++i) {
    const auto category = registry.subkey_at(*classes, i);
    if (!category) return;
    const std::u16string name = prefix + category->name;
    remove_tree(registry, std::u16string(kDeviceClasses) + u"\\" + category->name + u"\\" + name);
  }
}

}  // namespace portside::host
