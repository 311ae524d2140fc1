#pragma once
// ControlElements: the controls of endpoints as the elements of a mixer, named as ALSA's control names are
// (Documentation/sound/designs/control-names: SOURCE DIRECTION FUNCTION), so that mixers group a volume with its
// switch.

#include <alsa/asoundlib.h>

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "portside/client.h"

namespace portside::alsa {

struct ControlElement {
  std::string endpoint;
  ControlInfo info;
  std::string name;    // "Speaker Playback Volume", "Speaker Playback Switch", "Headphone Jack"
  unsigned index = 0;  // among those of the same name
  snd_ctl_elem_iface_t interface = SND_CTL_ELEM_IFACE_MIXER;

  long steps() const;  // a volume's greatest value; its least is 0
  long to_element(int32_t value) const;
  int32_t to_control(long value) const;
};

class ControlElements {
 public:
  ControlElements() = default;
  explicit ControlElements(std::span<const EndpointInfo> endpoints);

  const std::vector<ControlElement>& all() const { return elements_; }
  std::optional<size_t> find(std::string_view name, unsigned index) const;
  std::optional<size_t> find(std::string_view endpoint, std::optional<uint32_t> control, size_t from) const;

 private:
  std::vector<ControlElement> elements_;
};

// SNDRV_CTL_TLVT_DB_MINMAX of a volume: in hundredths of a dB, linear between the ends.
std::vector<unsigned> decibel_range(const ControlInfo& volume);

}  // namespace portside::alsa
