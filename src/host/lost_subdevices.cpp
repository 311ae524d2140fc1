#include "host/lost_subdevices.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/status.h"
#include "host/machine.h"
#include "portcls/portcls.h"

namespace portside::host {

std::vector<LostSubdevice> lost_subdevices(Machine& machine) {
  std::vector<LostSubdevice> lost;
  for (const portcls::RefusedClass& refused : machine.portcls().refused_classes())
    if (std::ranges::none_of(lost, [&](const LostSubdevice& l) {
          return l.class_name == refused.name && l.function == refused.function;
        }))
      lost.push_back({refused.function, refused.name, refused.lost, static_cast<uint32_t>(refused.status)});
  return lost;
}

std::string sentence(const LostSubdevice& lost) {
  return fmt::format("{}({}) was refused with {}: {} is lost, Portside has the WaveRT and the Topology port",
                     lost.function, lost.class_name, status_name(lost.status), lost.what);
}

}  // namespace portside::host
