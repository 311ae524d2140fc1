#pragma once
// InterruptSource: how a device model delivers interrupts. Owned here, implemented by hardware; root-enumerated devices have none.

#include <wdm.h>

#include <atomic>
#include <functional>
#include <memory>

#include "base/result.h"

namespace portside::io {

struct InterruptRequest {
  uint32_t vector = 0;  // from CM_PARTIAL_RESOURCE_DESCRIPTOR, translated
  KIRQL irql = 0;
  KINTERRUPT_MODE mode = LevelSensitive;
  bool shareable = false;
  uint64_t affinity = 0;
  // Called at device IRQL, on any host thread that the source delivers on; true when it was the device's interrupt.
  std::function<bool()> service;
  // How many calls are under way: raised before a disconnect could miss the call, lowered when the source is through with it. Who
  // disconnects waits for zero. May be null.
  std::shared_ptr<std::atomic<uint32_t>> under_way{};
};

class InterruptSource {
 public:
  virtual ~InterruptSource() = default;
  virtual Result<uint64_t> connect(InterruptRequest request) = 0;  // a token for disconnect
  virtual Result<> disconnect(uint64_t token) = 0;
  // Whether a device asserts the vector's line now.
  virtual bool is_asserted(uint32_t /*vector*/) const { return false; }
};

// BusAccess: what the PDO of a device on a bus with configuration space answers with (IRP_MN_READ_CONFIG, BUS_INTERFACE_STANDARD),
// and what it tells its device. Called at any IRQL, but for the calls that follow a plug and play or power IRP.
class BusAccess {
 public:
  virtual ~BusAccess() = default;
  // How many bytes were read or written; what lies past the end of configuration space is not.
  virtual uint32_t read_config(void* buffer, uint32_t offset, uint32_t bytes) = 0;
  virtual uint32_t write_config(const void* buffer, uint32_t offset, uint32_t bytes) = 0;
  // Where on the bus: HalGetBusData's BusNumber, and SlotNumber as a PCI_SLOT_NUMBER.
  virtual uint32_t bus_number() const = 0;
  virtual uint32_t slot_number() const = 0;
  // IRP_MN_START_DEVICE: registers answer and the device may master the bus. IRP_MN_STOP_DEVICE: no more.
  virtual void enable() = 0;
  virtual void disable() = 0;
  // IRP_MN_REMOVE_DEVICE: nor does any driver stand above it.
  virtual void removed() = 0;
  virtual void set_power(DEVICE_POWER_STATE state) = 0;
  // Somebody takes the device out of its slot, or puts it back, as it is at power-on.
  // Nothing happens where it is so. False: it cannot be taken out.
  virtual bool set_present(bool present) = 0;
};

}  // namespace portside::io
