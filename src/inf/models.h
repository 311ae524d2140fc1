#pragma once
// The models that an INF offers a target. Pages: "INF Manufacturer Section", "INF Models Section".

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "inf/inf_file.h"
#include "inf/target.h"

namespace portside::inf {

struct Model {
  std::string description;
  std::string manufacturer;
  std::string install_section;  // without its decoration
  std::string hardware_id;      // may be empty, when compatible IDs follow
  std::vector<std::string> compatible_ids;
  Entry entry;  // where it stands

  std::vector<std::string> ids() const;
  bool is_root_enumerated() const;  // one of its IDs begins with ROOT\.
};

// All models of the sections that fit the target best, in order. An INF that offers the target none is an error, which names
// what it does offer.
Result<std::vector<Model>> read_models(const InfFile& file, const Target& target);

// The model with this hardware or compatible ID. For an empty ID the first that is root-enumerated, or the only one there is.
Result<Model> choose_model(const InfFile& file, const std::vector<Model>& models, std::string_view id);

// The model of the first of these IDs, the most special first, that the INF has.
Result<Model> match_model(const InfFile& file, const std::vector<Model>& models, const std::vector<std::string>& ids);

// The name of the DDInstall section for the target: NAME.NTamd64, NAME.NT or NAME.
Result<std::string> choose_install_section(const InfFile& file, const Model& model, const Target& target);

}  // namespace portside::inf
