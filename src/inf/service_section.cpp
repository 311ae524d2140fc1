// [DDInstall.Services] and [DDInstall.Wdf]. Pages: "INF AddService Directive", "Specifying WDF Directives in INF Files".

#include <fmt/format.h>

#include <set>

#include "inf/directives.h"
#include "inf/number.h"

namespace portside::inf {
namespace {

constexpr uint32_t kAssociated = 0x2;  // SPSVCINST_ASSOCSERVICE

std::string text_of(const Section& section, std::string_view key) {
  const Entry* entry = find_key(section, key);
  return entry ? std::string(entry->field(0)) : std::string();
}

// The four that a service-install-section must have.
Result<uint32_t> required_number(const InfFile& file, const Section& section, std::string_view key, uint32_t most) {
  const Entry* entry = find_key(section, key);
  if (!entry)
    return file.fail_at(section.line, fmt::format("[{}] has no {}, which every service has", section.name, key));
  const auto number = number_of(entry->field(0));
  if (!number || *number > most)
    return file.fail_at(entry->line, fmt::format("{} is \"{}\", which it cannot be", key, entry->field(0)));
  return static_cast<uint32_t>(*number);
}

Result<Service> read_service(const InfFile& file, const Entry& directive, uint32_t flags) {
  Service service;
  service.name = directive.field(0);
  service.is_function_driver = flags & kAssociated;
  service.line = directive.line;
  service.file = file.name();
  if (service.name.find_first_of("\\/") != std::string::npos)
    return file.fail_at(directive.line, fmt::format("\"{}\" is no name for a service", service.name));
  TRY_ASSIGN(const Section* section, file.need(directive.field(2), directive, "AddService"));
  TRY_ASSIGN(service.type, required_number(file, *section, "ServiceType", 0x1FF));
  TRY_ASSIGN(service.start, required_number(file, *section, "StartType", 4));
  TRY_ASSIGN(service.error_control, required_number(file, *section, "ErrorControl", 3));
  const Entry* binary = find_key(*section, "ServiceBinary");
  if (!binary || binary->field(0).empty())
    return file.fail_at(section->line,
                        fmt::format("[{}] has no ServiceBinary, which every service has", section->name));
  service.binary = binary->field(0);
  service.binary_line = binary->line;
  const bool absolute = service.binary.size() > 3 && service.binary[1] == ':';
  if (!absolute && !service.binary.starts_with('%') && !service.binary.starts_with('\\'))
    return file.fail_at(
        binary->line, fmt::format("ServiceBinary is \"{}\", and begins with a directory: %13%\\x.sys", service.binary));
  service.display_name = text_of(*section, "DisplayName");
  service.description = text_of(*section, "Description");
  service.load_order_group = text_of(*section, "LoadOrderGroup");
  if (const Entry* dependencies = find_key(*section, "Dependencies")) service.dependencies = dependencies->fields;
  TRY(read_registry_directives(file, *section, service.changes));
  if (!directive.field(3).empty()) {
    TRY_ASSIGN(const Section* events, file.need(directive.field(3), directive, "AddService"));
    TRY(read_registry_directives(file, *events, service.event_changes));
    service.event_log = fmt::format("{}\\{}", directive.field(4).empty() ? "System" : directive.field(4),
                                    directive.field(5).empty() ? service.name : directive.field(5));
  }
  return service;
}

}  // namespace

Result<> read_services(const InfFile& file, const Section& section, std::vector<Service>& services) {
  TRY(file.check(section));
  for (const Entry& entry : section.entries) {
    if (!entry.key || !same_name(*entry.key, "AddService")) continue;
    const auto flags = flags_of(entry.field(1));
    if (!flags) return file.fail_at(entry.line, fmt::format("the flags \"{}\" are no number", entry.field(1)));
    if (entry.field(0).empty()) {
      if (*flags & kAssociated)
        return file.fail_at(entry.line,
                            "AddService = ,2 gives the device no driver at all, so there is nothing to run");
      return file.fail_at(entry.line, "AddService names no service");
    }
    TRY_ASSIGN(Service service, read_service(file, entry, *flags));
    for (const Service& other : services) {
      if (same_name(other.name, service.name))
        return file.fail_at(entry.line, fmt::format("the service {} is added twice", service.name));
      if (other.is_function_driver && service.is_function_driver)
        return file.fail_at(entry.line,
                            fmt::format("{} and {} both are the device's function driver (SPSVCINST_ASSOCSERVICE)",
                                        other.name, service.name));
    }
    services.push_back(std::move(service));
  }
  return {};
}

Result<> read_wdf(const InfFile& file, const Section& section, std::vector<Service>& services,
                  std::vector<std::string>& notes) {
  TRY(file.check(section));
  for (const Entry& entry : section.entries) {
    if (!entry.key) continue;
    if (same_name(std::string_view(*entry.key).substr(0, 4), "Umdf")) {
      notes.push_back(fmt::format("{}:{}: {}: user-mode drivers are not run", file.name(), entry.line, *entry.key));
      continue;
    }
    if (!same_name(*entry.key, "KmdfService")) continue;
    TRY_ASSIGN(const Section* details, file.need(entry.field(1), entry, "KmdfService"));
    const std::string version = text_of(*details, "KmdfLibraryVersion");
    if (version.empty())
      return file.fail_at(details->line, fmt::format("[{}] has no KmdfLibraryVersion", details->name));
    bool known = false;
    for (Service& service : services) {
      if (!same_name(service.name, entry.field(0))) continue;
      service.kmdf_version = version;
      known = true;
    }
    if (!known)
      return file.fail_at(entry.line, fmt::format("KmdfService names {}, and no AddService does", entry.field(0)));
  }
  return {};
}

}  // namespace portside::inf
