#pragma once
// Which endpoint a name means: one rule, for the host, where a client names one, and for whoever has a list of them.

#include <optional>
#include <span>
#include <string_view>

#include "portside/client.h"

namespace portside::wire {

// The place of the one whose id is `name`; else of the only one whose id or name holds it; without regard to case. Empty:
// the first. `direction`: of that direction alone. The sentence of a failure lists what there is.
Result<size_t> choose_endpoint(std::span<const EndpointInfo* const> endpoints, std::string_view name,
                               std::optional<Direction> direction);
Result<EndpointInfo> choose_endpoint(std::span<const EndpointInfo> endpoints, std::string_view name,
                                     std::optional<Direction> direction);

}  // namespace portside::wire
