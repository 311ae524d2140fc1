// SharedInterrupt. See shared_interrupt.h. Its routines are not pageable.
#include "shared_interrupt.h"

#pragma code_seg("PAGE")

SharedInterrupt::SharedInterrupt(Service service, Deferred deferred, void* context)
    : service_(service), deferred_(deferred), context_(context) {
  PAGED_CODE();
  KeInitializeDpc(&dpc_, &SharedInterrupt::on_dpc, this);
}

NTSTATUS SharedInterrupt::connect(PRESOURCELIST resources) {
  PAGED_CODE();
  NTSTATUS status = PcNewInterruptSync(&sync_, nullptr, resources, 0, InterruptSyncModeNormal);
  if (!NT_SUCCESS(status)) return status;
  status = sync_->RegisterServiceRoutine(&SharedInterrupt::on_interrupt, this, FALSE);
  if (NT_SUCCESS(status)) status = sync_->Connect();
  if (!NT_SUCCESS(status)) {
    sync_->Release();
    sync_ = nullptr;
  }
  return status;
}

void SharedInterrupt::disconnect() {
  PAGED_CODE();
  if (!sync_) return;
  sync_->Disconnect();
  sync_->Release();
  sync_ = nullptr;
  // The service routine cannot queue it any more; if it is queued, or runs, it ends here.
  KeRemoveQueueDpc(&dpc_);
  KeFlushQueuedDpcs();
}

void SharedInterrupt::hear(bool wanted) {
  PAGED_CODE();
  if (!sync_) return;
  Change change = {this, wanted};
  sync_->CallSynchronizedRoutine(&SharedInterrupt::on_hear, &change);
}

#pragma code_seg()

NTSTATUS SharedInterrupt::on_hear(IInterruptSync*, PVOID context) {
  const auto* change = static_cast<Change*>(context);
  change->interrupt->hears_ = change->wanted;
  return STATUS_SUCCESS;
}

NTSTATUS SharedInterrupt::on_interrupt(IInterruptSync*, PVOID context) {
  auto* interrupt = static_cast<SharedInterrupt*>(context);
  ULONG causes = 0;
  if (!interrupt->hears_ || !interrupt->service_(interrupt->context_, &causes)) return STATUS_UNSUCCESSFUL;
  InterlockedOr(&interrupt->pending_, static_cast<LONG>(causes));
  KeInsertQueueDpc(&interrupt->dpc_, nullptr, nullptr);
  return STATUS_SUCCESS;
}

void SharedInterrupt::on_dpc(PKDPC, PVOID context, PVOID, PVOID) {
  auto* interrupt = static_cast<SharedInterrupt*>(context);
  interrupt->deferred_(interrupt->context_, static_cast<ULONG>(InterlockedExchange(&interrupt->pending_, 0)));
}
