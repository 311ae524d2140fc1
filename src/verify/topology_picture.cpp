#include "verify/pictures.h"

namespace portside::verify {

std::vector<report::TopologyFilter> picture_of(const std::vector<client::FilterInfo>& filters) {
  std::vector<report::TopologyFilter> pictures;
  for (const client::FilterInfo& filter : filters) {
    report::TopologyFilter picture;
    picture.name = filter.name;
    for (const client::PinInfo& pin : filter.pins) {
      report::TopologyPin drawn;
      drawn.id = pin.id;
      drawn.in = pin.dataflow == KSPIN_DATAFLOW_IN;
      drawn.host = pin.is_host_pin();
      drawn.name = pin.name;
      drawn.category = client::guid_name(pin.category);
      if (pin.connection) {
        drawn.connected_filter = client::filter_leaf(pin.connection->filter);
        drawn.connected_pin = pin.connection->pin;
      }
      picture.pins.push_back(std::move(drawn));
    }
    for (const client::NodeInfo& node : filter.nodes) picture.nodes.push_back({node.id, client::guid_name(node.type)});
    for (const client::ConnectionInfo& c : filter.connections)
      picture.connections.push_back({{c.from_node, c.from_pin}, {c.to_node, c.to_pin}});
    pictures.push_back(std::move(picture));
  }
  return pictures;
}

}  // namespace portside::verify
