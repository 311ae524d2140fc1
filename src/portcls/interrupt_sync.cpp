#include "portcls/interrupt_sync.h"

#include "io/io.h"
#include "kernel/kernel.h"

namespace portside::portcls {

NTSTATUS InterruptSync::create(PINTERRUPTSYNC* sync, PRESOURCELIST resources, ULONG index, INTERRUPTSYNCMODE mode) {
  if (!sync || !resources || mode < InterruptSyncModeNormal || mode > InterruptSyncModeRepeat) return STATUS_INVALID_PARAMETER;
  *sync = nullptr;
  PCM_PARTIAL_RESOURCE_DESCRIPTOR interrupt = resources->FindTranslatedEntry(CmResourceTypeInterrupt, index);
  if (!interrupt) return STATUS_INVALID_PARAMETER;
  *sync = new InterruptSync(*interrupt, mode);
  return STATUS_SUCCESS;
}

InterruptSync::~InterruptSync() {
  if (connection_) (void)current<io::Io>().interrupts()->disconnect(*connection_);
}

bool InterruptSync::serve() {
  bool mine = false;
  const auto round = [this](bool stop_at_first) {
    bool any = false;
    for (const Routine& r : routines_) {
      any |= r.routine(this, r.context) == STATUS_SUCCESS;
      if (any && stop_at_first) break;
    }
    return any;
  };
  switch (mode_) {
    case InterruptSyncModeNormal:  // until one of them returns STATUS_SUCCESS
      return round(true);
    case InterruptSyncModeAll:     // each exactly once
      return round(false);
    case InterruptSyncModeRepeat:  // until no routine of a whole trip returns STATUS_SUCCESS
      while (round(false)) mine = true;
      return mine;
  }
  return false;
}

NTSTATUS InterruptSync::CallSynchronizedRoutine(PINTERRUPTSYNCROUTINE routine, PVOID context) {
  const KIRQL irql = static_cast<KIRQL>(interrupt_.u.Interrupt.Level);
  kernel::ApiScope scope("IInterruptSync::CallSynchronizedRoutine", kernel::kPassiveLevel, irql);
  if (!routine) return STATUS_INVALID_PARAMETER;
  kernel::Kernel& kernel = current<kernel::Kernel>();
  if (kernel.current_irql() >= irql) return routine(this, context);
  kernel::IrqlScope raised(kernel, irql);
  return routine(this, context);
}

// There is no KINTERRUPT behind our interrupt sources; drivers of the surveyed kind do not ask for it.
PKINTERRUPT InterruptSync::GetKInterrupt() {
  kernel::ApiScope scope("IInterruptSync::GetKInterrupt");
  return nullptr;
}

NTSTATUS InterruptSync::Connect() {
  kernel::ApiScope scope("IInterruptSync::Connect", kernel::kPassiveLevel, kernel::kPassiveLevel);
  io::InterruptSource* source = current<io::Io>().interrupts();
  if (connection_ || !source) return STATUS_UNSUCCESSFUL;
  auto token = source->connect({.vector = interrupt_.u.Interrupt.Vector,
                                .irql = static_cast<KIRQL>(interrupt_.u.Interrupt.Level),
                                .mode = interrupt_.Flags & CM_RESOURCE_INTERRUPT_LATCHED ? Latched : LevelSensitive,
                                .shareable = interrupt_.ShareDisposition == CmResourceShareShared,
                                .affinity = interrupt_.u.Interrupt.Affinity,
                                .service = [this] { return serve(); }});
  if (!token) return token.error().nt();
  connection_ = *token;
  return STATUS_SUCCESS;
}

void InterruptSync::Disconnect() {
  kernel::ApiScope scope("IInterruptSync::Disconnect", kernel::kPassiveLevel, kernel::kPassiveLevel);
  if (!connection_) return;
  (void)current<io::Io>().interrupts()->disconnect(*connection_);
  connection_.reset();
}

NTSTATUS InterruptSync::RegisterServiceRoutine(PINTERRUPTSYNCROUTINE routine, PVOID context, BOOLEAN first) {
  kernel::ApiScope scope("IInterruptSync::RegisterServiceRoutine", kernel::kPassiveLevel, kernel::kPassiveLevel);
  if (!routine) return STATUS_INVALID_PARAMETER;
  // A routine that is added while the interrupt is connected is not called halfway into the list.
  kernel::IrqlScope raised(current<kernel::Kernel>(), static_cast<KIRQL>(interrupt_.u.Interrupt.Level));
  routines_.insert(first ? routines_.begin() : routines_.end(), {routine, context});
  return STATUS_SUCCESS;
}

}  // namespace portside::portcls
