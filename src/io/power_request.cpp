#include "io/power_request.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "io/io.h"

namespace portside::io {

namespace {
// Addresses that no memory has: a driver that looks into a request is told so by the fault.
constexpr uintptr_t kFirst = 0xFFFF'8000'5052'0000, kStep = 16;
}  // namespace

StackTrace PowerRequests::here() const { return io_.options().verify ? capture_stack() : StackTrace{}; }

void* PowerRequests::create(DEVICE_OBJECT* device) {
  const StackTrace made_at = here();
  MutexLock guard(mutex_);
  void* request = reinterpret_cast<void*>(kFirst + kStep * next_++);
  known_.emplace(request, Request{.device = device, .count = 0, .made_at = made_at, .set_at = {}});
  return request;
}

NTSTATUS PowerRequests::set(void* request, POWER_REQUEST_TYPE type) {
  const StackTrace set_at = here();
  {
    MutexLock guard(mutex_);
    if (const auto known = known_.find(request); known != known_.end()) {
      if (type != PowerRequestSystemRequired) return STATUS_NOT_SUPPORTED;
      if (known->second.count++ == 0) known->second.set_at = set_at;
      return STATUS_SUCCESS;
    }
  }
  tell_unknown("PoSetPowerRequest", request);
  return STATUS_INVALID_PARAMETER;
}

NTSTATUS PowerRequests::clear(void* request, POWER_REQUEST_TYPE type) {
  StackTrace made_at;
  bool is_known = false;
  {
    MutexLock guard(mutex_);
    if (const auto known = known_.find(request); known != known_.end()) {
      if (type != PowerRequestSystemRequired) return STATUS_NOT_SUPPORTED;
      if (known->second.count > 0) {
        --known->second.count;
        return STATUS_SUCCESS;
      }
      is_known = true;
      made_at = known->second.made_at;
    }
  }
  if (!is_known) {
    tell_unknown("PoClearPowerRequest", request);
    return STATUS_INVALID_PARAMETER;
  }
  io_.misuse(IoMisuse::kPowerRequestNotSet, "PoClearPowerRequest", request,
             "the request is not set: it was cleared more often than set", {.made_at = made_at});
  return STATUS_UNSUCCESSFUL;
}

void PowerRequests::destroy(void* request) {
  {
    MutexLock guard(mutex_);
    if (known_.erase(request)) return;
  }
  tell_unknown("PoDeletePowerRequest", request);
}

void PowerRequests::tell_unknown(const char* function, const void* request) {
  io_.misuse(IoMisuse::kPowerRequestUnknown, function, request,
             "this is no power request that PoCreatePowerRequest gave and PoDeletePowerRequest has not taken back");
}

void PowerRequests::tell_held(const DEVICE_OBJECT* device) {
  std::vector<std::pair<const void*, Request>> held;
  {
    MutexLock guard(mutex_);
    for (const auto& entry : known_)
      if (entry.second.device == device && entry.second.count > 0) held.push_back(entry);
  }
  for (const auto& [request, known] : held)
    io_.misuse(IoMisuse::kPowerRequestHeld, "PoSetPowerRequest", request,
               fmt::format("nobody uses the device, and its power request is set {}: the system is kept awake",
                           known.count == 1 ? "still" : fmt::format("{} times", known.count)),
               {.made_at = known.set_at});
}

void PowerRequests::device_goes(const DEVICE_OBJECT* device) {
  std::vector<std::pair<const void*, Request>> left;
  {
    MutexLock guard(mutex_);
    std::erase_if(known_, [&](const auto& entry) {
      if (entry.second.device != device) return false;
      left.push_back(entry);
      return true;
    });
  }
  for (const auto& [request, known] : left)
    io_.misuse(IoMisuse::kPowerRequestLeft, "IoDeleteDevice", request,
               "the device is deleted, and the power request that was made for it is not", {.made_at = known.made_at});
}

}  // namespace portside::io
