// The kernel-mode driver framework, as far as PortCls drivers use it (DDI reference: wdf*).
#pragma once
#include <ntddk.h>
#include <portside/wdf_types.h>
#include <portside/wdf_functions.h>
