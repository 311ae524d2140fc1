#include "hardware/models.h"

#include <algorithm>
#include <array>

namespace portside::hardware {
namespace {

// One a row: {"name", "what it is, for people", make}.
constexpr std::array<Model, 0> kModels{};

}  // namespace

std::span<const Model> models() { return kModels; }

const Model* find_model(std::string_view name) {
  const auto found = std::ranges::find(models(), name, &Model::name);
  return found == models().end() ? nullptr : &*found;
}

}  // namespace portside::hardware
