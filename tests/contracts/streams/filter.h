// The filter: a render and a capture pin, a property of its own, and a miniport that hands out Streams.
#pragma once
#include "case.h"

// {6B0F3C1A-54C7-4A0E-9A3C-6D2F0E8B7A11}: property 1 is answered at once, 2 pends until another request comes to it.
// Its event 1 is the filter's own.
DEFINE_GUID(kPropertySet, 0x6b0f3c1a, 0x54c7, 0x4a0e, 0x9a, 0x3c, 0x6d, 0x2f, 0x0e, 0x8b, 0x7a, 0x11);

PMINIPORT new_miniport(PDEVICE_OBJECT device);
