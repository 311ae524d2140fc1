#pragma once
// Property sweep: every property that is known, asked of one target in right and in wrong ways: value buffers of no
// bytes, one too few and more than needed, descriptors cut short, unknown members, request types that there are not,
// pins and nodes that are not there. The driver lives on, refuses what is wrong with an error, and changes nothing
// where it refuses; its basic support agrees with what it does.

#include "verify/property_target.h"
#include "verify/verdicts.h"

namespace portside::verify {

void sweep_properties(Verdicts& verdicts, const PropertyTarget& target, const std::string& subject);

}  // namespace portside::verify
