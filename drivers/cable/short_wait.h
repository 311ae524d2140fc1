// The shortest wait that lets others run, for polling a device at PASSIVE_LEVEL: in units of 100 ns, negative from now.
#pragma once

#include <wdm.h>

inline void sleep_a_millisecond() {
  LARGE_INTEGER interval;
  interval.QuadPart = -10000;
  KeDelayExecutionThread(KernelMode, FALSE, &interval);
}
