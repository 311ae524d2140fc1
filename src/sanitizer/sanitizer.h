#pragma once
// Sanitizer: the state behind the callbacks of one machine's instrumented drivers. The machine's pool and its threads are
// followed from the moment that such a driver is bound (enable()), so that a machine without one pays nothing.

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "base/machine_context.h"
#include "base/mutex.h"
#include "base/observer.h"
#include "base/result.h"
#include "kernel/kernel.h"
#include "kernel/pool.h"
#include "kernel/trace.h"
#include "sanitizer/access_observer.h"
#include "sanitizer/sanitizer_observer.h"
#include "sanitizer/shadow.h"

namespace portside::kernel {
class Services;
}

namespace portside::sanitizer {

// A variable of static storage, as the instrumentation registers it.
struct GlobalVariable {
  uint64_t address = 0;
  uint64_t bytes = 0;
  uint64_t bytes_with_redzone = 0;
  std::string name;
  std::string source;
};

class Sanitizer final : public kernel::PoolObserver, public kernel::TraceObserver {
 public:
  // The slot of what stands behind exported names: the layer `exports` itself keeps no state.
  static constexpr LayerSlot kSlot = LayerSlot::kExports;

  Sanitizer(kernel::Kernel& kernel, kernel::Services& services) : kernel_(kernel), services_(services) {}
  ~Sanitizer() override;
  Sanitizer(const Sanitizer&) = delete;
  Sanitizer& operator=(const Sanitizer&) = delete;

  // Before a driver that imports the callbacks runs. Again: nothing happens.
  Result<> enable();
  Shadow* shadow() { return shadow_.get(); }
  ObserverList<SanitizerObserver>& observers() { return observers_; }
  ObserverList<AccessObserver>& access_observers() { return access_observers_; }

  // Called by the callbacks, on the driver's stack. First another thread may run, which may change what is found.
  void check(uint64_t address, uint64_t bytes, bool write, const char* api = "") {
    kernel_.preempt_at_access(address);
    if (!shadow_) return;
    if (const auto bad = shadow_->first_bad(address, bytes)) tell(address, bytes, *bad, write, api);
  }
  // The same of a driver built PREEMPTIBLE; of an interlocked or volatile access, what it orders.
  void access(uint64_t address, uint64_t bytes, bool write) {
    kernel_.preempt_at_access(address);
    if (!access_observers_.empty()) tell_access(address, bytes, write);
  }
  void order_at(uint64_t address, bool takes, bool gives) {
    kernel_.preempt_at_access(address);
    if (takes) kernel_.takes(reinterpret_cast<const void*>(address));
    if (gives) kernel_.gives(reinterpret_cast<const void*>(address));
  }
  void register_global(GlobalVariable variable);
  void unregister_global(uint64_t address);
  // Stack memory below `rsp`, down to the stack's end, belongs to frames that are gone: exceptions and threads that end
  // leave them without a return.
  void forget_stack_below(uint64_t rsp);
  void forget_stack_of(uint64_t rsp);
  void tell_undefined(UndefinedBehaviour seen);

  void on_allocated(const kernel::PoolBlock& block) override;
  void on_freed(const kernel::PoolBlock& block) override;
  void on_event(const kernel::TraceEvent& event) override;

 private:
  void tell(uint64_t address, uint64_t bytes, uint64_t bad, bool write, const char* api);
  void tell_access(uint64_t address, uint64_t bytes, bool write);
  std::string stack_variable(uint64_t bad) const;
  std::string global_variable(uint64_t bad) const;

  kernel::Kernel& kernel_;
  kernel::Services& services_;
  std::unique_ptr<Shadow> shadow_;
  ObserverList<SanitizerObserver> observers_;
  ObserverList<AccessObserver> access_observers_;
  mutable Mutex mutex_;
  std::map<uint64_t, GlobalVariable> globals_ GUARDED_BY(mutex_);  // by address
};

}  // namespace portside::sanitizer
