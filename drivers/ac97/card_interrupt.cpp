// Card, the interrupt's half. Not pageable. The line is shared: what is not ours is left to others.
#include "card.h"

#pragma code_seg("PAGE")

NTSTATUS Card::connect_interrupt(PRESOURCELIST resources) {
  PAGED_CODE();
  NTSTATUS status = PcNewInterruptSync(&interrupt_, nullptr, resources, 0, InterruptSyncModeNormal);
  if (!NT_SUCCESS(status)) return status;
  status = interrupt_->RegisterServiceRoutine(&Card::on_interrupt, this, FALSE);
  if (NT_SUCCESS(status)) status = interrupt_->Connect();
  if (!NT_SUCCESS(status)) {
    interrupt_->Release();
    interrupt_ = nullptr;
  }
  return status;
}

void Card::hear(bool wanted) {
  PAGED_CODE();
  Change change = {this, wanted};
  if (interrupt_) interrupt_->CallSynchronizedRoutine(&Card::on_hear, &change);
}

#pragma code_seg()

NTSTATUS Card::on_hear(IInterruptSync*, PVOID context) {
  const auto* change = static_cast<Change*>(context);
  change->card->hears_ = change->wanted;
  return STATUS_SUCCESS;
}

NTSTATUS Card::on_interrupt(IInterruptSync*, PVOID context) {
  auto* card = static_cast<Card*>(context);
  if (!card->hears_) return STATUS_UNSUCCESSFUL;
  const ULONG status = card->bus_.read32(bus::kGlobalStatus);
  if (status == 0xFFFFFFFF) return STATUS_UNSUCCESSFUL;  // nobody is there
  LONG causes = 0;
  for (ULONG i = 0; i < ARRAYSIZE(card->masters_); ++i)
    if (card->masters_[i].acknowledge(status)) causes |= 1l << i;
  if (causes == 0) return STATUS_UNSUCCESSFUL;
  InterlockedOr(&card->pending_, causes);
  KeInsertQueueDpc(&card->dpc_, nullptr, nullptr);
  return STATUS_SUCCESS;
}

void Card::on_dpc(PKDPC, PVOID context, PVOID, PVOID) {
  auto* card = static_cast<Card*>(context);
  const ULONG causes = static_cast<ULONG>(InterlockedExchange(&card->pending_, 0));
  for (ULONG i = 0; i < ARRAYSIZE(card->masters_); ++i)
    if (causes >> i & 1) card->masters_[i].completed();
}
