#pragma once
// Processors: the machine's two processors, each with its DPC queue. A thread at DISPATCH_LEVEL or above owns its
// processor until it lowers; below, threads move between processors freely.

#include <array>
#include <cstdint>
#include <deque>

#include "kernel/time_observer.h"

struct _KDPC;

namespace portside::kernel {

class ThreadObject;

struct QueuedDpc {
  _KDPC* dpc;
  uint64_t number;  // of the queueing, since the machine started: a name for traces
  uint64_t routine = 0;
};

struct Processor {
  uint32_t number = 0;
  // Runs this processor's DPCs when no other thread of this processor drops below DISPATCH_LEVEL.
  ThreadObject* idle = nullptr;
  // The thread at DISPATCH_LEVEL or above that owns this processor. Virtual time: only while it is switched out.
  ThreadObject* owner = nullptr;
  std::deque<QueuedDpc> dpcs;
  _KDPC* running_dpc = nullptr;
  DpcRun dpc_run;  // of the running DPC
};

class Processors {
 public:
  static constexpr uint32_t kCount = 2;
  Processors() {
    for (uint32_t i = 0; i < kCount; ++i) all_[i].number = i;
  }
  Processor& operator[](uint32_t number) { return all_[number]; }
  uint32_t count() const { return kCount; }
  auto begin() { return all_.begin(); }
  auto end() { return all_.end(); }

 private:
  std::array<Processor, kCount> all_;
};

}  // namespace portside::kernel
