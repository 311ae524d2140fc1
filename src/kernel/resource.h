#pragma once
// Resource: ERESOURCE, one writer or many readers, recursive for its owners. Who holds it is kept on our side, found
// through ERESOURCE.SharedWaiters; the fields that drivers and debuggers look at are kept up to date. What is no ERESOURCE is told and
// left alone; to acquire it succeeds.

#include <cstdint>

#include "kernel/dispatcher_lock.h"

struct _ERESOURCE;

namespace portside::kernel {

class Kernel;
class ThreadObject;

class Resource {
 public:
  Resource(Kernel& kernel, _ERESOURCE* resource) : kernel_(kernel), resource_(resource) {}

  void initialize();
  void destroy(const char* api);
  // False: `wait` was false and somebody else holds it.
  bool acquire_exclusive(bool wait, const char* api);
  bool acquire_shared(bool wait, bool starve_exclusive, const char* api);
  void release(const char* api);
  void convert_to_shared(const char* api);
  bool held_exclusive(const char* api) const;
  uint32_t times_held(const char* api) const;  // by the calling thread, either way

 private:
  struct State;
  State& state() const;
  // False, and told: it was never initialised, or is deleted.
  bool check(const char* api) const;
  bool try_exclusive(ThreadObject* thread);
  bool try_shared(ThreadObject* thread, bool starve_exclusive);
  bool acquire(bool exclusive, bool wait, bool starve_exclusive, const char* api);
  void publish();

  Kernel& kernel_;
  _ERESOURCE* resource_;
};

}  // namespace portside::kernel
