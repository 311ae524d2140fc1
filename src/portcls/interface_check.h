#pragma once
// InterfaceCheck: whether QueryInterface of a driver's object keeps COM's rules: it refuses what the object does not
// have, with NULL; it gives what its caller holds already; and it gives one IUnknown for all of them.

#include <portcls.h>
#include <wdm.h>

#include <initializer_list>

#include "portcls/reference_check.h"

namespace portside::portcls {

struct HeldInterface {
  const GUID& iid;
  const char* name;
};

// Of an object that has just been handed over. `held`: what the port holds by that, with what these inherit from. Asks
// nothing unless verifying.
void check_interfaces(ReferenceCheck& references, IUnknown& object, std::initializer_list<HeldInterface> held);

}  // namespace portside::portcls
