#include "loader/fast_fail.h"

namespace portside::loader {

const char* fast_fail_name(uint32_t code) {
  switch (code) {
    case 0: return "a stack buffer was overrun (legacy /GS)";
    case 1: return "a virtual call used a corrupted vtable (VTGuard)";
    case 2: return "a stack buffer was overrun: the stack cookie is wrong";
    case 3: return "a LIST_ENTRY is corrupt, for example removed twice";
    case 4: return "the stack pointer is outside the stack";
    case 5: return "a function was given an invalid argument";
    case 6: return "the stack cookie was not initialised";
    case 7: return "the driver asked for it";
    case 8: return "an array index is out of range";
    case 9: return "an unsafe registry access";
    case 10: return "an indirect call went to an address that is no function (control flow guard)";
    case 11: return "a guarded write went astray";
    case 12: return "an invalid fibre switch";
    case 13: return "an invalid register context was set";
    case 14: return "a reference count went wrong";
    case 18: return "a jump buffer is invalid";
    case 19: return "read-only data was modified";
    case 20: return "a cryptographic self-test failed";
    case 21: return "an exception chain is invalid";
    case 22: return "a cryptographic library failed";
    case 23: return "an invalid call from a DLL callout";
    case 24: return "an image base is invalid";
    default: return "no further description";
  }
}

}  // namespace portside::loader
