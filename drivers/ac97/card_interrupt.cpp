// Card, the interrupt's half (cards/shared_interrupt.h). Not pageable.
#include "card.h"

#include "faults.h"

bool Card::on_interrupt(void* context, ULONG* causes) {
  auto* card = static_cast<Card*>(context);
  const ULONG status = card->bus_.read32(bus::kGlobalStatus);
  if (status == 0xFFFFFFFF) return false;  // nobody is there
  for (ULONG i = 0; i < ARRAYSIZE(card->masters_); ++i)
    if (card->masters_[i].acknowledge(status)) *causes |= 1ul << i;
  return *causes != 0 || faults::kClaimsAll;
}

void Card::on_completions(void* context, ULONG causes) {
  auto* card = static_cast<Card*>(context);
  for (ULONG i = 0; i < ARRAYSIZE(card->masters_); ++i)
    if (causes >> i & 1) card->masters_[i].completed();
}
