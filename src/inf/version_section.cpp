#include "inf/version_section.h"

#include <fmt/format.h>

#include <charconv>

#include "inf/number.h"

namespace portside::inf {
namespace {

// mm/dd/yyyy; "INF DriverVer Directive": a dash may stand for the slash.
bool is_date(std::string_view text) {
  unsigned parts[3] = {};
  const char *at = text.data(), *end = at + text.size();
  for (int i = 0; i < 3; ++i) {
    const auto [next, error] = std::from_chars(at, end, parts[i]);
    if (error != std::errc()) return false;
    at = next;
    if (i < 2 && (at == end || (*at != '/' && *at != '-'))) return false;
    if (i < 2) ++at;
  }
  return at == end && parts[0] >= 1 && parts[0] <= 12 && parts[1] >= 1 && parts[1] <= 31 && parts[2] >= 1601;
}

// w.x.y.z, each of at most 16 bits.
bool is_version(std::string_view text) {
  int parts = 0;
  while (true) {
    const size_t dot = std::min(text.find('.'), text.size());
    const auto number = number_of(text.substr(0, dot));
    if (!number || *number > 0xFFFF || ++parts > 4) return false;
    if (dot == text.size()) return true;
    text.remove_prefix(dot + 1);
  }
}

}  // namespace

Result<Version> read_version(const InfFile& file) {
  const Section* section = file.find("Version");
  if (!section) return file.fail_at(1, "it has no [Version] section, which every INF has");
  TRY(file.check(*section));
  const auto text = [&](std::string_view key) {
    const Entry* entry = find_key(*section, key);
    return entry ? std::string(entry->field(0)) : std::string();
  };
  const auto line = [&](std::string_view key) {
    const Entry* entry = find_key(*section, key);
    return entry ? entry->line : section->line;
  };
  const std::string signature = text("Signature");
  if (!same_name(signature, "$Windows NT$") && !same_name(signature, "$Chicago$"))
    return file.fail_at(line("Signature"), fmt::format("Signature is \"{}\", and must be \"$Windows NT$\"", signature));
  Version version;
  version.class_name = text("Class");
  version.class_guid = text("ClassGuid");
  version.provider = text("Provider");
  version.catalog_file = text("CatalogFile");
  version.pnp_lockdown = text("PnpLockdown") == "1";
  for (const auto& [key, value] :
       {std::pair{"Class", &version.class_name}, {"ClassGuid", &version.class_guid}, {"Provider", &version.provider}})
    if (value->empty()) return file.fail_at(line(key), fmt::format("[Version] has no {}", key));
  if (version.class_name.size() > 32) return file.fail_at(line("Class"), "a class name has at most 32 characters");
  if (!is_guid(version.class_guid))
    return file.fail_at(line("ClassGuid"), fmt::format("ClassGuid is \"{}\", which is no GUID", version.class_guid));
  if (const Entry* entry = find_key(*section, "DriverVer"); entry && !entry->field(0).empty()) {
    version.driver_date = entry->field(0);
    version.driver_version = entry->field(1);
    // What the build of the package writes over: "WILL_BE_FIXED_UP_BY_STAMPINF".
    if (version.driver_date.find_first_of("0123456789") == std::string::npos) {
      version.driver_date.clear();
      version.driver_version.clear();
    } else if (!is_date(version.driver_date))
      return file.fail_at(entry->line,
                          fmt::format("DriverVer's date is \"{}\", and must be mm/dd/yyyy", version.driver_date));
    if (!version.driver_version.empty() && !is_version(version.driver_version))
      return file.fail_at(entry->line,
                          fmt::format("DriverVer's version is \"{}\", and must be w.x.y.z", version.driver_version));
  }
  return version;
}

}  // namespace portside::inf
