#pragma once
// ThreadSource: every thread of the kernel as an object, so that a driver can reference and open also those that it has
// not made itself (PsGetCurrentThread in a dispatch routine). Its machine is the current one.

#include "kernel/object.h"

namespace portside::kernel {

class ThreadSource final : public ObjectSource {
 public:
  ObjectType* type_of(const void* body) const override;
  Result<> reference(void* body) override;
  Result<> dereference(void* body) override;

  // NtCurrentThread()'s body, or null on a host thread that runs no simulated one.
  static void* current_thread();
};

}  // namespace portside::kernel
