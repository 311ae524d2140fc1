#include "ks/property_call.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "base/address.h"
#include "io/io.h"
#include "ks/client_memory.h"
#include "ks/data_format.h"

namespace portside::ks {
namespace {

// Requests whose output buffer is only written; for all others its contents are part of the request.
bool only_returns(uint32_t verb) {
  switch (verb) {
    case KSPROPERTY_TYPE_GET:
    case KSPROPERTY_TYPE_SETSUPPORT:
    case KSPROPERTY_TYPE_BASICSUPPORT:
    case KSPROPERTY_TYPE_RELATIONS:
    case KSPROPERTY_TYPE_SERIALIZESET:
    case KSPROPERTY_TYPE_SERIALIZERAW:
    case KSPROPERTY_TYPE_SERIALIZESIZE:
    case KSPROPERTY_TYPE_DEFAULTVALUES: return true;
    default: return false;
  }
}

// ProbeForWrite: one byte of each page is read and written back, so that a request that cannot deliver its answer does
// nothing at all.
bool probe_for_write(void* client, uint64_t bytes) {
  for (uint64_t at = 0; at < bytes;) {
    std::byte b;
    std::byte* address = static_cast<std::byte*>(client) + at;
    if (!copy_from_client(&b, address, 1) || !copy_to_client(address, &b, 1)) return false;
    at += kPageBytes - (reinterpret_cast<uint64_t>(address) & (kPageBytes - 1));
  }
  return true;
}

}  // namespace

Result<std::unique_ptr<PropertyCall>> PropertyCall::begin(PIRP irp) {
  const IO_STACK_LOCATION& location = *IoGetCurrentIrpStackLocation(irp);
  const uint64_t in_bytes = location.Parameters.DeviceIoControl.InputBufferLength;
  const uint64_t out_bytes = location.Parameters.DeviceIoControl.OutputBufferLength;
  const void* in = location.Parameters.DeviceIoControl.Type3InputBuffer;
  void* out = irp->UserBuffer;

  if (in_bytes < sizeof(KSPROPERTY))
    return fail(StatusCode::kInvalidBufferSize,
                fmt::format("the input buffer of {} bytes holds no KSPROPERTY", in_bytes));
  if (in_bytes > kMaximumBytes || out_bytes > kMaximumBytes)
    return fail(StatusCode::kInsufficientResources, fmt::format("buffers of {} and {} bytes", in_bytes, out_bytes));

  std::unique_ptr<PropertyCall> call(new PropertyCall(irp));
  const size_t value_at = align_quad(in_bytes);
  const size_t words = value_at / 8 + (out_bytes + 7) / 8;
  uint64_t* block = call->near_.data();
  if (words > call->near_.size()) {
    call->far_ = std::make_unique_for_overwrite<uint64_t[]>(words);
    block = call->far_.get();
  }
  auto* bytes = reinterpret_cast<std::byte*>(block);
  if (!copy_from_client(bytes, in, in_bytes))
    return fail(StatusCode::kAccessViolation, "the client's input buffer is not readable");

  PropertyRequest& request = call->request_;
  if (Status status = parse_property({bytes, in_bytes}, request); !status.is_ok()) return fail(std::move(status));
  request.value = {bytes + value_at, out_bytes};
  call->client_value_ = out;
  call->returns_value_ = only_returns(request.verb);
  if (call->returns_value_) {
    if (!probe_for_write(out, out_bytes))
      return fail(StatusCode::kAccessViolation, "the client's output buffer is not writable");
    std::ranges::fill(request.value, std::byte{0});
  } else if (out_bytes && !copy_from_client(request.value.data(), out, out_bytes)) {
    return fail(StatusCode::kAccessViolation, "the client's value is not readable");
  }
  return call;
}

NTSTATUS PropertyCall::end(const Status& status) {
  NTSTATUS result = status.nt();
  // An error takes no bytes home; a warning (STATUS_BUFFER_OVERFLOW) tells the size that is needed.
  const bool is_error = (static_cast<uint32_t>(result) >> 30) == 3;
  uint64_t information = is_error ? 0 : request_.information;
  if (returns_value_ && !is_error) {
    const uint64_t bytes = std::min<uint64_t>(information, request_.value.size());
    if (bytes && !copy_to_client(client_value_, request_.value.data(), bytes)) {
      result = static_cast<NTSTATUS>(StatusCode::kAccessViolation);
      information = 0;
    }
  }
  return io::complete_with(request_.irp, result, information);
}

}  // namespace portside::ks
