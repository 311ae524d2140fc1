#pragma once
// Which endpoint a configuration means.

#include <optional>
#include <string_view>
#include <vector>

#include "portside/client.h"

namespace portside::alsa {

// The one whose id is `text`; else the only one whose id or name holds it, without regard to case. Empty: the first.
// `direction`: of that direction alone. The sentence of a failure lists what there is.
Result<EndpointInfo> choose_endpoint(const std::vector<EndpointInfo>& endpoints, std::string_view text,
                                     std::optional<Direction> direction);

}  // namespace portside::alsa
