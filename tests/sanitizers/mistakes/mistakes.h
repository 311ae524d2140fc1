#pragma once
#include <wdm.h>

// A mistake, or its right twin: `wrong` is read at run time, so that no compiler sees the mistake coming.
struct Case {
  PCWSTR name;
  void (*run)(volatile LONG& wrong);
};
extern const Case kCases[];
extern const ULONG kCaseCount;

constexpr ULONG kTag = 'iSsM';
