#pragma once
// IRPs that the I/O manager builds for a driver: IoBuildDeviceIoControlRequest and its kin.

#include <wdm.h>

#include <cstdint>

#include "base/result.h"

namespace portside::io {

class Io;

struct ControlIrp {
  uint32_t code = 0;
  DEVICE_OBJECT* device = nullptr;
  void* in = nullptr;
  uint32_t in_bytes = 0;
  void* out = nullptr;
  uint32_t out_bytes = 0;
  bool internal = false;
  KEVENT* event = nullptr;
  IO_STATUS_BLOCK* status = nullptr;
};
// The IRP frees itself when it completes; `event` is set then and `*status` written.
Result<IRP*> build_device_control(Io& io, const ControlIrp& request);

struct FsdIrp {
  uint32_t major = 0;  // IRP_MJ_PNP, READ, WRITE, FLUSH_BUFFERS, SHUTDOWN, POWER
  DEVICE_OBJECT* device = nullptr;
  void* buffer = nullptr;
  uint32_t bytes = 0;
  const LARGE_INTEGER* offset = nullptr;
  KEVENT* event = nullptr;  // synchronous only
  IO_STATUS_BLOCK* status = nullptr;
  bool synchronous = true;  // else its builder takes it back in a completion routine, and frees it
};
Result<IRP*> build_fsd_request(Io& io, const FsdIrp& request);

}  // namespace portside::io
