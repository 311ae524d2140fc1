// Kernel: who runs, and what comes before what, for those who observe locks and order.

#include "kernel/dpc_queue.h"
#include "kernel/kernel.h"
#include "kernel/order_observer.h"
#include "kernel/processors.h"
#include "kernel/thread.h"

namespace portside::kernel {

uint64_t Kernel::holder() {
  if (!on_simulated_thread()) return 0;
  // Below DISPATCH_LEVEL nobody has the processor to himself: in real time its DPC may run beside.
  if (current_irql() < kDispatchLevel) return current_thread()->id();
  // Identifiers of threads are multiples of four.
  const Processor& processor = (*processors_)[current_processor()];
  if (current_thread()->in_interrupts) return processor.number * 4 + 2;
  return processor.running_dpc ? processor.number * 4 + 1 : current_thread()->id();
}

void Kernel::lock_event(LockEvent event, bool acquired) {
  event.holder = holder();
  lock_observers_.notify(acquired ? &LockObserver::on_acquired : &LockObserver::on_released, event);
}

void Kernel::order_event(void (OrderObserver::*event)(const void*, uint64_t), const void* through) {
  if (const uint64_t who = holder()) order_observers_.notify(event, through, who);
}

}  // namespace portside::kernel
