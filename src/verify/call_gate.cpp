#include "verify/call_gate.h"

#include "kernel/kernel.h"

namespace portside::verify {

CallGate::CallGate(kernel::Kernel& kernel) : kernel_(kernel) { kernel_.api_observers().add(*this); }
CallGate::~CallGate() { kernel_.api_observers().remove(*this); }

void CallGate::watch(uint64_t at) {
  at_ = at;
  count_ = 0;
  thread_ = kernel_.current_thread()->id();
}

uint64_t CallGate::end_watch() {
  thread_ = 0;
  return count_;
}

void CallGate::on_call(const kernel::ApiCall& call) {
  if (call.thread_id != thread_ || reached_) return;
  ++count_;
  if (at_ == 0 || count_ < at_ || call.irql >= kernel::kDispatchLevel) return;
  reached_ = true;
  // The other thread is ready: it is waiting for this alone. The bound is for a machine whose other thread is gone.
  for (int i = 0; i < 1000 && !passed_; ++i) kernel_.yield();
}

}  // namespace portside::verify
