// Debug output of kernel streaming drivers (_DbgPrintF). The including file may define STR_MODULENAME and
// DEBUG_VARIABLE, its level.
#pragma once
#include <wdm.h>

#define DEBUGLVL_BLAB 4
#define DEBUGLVL_VERBOSE 3
#define DEBUGLVL_TERSE 2
#define DEBUGLVL_ERROR 1
#ifndef DEBUG_LEVEL
#define DEBUG_LEVEL DEBUGLVL_TERSE
#endif
#ifndef STR_MODULENAME
#define STR_MODULENAME ""
#endif
#if DBG
#define _DbgPrintF(lvl, strings)                                       \
  do {                                                                 \
    if ((lvl) <= DEBUG_LEVEL) {                                        \
      DbgPrint(STR_MODULENAME);                                        \
      DbgPrint strings;                                                \
      DbgPrint("\n");                                                  \
      if ((lvl) == DEBUGLVL_ERROR) NT_ASSERT(FALSE);                   \
    }                                                                  \
  } while (0)
#else
#define _DbgPrintF(lvl, strings)
#endif
