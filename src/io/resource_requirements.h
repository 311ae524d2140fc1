#pragma once
// Resource requirements of a device whose resources are fixed: a "forced configuration" in the PnP manager's words. The
// function driver may filter them (IRP_MN_FILTER_RESOURCE_REQUIREMENTS); what it left is then looked for among them.

#include <wdm.h>

#include <cstddef>
#include <span>
#include <vector>

#include "base/result.h"

namespace portside::io {

// One list that asks for exactly these resources. `resources`: a CM_RESOURCE_LIST, or empty for an empty result.
std::vector<std::byte> requirements_of(std::span<const std::byte> resources);

struct Assignment {
  std::vector<std::byte> raw, translated;  // CM_RESOURCE_LISTs, in the order of the requirements; empty without any
};
// The first alternative list that can be had out of what there is; `translated` answers `raw` entry for entry, or is empty.
// STATUS_CONFLICTING_ADDRESSES when none can, STATUS_INVALID_PARAMETER for a list that is cut short.
Result<Assignment> assign(const IO_RESOURCE_REQUIREMENTS_LIST& wanted, std::span<const std::byte> raw,
                          std::span<const std::byte> translated);

}  // namespace portside::io
