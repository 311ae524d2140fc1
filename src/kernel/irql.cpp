#include "kernel/irql.h"

namespace portside::kernel {

const char* irql_name(Irql irql) {
  static constexpr const char* kNames[16] = {
      "PASSIVE_LEVEL", "APC_LEVEL", "DISPATCH_LEVEL", "DIRQL 3",  "DIRQL 4",  "DIRQL 5",     "DIRQL 6",   "DIRQL 7",
      "DIRQL 8",       "DIRQL 9",   "DIRQL 10",       "DIRQL 11", "DIRQL 12", "CLOCK_LEVEL", "IPI_LEVEL", "HIGH_LEVEL"};
  return irql < 16 ? kNames[irql] : "no IRQL";
}

}  // namespace portside::kernel
