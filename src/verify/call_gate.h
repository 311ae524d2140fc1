#pragma once
// CallGate: stops one thread at the nth call that the driver makes on it, until another thread has begun what it has to
// do.

#include <atomic>
#include <cstdint>

#include "kernel/api_scope.h"

namespace portside::kernel {
class Kernel;
}

namespace portside::verify {

class CallGate final : public kernel::ApiObserver {
 public:
  explicit CallGate(kernel::Kernel& kernel);
  ~CallGate() override;
  CallGate(const CallGate&) = delete;
  CallGate& operator=(const CallGate&) = delete;

  // Counts the calls on the calling thread from here on. The gate is at call `at`, or at the first one after it that is
  // made below DISPATCH_LEVEL, where a thread may be stopped; 0: there is none.
  void watch(uint64_t at);
  // Returns how many calls there were.
  uint64_t end_watch();

  bool reached() const { return reached_; }
  // The one who waits for reached() has begun: the thread goes on when it is its turn.
  void pass() { passed_ = true; }

  void on_call(const kernel::ApiCall& call) override;

 private:
  kernel::Kernel& kernel_;
  uint64_t thread_ = 0, at_ = 0, count_ = 0;
  bool reached_ = false, passed_ = false;
};

}  // namespace portside::verify
