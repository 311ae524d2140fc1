#pragma once
// EndpointTable: the driver's endpoints as clients see them: ids that stay the same from start to start, names for
// people, formats. On a simulated thread.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/topology.h"
#include "portside/client.h"
#include "service/endpoint_controls.h"

namespace portside::service {

struct ServedEndpoint {
  EndpointInfo info;
  client::Endpoint endpoint;
  EndpointControls controls;
};

class EndpointTable {
 public:
  // Asks the driver for everything. `device`: what its INF calls it, for names.
  static Result<EndpointTable> read(const std::string& device);

  const std::vector<ServedEndpoint>& endpoints() const { return endpoints_; }
  // What has changed since this was asked last: controls, and the presence at jacks.
  struct Change {
    std::string endpoint;
    std::optional<uint32_t> control;  // none: the endpoint itself
  };
  std::vector<Change> look_for_changes();
  // By id; else by a part of the id or the name that fits one.
  Result<const ServedEndpoint*> find(std::string_view name, std::optional<Direction> direction) const;

 private:
  std::vector<ServedEndpoint> endpoints_;
};

}  // namespace portside::service
