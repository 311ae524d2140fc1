// Mistakes that UndefinedBehaviorSanitizer's checks see. The line says "breaks <Rule>" where the report must point.
#include <ntddk.h>

#include "mistakes.h"

namespace {

volatile LONG sink;
UCHAR bytes[16];
LONG table[4];

void AddOverflow(volatile LONG& wrong) {
  const LONG most = MAXLONG - 1;
  sink = most + (1 + wrong);  // breaks UndefinedBehaviour
}

void NegateOverflow(volatile LONG& wrong) {
  const LONG value = wrong ? MINLONG : MINLONG + 1;
  sink = -value;  // breaks UndefinedBehaviour
}

void ShiftTooFar(volatile LONG& wrong) {
  sink = static_cast<LONG>(1u << (31 + wrong));  // breaks UndefinedBehaviour
}

void IndexOutOfBounds(volatile LONG& wrong) {
  sink = table[3 + wrong];  // breaks UndefinedBehaviour
}

void Misaligned(volatile LONG& wrong) {
  LONG* at = reinterpret_cast<LONG*>(reinterpret_cast<ULONG_PTR>(bytes + 7) / 8 * 8 + static_cast<ULONG_PTR>(wrong));
  sink = *at;  // breaks UndefinedBehaviour
}

void InvalidBool(volatile LONG& wrong) {
  bytes[0] = static_cast<UCHAR>(1 + wrong);
  const bool value = *reinterpret_cast<volatile bool*>(bytes);  // breaks UndefinedBehaviour
  sink = value;
}

void Unreachable(volatile LONG& wrong) {
  if (wrong) __builtin_unreachable();  // breaks UndefinedBehaviour
}

}  // namespace

#define CASE(name) {L## #name, &name}
const Case kCases[] = {CASE(AddOverflow), CASE(NegateOverflow), CASE(ShiftTooFar), CASE(IndexOutOfBounds),
                       CASE(Misaligned),  CASE(InvalidBool),    CASE(Unreachable)};
const ULONG kCaseCount = ARRAYSIZE(kCases);
