#pragma once
// ProcessorLoad: what a watcher is told of the machine's processors: the IRQL last seen, and how long DPCs have run.

#include <array>
#include <atomic>
#include <cstdint>

#include "kernel/trace.h"

namespace portside::host {

class Machine;

class ProcessorLoad final : public kernel::TraceObserver {
 public:
  // While no simulated code runs, both.
  explicit ProcessorLoad(Machine& machine);
  ~ProcessorLoad() override;
  ProcessorLoad(const ProcessorLoad&) = delete;
  ProcessorLoad& operator=(const ProcessorLoad&) = delete;

  void on_event(const kernel::TraceEvent& event) override;

  struct Processor {
    unsigned irql = 0;
    uint64_t dpcs = 0;
    int64_t dpc_ns = 0;
  };
  // Any thread.
  std::array<Processor, 2> processors() const;

 private:
  struct Counts {
    std::atomic<unsigned> irql{0};
    std::atomic<uint64_t> dpcs{0};
    std::atomic<int64_t> dpc_ns{0}, began{0};
  };
  Machine& machine_;
  std::array<Counts, 2> counts_;
};

}  // namespace portside::host
