#pragma once
// FastMutex: FAST_MUTEX and KGUARDED_MUTEX, one structure on today's Windows. Not recursive; the holder has APCs disabled.

#include "kernel/irql.h"

struct _FAST_MUTEX;

namespace portside::kernel {

class Kernel;

class FastMutex {
 public:
  FastMutex(Kernel& kernel, _FAST_MUTEX* mutex) : kernel_(kernel), mutex_(mutex) {}

  void initialize();
  void acquire(const char* api);
  bool try_acquire(const char* api);
  void release(const char* api);

 private:
  Kernel& kernel_;
  _FAST_MUTEX* mutex_;
};

}  // namespace portside::kernel
