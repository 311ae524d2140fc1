#pragma once
// EndpointControls: what can be turned and seen of an endpoint: the volumes and mutes on its way, its jack. On a
// simulated thread.

#include <string>
#include <variant>
#include <vector>

#include "client/level.h"
#include "portside/client.h"

namespace portside::service {

class EndpointControls {
 public:
  // Asks the driver. `name`: the endpoint's, for those of the controls.
  static EndpointControls read(const std::vector<client::FilterInfo>& filters, const client::Endpoint& endpoint,
                               const std::string& name);

  // As clients are told of them; ids count from 0 in the order in which the sound passes.
  std::vector<ControlInfo> infos() const;
  Result<std::vector<int32_t>> get(uint32_t id) const;
  Result<> set(uint32_t id, const std::vector<int32_t>& values) const;
  bool plugged_in() const;

  // Those whose values are others than when they were last looked at here.
  std::vector<uint32_t> changed();

 private:
  struct Jack {
    std::u16string filter;
    uint32_t pin = 0;
  };
  struct Control {
    ControlInfo info;
    std::variant<client::Level, Jack> of;
    std::vector<int32_t> seen;
  };
  Result<const Control*> find(uint32_t id) const;
  static Result<std::vector<int32_t>> value_of(const Control& control);

  std::vector<Control> controls_;
};

}  // namespace portside::service
