#pragma once
// What a driver shows: its filters, their pins, formats, nodes and connections, as read through properties.

#include <ks.h>
#include <ksmedia.h>
#include <wdm.h>
#include <windef.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/audio_format.h"

namespace portside::client {

// A KSDATARANGE_AUDIO, or another range by its GUIDs alone.
struct FormatRange {
  GUID major{}, sub{}, specifier{};
  bool is_audio = false;
  uint32_t max_channels = 0;
  uint32_t min_bits = 0, max_bits = 0;
  uint32_t min_rate = 0, max_rate = 0;

  bool admits(const AudioFormat& format) const;
  std::string to_string() const;
};

struct PhysicalConnection {
  std::u16string filter;  // symbolic link
  uint32_t pin = 0;
};

struct PinInfo {
  uint32_t id = 0;
  KSPIN_DATAFLOW dataflow{};
  KSPIN_COMMUNICATION communication{};
  GUID category{};
  std::string name;  // empty when the driver has none
  uint32_t possible_instances = 0, current_instances = 0;
  std::vector<FormatRange> ranges;
  std::vector<GUID> modes;  // AUDIO_SIGNALPROCESSINGMODE_*; empty: the pin does not know modes
  std::optional<PhysicalConnection> connection;

  bool is_host_pin() const {
    return communication == KSPIN_COMMUNICATION_SINK || communication == KSPIN_COMMUNICATION_BOTH;
  }
};

struct NodeInfo {
  uint32_t id = 0;
  GUID type{};
};

struct ConnectionInfo {
  // A node id, or none: the filter's own pin.
  std::optional<uint32_t> from_node, to_node;
  uint32_t from_pin = 0, to_pin = 0;
};

// The pins of a filter with an audio-engine node (KSPROPERTY_AUDIOENGINE_DESCRIPTOR).
struct AudioEngineInfo {
  uint32_t node = 0;
  uint32_t host_pin = 0, offload_pin = 0, loopback_pin = 0;
};

struct FilterInfo {
  std::u16string symbolic_link;
  std::string name;           // the reference string: "WaveSpeaker"
  std::string friendly_name;  // of the interface, as the INF or the driver set it; may be empty
  std::vector<GUID> categories;
  std::vector<PinInfo> pins;
  std::vector<NodeInfo> nodes;
  std::vector<ConnectionInfo> connections;
  std::optional<AudioEngineInfo> engine;
};

// Every filter of every audio interface that is enabled, each once.
Result<std::vector<FilterInfo>> list_filters();
Result<FilterInfo> read_filter(std::u16string_view symbolic_link);

enum class Direction { kRender, kCapture };
// What a pin is beside the ones that applications stream with: kOffload goes to the filter's audio engine, kLoopback gives
// back what is played, kKeyword hands out what a keyword detector has kept (KSNODETYPE_AUDIO_KEYWORDDETECTOR).
enum class PinRole { kHost, kOffload, kLoopback, kKeyword };

// Where an application plays or records: a host pin of a wave filter, named by what it leads to.
struct Endpoint {
  std::string name;       // "Speaker"; unique among the endpoints of one listing
  std::string full_name;  // "Speaker (Wave) pin 0": the same whatever else is listed
  // Whether it may stand in a listing as that.
  bool has_name(std::string_view listed) const {
    return listed == name || listed == full_name || full_name.starts_with(std::string(listed) + " (") ||
           full_name.starts_with(std::string(listed) + " pin ");
  }
  Direction direction = Direction::kRender;
  std::u16string filter;
  std::string filter_name;
  PinInfo pin;
  PinRole role = PinRole::kHost;
  std::optional<uint32_t> engine_node;  // of the filter
};

std::vector<Endpoint> endpoints_of(const std::vector<FilterInfo>& filters);
// By direction and name (any case, a part of it is enough when it fits one); an empty name takes the first.
// Without a name, a loopback pin is taken last.
Result<Endpoint> find_endpoint(const std::vector<Endpoint>& endpoints, Direction direction, std::string_view name);

// The pin that gives back what is played to that endpoint.
Result<Endpoint> find_loopback(const std::vector<Endpoint>& endpoints, const Endpoint& render);

// What sound passes from a filter's pin on, or has passed before it comes to a pin that is recorded from.
struct Reach {
  std::vector<uint32_t> nodes, pins;
};
Reach reach_from(const FilterInfo& filter, uint32_t pin, Direction direction);

// The topology filter that a host pin of a wave filter leads to, and the pin of it.
struct TopologyBeyond {
  const FilterInfo* filter = nullptr;
  uint32_t entry = 0;
};
std::optional<TopologyBeyond> topology_beyond(const std::vector<FilterInfo>& filters, const FilterInfo& wave,
                                              uint32_t host, Direction direction);

// The last part of a symbolic link: the reference string.
std::string filter_leaf(std::u16string_view symbolic_link);

// "KSNODETYPE_SPEAKER", "KSCATEGORY_AUDIO", ...; the GUID in braces when it has no name here.
std::string guid_name(const GUID& guid);

}  // namespace portside::client
