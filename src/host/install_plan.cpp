#include "host/install_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <span>
#include <vector>

#include "hardware/pci_slot.h"
#include "inf/inf_file.h"
#include "inf/line_scanner.h"
#include "io/text.h"
#include "kernel/unicode.h"

namespace portside::host {
namespace {

namespace fs = std::filesystem;

constexpr uintmax_t kLargestInf = 16 << 20;
constexpr size_t kMostInfs = 256;  // that are read in search of one that names an image

std::string extension_of(const fs::path& path) { return inf::folded(path.extension().string()); }
bool is_inf(const fs::path& path) { return extension_of(path) == ".inf" || extension_of(path) == ".inx"; }

Result<inf::InfFile> read_inf(const fs::path& path) {
  std::error_code error;
  if (!fs::is_regular_file(path, error))
    return fail(StatusCode::kNotFound, fmt::format("{} is no file", path.string()));
  if (fs::file_size(path, error) > kLargestInf)
    return fail(StatusCode::kInvalidParameter, fmt::format("{} is too large for an INF", path.string()));
  std::ifstream in(path, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(in), {}};
  if (!in) return fail(StatusCode::kNotFound, fmt::format("{} cannot be read", path.string()));
  return inf::InfFile::parse(std::as_bytes(std::span(bytes)), path.filename().string());
}

// A path below `folder`, each of its names in any case; empty when there is none.
fs::path find_ignoring_case(const fs::path& folder, std::string_view relative) {
  fs::path at = folder;
  for (size_t begin = 0; begin <= relative.size();) {
    const size_t end = std::min(relative.find('/', begin), relative.size());
    const std::string_view name = relative.substr(begin, end - begin);
    begin = end + 1;
    std::error_code error;
    if (name.empty() || fs::exists(at / name, error)) {
      if (!name.empty()) at /= name;
      continue;
    }
    fs::path found;
    for (const fs::directory_entry& entry : fs::directory_iterator(at, error))
      if (inf::same_name(entry.path().filename().string(), name)) found = entry.path();
    if (found.empty()) return {};
    at = found;
  }
  std::error_code error;
  return fs::is_regular_file(at, error) ? at : fs::path();
}

bool names_image(const inf::InfFile& file, std::string_view image) {
  for (const inf::Section& section : file.sections())
    for (const inf::Entry& entry : section.entries) {
      if (!entry.key || !inf::same_name(*entry.key, "ServiceBinary")) continue;
      const std::string_view path = entry.field(0);
      if (inf::same_name(path.substr(path.find_last_of("\\/") + 1), image)) return true;
    }
  return false;
}

// The INF beside an image that names it: of the image's own name first, .inf before .inx, else the only one.
Result<fs::path> find_inf_beside(const fs::path& image) {
  const fs::path folder = image.has_parent_path() ? image.parent_path() : fs::path(".");
  std::vector<fs::path> candidates;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    if (is_inf(entry.path())) candidates.push_back(entry.path());
    if (candidates.size() == kMostInfs) break;
  }
  std::ranges::sort(candidates);
  std::vector<fs::path> naming;
  for (const fs::path& candidate : candidates) {
    const bool own = inf::same_name(candidate.stem().string(), image.stem().string());
    const auto file = read_inf(candidate);
    if (!file && own) return fail(file.error());
    if (!file || !names_image(*file, image.filename().string())) continue;
    if (own) return candidate;
    naming.push_back(candidate);
  }
  if (naming.empty()) return fs::path();
  if (naming.size() == 1) return naming.front();
  std::string names;
  for (const fs::path& path : naming) names += (names.empty() ? "" : ", ") + path.filename().string();
  return fail(StatusCode::kInvalidParameter,
              fmt::format("several INFs name {}: {}; give one of them, or none at all (--no-inf)",
                          image.filename().string(), names));
}

Result<fs::path> find_image(const fs::path& inf_file, const inf::Installation& installation) {
  const fs::path folder = inf_file.has_parent_path() ? inf_file.parent_path() : fs::path(".");
  for (const std::string& relative : installation.driver_files())
    if (fs::path found = find_ignoring_case(folder, relative); !found.empty()) return found;
  const inf::Service& service = installation.function_service();
  return inf::fail_at(service.file, service.binary_line,
                      fmt::format("ServiceBinary names {}, and {} does not hold it",
                                  installation.driver_files().front(), folder.string()));
}

// A device's identifiers, the most special first.
std::vector<std::string> ids_of(const hardware::PciSlot& slot) {
  std::vector<std::string> ids;
  for (const std::u16string& id : slot.hardware_ids()) ids.push_back(kernel::to_utf8(id));
  for (const std::u16string& id : slot.compatible_ids()) ids.push_back(kernel::to_utf8(id));
  return ids;
}

// What the bus says of a device, in place of what a root enumerator would.
void describe_slot(hardware::PciSlot& slot, InstallPlan& plan) {
  io::RootDeviceSpec& device = plan.device;
  device.enumerator_path = slot.device_id();
  device.hardware_ids = slot.hardware_ids();
  device.compatible_ids = slot.compatible_ids();
  device.raw_resources = slot.raw_resources();
  device.translated_resources = slot.translated_resources();
  device.bus = &slot;
  plan.instances = 1;
}

constexpr uintmax_t kLargestPackageFile = 64 << 20;

std::vector<PackageFile> package_files(const fs::path& inf_file, const inf::Installation& installation) {
  const fs::path folder = inf_file.has_parent_path() ? inf_file.parent_path() : fs::path(".");
  std::vector<PackageFile> files;
  for (const inf::CopiedFile& copied : installation.files) {
    if (copied.folder.empty() || extension_of(copied.destination) == ".sys" || copied.source.contains("..")) continue;
    fs::path found = find_ignoring_case(folder, copied.source);
    std::error_code error;
    if (const auto bytes = fs::file_size(found, error); found.empty() || error || bytes > kLargestPackageFile) continue;
    files.push_back({std::move(found), copied.folder, copied.destination});
  }
  return files;
}

Result<InstallPlan> plan_from_inf(const InstallRequest& request, const fs::path& inf_file, const fs::path& image) {
  TRY_ASSIGN(const inf::InfFile file, read_inf(inf_file));
  const inf::Target target;
  TRY(inf::read_version(file));  // what is wrong first is told first
  TRY_ASSIGN(const std::vector<inf::Model> models, inf::read_models(file, target));
  TRY_ASSIGN(const inf::Model model, request.slot ? inf::match_model(file, models, ids_of(*request.slot))
                                                  : inf::choose_model(file, models, request.hardware_id));
  InstallPlan plan;
  TRY_ASSIGN(plan.installation, inf::read_installation(file, model, target));
  plan.inf_file = inf_file;
  plan.image = image;
  if (image.empty()) { TRY_ASSIGN(plan.image, find_image(inf_file, *plan.installation)); }
  plan.service = plan.installation->function_service().name;
  plan.files = package_files(inf_file, *plan.installation);
  plan.instances = request.instances;

  const inf::Version& version = plan.installation->version;
  io::RootDeviceSpec& device = plan.device;
  device.description = kernel::from_utf8(model.description);
  device.manufacturer = kernel::from_utf8(model.manufacturer);
  device.class_name = kernel::from_utf8(version.class_name);
  device.class_guid = *io::guid_of(kernel::from_utf8(version.class_guid));
  device.enumerator_path = u"ROOT\\" + kernel::upcase(device.class_name);
  if (!model.hardware_id.empty()) device.hardware_ids = {kernel::from_utf8(model.hardware_id)};
  for (const std::string& id : model.compatible_ids) device.compatible_ids.push_back(kernel::from_utf8(id));
  if (request.slot) describe_slot(*request.slot, plan);
  return plan;
}

}  // namespace

Result<InstallPlan> make_install_plan(const InstallRequest& request) {
  if (is_inf(request.driver)) return plan_from_inf(request, request.driver, {});
  if (request.use_inf) {
    TRY_ASSIGN(const fs::path beside, find_inf_beside(request.driver));
    if (!beside.empty()) return plan_from_inf(request, beside, request.driver);
  }
  if (!request.hardware_id.empty())
    return fail(StatusCode::kInvalidParameter, fmt::format("{} has no INF, so there is no choosing its hardware ID",
                                                           request.driver.filename().string()));
  InstallPlan plan;
  plan.image = request.driver;
  plan.service = request.driver.stem().string();
  plan.instances = request.instances;
  plan.device.description = plan.device.friendly_name = kernel::from_utf8(plan.service);
  plan.device.hardware_ids = {u"ROOT\\" + plan.device.description};
  if (request.slot) describe_slot(*request.slot, plan);
  return plan;
}

std::string absent_hardware(const InstallPlan& plan) {
  if (!plan.installation || plan.device.bus || plan.installation->model.is_root_enumerated()) return {};
  const std::string id = plan.installation->model.ids().front();
  const std::string bus = id.substr(0, std::min(id.find('\\'), id.size()));
  // Made by software: whoever installs such a driver makes its device.
  if (bus == id || inf::same_name(bus, "SWD") || inf::same_name(bus, "SW")) return {};
  constexpr size_t kVendor = 8, kDevice = 17, kDigits = 4;  // PCI\\VEN_1022&DEV_15E2
  const bool on_pci = inf::same_name(bus, "PCI");
  const bool named = on_pci && id.size() >= kDevice + kDigits && inf::same_name(id.substr(4, 4), "VEN_") &&
                     inf::same_name(id.substr(kVendor + kDigits, 5), "&DEV_");
  std::string card = named    ? fmt::format("id={}:{}", id.substr(kVendor, kDigits), id.substr(kDevice, kDigits))
                     : on_pci ? ""
                              : "hwid=" + id;
  if (!card.empty())
    card = fmt::format("; --device 'model:card,{},bar0=64K' is a card whose registers do nothing", card);
  return fmt::format(
      "{} is for {}, which is not here: its device was started without registers, interrupts or a bus "
      "(portside devices lists what --device can put there{})",
      plan.image.filename().string(), id, card);
}

}  // namespace portside::host
