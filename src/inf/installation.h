#pragma once
// Installation: everything that installing one model of an INF comes to, as data. Nothing in it is half read.

#include <cstdint>
#include <string>
#include <vector>

#include "inf/models.h"
#include "inf/property_change.h"
#include "inf/registry_change.h"
#include "inf/version_section.h"

namespace portside::inf {

// "INF AddService Directive": what its service-install-section says. HKR in `changes` is the service's key.
struct Service {
  std::string name;
  bool is_function_driver = false;  // SPSVCINST_ASSOCSERVICE
  uint32_t type = 1, start = 3, error_control = 1;
  std::string binary;  // "C:\Windows\System32\drivers\cable.sys"
  std::string display_name, description, load_order_group;
  std::vector<std::string> dependencies;
  std::string kmdf_version;  // KmdfLibraryVersion of [DDInstall.Wdf]
  std::vector<RegistryChange> changes;
  std::string event_log;  // "System\cable": the key below EventLog that HKR in `event_changes` is; empty: none
  std::vector<RegistryChange> event_changes;
  uint32_t line = 0;
  uint32_t binary_line = 0;
  std::string file;  // the INF that says so; `line` is in it
};

// "INF AddInterface Directive". HKR in `changes` is the interface's own key.
struct Interface {
  std::string category;  // a GUID with braces
  std::string reference;
  std::vector<RegistryChange> changes;
  std::vector<PropertyChange> properties;
  uint32_t line = 0;
};

// "INF CopyFiles Directive": where a file of the package lies, relative to the INF, with slashes.
struct CopiedFile {
  std::string destination;  // its name when it is installed
  std::string source;
  std::string folder;  // where it is copied to: "C:\Windows\System32\drivers"; empty: the INF does not say
  uint32_t line = 0;
};

struct Installation {
  std::string file;  // the INF's name
  Version version;
  Model model;
  std::string section;                     // the DDInstall section that was chosen: "Cable.NT"
  std::vector<RegistryChange> software;    // HKR is the device's software key
  std::vector<RegistryChange> hardware;    // HKR is the device's hardware key
  std::vector<PropertyChange> properties;  // of the device
  std::vector<Service> services;
  std::vector<Interface> interfaces;
  std::vector<CopiedFile> files;
  // What the INF asks for and nobody here does, and what Windows would stumble over, one sentence each, with its place.
  std::vector<std::string> notes;

  // There is exactly one.
  const Service& function_service() const;
  // Where the function driver's image may lie, relative to the INF, with slashes; the likeliest first.
  std::vector<std::string> driver_files() const;
};

// Reads the whole installation of a model. Errors are of kind kInvalidParameter, with file, line and reason.
Result<Installation> read_installation(const InfFile& file, const Model& model, const Target& target);

}  // namespace portside::inf
