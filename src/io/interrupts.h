#pragma once
// InterruptSource: how a device model delivers interrupts. Owned here, implemented by hardware; root-enumerated devices have none.

#include <wdm.h>

#include <functional>

#include "base/result.h"

namespace portside::io {

struct InterruptRequest {
  uint32_t vector = 0;              // from CM_PARTIAL_RESOURCE_DESCRIPTOR, translated
  KIRQL irql = 0;
  KINTERRUPT_MODE mode = LevelSensitive;
  bool shareable = false;
  uint64_t affinity = 0;
  // Called at device IRQL, on any host thread that the source delivers on; true when it was the device's interrupt.
  std::function<bool()> service;
};

class InterruptSource {
 public:
  virtual ~InterruptSource() = default;
  virtual Result<uint64_t> connect(InterruptRequest request) = 0;  // a token for disconnect
  virtual Result<> disconnect(uint64_t token) = 0;
};

// What a bus with real devices answers for its PDOs (IRP_MN_QUERY_INTERFACE: BUS_INTERFACE_STANDARD) and for DMA.
class BusAccess {
 public:
  virtual ~BusAccess() = default;
  virtual uint32_t read_config(void* buffer, uint32_t offset, uint32_t bytes) = 0;
  virtual uint32_t write_config(const void* buffer, uint32_t offset, uint32_t bytes) = 0;
  virtual InterruptSource* interrupts() = 0;
};

}  // namespace portside::io
