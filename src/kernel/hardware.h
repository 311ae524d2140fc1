#pragma once
// Hardware: what devices are to the kernel: they do things at times of their own, and they interrupt. Owned here, implemented
// by whoever builds the machine; a machine without devices has none. In virtual time the kernel asks at each of its calls,
// whatever the IRQL: neither devices nor their interrupts wait for DISPATCH_LEVEL to end. In real time it asks nothing; the
// implementation has a thread of its own.

#include "base/clock.h"
#include "kernel/irql.h"

namespace portside::kernel {

class Hardware {
 public:
  virtual ~Hardware() = default;
  // When a device next does something of itself; the far future when none does.
  virtual Nanoseconds next_due() const = 0;
  // Whether an interrupt waits that a processor at `irql` takes at once.
  virtual bool interrupts(Irql irql) const = 0;
  // Lets devices do what is due, then serves the interrupts that the caller's IRQL lets through. On a simulated thread.
  virtual void serve() = 0;
};

}  // namespace portside::kernel
