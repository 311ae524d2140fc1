#pragma once
// The subdevices a driver asked for and did not get: it wanted a port, or a miniport of the system's, that Portside does not
// have (PcNewPort, PcNewMiniport).

#include <string>
#include <vector>

#include "base/status.h"

namespace portside::host {

class Machine;

struct LostSubdevice {
  std::string function;    // PcNewPort or PcNewMiniport
  std::string class_name;  // "CLSID_PortWaveCyclic"
  std::string what;        // "a WaveCyclic subdevice"
  uint32_t status = 0;     // the NTSTATUS that the driver got
};

// In the order of the calls, each class once.
std::vector<LostSubdevice> lost_subdevices(Machine& machine);
// "IPort::Init(CLSID_PortWaveCyclic) was refused with STATUS_NOT_IMPLEMENTED: a WaveCyclic subdevice is lost, Portside has ..."
std::string sentence(const LostSubdevice& lost);

}  // namespace portside::host
