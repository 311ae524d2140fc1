// [DDInstall.Interfaces]. Page: "INF AddInterface Directive".

#include <fmt/format.h>

#include "inf/directives.h"
#include "inf/number.h"

namespace portside::inf {

Result<> read_interfaces(const InfFile& file, const Section& section, std::vector<Interface>& interfaces) {
  TRY(file.check(section));
  for (const Entry& entry : section.entries) {
    if (!entry.key || !same_name(*entry.key, "AddInterface")) continue;
    Interface added;
    added.line = entry.line;
    added.category = entry.field(0);
    added.reference = entry.field(1);
    if (!is_guid(added.category))
      return file.fail_at(entry.line, fmt::format("AddInterface's class is \"{}\", which is no GUID", added.category));
    // IoRegisterDeviceInterface, ReferenceString, forbids them, so no driver could enable it.
    if (added.reference.find_first_of("\\/") != std::string::npos)
      return file.fail_at(entry.line,
                          fmt::format("the reference string \"{}\" holds a path separator", added.reference));
    if (flags_of(entry.field(3)) != 0u)
      return file.fail_at(entry.line, fmt::format("AddInterface's flags are \"{}\", and must be 0", entry.field(3)));
    if (!entry.field(2).empty()) {
      TRY_ASSIGN(const Section* details, file.need(entry.field(2), entry, "AddInterface"));
      TRY(read_registry_directives(file, *details, added.changes));
      TRY(read_property_directives(file, *details, added.properties));
    }
    interfaces.push_back(std::move(added));
  }
  return {};
}

}  // namespace portside::inf
