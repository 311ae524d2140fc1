#pragma once
// Control: one thing of an endpoint that can be turned or seen: a volume or a mute on the way of its sound, its jack. It
// never changes itself, so that whichever simulated thread has it may ask the driver.

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "client/ks_event.h"
#include "client/level.h"
#include "client/topology.h"
#include "portside/client.h"

namespace portside::service {

class Control {
 public:
  struct Jack {
    std::u16string filter;
    uint32_t pin = 0;
  };
  Control(std::string endpoint, ControlInfo info, std::variant<client::Level, Jack> of)
      : endpoint_(std::move(endpoint)), info_(std::move(info)), of_(std::move(of)) {}

  const std::string& endpoint() const { return endpoint_; }  // its id
  const ControlInfo& info() const { return info_; }
  // The symbolic link of the filter that answers for it.
  const std::u16string& filter() const;

  // What does not ask the driver: whether it can be set, and to that.
  Result<> allows(const std::vector<int32_t>& values) const;
  // What asks the driver, which may take its time.
  Result<std::vector<int32_t>> read() const;
  Result<> write(const std::vector<int32_t>& values) const;
  // `told` is set when the driver says that it has changed. Fails where the driver offers no such event.
  Result<std::unique_ptr<client::KsEvent>> follow(const client::KsFile& filter, const client::Event& told) const;

 private:
  std::string endpoint_;
  ControlInfo info_;
  std::variant<client::Level, Jack> of_;
};

// As somebody has read it.
struct ControlReading {
  std::shared_ptr<const Control> control;
  std::vector<int32_t> values;
};

// The controls of an endpoint, in the order in which the sound passes them: their ids count from 0. Asks the driver.
// `id`, `name`: the endpoint's.
std::vector<ControlReading> read_controls(const std::vector<client::FilterInfo>& filters,
                                          const client::Endpoint& endpoint, const std::string& id,
                                          const std::string& name);

}  // namespace portside::service
