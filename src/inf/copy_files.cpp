// CopyFiles, SourceDisksFiles and SourceDisksNames; and the directives that name registry and property sections.

#include <fmt/format.h>

#include <algorithm>

#include "inf/directives.h"
#include "inf/number.h"

namespace portside::inf {
namespace {

const Entry* find_entry(const InfFile& file, std::string_view base, std::string_view key) {
  // The section of the architecture goes before the general one.
  for (const std::string_view suffix : {".amd64", ""}) {
    const Section* section = file.find(std::string(base) + std::string(suffix));
    if (!section) continue;
    for (const Entry& entry : section->entries)
      if (entry.key && same_name(*entry.key, key)) return &entry;
  }
  return nullptr;
}

std::string with_slashes(std::string_view folder, std::string_view name) {
  std::string path(folder);
  std::ranges::replace(path, '\\', '/');
  while (path.starts_with('/')) path.erase(0, 1);
  if (!path.empty() && !path.ends_with('/')) path += '/';
  return path + std::string(name);
}

// "INF SourceDisksFiles section": filename = diskid[,[subdir][,size]]; "INF SourceDisksNames section":
// diskid = description[,[tag or cab],[unused],[path]].
Result<std::string> source_path(const InfFile& file, std::string_view name) {
  const Entry* entry = find_entry(file, "SourceDisksFiles", name);
  if (!entry) return std::string(name);
  const Entry* disk = find_entry(file, "SourceDisksNames", entry->field(0));
  if (!disk)
    return file.fail_at(entry->line, fmt::format("{} is on disk \"{}\", and [SourceDisksNames] has no such disk", name,
                                                 entry->field(0)));
  const std::string folder = with_slashes(disk->field(3), "") + with_slashes(entry->field(1), "");
  return with_slashes(folder, name);
}

// "INF DestinationDirs Section": file-list-section = dirid[,subdir], or DefaultDestDir for those that are not listed.
std::string destination_folder(const InfFile& file, std::string_view list) {
  const Section* section = file.find("DestinationDirs");
  if (!section) return {};
  const Entry* entry = list.empty() ? nullptr : find_key(*section, list);
  if (!entry) entry = find_key(*section, "DefaultDestDir");
  if (!entry) return {};
  std::string folder = file.directory(entry->field(0)).value_or("");
  if (const std::string_view sub = entry->field(1); !folder.empty() && !sub.empty()) folder += fmt::format("\\{}", sub);
  return folder;
}

struct Listed {
  std::string_view destination, source;
  std::string folder;
  uint32_t line;
};
Result<> add_file(const InfFile& file, const Listed& listed, std::vector<CopiedFile>& files) {
  const auto& [destination, source, folder, line] = listed;
  if (destination.empty()) return file.fail_at(line, "a file without a name");
  for (const std::string_view name : {destination, source})
    if (name.find("..") != name.npos || name.find_first_of(":/") != name.npos)
      return file.fail_at(line, fmt::format("\"{}\" is no file name", name));
  TRY_ASSIGN(std::string path, source_path(file, source.empty() ? destination : source));
  files.push_back({std::string(destination), std::move(path), folder, line});
  return {};
}

}  // namespace

Result<std::vector<const Section*>> named_sections(const InfFile& file, const Section& section,
                                                   std::string_view directive) {
  std::vector<const Section*> found;
  for (const Entry& entry : section.entries) {
    if (!entry.key || !same_name(*entry.key, directive)) continue;
    for (const std::string& name : entry.fields) {
      if (name.empty()) continue;
      TRY_ASSIGN(const Section* named, file.need(name, entry, directive));
      found.push_back(named);
    }
  }
  return found;
}

Result<> read_registry_directives(const InfFile& file, const Section& section, std::vector<RegistryChange>& changes) {
  TRY_ASSIGN(const auto deleted, named_sections(file, section, "DelReg"));
  TRY_ASSIGN(const auto added, named_sections(file, section, "AddReg"));
  const auto append = [&](Result<std::vector<RegistryChange>> more) -> Result<> {
    TRY(more);
    changes.insert(changes.end(), std::make_move_iterator(more->begin()), std::make_move_iterator(more->end()));
    return {};
  };
  for (const Section* one : deleted) TRY(append(read_delete_registry(file, *one)));
  for (const Section* one : added) TRY(append(read_add_registry(file, *one)));
  return {};
}

Result<> read_property_directives(const InfFile& file, const Section& section, std::vector<PropertyChange>& changes) {
  TRY_ASSIGN(const auto deleted, named_sections(file, section, "DelProperty"));
  TRY_ASSIGN(const auto added, named_sections(file, section, "AddProperty"));
  const auto append = [&](Result<std::vector<PropertyChange>> more) -> Result<> {
    TRY(more);
    changes.insert(changes.end(), std::make_move_iterator(more->begin()), std::make_move_iterator(more->end()));
    return {};
  };
  for (const Section* one : deleted) TRY(append(read_delete_properties(file, *one)));
  for (const Section* one : added) TRY(append(read_add_properties(file, *one)));
  return {};
}

Result<> read_copy_files(const InfFile& file, const Section& section, std::vector<CopiedFile>& files) {
  for (const Entry& entry : section.entries) {
    if (!entry.key || !same_name(*entry.key, "CopyFiles")) continue;
    for (const std::string& name : entry.fields) {
      if (name.empty()) continue;
      if (name.starts_with('@')) {
        TRY(add_file(file, {std::string_view(name).substr(1), {}, destination_folder(file, {}), entry.line}, files));
        continue;
      }
      TRY_ASSIGN(const Section* list, file.need(name, entry, "CopyFiles"));
      for (const Entry& line : list->entries) {
        if (!flags_of(line.field(3)))
          return file.fail_at(line.line, fmt::format("the flags \"{}\" are no number", line.field(3)));
        TRY(add_file(file, {line.field(0), line.field(1), destination_folder(file, name), line.line}, files));
      }
    }
  }
  return {};
}

}  // namespace portside::inf
