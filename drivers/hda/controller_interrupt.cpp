// Controller, the interrupt's half (cards/shared_interrupt.h). Not pageable.
#include "controller.h"

bool Controller::on_interrupt(void* context, ULONG* causes) {
  auto* controller = static_cast<Controller*>(context);
  const RegisterBlock& registers = controller->registers_;
  const ULONG status = registers.read32(reg::kIntsts);
  // All ones: nobody is there, so it was not us.
  if (status == 0xFFFFFFFF || !(status & interrupt::kGlobal)) return false;
  for (ULONG i = 0; i < controller->engine_count_; ++i)
    if ((status >> i & 1) && controller->engines_[i].acknowledge()) *causes |= 1ul << i;
  if (status & interrupt::kController) {
    // §3.3.15: a response, a ring's error, or a codec that woke up. All are taken back; the rings are looked at.
    registers.write8(reg::kRirbSts, rirb::kResponse | rirb::kOverrun);
    registers.write8(reg::kCorbSts, corb::kMemoryError);
    registers.write16(reg::kStatests, 0x7FFF);
    *causes |= interrupt::kController;
  }
  return true;
}

// A listener that is called once for two interrupts looks at where the engine is, and so makes up for both.
void Controller::on_completions(void* context, ULONG causes) {
  auto* controller = static_cast<Controller*>(context);
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
