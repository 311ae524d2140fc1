#pragma once
// DeviceHost: what a device has around it: time, memory by physical address, and an interrupt line. The composition root
// implements it, so that a model of ours lives in the machine's virtual time.

#include <cstdint>
#include <functional>
#include <string>

#include "base/clock.h"
#include "memory/dma_view.h"

namespace portside::hardware {

class DeviceHost {
 public:
  virtual ~DeviceHost() = default;
  virtual Nanoseconds now() const = 0;
  // Calls `work` once, at `due` or as soon after as the machine's time gets there, on a thread of the machine's and with no lock
  // of the device's held. The token takes it back; taking back what has run or was taken back is harmless.
  virtual uint64_t call_at(Nanoseconds due, std::function<void()> work) = 0;
  virtual void take_back(uint64_t token) = 0;
  // Memory as this device sees it, as bus master.
  virtual memory::DmaView& dma() = 0;
  // The level of the device's interrupt line (INTA#): true while the device asserts it. Calls nothing of the device's, and so may be
  // called with its lock held: else an older level could arrive after a newer one.
  virtual void set_interrupt(bool asserted) = 0;
  // The access to the device that is being made takes this much longer.
  virtual void delay(Nanoseconds /*time*/) {}
  // The device's interrupts come late, or twice: a service routine may find it quiet.
  virtual void interrupts_lag() {}
  // The device is there, and answers nothing from here on.
  virtual void falls_silent() {}
  // The device is no longer there: pulled out, or its process has ended. Its driver is told by a surprise removal. Any thread.
  virtual void gone(std::string /*why*/) {}
};

}  // namespace portside::hardware
