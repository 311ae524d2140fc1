#include "portcls/interrupt_sync.h"

#include "io/io.h"
#include "kernel/kernel.h"
#include "kernel/services.h"
#include "kernel/spin_locks.h"

namespace portside::portcls {

namespace {
constexpr int kMostTrips = 1'000;
}  // namespace

NTSTATUS InterruptSync::create(PINTERRUPTSYNC* sync, PRESOURCELIST resources, ULONG index, INTERRUPTSYNCMODE mode) {
  if (!sync || !resources || mode < InterruptSyncModeNormal || mode > InterruptSyncModeRepeat)
    return STATUS_INVALID_PARAMETER;
  *sync = nullptr;
  PCM_PARTIAL_RESOURCE_DESCRIPTOR interrupt = resources->FindTranslatedEntry(CmResourceTypeInterrupt, index);
  if (!interrupt) return STATUS_INVALID_PARAMETER;
  *sync = new InterruptSync(*interrupt, mode);
  return STATUS_SUCCESS;
}

InterruptSync::~InterruptSync() {
  if (kinterrupt_) (void)current<io::Io>().interrupt_objects().disconnect(kinterrupt_);
}

BOOLEAN InterruptSync::on_interrupt(PKINTERRUPT, PVOID context) {
  return static_cast<InterruptSync*>(context)->serve();
}

template <class Body>
void InterruptSync::exclusive(Body body) {
  if (kinterrupt_) {
    const PKSYNCHRONIZE_ROUTINE run = [](PVOID context) __attribute__((ms_abi)) -> BOOLEAN {
      (*static_cast<Body*>(context))();
      return TRUE;
    };
    (void)current<io::Io>().interrupt_objects().synchronize(kinterrupt_, run, &body);
    return;
  }
  kernel::Kernel& kernel = current<kernel::Kernel>();
  const KIRQL irql = static_cast<KIRQL>(interrupt_.u.Interrupt.Level);
  auto* lock = reinterpret_cast<uint64_t*>(&lock_);
  // The same lock as when it is connected: routines of one object never run at once.
  const kernel::Irql old =
      kernel.spin_locks().acquire(lock, "IInterruptSync::CallSynchronizedRoutine",
                                  std::max(kernel.current_irql(), irql), kernel::LockKind::kInterrupt);
  body();
  kernel.spin_locks().release(lock, old, "IInterruptSync::CallSynchronizedRoutine");
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
    case InterruptSyncModeAll:  // each exactly once
      return round(false);
    case InterruptSyncModeRepeat:  // until no routine of a whole trip returns STATUS_SUCCESS
      // A routine that claims whatever it is asked would never let go; what it did is told of the interrupt's line.
      for (int trips = 0; trips < kMostTrips && round(false); ++trips) mine = true;
      return mine;
  }
  return false;
}

NTSTATUS InterruptSync::CallSynchronizedRoutine(PINTERRUPTSYNCROUTINE routine, PVOID context) {
  const KIRQL irql = static_cast<KIRQL>(interrupt_.u.Interrupt.Level);
  kernel::ApiScope scope("IInterruptSync::CallSynchronizedRoutine", kernel::kPassiveLevel, irql);
  if (!routine) return STATUS_INVALID_PARAMETER;
  NTSTATUS status = STATUS_UNSUCCESSFUL;
  exclusive([&] { status = routine(this, context); });
  return status;
}

// NULL before Connect: the interrupt object is made there.
PKINTERRUPT InterruptSync::GetKInterrupt() {
  kernel::ApiScope scope("IInterruptSync::GetKInterrupt");
  return kinterrupt_;
}

NTSTATUS InterruptSync::Connect() {
  kernel::ApiScope scope("IInterruptSync::Connect", kernel::kPassiveLevel, kernel::kPassiveLevel);
  if (kernel::made_to_fail(kernel::FailureKind::kResource, "IInterruptSync::Connect"))
    return STATUS_INSUFFICIENT_RESOURCES;
  if (kinterrupt_) return STATUS_UNSUCCESSFUL;
  const KIRQL irql = static_cast<KIRQL>(interrupt_.u.Interrupt.Level);
  auto connected = current<io::Io>().interrupt_objects().connect(
      {.routine = on_interrupt,
       .context = this,
       .lock = &lock_,
       .vector = interrupt_.u.Interrupt.Vector,
       .irql = irql,
       .synchronize_irql = irql,
       .mode = interrupt_.Flags & CM_RESOURCE_INTERRUPT_LATCHED ? Latched : LevelSensitive,
       .shareable = interrupt_.ShareDisposition == CmResourceShareShared,
       .affinity = interrupt_.u.Interrupt.Affinity});
  if (!connected) return connected.error().nt();
  kinterrupt_ = *connected;
  return STATUS_SUCCESS;
}

void InterruptSync::Disconnect() {
  kernel::ApiScope scope("IInterruptSync::Disconnect", kernel::kPassiveLevel, kernel::kPassiveLevel);
  if (PKINTERRUPT gone = std::exchange(kinterrupt_, nullptr))
    (void)current<io::Io>().interrupt_objects().disconnect(gone);
}

NTSTATUS InterruptSync::RegisterServiceRoutine(PINTERRUPTSYNCROUTINE routine, PVOID context, BOOLEAN first) {
  kernel::ApiScope scope("IInterruptSync::RegisterServiceRoutine", kernel::kPassiveLevel, kernel::kPassiveLevel);
  if (kernel::made_to_fail(kernel::FailureKind::kResource, "IInterruptSync::RegisterServiceRoutine"))
    return STATUS_INSUFFICIENT_RESOURCES;
  if (!routine) return STATUS_INVALID_PARAMETER;
  // A routine that is added while the interrupt is connected is not called halfway into the list.
  std::list<Routine> added{{routine, context}};
  exclusive([&] { routines_.splice(first ? routines_.begin() : routines_.end(), added); });
  return STATUS_SUCCESS;
}

}  // namespace portside::portcls
