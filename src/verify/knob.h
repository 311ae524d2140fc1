#pragma once
// Knob: a volume or a mute of one node of a filter.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "client/filter.h"
#include "client/topology.h"

namespace portside::verify {

struct Knob {
  const client::FilterInfo* filter = nullptr;
  uint32_t node = 0;
  ULONG id = 0;  // of KSPROPSETID_Audio

  bool is_volume() const { return id == KSPROPERTY_AUDIO_VOLUMELEVEL; }
  std::string text() const;  // "TopologyOutput node 1 (volume)"
  KSNODEPROPERTY_AUDIO_CHANNEL request(LONG channel, ULONG type) const;
};

// In the order of the filter's nodes. The filter has to outlive them.
std::vector<Knob> knobs_of(const client::FilterInfo& filter);

// Those that the sound of an endpoint's host pin passes on its way to or from the jack.
struct KnobsBetween {
  std::vector<Knob> knobs;
  bool one_way = true;  // there is one jack at the other end: each of them acts on what is heard there
};
KnobsBetween knobs_between(const std::vector<client::FilterInfo>& filters, const client::Endpoint& endpoint);

// All of them, of several filters, which have to outlive it.
class KnobBoard {
 public:
  using Values = std::map<LONG, LONG>;  // by channel; KSAUDIO_CHANNEL_ALL of a node that answers for none

  explicit KnobBoard(const std::vector<client::FilterInfo>& filters);

  const std::vector<Knob>& knobs() const { return knobs_; }
  Values read(const Knob& knob) const;
  void set(const Knob& knob, const Values& values) const;
  // Each of its channels to something else than `before`. False: it does not move.
  bool move(const Knob& knob, const Values& before) const;
  static std::string text(const Values& values);  // "-327680, -327680"

 private:
  std::map<const client::FilterInfo*, client::KsFile> files_;
  std::vector<Knob> knobs_;
};

}  // namespace portside::verify
