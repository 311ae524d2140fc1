#include "kernel/dpc_queue.h"

#include <fmt/format.h>
#include <wdm.h>

#include <algorithm>

#include "kernel/executor.h"
#include "kernel/kernel.h"
#include "kernel/processors.h"

namespace portside::kernel {
namespace {
constexpr UCHAR kDpcObject = 19;          // KOBJECTS.DpcObject
constexpr UCHAR kThreadedDpcObject = 24;  // KOBJECTS.ThreadedDpcObject
// KDPC.Number of a DPC with a target; without one it is zero and the DPC goes to the processor that queues it.
constexpr USHORT kTargeted = 0x500;
}  // namespace

void DpcQueue::initialize(KDPC* dpc, void* routine, void* context, bool threaded) {
  dpc->Type = threaded ? kThreadedDpcObject : kDpcObject;
  dpc->Importance = 1;  // MediumImportance
  dpc->Number = 0;
  dpc->DpcListEntry.Next = nullptr;
  dpc->ProcessorHistory = 0;
  dpc->DeferredRoutine = reinterpret_cast<decltype(dpc->DeferredRoutine)>(routine);
  dpc->DeferredContext = context;
  dpc->SystemArgument1 = nullptr;
  dpc->SystemArgument2 = nullptr;
  dpc->DpcData = nullptr;
}

bool DpcQueue::check(KDPC* dpc, const char* api) {
  const UCHAR type = *const_cast<volatile UCHAR*>(&dpc->Type);
  if (type == kDpcObject || type == kThreadedDpcObject) return true;
  kernel_.report_misuse(MisuseKind::kNotADispatcherObject, api, dpc,
                        fmt::format("{} was given a DPC that was never initialised", api));
  return false;
}

bool DpcQueue::insert(KDPC* dpc, void* argument1, void* argument2) {
  if (!check(dpc, "KeInsertQueueDpc")) return false;  // before the lock is taken
  // The queueing processor must not change under us.
  const Irql old = kernel_.current_irql();
  if (old < kDispatchLevel) kernel_.raise_irql(kDispatchLevel, "KeInsertQueueDpc");
  kernel_.gives(dpc);
  bool inserted;
  {
    DispatcherGuard guard(kernel_.lock());
    inserted = insert_locked(dpc, argument1, argument2, kernel_.current_processor(), kernel_.lock());
  }
  if (old < kDispatchLevel) kernel_.lower_irql(old, "KeInsertQueueDpc");
  return inserted;
}

bool DpcQueue::insert_locked(KDPC* dpc, void* argument1, void* argument2, uint32_t current_processor,
                             DispatcherLock& lock) {
  if (dpc->DpcData) return false;
  uint32_t target = current_processor;
  if (dpc->Number >= kTargeted && dpc->Number < kTargeted + Processors::kCount) target = dpc->Number - kTargeted;
  Processor& processor = kernel_.processors()[target];
  dpc->SystemArgument1 = argument1;
  dpc->SystemArgument2 = argument2;
  dpc->DpcData = reinterpret_cast<decltype(dpc->DpcData)>(&processor);
  const QueuedDpc queued{dpc, ++number_, reinterpret_cast<uint64_t>(dpc->DeferredRoutine)};
  if (dpc->Importance == 2)  // HighImportance: KeSetImportanceDpc, "placed at the beginning of the queue"
    processor.dpcs.push_front(queued);
  else processor.dpcs.push_back(queued);
  kernel_.trace(TraceKind::kDpcQueued, "", queued.number);
  if (target != current_processor) kernel_.executor().notify_processor(target, lock);
  return true;
}

bool DpcQueue::remove(KDPC* dpc) {
  (void)*const_cast<volatile UCHAR*>(&dpc->Type);
  kernel_.takes(dpc);
  kernel_.takes(end_of(dpc));
  DispatcherGuard guard(kernel_.lock());
  if (!dpc->DpcData) return false;
  for (Processor& processor : kernel_.processors()) {
    auto it = std::ranges::find(processor.dpcs, dpc, &QueuedDpc::dpc);
    if (it == processor.dpcs.end()) continue;
    processor.dpcs.erase(it);
    dpc->DpcData = nullptr;
    return true;
  }
  return false;
}

void DpcQueue::set_target(KDPC* dpc, uint32_t processor) {
  if (processor < Processors::kCount) dpc->Number = static_cast<USHORT>(kTargeted + processor);
}

void DpcQueue::set_high_importance(KDPC* dpc, bool high) { dpc->Importance = high ? 2 : 1; }

bool DpcQueue::pending(uint32_t processor) const { return !kernel_.processors()[processor].dpcs.empty(); }

bool DpcQueue::in_dpc() { return kernel_.processors()[kernel_.current_processor()].running_dpc != nullptr; }

bool DpcQueue::busy(KDPC* dpc) {
  DispatcherGuard guard(kernel_.lock());
  for (Processor& processor : kernel_.processors()) {
    if (processor.running_dpc == dpc) return true;
    if (std::ranges::find(processor.dpcs, dpc, &QueuedDpc::dpc) != processor.dpcs.end()) return true;
  }
  return false;
}

bool DpcQueue::any_in(uint64_t first, uint64_t end) {
  DispatcherGuard guard(kernel_.lock());
  for (Processor& processor : kernel_.processors())
    for (const QueuedDpc& queued : processor.dpcs) {
      const auto address = reinterpret_cast<uint64_t>(queued.dpc);
      if (address < end && address + sizeof(KDPC) > first) return true;
    }
  return false;
}

void DpcQueue::list(std::vector<LiveObject>& found) {
  DispatcherGuard guard(kernel_.lock());
  for (Processor& processor : kernel_.processors())
    for (const QueuedDpc& queued : processor.dpcs)
      found.push_back({LiveKind::kDpc, reinterpret_cast<uint64_t>(queued.dpc), sizeof(KDPC), queued.routine, {}});
}

void DpcQueue::withdraw(uint64_t dpc) {
  DispatcherGuard guard(kernel_.lock());
  for (Processor& processor : kernel_.processors())
    std::erase_if(processor.dpcs,
                  [&](const QueuedDpc& queued) { return reinterpret_cast<uint64_t>(queued.dpc) == dpc; });
}

void DpcQueue::drain(uint32_t number) {
  Processor& processor = kernel_.processors()[number];
  for (;;) {
    KDPC* dpc;
    uint64_t queueing;
    PKDEFERRED_ROUTINE routine;
    void *context, *argument1, *argument2;
    {
      DispatcherGuard guard(kernel_.lock());
      if (processor.dpcs.empty()) return;
      dpc = processor.dpcs.front().dpc;
      queueing = processor.dpcs.front().number;
      processor.dpcs.pop_front();
      routine = dpc->DeferredRoutine;
      context = dpc->DeferredContext;
      argument1 = dpc->SystemArgument1;
      argument2 = dpc->SystemArgument2;
      dpc->DpcData = nullptr;  // from here on the routine may queue it again, or free it
      processor.running_dpc = dpc;
      processor.dpc_run = {.routine = reinterpret_cast<uint64_t>(routine)};
    }
    kernel_.trace(TraceKind::kDpcStart, "", queueing);
    kernel_.takes(dpc);
    ++this_processor_block()->progress;
    const auto entry = reinterpret_cast<uint64_t>(routine);
    // An interrupted processor may have begun a DPC and do its first instruction much later.
    if (kernel_.is_virtual()) kernel_.executor().preempt(PointKind::kDpc, "");
    routine(dpc, context, argument1, argument2);
    ProcessorBlock* block = this_processor_block();
    if (block->irql != kDispatchLevel) {
      kernel_.report_misuse(
          MisuseKind::kDpcChangedIrql, "KeInsertQueueDpc", dpc,
          fmt::format("a DPC returned at {}; it was called at DISPATCH_LEVEL", irql_name(block->irql)),
          stack_at_entry(entry));
      block->irql = kDispatchLevel;
    }
    kernel_.trace(TraceKind::kDpcEnd, "", queueing);
    kernel_.gives(end_of(dpc));
    kernel_.gives(&processor);
    if (processor.dpc_run.stalls) kernel_.time_observers().notify(&TimeObserver::on_dpc_ran, processor.dpc_run);
    DispatcherGuard guard(kernel_.lock());
    processor.running_dpc = nullptr;
  }
}

// Waits for the DPCs that are queued or running now; ones queued meanwhile may run too.
void DpcQueue::flush() {
  if (kernel_.current_irql() < kDispatchLevel && kernel_.is_virtual() && kernel_.work_pending())
    kernel_.process_pending();
  uint64_t last;
  {
    DispatcherGuard guard(kernel_.lock());
    last = number_;
  }
  kernel_.yield_until(
      [&] {
        DispatcherGuard guard(kernel_.lock());
        for (Processor& processor : kernel_.processors()) {
          if (processor.running_dpc) return false;
          for (const QueuedDpc& queued : processor.dpcs)
            if (queued.number <= last) return false;
        }
        return true;
      },
      "KeFlushQueuedDpcs");
  for (const Processor& processor : kernel_.processors()) kernel_.takes(&processor);
}

}  // namespace portside::kernel
