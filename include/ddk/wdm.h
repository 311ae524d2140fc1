// The driver's view of the kernel. One header for the parts under portside/.
#pragma once
#define _WDMDDK_  // sources ask whether it is included
#include <ntdef.h>
#include <ntstatus.h>
#include <portside/exception.h>
#include <portside/ke.h>
#include <portside/rtl.h>
#include <portside/mm.h>
#include <portside/ex.h>
#include <portside/po.h>
#include <portside/cm.h>
#include <portside/io.h>
#include <portside/zw.h>
#include <portside/hal.h>
#include <portside/bugcodes.h>
#include <portside/versions.h>
#include <portside/etw.h>
#include <portside/etw_provider.h>
#include <portside/wmi_trace.h>
#include <portside/csq.h>
#include <portside/rtl_tables.h>
#include <portside/po_fx.h>
#include <portside/bug_check_callbacks.h>
#include <portside/processors.h>
