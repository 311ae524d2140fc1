// One model's installation: its DDInstall section, the sections that hang on it, and what those include and need.
// Pages: "INF DDInstall Section" and its sisters.

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "inf/directives.h"
#include "inf/installation.h"
#include "inf/line_scanner.h"
#include "inf/system_infs.h"

namespace portside::inf {
namespace {

enum class Kind { kInstall, kHardware, kServices, kInterfaces, kWdf };

// Directives of an install section that are done, or that say nothing to a machine without a disk full of files.
constexpr std::string_view kDone[] = {"AddReg",   "DelReg",   "AddProperty", "DelProperty",  "CopyFiles",
                                      "Include",  "Needs",    "DriverVer",   "FeatureScore", "ExcludeID",
                                      "DelFiles", "RenFiles", "Reboot"};

class InstallationReader {
 public:
  InstallationReader(const InfFile& file, const Target& target) : file_(file), target_(target) {}
  Result<Installation> read(const Model& model);

 private:
  Result<> process(Kind kind, const InfFile& file, const Section& section);
  Result<> process_needs(Kind kind, const InfFile& file, const Section& section);
  Result<> process_if_there(Kind kind, std::string_view suffix);
  void note_undone();
  void note_filters(const std::vector<RegistryChange>& changes);
  void note_uncopied_image();
  void note_missing_components();
  void note_class();
  void note_start_type();
  Result<> check_function_driver();
  void note(const InfFile& file, uint32_t line, std::string_view sentence) {
    out_.notes.push_back(fmt::format("{}:{}: {}", file.name(), line, sentence));
  }

  const InfFile& file_;
  const Target& target_;
  Installation out_;
  std::set<std::pair<Kind, const Section*>> processed_;
};

Result<> InstallationReader::process(Kind kind, const InfFile& file, const Section& section) {
  if (!processed_.emplace(kind, &section).second) return {};
  TRY(file.check(section));
  switch (kind) {
    case Kind::kInstall:
      TRY(read_registry_directives(file, section, out_.software));
      TRY(read_property_directives(file, section, out_.properties));
      TRY(read_copy_files(file, section, out_.files));
      for (const Entry& entry : section.entries) {
        const std::string_view name = entry.key ? std::string_view(*entry.key) : entry.field(0);
        if (std::ranges::none_of(kDone, [&](std::string_view done) { return same_name(done, name); }))
          note(file, entry.line, fmt::format("{} is not carried out", name));
      }
      break;
    case Kind::kHardware: TRY(read_registry_directives(file, section, out_.hardware)); break;
    case Kind::kServices: TRY(read_services(file, section, out_.services)); break;
    case Kind::kInterfaces: TRY(read_interfaces(file, section, out_.interfaces)); break;
    case Kind::kWdf: TRY(read_wdf(file, section, out_.services, out_.notes)); break;
  }
  // "INF AddProperty Directive", FLG_ADDPROPERTY_NOCLOBBER: what a section needs comes after its own directives.
  return process_needs(kind, file, section);
}

Result<> InstallationReader::process_needs(Kind kind, const InfFile& file, const Section& section) {
  std::vector<const InfFile*> included = {&file};
  std::string unknown;
  for (const Entry& entry : section.entries) {
    if (!entry.key || !same_name(*entry.key, "Include")) continue;
    for (const std::string& name : entry.fields) {
      if (name.empty()) continue;
      if (const InfFile* system = system_inf(name)) {
        included.push_back(system);
      } else {
        unknown = name;
        note(file, entry.line, fmt::format("Include names {}, which is not known here: what it adds is missing", name));
      }
    }
  }
  for (const Entry& entry : section.entries) {
    if (!entry.key || !same_name(*entry.key, "Needs")) continue;
    for (const std::string& name : entry.fields) {
      if (name.empty()) continue;
      const Section* needed = nullptr;
      const InfFile* home = nullptr;
      for (const InfFile* one : included) {
        if (needed) break;
        needed = one->find(name);
        home = one;
      }
      if (needed) {
        TRY(process(kind, *home, *needed));
      } else if (unknown.empty() && included.size() == 1) {
        return file.fail_at(entry.line, fmt::format("Needs names [{}], and no Include says which INF has it", name));
      } else if (unknown.empty()) {
        note(file, entry.line,
             fmt::format("Needs names [{}], which the included INFs do not have here: what it adds is missing", name));
      }
    }
  }
  return {};
}

Result<> InstallationReader::process_if_there(Kind kind, std::string_view suffix) {
  const Section* section = file_.find(out_.section + std::string(suffix));
  return section ? process(kind, file_, *section) : Result<>();
}

// Sections that hang on the install section and ask for something that is not done here.
void InstallationReader::note_undone() {
  static constexpr std::pair<std::string_view, std::string_view> kUndone[] = {
      {".CoInstallers", "co-installers are not run"},
      {".Components", "software components are not installed"},
      {".Filters", "filter drivers are not loaded"},
      {".Software", "software is not installed"},
      {".COM", "COM servers are not registered"},
      {".Events", "event providers are not registered"},
      {".WMI", "WMI security is not set"},
      {".FactDef", "resources of the factory are not assigned"},
      {".LogConfigOverride", "resources are not assigned"}};
  for (const auto& [suffix, sentence] : kUndone) {
    const Section* section = file_.find(out_.section + std::string(suffix));
    if (section && !section->entries.empty())
      note(file_, section->line, fmt::format("[{}]: {}", section->name, sentence));
  }
}

void InstallationReader::note_filters(const std::vector<RegistryChange>& changes) {
  for (const RegistryChange& change : changes) {
    if (change.root != RegistryRoot::kRelative || !change.subkey.empty()) continue;
    if (same_name(change.value, "UpperFilters") || same_name(change.value, "LowerFilters"))
      note(file_, change.line, fmt::format("{}: filter drivers are not loaded", change.value));
  }
}

Result<> InstallationReader::check_function_driver() {
  const std::string services = out_.section + ".Services";
  const auto function = std::ranges::find_if(out_.services, &Service::is_function_driver);
  if (function == out_.services.end()) {
    const Section* section = file_.find(services);
    if (section)
      return file_.fail_at(
          section->line,
          fmt::format("[{}] gives the device no function driver: AddService = NAME,0x00000002,SECTION", section->name));
    return file_.fail_at(file_.find(out_.section)->line,
                         fmt::format("[{}] has no [{}], so its device gets no driver", out_.section, services));
  }
  constexpr uint32_t kKernelDriver = 1, kDisabled = 4;
  if (function->type != kKernelDriver)
    return inf::fail_at(
        function->file, function->line,
        fmt::format("the function driver {} has ServiceType {}, and must have 1 (SERVICE_KERNEL_DRIVER)",
                    function->name, function->type));
  if (function->start == kDisabled)
    return inf::fail_at(function->file, function->line,
                        fmt::format("the function driver {} is disabled (StartType 4)", function->name));
  return {};
}

// The ways in which a service's image may be written to lie on drive C:.
std::string plain_folder(const std::string& folder) {
  constexpr std::string_view kRoot = "\\SystemRoot", kDevice = "\\??\\";
  if (same_name(folder.substr(0, kRoot.size()), kRoot)) return "C:\\Windows" + folder.substr(kRoot.size());
  std::string plain = folder.starts_with(kDevice) ? folder.substr(kDevice.size()) : folder;
  while (plain.ends_with('\\')) plain.pop_back();
  return plain;
}

// "INF AddService Directive", ServiceBinary: a file that CopyFiles has transferred.
void InstallationReader::note_uncopied_image() {
  const Service& service = out_.function_service();
  const size_t slash = service.binary.find_last_of("\\/");
  const std::string name = service.binary.substr(slash + 1), folder = plain_folder(service.binary.substr(0, slash));
  const auto is_image = [&](const CopiedFile& file) { return same_name(file.destination, name); };
  if (const auto copied = std::ranges::find_if(out_.files, is_image); copied != out_.files.end()) {
    if (!copied->folder.empty() && folder.starts_with("C:") &&
        std::ranges::none_of(out_.files, [&](const CopiedFile& file) {
          return is_image(file) && same_name(plain_folder(file.folder), folder);
        }))
      out_.notes.push_back(
          fmt::format("{}:{}: ServiceBinary is {}, and CopyFiles puts {} into {} ([DestinationDirs]): {}", service.file,
                      service.binary_line, service.binary, name, copied->folder,
                      // The whole package lies in the driver store, wherever its files are copied to besides.
                      folder.contains("\\DriverStore\\") ? "what runs from the driver store has 13 there as well"
                                                         : "Windows would not find it when it starts the service"));
    return;
  }
  out_.notes.push_back(fmt::format(
      "{}:{}: no CopyFiles directive of the installation copies {}: Windows would not find it when it starts the "
      "service",
      service.file, service.binary_line, name));
}

// "The INF DDInstall section for each hardware ID ... should specify the inclusion of the KS.Registration section in Ks.inf and the
// WDMAUDIO.Registration section in Wdmaudio.inf" (Installing Core System Components for an Audio Adapter).
void InstallationReader::note_missing_components() {
  constexpr std::string_view kAudio = "{6994AD04-93EF-11D0-A3CC-00A0C9223196}";
  if (std::ranges::none_of(out_.interfaces, [&](const auto& i) { return same_name(i.category, kAudio); })) return;
  for (const std::string_view needed : {"KS.Registration", "WDMAUDIO.Registration"})
    if (std::ranges::none_of(processed_, [&](const auto& done) {
          return same_name(std::string_view(done.second->name).substr(0, needed.size()), needed);  // or its .NT
        }))
      note(file_, file_.find(out_.section)->line,
           fmt::format(
               "[{}] has no Needs={}: Windows does not make sure that the components are there on which an audio "
               "driver rests",
               out_.section, needed));
}

// "System-Defined Device Setup Classes": Class and ClassGuid name one class.
void InstallationReader::note_class() {
  constexpr std::string_view kMedia = "{4d36e96c-e325-11ce-bfc1-08002be10318}";
  if (same_name(out_.version.class_name, "MEDIA") != same_name(out_.version.class_guid, kMedia))
    note(file_, file_.find("Version")->line,
         fmt::format("Class is {} and ClassGuid {}: MEDIA is {}", out_.version.class_name, out_.version.class_guid,
                     kMedia));
}

// "INF AddService Directive", StartType: the PnP manager starts a device's driver when it finds the device.
void InstallationReader::note_start_type() {
  const Service& service = out_.function_service();
  if (service.start < 3)
    out_.notes.push_back(
        fmt::format("{}:{}: StartType of {} is {}: a driver that its device starts is SERVICE_DEMAND_START (3)",
                    service.file, service.line, service.name, service.start));
}

Result<Installation> InstallationReader::read(const Model& model) {
  out_.file = file_.name();
  out_.model = model;
  if (!model.entry.undefined.empty())
    return file_.fail_at(model.entry.line, fmt::format("%{}% is not defined in [Strings]", model.entry.undefined));
  TRY_ASSIGN(out_.version, read_version(file_));
  TRY_ASSIGN(out_.section, choose_install_section(file_, model, target_));
  if (same_name(out_.version.class_name, "Extension"))
    return file_.fail_at(1, "this is an extension INF: it adds to a device that another INF installs");
  TRY(process(Kind::kInstall, file_, *file_.find(out_.section)));
  TRY(process_if_there(Kind::kHardware, ".HW"));
  TRY(process_if_there(Kind::kServices, ".Services"));
  TRY(process_if_there(Kind::kInterfaces, ".Interfaces"));
  TRY(process_if_there(Kind::kWdf, ".Wdf"));
  TRY(check_function_driver());
  note_undone();
  note_filters(out_.hardware);
  note_uncopied_image();
  note_missing_components();
  note_class();
  note_start_type();
  for (const Service& service : out_.services)
    if (!service.is_function_driver)
      out_.notes.push_back(fmt::format("{}:{}: the service {} is written to the registry and not started", service.file,
                                       service.line, service.name));
  return std::move(out_);
}

}  // namespace

const Service& Installation::function_service() const {
  return *std::ranges::find_if(services, &Service::is_function_driver);
}

std::vector<std::string> Installation::driver_files() const {
  std::string name = function_service().binary;
  name = name.substr(name.find_last_of("\\/") + 1);
  std::vector<std::string> paths;
  for (const CopiedFile& copied : files)
    if (same_name(copied.destination, name)) paths.push_back(copied.source);
  for (std::string path : {name, "x64/" + name, "amd64/" + name})
    if (std::ranges::find(paths, path) == paths.end()) paths.push_back(std::move(path));
  return paths;
}

Result<Installation> read_installation(const InfFile& file, const Model& model, const Target& target) {
  return InstallationReader(file, target).read(model);
}

}  // namespace portside::inf
