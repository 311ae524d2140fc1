#include "plugins/alsa/control_elements.h"

#include <algorithm>
#include <cmath>

namespace portside::alsa {
namespace {

// ALSA keeps 44 bytes of a name with its end.
constexpr size_t kNameBytes = 43;

std::string without(std::string name, std::string_view word) {
  if (name.size() <= word.size()) return name;
  const size_t at = name.size() - word.size();
  const bool ends = std::equal(word.begin(), word.end(), name.begin() + static_cast<ptrdiff_t>(at),
                               [](char a, char b) { return a == std::tolower(static_cast<unsigned char>(b)); });
  if (!ends) return name;
  name.resize(at);
  while (!name.empty() && name.back() == ' ') name.pop_back();
  return name;
}

std::string element_name(const ControlInfo& info, Direction direction) {
  const char* way = direction == Direction::kRender ? " Playback" : " Capture";
  std::string source, end;
  switch (info.kind) {
    case ControlInfo::Kind::kVolume: source = without(info.name, "volume"), end = std::string(way) + " Volume"; break;
    case ControlInfo::Kind::kMute: source = without(info.name, "mute"), end = std::string(way) + " Switch"; break;
    case ControlInfo::Kind::kJack: source = without(info.name, "jack"), end = " Jack"; break;
  }
  return source.substr(0, kNameBytes - end.size()) + end;
}

}  // namespace

long ControlElement::steps() const {
  if (info.kind != ControlInfo::Kind::kVolume) return 1;
  const int64_t step = std::max(1, info.step);
  return static_cast<long>((static_cast<int64_t>(info.maximum) - info.minimum) / step);
}

long ControlElement::to_element(int32_t value) const {
  switch (info.kind) {
    case ControlInfo::Kind::kVolume: {
      const int64_t step = std::max(1, info.step);
      const int64_t above = static_cast<int64_t>(value) - info.minimum;
      return static_cast<long>(std::clamp<int64_t>((above + step / 2) / step, 0, steps()));
    }
    case ControlInfo::Kind::kMute: return value == 0;  // ALSA's switch is on where it sounds
    case ControlInfo::Kind::kJack: return value != 0;
  }
  return 0;
}

int32_t ControlElement::to_control(long value) const {
  if (info.kind == ControlInfo::Kind::kMute) return value == 0;
  const int64_t step = std::max(1, info.step);
  return static_cast<int32_t>(info.minimum + std::clamp<int64_t>(value, 0, steps()) * step);
}

ControlElements::ControlElements(std::span<const EndpointInfo> endpoints) {
  for (const EndpointInfo& endpoint : endpoints)
    for (const ControlInfo& info : endpoint.controls) {
      ControlElement element{.endpoint = endpoint.id, .info = info, .name = element_name(info, endpoint.direction)};
      // Jacks are the card's, as PulseAudio and PipeWire look for them.
      if (info.kind == ControlInfo::Kind::kJack) element.interface = SND_CTL_ELEM_IFACE_CARD;
      element.index = static_cast<unsigned>(std::ranges::count(elements_, element.name, &ControlElement::name));
      elements_.push_back(std::move(element));
    }
}

std::optional<size_t> ControlElements::find(std::string_view name, unsigned index) const {
  for (size_t i = 0; i < elements_.size(); ++i)
    if (elements_[i].name == name && elements_[i].index == index) return i;
  return {};
}

std::optional<size_t> ControlElements::find(std::string_view endpoint, std::optional<uint32_t> control,
                                            size_t from) const {
  for (size_t i = from; i < elements_.size(); ++i)
    if (elements_[i].endpoint == endpoint && (!control || elements_[i].info.id == *control)) return i;
  return {};
}

std::vector<unsigned> decibel_range(const ControlInfo& volume) {
  const auto hundredths = [](int32_t value) {
    return static_cast<unsigned>(static_cast<int>(std::lround(value * 100.0 / 65536.0)));
  };
  return {SND_CTL_TLVT_DB_MINMAX, 2 * sizeof(unsigned), hundredths(volume.minimum), hundredths(volume.maximum)};
}

}  // namespace portside::alsa
