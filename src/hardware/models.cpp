#include "hardware/models.h"

#include <algorithm>
#include <array>

#include "hardware/ac97_model.h"
#include "hardware/hda_recorder.h"
#include "hardware/plain_card.h"

namespace portside::hardware {
namespace {

// One a row: {"name", "what it is, for people", make}.
constexpr std::array kModels{
    Model{"hda",
          "an HD Audio controller with a codec: headphones, a speaker, a microphone and a line-in (virtual time)",
          make_hda_model},
    Model{"ac97", "an AC'97 card behind ports, with a line-out and a line-in (virtual time)", make_ac97_model},
    Model{"card",
          "a PCI card of your own identifiers, with plain memory for registers and what you say of them (virtual time)",
          make_plain_card},
};

}  // namespace

std::span<const Model> models() { return kModels; }

const Model* find_model(std::string_view name) {
  const auto found = std::ranges::find(models(), name, &Model::name);
  return found == models().end() ? nullptr : &*found;
}

}  // namespace portside::hardware
