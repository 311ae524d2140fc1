// Faults: the one place where this driver can be told to be wrong, for tests that need a driver that breaks a rule. The
// good driver is built without HDA_FAULT: every condition is then a constant `false`, and nothing of a fault is in it.
#pragma once

#define HDA_FAULT_NONE 0
#define HDA_FAULT_FORGETS_UNMAP 1     // FreePagesFromMdl while the driver's view is mapped (rule 0xC4/0x71004)
#define HDA_FAULT_FREES_EARLY 2       // the pages go while the controller still runs over them
#define HDA_FAULT_WRONG_DESCRIPTOR 3  // the last piece of the buffer descriptor list is a page too far

#ifndef HDA_FAULT
#define HDA_FAULT HDA_FAULT_NONE
#endif

namespace faults {
constexpr bool kForgetsUnmap = HDA_FAULT == HDA_FAULT_FORGETS_UNMAP;
constexpr bool kFreesEarly = HDA_FAULT == HDA_FAULT_FREES_EARLY;
constexpr bool kWrongDescriptor = HDA_FAULT == HDA_FAULT_WRONG_DESCRIPTOR;
}  // namespace faults
