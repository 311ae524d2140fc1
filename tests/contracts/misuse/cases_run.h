#pragma once
#include <ntstrsafe.h>
#include <portcls.h>

// Makes the named mistake (`wrong`), or runs its right twin, on a stream's port.
void run_case(const UNICODE_STRING& name, IPortWaveRTStream* port, bool wrong);
