#pragma once
// AccessObserver: loads and stores of drivers built PREEMPTIBLE, each before it is made, on the driver's own stack, at its IRQL, with
// no lock held. Left out: a thread's own stack; interlocked operations and volatile accesses, which order others and are told as that
// (kernel/order_observer.h).

#include <cstdint>

namespace portside::sanitizer {

class AccessObserver {
 public:
  virtual ~AccessObserver() = default;
  virtual void on_access(uint64_t address, uint64_t bytes, bool write, uint64_t holder) = 0;
};

}  // namespace portside::sanitizer
