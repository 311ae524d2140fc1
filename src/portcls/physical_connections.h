#pragma once
// PhysicalConnections: which bridge pin of one subdevice is wired to which of another, or to a filter of another device
// that is named by its symbolic link (PcRegisterPhysicalConnection, ...ToExternal, ...FromExternal).

#include <wdm.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace portside::portcls {

class Port;

struct ConnectionEnd {
  const Port* port = nullptr;  // null: external
  std::u16string external;     // its symbolic link
  uint32_t pin = 0;
  bool operator==(const ConnectionEnd&) const = default;
};

class PhysicalConnections {
 public:
  struct Connection {
    ConnectionEnd from, to;
    bool operator==(const Connection&) const = default;
  };
  void add(Connection connection) { connections_.push_back(std::move(connection)); }
  // STATUS_NOT_FOUND for a connection that is not registered.
  Status remove(const Connection& connection);
  size_t of(const Port* port) const;
  void forget(const Port* port);
  // The other end of the wire at this pin.
  std::optional<ConnectionEnd> find(const Port* port, uint32_t pin) const;
  const std::vector<Connection>& all() const { return connections_; }

 private:
  std::vector<Connection> connections_;
};

}  // namespace portside::portcls
