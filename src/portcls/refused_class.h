#pragma once
// RefusedClass: a port or a system-supplied miniport that a driver asked for and that Portside does not have. The
// subdevice that would have stood on it is lost.

#include <portcls.h>
#include <wdm.h>

#include <string>

namespace portside::portcls {

struct RefusedClass {
  std::string function;  // IPort::Init, PcNewPort (an unknown class) or PcNewMiniport
  GUID class_id{};
  std::string name;     // "CLSID_PortWaveCyclic", or the GUID in braces
  std::string lost;     // what the driver loses by it, in words: "its WaveCyclic subdevice"
  NTSTATUS status = 0;  // what the driver was told
};

// STATUS_NOT_IMPLEMENTED for a class that portcls.sys has on Windows, STATUS_INVALID_PARAMETER for an unknown one.
RefusedClass refuse_class(const char* function, const GUID& class_id);

}  // namespace portside::portcls
