#include "ks/method_request.h"

#include <algorithm>

#include <fmt/format.h>

#include "ks/client_memory.h"

namespace portside::ks {

Result<MethodRequest> MethodRequest::begin(PIRP irp) {
  const auto& control = IoGetCurrentIrpStackLocation(irp)->Parameters.DeviceIoControl;
  if (control.InputBufferLength < sizeof(KSMETHOD))
    return fail(StatusCode::kInvalidBufferSize,
                fmt::format("the input buffer of {} bytes holds no KSMETHOD", control.InputBufferLength));
  KSM_NODE method{};
  const size_t bytes = std::min<size_t>(control.InputBufferLength, sizeof method);
  if (!copy_from_client(&method, control.Type3InputBuffer, bytes))
    return fail(StatusCode::kAccessViolation, "the client's KSMETHOD is not readable");
  MethodRequest request{.set = method.Method.Set,
                        .id = method.Method.Id,
                        .flags = method.Method.Flags & ~static_cast<uint32_t>(KSMETHOD_TYPE_TOPOLOGY),
                        .node = {}};
  if (method.Method.Flags & KSMETHOD_TYPE_TOPOLOGY) {
    if (bytes < sizeof method) return fail(StatusCode::kInvalidBufferSize, "KSMETHOD_TYPE_TOPOLOGY without a KSM_NODE");
    request.node = method.NodeId;
  }
  if (request.flags != KSMETHOD_TYPE_SEND && request.flags != KSMETHOD_TYPE_SETSUPPORT &&
      request.flags != KSMETHOD_TYPE_BASICSUPPORT)
    return fail(StatusCode::kInvalidParameter, fmt::format("0x{:08X} is no request type of KSMETHOD", request.flags));
  return request;
}

}  // namespace portside::ks
