#include "host/lost_subdevices.h"

#include <algorithm>

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

}  // namespace portside::host
