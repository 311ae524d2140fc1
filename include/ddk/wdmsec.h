// Named device objects with a security descriptor (DDI reference: wdmsec; "SDDL for Device Objects"). Of wdmsec.lib, not of
// the system: portside_add_driver() links the functions.
#pragma once
#include <wdm.h>

EXTERN_C_START
NTSTATUS NTAPI WdmlibIoCreateDeviceSecure(PDRIVER_OBJECT DriverObject, ULONG DeviceExtensionSize,
                                          PUNICODE_STRING DeviceName, DEVICE_TYPE DeviceType,
                                          ULONG DeviceCharacteristics, BOOLEAN Exclusive,
                                          PCUNICODE_STRING DefaultSDDLString, LPCGUID DeviceClassGuid,
                                          PDEVICE_OBJECT* DeviceObject);
NTSTATUS NTAPI WdmlibRtlInitUnicodeStringEx(PUNICODE_STRING DestinationString, PCWSTR SourceString);
EXTERN_C_END
#define IoCreateDeviceSecure WdmlibIoCreateDeviceSecure

#define PORTSIDE_SDDL(Name, Text) static const UNICODE_STRING Name = RTL_CONSTANT_STRING(L"D:P" Text)
PORTSIDE_SDDL(SDDL_DEVOBJ_KERNEL_ONLY, L"");
PORTSIDE_SDDL(SDDL_DEVOBJ_INF_SUPPLIED, L"");
PORTSIDE_SDDL(SDDL_DEVOBJ_SYS_ALL, L"(A;;GA;;;SY)");
PORTSIDE_SDDL(SDDL_DEVOBJ_SYS_ALL_ADM_ALL, L"(A;;GA;;;SY)(A;;GA;;;BA)");
PORTSIDE_SDDL(SDDL_DEVOBJ_SYS_ALL_ADM_RX, L"(A;;GA;;;SY)(A;;GRGX;;;BA)");
PORTSIDE_SDDL(SDDL_DEVOBJ_SYS_ALL_ADM_RWX_WORLD_R, L"(A;;GA;;;SY)(A;;GRGWGX;;;BA)(A;;GR;;;WD)");
PORTSIDE_SDDL(SDDL_DEVOBJ_SYS_ALL_ADM_RWX_WORLD_R_RES_R, L"(A;;GA;;;SY)(A;;GRGWGX;;;BA)(A;;GR;;;WD)(A;;GR;;;RC)");
PORTSIDE_SDDL(SDDL_DEVOBJ_SYS_ALL_ADM_RWX_WORLD_RW_RES_R,
              L"(A;;GA;;;SY)(A;;GRGWGX;;;BA)(A;;GRGW;;;WD)(A;;GR;;;RC)");
PORTSIDE_SDDL(SDDL_DEVOBJ_SYS_ALL_ADM_RWX_WORLD_RWX_RES_RWX,
              L"(A;;GA;;;SY)(A;;GRGWGX;;;BA)(A;;GRGWGX;;;WD)(A;;GRGWGX;;;RC)");
#undef PORTSIDE_SDDL
