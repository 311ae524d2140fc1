#pragma once
// What ALSA's callers are told: negative errno values.

#include <string>

#include "base/status.h"

namespace portside::alsa {

int error_number(const Status& status);
// Prints "portside: <what>: <why>" as alsa-lib prints its errors. Returns the number.
int tell_error(const std::string& what, const Status& why);

}  // namespace portside::alsa
