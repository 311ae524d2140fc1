// Faults: the one place where this driver can be told to be wrong.
//
// Portside's tests need drivers that break a rule. Each is this same driver built with CABLE_FAULT set to one of the
// numbers below; the good driver is built without it, every condition is then a constant `false`, and not a byte of a
// fault is left in cable.sys.
#pragma once

#define CABLE_FAULT_NONE 0
#define CABLE_FAULT_FORGETS_UNMAP 1  // FreePagesFromMdl while the driver's view is still mapped (rule 0xC4/0x71004)
#define CABLE_FAULT_READS_NULL 2     // the render stream's RUN reads through a null pointer: bug check
#define CABLE_FAULT_WAITS 3          // a volume is set after ten minutes, as by a codec that does not answer
#define CABLE_FAULT_ANSWERS_LATE 4   // the same after two seconds

#ifndef CABLE_FAULT
#define CABLE_FAULT CABLE_FAULT_NONE
#endif

namespace faults {
constexpr bool kForgetsUnmap = CABLE_FAULT == CABLE_FAULT_FORGETS_UNMAP;
constexpr bool kReadsNull = CABLE_FAULT == CABLE_FAULT_READS_NULL;
constexpr bool kWaits = CABLE_FAULT == CABLE_FAULT_WAITS || CABLE_FAULT == CABLE_FAULT_ANSWERS_LATE;
constexpr unsigned kWaitsMilliseconds = CABLE_FAULT == CABLE_FAULT_WAITS ? 600'000 : 2'000;
}  // namespace faults
