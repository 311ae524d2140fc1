#include "client/processing_mode.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace portside::client {
namespace {

struct Mode {
  const GUID* guid;
  const char* name;
};
const Mode kModes[] = {
    {&AUDIO_SIGNALPROCESSINGMODE_DEFAULT, "default"},
    {&AUDIO_SIGNALPROCESSINGMODE_RAW, "raw"},
    {&AUDIO_SIGNALPROCESSINGMODE_COMMUNICATIONS, "communications"},
    {&AUDIO_SIGNALPROCESSINGMODE_SPEECH, "speech"},
    {&AUDIO_SIGNALPROCESSINGMODE_MEDIA, "media"},
    {&AUDIO_SIGNALPROCESSINGMODE_MOVIE, "movie"},
    {&AUDIO_SIGNALPROCESSINGMODE_NOTIFICATION, "notification"},
    {&AUDIO_SIGNALPROCESSINGMODE_FAR_FIELD_SPEECH, "far-field-speech"},
};

}  // namespace

std::string processing_name(const GUID& mode) {
  for (const Mode& m : kModes)
    if (*m.guid == mode) return m.name;
  return guid_name(mode);
}

Result<GUID> parse_processing(std::string_view name) {
  std::string wanted(name), known;
  std::ranges::transform(wanted, wanted.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const Mode& m : kModes) {
    if (wanted == m.name) return *m.guid;
    known += fmt::format("{}{}", known.empty() ? "" : ", ", m.name);
  }
  return fail(StatusCode::kInvalidParameter, fmt::format("\"{}\" is no processing mode; there is: {}", name, known));
}

std::string processing_names(const PinInfo& pin) {
  std::string names;
  for (const GUID& mode : pin.modes) names += fmt::format("{}{}", names.empty() ? "" : ", ", processing_name(mode));
  return names.empty() ? "none" : names;
}

std::optional<GUID> default_processing(const PinInfo& pin) {
  if (pin.modes.empty()) return std::nullopt;
  const auto found =
      std::ranges::find_if(pin.modes, [](const GUID& g) { return g == AUDIO_SIGNALPROCESSINGMODE_DEFAULT; });
  return found != pin.modes.end() ? *found : pin.modes.front();
}

Result<> check_processing(const Endpoint& endpoint, const GUID& mode) {
  if (std::ranges::any_of(endpoint.pin.modes, [&](const GUID& g) { return g == mode; })) return {};
  return fail(StatusCode::kNotSupported, fmt::format("{} has no processing mode {}; it has: {}", endpoint.name,
                                                     processing_name(mode), processing_names(endpoint.pin)));
}

}  // namespace portside::client
