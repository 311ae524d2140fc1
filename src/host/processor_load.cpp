#include "host/processor_load.h"

#include "host/machine.h"
#include "kernel/kernel.h"

namespace portside::host {

ProcessorLoad::ProcessorLoad(Machine& machine) : machine_(machine) { machine.kernel().trace_observers().add(*this); }
ProcessorLoad::~ProcessorLoad() { machine_.kernel().trace_observers().remove(*this); }

void ProcessorLoad::on_event(const kernel::TraceEvent& event) {
  if (event.processor >= counts_.size()) return;
  Counts& counts = counts_[event.processor];
  switch (event.kind) {
    case kernel::TraceKind::kIrql: counts.irql.store(event.irql, std::memory_order_relaxed); break;
    case kernel::TraceKind::kDpcStart:
      counts.dpcs.fetch_add(1, std::memory_order_relaxed);
      counts.began.store(event.time.count(), std::memory_order_relaxed);
      break;
    case kernel::TraceKind::kDpcEnd:
      counts.dpc_ns.fetch_add(event.time.count() - counts.began.load(std::memory_order_relaxed),
                              std::memory_order_relaxed);
      break;
    default: break;
  }
}

std::array<ProcessorLoad::Processor, 2> ProcessorLoad::processors() const {
  std::array<Processor, 2> out;
  for (size_t i = 0; i < out.size(); ++i)
    out[i] = {counts_[i].irql.load(std::memory_order_relaxed), counts_[i].dpcs.load(std::memory_order_relaxed),
              counts_[i].dpc_ns.load(std::memory_order_relaxed)};
  return out;
}

}  // namespace portside::host
