// Thin: file-system drivers are no concern of ours. Idle detection is documented here.
#pragma once
#include <wdm.h>

EXTERN_C_START
NTKERNELAPI VOID NTAPI PoStartDeviceBusy(PULONG IdlePointer);
NTKERNELAPI VOID NTAPI PoEndDeviceBusy(PULONG IdlePointer);
EXTERN_C_END
