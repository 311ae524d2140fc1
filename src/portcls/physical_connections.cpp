#include "portcls/physical_connections.h"

#include <algorithm>

namespace portside::portcls {
namespace {

bool joins(const PhysicalConnections::Connection& c, const Port* port) {
  return c.from.port == port || c.to.port == port;
}

}  // namespace

Status PhysicalConnections::remove(const Connection& connection) {
  const auto at = std::ranges::find(connections_, connection);
  if (at == connections_.end()) return Status(StatusCode::kNotFound, "the physical connection is not registered");
  connections_.erase(at);
  return Status::ok();
}

size_t PhysicalConnections::of(const Port* port) const {
  return static_cast<size_t>(std::ranges::count_if(connections_, [&](const Connection& c) { return joins(c, port); }));
}

void PhysicalConnections::forget(const Port* port) {
  std::erase_if(connections_, [&](const Connection& c) { return joins(c, port); });
}

std::optional<ConnectionEnd> PhysicalConnections::find(const Port* port, uint32_t pin) const {
  for (const Connection& c : connections_) {
    if (c.from.port == port && c.from.pin == pin) return c.to;
    if (c.to.port == port && c.to.pin == pin) return c.from;
  }
  return std::nullopt;
}

}  // namespace portside::portcls
