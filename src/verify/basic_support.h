#pragma once
// BasicSupport: what a property says of itself when it is asked for basic support, in each size that the page lists, and
// what is wrong with that (audio/basic-support-queries-for-audio-properties).

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "verify/property_target.h"

namespace portside::verify {

// KSPROPERTY_STEPPING_LONG or KSPROPERTY_BOUNDS_LONG; a step of 0: any value within the bounds.
struct ValueRange {
  int64_t low = 0, high = 0, step = 0;
};

struct BasicSupport {
  std::optional<ULONG> access;  // none: the property does not answer
  ULONG type = 0;               // VT_*, of KSPROPTYPESETID_General
  std::vector<ValueRange> ranges;
  bool multichannel = false, uniform = false;  // KSPROPERTY_MEMBER_FLAG_BASICSUPPORT_*
  std::vector<std::string> faults;

  bool offers(ULONG request) const { return access && (*access & request); }
};

// Asks by each of the forms until one is answered (PropertyTarget::forms with KSPROPERTY_TYPE_BASICSUPPORT).
BasicSupport ask_basic_support(const PropertyTarget& target, const GUID& set, ULONG id);

}  // namespace portside::verify
