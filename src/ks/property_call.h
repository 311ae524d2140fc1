#pragma once
// PropertyCall: an IRP with IOCTL_KS_PROPERTY (METHOD_NEITHER): its buffers are probed and copied in before anybody looks
// at them, and the answer goes home when the IRP is ended. Lives until then, also while a driver keeps it pending.

#include <ks.h>
#include <wdm.h>

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.h"
#include "ks/property_request.h"

namespace portside::ks {

class PropertyCall {
 public:
  // Larger buffers than this are refused with STATUS_INSUFFICIENT_RESOURCES.
  static constexpr uint64_t kMaximumBytes = 16u << 20;

  // STATUS_ACCESS_VIOLATION for a buffer the client cannot use, STATUS_INVALID_BUFFER_SIZE for one without a KSPROPERTY.
  // A failure has changed nothing; the IRP is still the caller's to complete.
  static Result<std::unique_ptr<PropertyCall>> begin(PIRP irp);
  PropertyCall(const PropertyCall&) = delete;
  PropertyCall& operator=(const PropertyCall&) = delete;

  PropertyRequest& request() { return request_; }

  // Copies the answer to the client and completes the IRP; the call is over. Not for STATUS_PENDING.
  NTSTATUS end(const Status& status);

 private:
  explicit PropertyCall(PIRP irp) { request_.irp = irp; }

  PropertyRequest request_;
  void* client_value_ = nullptr;
  bool returns_value_ = false;
  std::array<uint64_t, 48> near_;  // most requests fit; descriptor first, value behind it
  std::unique_ptr<uint64_t[]> far_;
};

}  // namespace portside::ks
