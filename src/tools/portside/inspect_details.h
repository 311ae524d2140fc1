#pragma once
// What `portside inspect` shows of a filter beyond pins and nodes: jacks, effects, audio modules, who made it; and the
// subdevices that a driver lost because Portside does not have the port they stand on.

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "client/filter_details.h"
#include "client/topology.h"
#include "host/lost_subdevices.h"
#include "portside/console.h"

namespace portside::tools {

// Lines below a pin, each with the indent of that listing.
void print_pin_details(const Console& console, const client::PinDetails& details);
void print_filter_details(const Console& console, const client::FilterInfo& filter,
                          const client::FilterDetails& details);
// Adds "jacks", "effects" ... to the pins of filter_json(), "component", "modules" to the filter.
void add_details(nlohmann::json& filter, const client::FilterDetails& details);

// "PcNewPort(CLSID_PortWaveCyclic) was refused: a WaveCyclic subdevice is lost". `announced`: reference strings that the
// INF lists for interfaces and that no subdevice carries.
void print_lost(const Console& console, const std::vector<host::LostSubdevice>& lost,
                const std::vector<std::string>& announced);
nlohmann::json lost_json(const std::vector<host::LostSubdevice>& lost, const std::vector<std::string>& announced);

}  // namespace portside::tools
