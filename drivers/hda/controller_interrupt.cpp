// Controller, the interrupt's half. Not pageable.
//
// PCI lines are shared: the service routine is called for other devices' interrupts too, and has to say which are its
// own. It takes the causes away, so that the line falls, notes them, and leaves the work to a DPC.
#include "controller.h"

#pragma code_seg("PAGE")

NTSTATUS Controller::connect_interrupt(PRESOURCELIST resources) {
  PAGED_CODE();
  NTSTATUS status = PcNewInterruptSync(&interrupt_, nullptr, resources, 0, InterruptSyncModeNormal);
  if (!NT_SUCCESS(status)) return status;
  status = interrupt_->RegisterServiceRoutine(&Controller::on_interrupt, this, FALSE);
  if (NT_SUCCESS(status)) status = interrupt_->Connect();
  if (!NT_SUCCESS(status)) {
    interrupt_->Release();
    interrupt_ = nullptr;
  }
  return status;
}

void Controller::hear(bool wanted) {
  PAGED_CODE();
  if (!interrupt_) return;
  Change change = {this, wanted};
  interrupt_->CallSynchronizedRoutine(&Controller::on_hear, &change);
}

#pragma code_seg()

NTSTATUS Controller::on_hear(IInterruptSync*, PVOID context) {
  const auto* change = static_cast<Change*>(context);
  change->controller->hears_ = change->wanted;
  return STATUS_SUCCESS;
}

NTSTATUS Controller::on_interrupt(IInterruptSync*, PVOID context) {
  return static_cast<Controller*>(context)->service();
}

NTSTATUS Controller::service() {
  if (!hears_) return STATUS_UNSUCCESSFUL;
  const ULONG status = registers_.read32(reg::kIntsts);
  // All ones: nobody is there, so it was not us.
  if (status == 0xFFFFFFFF || !(status & interrupt::kGlobal)) return STATUS_UNSUCCESSFUL;

  LONG causes = 0;
  for (ULONG i = 0; i < engine_count_; ++i) {
    if ((status >> i & 1) && engines_[i].acknowledge()) causes |= 1l << i;
  }
  if (status & interrupt::kController) {
    // §3.3.15: a response, a ring's error, or a codec that woke up. All are taken back; the rings are looked at.
    registers_.write8(reg::kRirbSts, rirb::kResponse | rirb::kOverrun);
    registers_.write8(reg::kCorbSts, corb::kMemoryError);
    registers_.write16(reg::kStatests, 0x7FFF);
    causes |= static_cast<LONG>(interrupt::kController);
  }
  InterlockedOr(&pending_, causes);
  KeInsertQueueDpc(&dpc_, nullptr, nullptr);
  return STATUS_SUCCESS;
}

// Two interrupts may find one DPC: causes are collected, and a listener that is called once looks at where the engine
// is, and so makes up for both.
void Controller::on_dpc(PKDPC, PVOID context, PVOID, PVOID) {
  auto* controller = static_cast<Controller*>(context);
  const ULONG causes = static_cast<ULONG>(InterlockedExchange(&controller->pending_, 0));
  for (ULONG i = 0; i < controller->engine_count_; ++i)
    if (causes >> i & 1) controller->engines_[i].completed();
  for (ULONG i = 0; i < controller->engine_count_; ++i) {
    const UCHAR errors = controller->engines_[i].take_errors();
    if (errors)
      DbgPrintEx(DPFLTR_IHVAUDIO_ID, DPFLTR_WARNING_LEVEL, "hda: stream descriptor %lu: %s\n", i,
                 errors & sd_sts::kDescriptorError ? "it could not fetch its list" : "it ran dry, or over");
  }
  if (causes & interrupt::kController) controller->ring_.collect();
}

void Controller::on_unsolicited(void* context) { static_cast<Controller*>(context)->work_.request(); }

// PASSIVE_LEVEL. Verbs may be sent here.
void Controller::do_work(void* context) {
  auto* controller = static_cast<Controller*>(context);
  CommandRing::Unsolicited next;
  while (controller->ring_.take_unsolicited(&next))
    controller->listener_(controller->listener_context_, next.codec, next.response);
}
