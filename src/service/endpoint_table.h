#pragma once
// EndpointTable: the driver's endpoints as clients see them: ids that stay the same from start to start, names for people,
// formats. On a simulated thread.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/topology.h"
#include "portside/client.h"

namespace portside::service {

struct ServedEndpoint {
  EndpointInfo info;
  client::Endpoint endpoint;
};

class EndpointTable {
 public:
  // Asks the driver for everything. `device`: what its INF calls it, for names.
  static Result<EndpointTable> read(const std::string& device);

  const std::vector<ServedEndpoint>& endpoints() const { return endpoints_; }
  // By id; else by a part of the id or the name that fits one.
  Result<const ServedEndpoint*> find(std::string_view name, std::optional<Direction> direction) const;

 private:
  std::vector<ServedEndpoint> endpoints_;
};

}  // namespace portside::service
