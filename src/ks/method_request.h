#pragma once
// MethodRequest: one IOCTL_KS_METHOD, as far as it is read: which method of which set it asks for (KSMETHOD structure).

#include <ks.h>
#include <wdm.h>

#include <cstdint>
#include <optional>

#include "base/result.h"

namespace portside::ks {

struct MethodRequest {
  GUID set{};
  uint32_t id = 0;
  uint32_t flags = 0;            // KSMETHOD_TYPE_SEND, _SETSUPPORT, _BASICSUPPORT; without KSMETHOD_TYPE_TOPOLOGY
  std::optional<uint32_t> node;  // KSMETHOD_TYPE_TOPOLOGY: KSM_NODE.NodeId

  // STATUS_INVALID_BUFFER_SIZE for an input buffer that holds no KSMETHOD or KSM_NODE, STATUS_ACCESS_VIOLATION for one
  // that cannot be read, STATUS_INVALID_PARAMETER for flags that are no request.
  static Result<MethodRequest> begin(PIRP irp);
};

}  // namespace portside::ks
