#include "inf/models.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace portside::inf {
namespace {

struct ModelsSection {
  std::string name;
  const Section* section = nullptr;
  const Entry* from = nullptr;
};

// The best of the decorations of one line of [Manufacturer], which each is judged by itself; none when no decoration fits.
Result<std::optional<ModelsSection>> best_section(const InfFile& file, const Entry& entry, const Target& target,
                                                  std::string& offered) {
  std::optional<Decoration> best;
  std::string best_name;
  const std::string base(entry.field(0));
  for (size_t i = 1; i < entry.fields.size(); ++i) {
    if (entry.fields[i].empty()) continue;
    const auto decoration = Decoration::parse(entry.fields[i]);
    if (!decoration)
      return file.fail_at(
          entry.line,
          fmt::format("\"{}\" is no decoration of a target: NTamd64.10.0...16299, for example", entry.fields[i]));
    offered += (offered.empty() ? "" : ", ") + entry.fields[i];
    if (decoration->architecture != target.architecture || !decoration->fits_version(target)) continue;
    if (best && best->rank() >= decoration->rank()) continue;
    best = decoration;
    best_name = base + "." + entry.fields[i];
  }
  if (!best) return std::optional<ModelsSection>();
  TRY_ASSIGN(const Section* section, file.need(best_name, entry, "[Manufacturer]"));
  return ModelsSection{best_name, section, &entry};
}

Result<Model> read_model(const InfFile& file, const Entry& entry, std::string_view manufacturer) {
  Model model;
  model.entry = entry;
  model.manufacturer = manufacturer;
  if (!entry.key || entry.key->empty())
    return file.fail_at(entry.line, "a model is written DESCRIPTION = SECTION, HARDWARE ID");
  model.description = *entry.key;
  model.install_section = entry.field(0);
  if (model.install_section.empty())
    return file.fail_at(entry.line, fmt::format("\"{}\" names no install section", model.description));
  model.hardware_id = entry.field(1);
  for (size_t i = 2; i < entry.fields.size(); ++i)
    if (!entry.fields[i].empty()) model.compatible_ids.push_back(entry.fields[i]);
  if (model.ids().empty()) return file.fail_at(entry.line, fmt::format("\"{}\" has no hardware ID", model.description));
  return model;
}

}  // namespace

std::vector<std::string> Model::ids() const {
  std::vector<std::string> all;
  if (!hardware_id.empty()) all.push_back(hardware_id);
  all.insert(all.end(), compatible_ids.begin(), compatible_ids.end());
  return all;
}

bool Model::is_root_enumerated() const {
  for (const std::string& id : ids())
    if (same_name(std::string_view(id).substr(0, 5), "ROOT\\")) return true;
  return false;
}

Result<std::vector<Model>> read_models(const InfFile& file, const Target& target) {
  const Section* manufacturers = file.find("Manufacturer");
  if (!manufacturers) return file.fail_at(1, "it has no [Manufacturer] section, so it installs no device");
  TRY(file.check(*manufacturers));
  if (manufacturers->entries.empty()) return file.fail_at(manufacturers->line, "[Manufacturer] is empty");
  std::vector<Model> models;
  std::string offered, excluded;
  for (const Entry& entry : manufacturers->entries) {
    if (entry.field(0).empty()) return file.fail_at(entry.line, "a line of [Manufacturer] names a section of models");
    // Since Windows Server 2003 SP1 a section without NTamd64 is for x86 alone.
    if (entry.fields.size() == 1)
      offered +=
          (offered.empty() ? "" : ", ") + fmt::format("[{}] without a decoration, which is x86", entry.fields[0]);
    TRY_ASSIGN(std::optional<ModelsSection> found, best_section(file, entry, target, offered));
    if (!found) continue;
    if (found->section->entries.empty()) excluded = found->name;
    for (const Entry& line : found->section->entries) {
      TRY_ASSIGN(Model model, read_model(file, line, entry.key ? *entry.key : std::string(entry.field(0))));
      models.push_back(std::move(model));
    }
  }
  if (!models.empty()) return models;
  if (!excluded.empty())
    return file.fail_at(manufacturers->line, fmt::format("[{}] is empty, which excludes this Windows", excluded));
  return file.fail_at(manufacturers->line,
                      fmt::format("it offers nothing for NT{} {}.{} build {}, only: {}", target.architecture,
                                  target.major, target.minor, target.build, offered));
}

Result<Model> choose_model(const InfFile& file, const std::vector<Model>& models, std::string_view id) {
  std::string known;
  for (const Model& model : models) {
    for (const std::string& one : model.ids()) {
      if (!id.empty() && same_name(one, id)) return model;
      known += (known.empty() ? "" : ", ") + one;
    }
  }
  if (!id.empty())
    return fail(StatusCode::kNotFound, fmt::format("{} has no device {}; it has: {}", file.name(), id, known));
  for (const Model& model : models)
    if (model.is_root_enumerated()) return model;
  if (models.size() == 1) return models.front();
  const auto on_pci = [](const std::string& one) { return same_name(one.substr(0, 4), "PCI\\"); };
  const bool all_on_pci =
      std::ranges::all_of(models, [&](const Model& model) { return std::ranges::all_of(model.ids(), on_pci); });
  return fail(StatusCode::kNotFound,
              fmt::format("{} has several devices; name {}: {}", file.name(),
                          all_on_pci ? "the one that is to be under it by --device (portside devices)"
                                     : "one by its hardware ID",
                          known));
}

Result<Model> match_model(const InfFile& file, const std::vector<Model>& models, const std::vector<std::string>& ids) {
  std::string known;
  for (const Model& model : models)
    for (const std::string& one : model.ids()) known += (known.empty() ? "" : ", ") + one;
  for (const std::string& id : ids)
    for (const Model& model : models)
      for (const std::string& one : model.ids())
        if (same_name(one, id)) return model;
  return fail(StatusCode::kNotFound, fmt::format("{} is not for the device {}; it is for: {}", file.name(),
                                                 ids.empty() ? "" : ids.front(), known));
}

Result<std::string> choose_install_section(const InfFile& file, const Model& model, const Target& target) {
  // "INF DDInstall Section", Remarks; SetupDiGetActualSectionToInstall takes decorations with a version as well.
  const std::string prefix = model.install_section + ".";
  std::optional<Decoration> best;
  std::string name, others;
  for (const Section& section : file.sections()) {
    if (!same_name(std::string_view(section.name).substr(0, prefix.size()), prefix)) continue;
    const auto decoration = Decoration::parse(std::string_view(section.name).substr(prefix.size()));
    if (!decoration) continue;
    if ((!decoration->architecture.empty() && decoration->architecture != target.architecture) ||
        !decoration->fits_version(target)) {
      others += fmt::format("{}[{}]", others.empty() ? "; there is only " : ", ", section.name);
      continue;
    }
    if (best && best->rank() >= decoration->rank()) continue;
    best = decoration;
    name = section.name;
  }
  if (best) return name;
  if (file.find(model.install_section)) return model.install_section;
  return file.fail_at(model.entry.line,
                      fmt::format("\"{0}\" names [{1}], and there is no [{1}.NT{2}], no [{1}.NT] and no [{1}]{3}",
                                  model.description, model.install_section, target.architecture, others));
}

}  // namespace portside::inf
