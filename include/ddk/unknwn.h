// The kernel has one IUnknown: see punknown.h.
#pragma once
#include <punknown.h>
