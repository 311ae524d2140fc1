#pragma once
// The variables of an INX, which the build of a driver package replaces (stampinf): $ARCH$, $KMDFVERSION$ and their kin.

#include <string>
#include <string_view>

namespace portside::inf {

// Replaces the known variables, in any case; "$Windows NT$" and whatever else stands between dollars stays.
std::string with_variables_replaced(std::string_view text);

}  // namespace portside::inf
