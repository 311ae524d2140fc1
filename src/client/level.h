#pragma once
// Levels: the volume and mute nodes that an endpoint's sound passes, and the jack at its far end, as an application
// finds them: by the connections of the endpoint's filter and of the topology filter behind it.

#include <ks.h>
#include <ksmedia.h>
#include <wdm.h>
#include <windef.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "client/topology.h"

namespace portside::client {

// Where an endpoint's sound comes from or goes to, beyond its own filter.
struct EndpointPath {
  const FilterInfo* wave = nullptr;
  uint32_t host = 0;                     // the pin of `wave` that streams
  const FilterInfo* topology = nullptr;  // null: there is none
  uint32_t entry = 0;                    // its pin that the wave filter is connected with
  std::optional<uint32_t> jack;          // its pin at the far end of the endpoint's own way
};
EndpointPath path_of(const std::vector<FilterInfo>& filters, const Endpoint& endpoint);

// One node of the path, KSNODETYPE_VOLUME or KSNODETYPE_MUTE.
struct Level {
  std::u16string filter;  // symbolic link
  uint32_t node = 0;
  bool mute = false;
  uint32_t channels = 1;                // that can be asked for by themselves
  int32_t low = 0, high = 1, step = 1;  // of a volume: 1/65536 dB
  bool writable = false;
};

// In the order in which the sound passes them. Nodes that answer for no channel are left out. On a simulated thread.
std::vector<Level> levels_of(const EndpointPath& path, Direction direction);
Result<std::vector<int32_t>> read_level(const Level& level);
// One value a channel; fewer set the first channels.
Result<> set_level(const Level& level, const std::vector<int32_t>& values);

}  // namespace portside::client
