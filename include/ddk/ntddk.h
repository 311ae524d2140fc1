// Everything of wdm.h and the further kernel services; the parts are not told apart here.
#pragma once
#define _NTDDK_  // sources ask whether it is included
#include <wdm.h>
