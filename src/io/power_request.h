#pragma once
// Power requests: objects by which a driver keeps the system awake while it has to be (PoCreatePowerRequest). What they ask for is
// counted and nothing more: a system of ours sleeps when it is told to.

#include <wdm.h>

#include <cstdint>
#include <map>

#include "base/mutex.h"
#include "base/stack.h"

namespace portside::io {

class Io;

class PowerRequests {
 public:
  explicit PowerRequests(Io& io) : io_(io) {}

  // PoCreatePowerRequest: the new object's address, which is nobody's to follow.
  void* create(DEVICE_OBJECT* device);
  // PoSetPowerRequest, PoClearPowerRequest: STATUS_INVALID_PARAMETER of what is no request, STATUS_NOT_SUPPORTED of a type that
  // drivers have no use of, STATUS_UNSUCCESSFUL when it is not set.
  NTSTATUS set(void* request, POWER_REQUEST_TYPE type);
  NTSTATUS clear(void* request, POWER_REQUEST_TYPE type);
  // PoDeletePowerRequest.
  void destroy(void* request);

  // The device's requests that are set, when nobody uses it and it is about to be removed.
  void tell_held(const DEVICE_OBJECT* device);
  // IoDeleteDevice: its requests go with it, and were to be deleted before.
  void device_goes(const DEVICE_OBJECT* device);

 private:
  struct Request {
    const DEVICE_OBJECT* device = nullptr;
    int64_t count = 0;
    StackTrace made_at, set_at;
  };
  void tell_unknown(const char* function, const void* request);
  StackTrace here() const;

  Io& io_;
  Mutex mutex_;
  uintptr_t next_ GUARDED_BY(mutex_) = 0;
  std::map<const void*, Request> known_ GUARDED_BY(mutex_);
};

}  // namespace portside::io
