#pragma once
// What streams do that is as much their device's doing as the driver's: their pace, and what is heard of them. Where the
// device is known to do its own badly, or not at all, assertions tell of it without judging it, and it is no finding.

#include <vector>

#include "verifier/finding.h"

namespace portside::verify {

bool is_of_device_pace(verifier::RuleId rule);
void erase_device_pace(std::vector<verifier::Finding>& findings);

}  // namespace portside::verify
