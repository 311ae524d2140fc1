// KTIMER, EX_TIMER and DPCs, over kernel/kernel_timers.h and kernel/dpc_queue.h.

#include "exports/api.h"
#include "kernel/dispatcher.h"
#include "kernel/dpc_queue.h"
#include "kernel/kernel.h"
#include "kernel/kernel_timers.h"
#include "kernel/machine_clock.h"
#include "kernel/processors.h"

using namespace portside;
using namespace portside::exports;
using kernel::DpcQueue;
using kernel::ExTimer;
using kernel::Kernel;
using kernel::KernelTimers;

namespace {
Kernel& machine() { return current<Kernel>(); }
KernelTimers& timers() { return machine().timers(); }
DpcQueue& dpcs() { return machine().dpcs(); }
ExTimer* ours(PEX_TIMER timer) { return reinterpret_cast<ExTimer*>(timer); }
}  // namespace

extern "C" {

VOID NTAPI KeInitializeTimer(PKTIMER Timer) {
  ApiScope scope("KeInitializeTimer", kPassiveLevel, kDispatchLevel);
  timers().initialize(Timer, false);
}

VOID NTAPI KeInitializeTimerEx(PKTIMER Timer, TIMER_TYPE Type) {
  ApiScope scope("KeInitializeTimerEx", kPassiveLevel, kDispatchLevel);
  timers().initialize(Timer, Type == SynchronizationTimer);
}

BOOLEAN NTAPI KeSetTimer(PKTIMER Timer, LARGE_INTEGER DueTime, PKDPC Dpc) {
  ApiScope scope("KeSetTimer", kPassiveLevel, kDispatchLevel);
  machine().judge_due_time("KeSetTimer", DueTime.QuadPart);
  return timers().set(Timer, DueTime.QuadPart, 0, Dpc);
}

BOOLEAN NTAPI KeSetTimerEx(PKTIMER Timer, LARGE_INTEGER DueTime, LONG Period, PKDPC Dpc) {
  ApiScope scope("KeSetTimerEx", kPassiveLevel, kDispatchLevel);
  machine().judge_due_time("KeSetTimerEx", DueTime.QuadPart);
  return timers().set(Timer, DueTime.QuadPart, Period, Dpc, "KeSetTimerEx");
}

BOOLEAN NTAPI KeSetCoalescableTimer(PKTIMER Timer, LARGE_INTEGER DueTime, ULONG Period, ULONG, PKDPC Dpc) {
  ApiScope scope("KeSetCoalescableTimer", kPassiveLevel, kDispatchLevel);
  machine().judge_due_time("KeSetCoalescableTimer", DueTime.QuadPart);
  return timers().set(Timer, DueTime.QuadPart, static_cast<LONG>(Period), Dpc, "KeSetCoalescableTimer");
}

BOOLEAN NTAPI KeCancelTimer(PKTIMER Timer) {
  ApiScope scope("KeCancelTimer", kPassiveLevel, kDispatchLevel);
  return timers().cancel(Timer);
}

BOOLEAN NTAPI KeReadStateTimer(PKTIMER Timer) {
  ApiScope scope("KeReadStateTimer", kPassiveLevel, kDispatchLevel);
  return machine().dispatcher().read_state(Timer) != 0;
}

PEX_TIMER NTAPI ExAllocateTimer(PEXT_CALLBACK Callback, PVOID CallbackContext, ULONG Attributes) {
  ApiScope scope("ExAllocateTimer", kPassiveLevel, kDispatchLevel);
  // ExAllocateTimer, Attributes: high resolution and no-wake exclude each other; other bits are zero.
  constexpr ULONG kKnown = EX_TIMER_HIGH_RESOLUTION | EX_TIMER_NO_WAKE | EX_TIMER_NOTIFICATION;
  constexpr ULONG kBoth = EX_TIMER_HIGH_RESOLUTION | EX_TIMER_NO_WAKE;
  if ((Attributes & ~kKnown) || (Attributes & kBoth) == kBoth) return nullptr;
  if (made_to_fail(FailureKind::kTimer, "ExAllocateTimer")) return nullptr;
  return reinterpret_cast<PEX_TIMER>(
      timers().allocate(reinterpret_cast<kernel::ExTimerCallback>(Callback), CallbackContext, Attributes));
}

BOOLEAN NTAPI ExSetTimer(PEX_TIMER Timer, LONGLONG DueTime, LONGLONG Period, PEXT_SET_PARAMETERS) {
  ApiScope scope("ExSetTimer", kPassiveLevel, kDispatchLevel);
  machine().judge_due_time("ExSetTimer", DueTime);
  return timers().set(ours(Timer), DueTime, Period);
}

BOOLEAN NTAPI ExCancelTimer(PEX_TIMER Timer, PEXT_CANCEL_PARAMETERS) {
  ApiScope scope("ExCancelTimer", kPassiveLevel, kDispatchLevel);
  return timers().cancel(ours(Timer));
}

BOOLEAN NTAPI ExDeleteTimer(PEX_TIMER Timer, BOOLEAN Cancel, BOOLEAN Wait, PEXT_DELETE_PARAMETERS Parameters) {
  // Remarks: with Wait at <= APC_LEVEL, else at <= DISPATCH_LEVEL.
  ApiScope scope("ExDeleteTimer", kPassiveLevel, Wait ? kApcLevel : kDispatchLevel);
  return timers().destroy(
      ours(Timer), Cancel, Wait,
      Parameters ? reinterpret_cast<kernel::ExTimerDeleteCallback>(Parameters->DeleteCallback) : nullptr,
      Parameters ? Parameters->DeleteContext : nullptr);
}

ULONG NTAPI ExSetTimerResolution(ULONG DesiredTime, BOOLEAN SetResolution) {
  ApiScope scope("ExSetTimerResolution", kPassiveLevel, kApcLevel);
  machine().judge_timer_resolution();
  constexpr int64_t kFinestHns = 5000;
  auto& clock = machine().clock();
  const Nanoseconds standard = machine().options().timer_granularity;
  // An exact clock (granularity zero) has nothing to gain.
  if (standard > Nanoseconds(0))
    clock.set_granularity(
        SetResolution ? std::min(clock.granularity(), Nanoseconds(std::max<int64_t>(DesiredTime, kFinestHns) * 100))
                      : standard);
  return static_cast<ULONG>(std::max<int64_t>(clock.granularity().count() / 100, 1));
}

VOID NTAPI ExQueryTimerResolution(PULONG MaximumTime, PULONG MinimumTime, PULONG CurrentTime) {
  ApiScope scope("ExQueryTimerResolution");
  *MaximumTime = kernel::MachineClock::kTimeIncrement;
  *MinimumTime = 5000;
  *CurrentTime = static_cast<ULONG>(std::max<int64_t>(machine().clock().granularity().count() / 100, 1));
}

VOID NTAPI KeInitializeDpc(PRKDPC Dpc, PKDEFERRED_ROUTINE DeferredRoutine, PVOID DeferredContext) {
  ApiScope scope("KeInitializeDpc");
  dpcs().initialize(Dpc, reinterpret_cast<void*>(DeferredRoutine), DeferredContext, false);
}

VOID NTAPI KeInitializeThreadedDpc(PRKDPC Dpc, PKDEFERRED_ROUTINE DeferredRoutine, PVOID DeferredContext) {
  ApiScope scope("KeInitializeThreadedDpc");
  dpcs().initialize(Dpc, reinterpret_cast<void*>(DeferredRoutine), DeferredContext, true);
}

BOOLEAN NTAPI KeInsertQueueDpc(PRKDPC Dpc, PVOID SystemArgument1, PVOID SystemArgument2) {
  ApiScope scope("KeInsertQueueDpc");
  return dpcs().insert(Dpc, SystemArgument1, SystemArgument2);
}

BOOLEAN NTAPI KeRemoveQueueDpc(PRKDPC Dpc) {
  ApiScope scope("KeRemoveQueueDpc");
  return dpcs().remove(Dpc);
}

VOID NTAPI KeSetImportanceDpc(PRKDPC Dpc, KDPC_IMPORTANCE Importance) {
  ApiScope scope("KeSetImportanceDpc");
  dpcs().set_high_importance(Dpc, Importance == HighImportance);
}

VOID NTAPI KeSetTargetProcessorDpc(PRKDPC Dpc, CCHAR Number) {
  ApiScope scope("KeSetTargetProcessorDpc");
  dpcs().set_target(Dpc, static_cast<uint8_t>(Number));
}

NTSTATUS NTAPI KeSetTargetProcessorDpcEx(PKDPC Dpc, PPROCESSOR_NUMBER ProcNumber) {
  ApiScope scope("KeSetTargetProcessorDpcEx");
  if (ProcNumber->Group != 0 || ProcNumber->Number >= kernel::Processors::kCount) return STATUS_INVALID_PARAMETER;
  dpcs().set_target(Dpc, ProcNumber->Number);
  return STATUS_SUCCESS;
}

VOID NTAPI KeFlushQueuedDpcs(VOID) {
  ApiScope scope("KeFlushQueuedDpcs", kPassiveLevel, kPassiveLevel);
  dpcs().flush();
}

LOGICAL NTAPI KeShouldYieldProcessor(VOID) {
  ApiScope scope("KeShouldYieldProcessor", kDispatchLevel);
  return machine().current_irql() >= kDispatchLevel && machine().is_virtual() && machine().work_pending();
}

}  // extern "C"

namespace portside::exports {
namespace {
const Export kKeTimerRows[] = {
    EXPORT(NtosKrnl, KeInitializeTimer),
    EXPORT(NtosKrnl, KeInitializeTimerEx),
    EXPORT(NtosKrnl, KeSetTimer),
    EXPORT(NtosKrnl, KeSetTimerEx),
    EXPORT_PARTIAL(NtosKrnl, KeSetCoalescableTimer, "the tolerable delay is not used"),
    EXPORT(NtosKrnl, KeCancelTimer),
    EXPORT(NtosKrnl, KeReadStateTimer),
    EXPORT_PARTIAL(NtosKrnl, ExAllocateTimer, "a no-wake timer is an ordinary one: the machine never sleeps"),
    EXPORT(NtosKrnl, ExSetTimer),
    EXPORT(NtosKrnl, ExCancelTimer),
    EXPORT(NtosKrnl, ExDeleteTimer),
    EXPORT(NtosKrnl, ExSetTimerResolution),
    EXPORT(NtosKrnl, ExQueryTimerResolution),
    EXPORT(NtosKrnl, KeInitializeDpc),
    EXPORT_PARTIAL(NtosKrnl, KeInitializeThreadedDpc, "runs at DISPATCH_LEVEL, as where threaded DPCs are disabled"),
    EXPORT(NtosKrnl, KeInsertQueueDpc),
    EXPORT(NtosKrnl, KeRemoveQueueDpc),
    EXPORT(NtosKrnl, KeSetImportanceDpc),
    EXPORT(NtosKrnl, KeSetTargetProcessorDpc),
    EXPORT(NtosKrnl, KeSetTargetProcessorDpcEx),
    EXPORT(NtosKrnl, KeFlushQueuedDpcs),
    EXPORT(NtosKrnl, KeShouldYieldProcessor),
};
}  // namespace
const ExportSet kKeTimerExports{kKeTimerRows};
}  // namespace portside::exports
