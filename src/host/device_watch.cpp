#include "host/device_watch.h"

#include "host/machine.h"
#include "io/io.h"

namespace portside::host {

DeviceWatch::DeviceWatch(Machine& machine) : machine_(machine) { machine_.io().observers().add(*this); }
DeviceWatch::~DeviceWatch() { machine_.io().observers().remove(*this); }

void DeviceWatch::on_interface(const io::InterfaceEvent&) {
  if (Listener* const listener = listener_.load()) listener->interfaces_changed();
}

void DeviceWatch::on_pnp_state(const io::PnpEvent& event) {
  Listener* const listener = listener_.load();
  if (!listener) return;
  if (event.after == io::PnpState::kRemovePending) listener->removal_asked();
  else if (event.before == io::PnpState::kRemovePending && event.after != io::PnpState::kRemoved)
    listener->removal_refused();
}

}  // namespace portside::host
