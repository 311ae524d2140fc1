#pragma once
// ApiScope: the first statement of every function and COM method that a driver can call. It moves virtual time a
// little, fires what is due, is a scheduling point for the seeded scheduler, and tells ApiObserver the IRQL. It never
// refuses a call: the verifier judges. After a bug check it does not return: the thread is parked for good.

#include "base/stack.h"
#include "kernel/irql.h"

namespace portside::kernel {

struct ApiCall {
  const char* name;
  Irql irql;
  Irql lowest;
  Irql highest;
  uint64_t thread_id;

  bool irql_allowed() const { return irql >= lowest && irql <= highest; }
  // Walks the calling thread's stack; only while on_call() runs.
  StackTrace stack() const { return capture_stack(); }
};

class ApiObserver {
 public:
  virtual ~ApiObserver() = default;
  virtual void on_call(const ApiCall& call) = 0;
};

class ApiScope {
 public:
  // `name` must live for ever: a literal.
  explicit ApiScope(const char* name, Irql lowest = kPassiveLevel, Irql highest = kHighLevel);
  ApiScope(const ApiScope&) = delete;
  ApiScope& operator=(const ApiScope&) = delete;
};

}  // namespace portside::kernel
