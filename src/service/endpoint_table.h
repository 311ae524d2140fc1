#pragma once
// EndpointTable: the driver's endpoints as clients see them: ids that stay the same from start to start, names for
// people, formats, and the values of their controls. Reading it asks the driver, and is for a simulated thread.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/topology.h"
#include "portside/client.h"
#include "service/control.h"

namespace portside::service {

struct ServedEndpoint {
  EndpointInfo info;
  client::Endpoint endpoint;
  std::vector<ControlReading> controls;  // as clients know them; an id is the place
};

class EndpointTable {
 public:
  // Asks the driver for everything. `device`: what its INF calls it, for names.
  static Result<EndpointTable> read(const std::string& device);

  const std::vector<ServedEndpoint>& endpoints() const { return endpoints_; }
  std::vector<std::shared_ptr<const Control>> controls() const;
  // Of which endpoint, by its id, clients are to be told.
  struct Change {
    std::string endpoint;
    std::optional<uint32_t> control;  // none: the endpoint itself
  };
  // What is new in it; nothing when it is of no control of this table.
  std::vector<Change> take(ControlReading reading);
  // The other table instead of this: what came, went, or is other than it was.
  std::vector<Change> replace_by(EndpointTable other);
  // By id; else by a part of the id or the name that fits one.
  Result<const ServedEndpoint*> find(std::string_view name, std::optional<Direction> direction) const;
  Result<std::shared_ptr<const Control>> find_control(std::string_view endpoint, uint32_t id) const;

 private:
  std::vector<ServedEndpoint> endpoints_;
  bool any_filter_ = false;
};

}  // namespace portside::service
