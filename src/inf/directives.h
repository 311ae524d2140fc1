#pragma once
// Directives that many sections have: AddReg and DelReg, AddProperty and DelProperty, CopyFiles.

#include <vector>

#include "inf/installation.h"

namespace portside::inf {

// The sections that a directive of `section` names, in order: AddReg=A,B.
Result<std::vector<const Section*>> named_sections(const InfFile& file, const Section& section,
                                                   std::string_view directive);

// DelReg's lines before AddReg's (from memory of SetupInstallFromInfSection, which processes them in that order).
Result<> read_registry_directives(const InfFile& file, const Section& section, std::vector<RegistryChange>& changes);
Result<> read_property_directives(const InfFile& file, const Section& section, std::vector<PropertyChange>& changes);
Result<> read_copy_files(const InfFile& file, const Section& section, std::vector<CopiedFile>& files);

// "INF AddService Directive" in a [DDInstall.Services] section.
Result<> read_services(const InfFile& file, const Section& section, std::vector<Service>& services);
// KmdfService of a [DDInstall.Wdf] section, for services that have been read.
Result<> read_wdf(const InfFile& file, const Section& section, std::vector<Service>& services,
                  std::vector<std::string>& notes);
// "INF AddInterface Directive" in a [DDInstall.Interfaces] section.
Result<> read_interfaces(const InfFile& file, const Section& section, std::vector<Interface>& interfaces);

}  // namespace portside::inf
