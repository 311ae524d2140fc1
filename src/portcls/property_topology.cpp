// KSPROPSETID_Topology: a filter's categories, nodes and connections.

#include <fmt/format.h>

#include "ks/multiple_item.h"
#include "portcls/category_names.h"
#include "portcls/filter_file.h"
#include "portcls/property_sets.h"

namespace portside::portcls {
namespace {

Status categories(FilterFile& filter, ks::PropertyRequest& request) {
  ks::MultipleItemBuilder list;
  for (const GUID& category : filter.port().categories()) list.add(category);
  return ks::answer_list(request, list.bytes());
}

Status nodes(FilterFile& filter, ks::PropertyRequest& request) {
  const FilterDescription& description = filter.port().description();
  ks::MultipleItemBuilder list;
  for (uint32_t id = 0; id < description.node_count(); ++id) {
    const GUID* type = description.node(id).Type;
    list.add(type ? *type : GUID{});
  }
  return ks::answer_list(request, list.bytes());
}

Status connections(FilterFile& filter, ks::PropertyRequest& request) {
  ks::MultipleItemBuilder list;
  for (const PCCONNECTION_DESCRIPTOR& c : filter.port().description().connections())
    list.add(KSTOPOLOGY_CONNECTION{c.FromNode, c.FromNodePin, c.ToNode, c.ToNodePin});
  return ks::answer_list(request, list.bytes());
}

Status name(FilterFile& filter, ks::PropertyRequest& request) {
  const FilterDescription& description = filter.port().description();
  const uint32_t id = request.descriptor_as<KSP_NODE>()->NodeId;
  if (id >= description.node_count())
    return Status(StatusCode::kInvalidParameter, fmt::format("node {} of {}", id, description.node_count()));
  const PCNODE_DESCRIPTOR& node = description.node(id);
  // PCNODE_DESCRIPTOR, Name: "NULL indicates that the GUID in the Type member should be used".
  return answer_category_name(request, node.Name ? node.Name : node.Type);
}

const FilterItem kTopologyItems[] = {
    {{.id = KSPROPERTY_TOPOLOGY_CATEGORIES}, categories},
    {{.id = KSPROPERTY_TOPOLOGY_NODES}, nodes},
    {{.id = KSPROPERTY_TOPOLOGY_CONNECTIONS}, connections},
    {{.id = KSPROPERTY_TOPOLOGY_NAME, .descriptor_bytes = sizeof(KSP_NODE)}, name},
};

}  // namespace

std::span<const FilterItem> topology_properties() { return kTopologyItems; }

}  // namespace portside::portcls
