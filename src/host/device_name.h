#pragma once
// device_name: what the INF calls the machine's first device; without one, the driver's service.

#include <string>

namespace portside::host {

class Machine;
std::string device_name(Machine& machine);

}  // namespace portside::host
