// Functions of KMDF 1.11 and later whose places in the framework's table are not known here. A call says so (DbgPrint) and
// stops the machine with WDF_VIOLATION; the report's stack has the function's name.
#pragma once
#include <devpropdef.h>
#include <portside/wdf_device.h>
#include <portside/wdf_hardware.h>
#include <portside/wdf_request.h>

typedef struct _WDF_DEVICE_PROPERTY_DATA {
  ULONG Size;
  const DEVPROPKEY* PropertyKey;
  LCID Lcid;
  ULONG Flags;
} WDF_DEVICE_PROPERTY_DATA, *PWDF_DEVICE_PROPERTY_DATA;
FORCEINLINE VOID WDF_DEVICE_PROPERTY_DATA_INIT(PWDF_DEVICE_PROPERTY_DATA PropertyData, const DEVPROPKEY* PropertyKey) {
  PORTSIDE_WDF_ZERO(PropertyData);
  PropertyData->PropertyKey = PropertyKey;
}

#if PORTSIDE_DDK_WINDOWS
EXTERN_C_START
#define PORTSIDE_WDF_NEWER(result, name, parameters)                                                           \
  FORCEINLINE result name parameters {                                                                         \
    DbgPrint("Portside: " #name " is declared, and its place in the framework's table is not known here\n"); \
    KeBugCheckEx(0x10D, 0, 0, 0, 0);                                                                           \
  }
PORTSIDE_WDF_NEWER(BOOLEAN, WdfInterruptQueueWorkItemForIsr, (WDFINTERRUPT Interrupt))
PORTSIDE_WDF_NEWER(BOOLEAN, WdfInterruptTryToAcquireLock, (WDFINTERRUPT Interrupt))
PORTSIDE_WDF_NEWER(VOID, WdfInterruptReportActive, (WDFINTERRUPT Interrupt))
PORTSIDE_WDF_NEWER(VOID, WdfInterruptReportInactive, (WDFINTERRUPT Interrupt))
PORTSIDE_WDF_NEWER(VOID, WdfIoQueueStopAndPurge,
                   (WDFQUEUE Queue, PFN_WDF_IO_QUEUE_STATE StopAndPurgeComplete, WDFCONTEXT Context))
PORTSIDE_WDF_NEWER(VOID, WdfIoQueueStopAndPurgeSynchronously, (WDFQUEUE Queue))
PORTSIDE_WDF_NEWER(VOID, WdfDeviceInitSetReleaseHardwareOrderOnFailure,
                   (PWDFDEVICE_INIT DeviceInit, WDF_RELEASE_HARDWARE_ORDER_ON_FAILURE ReleaseHardwareOrderOnFailure))
PORTSIDE_WDF_NEWER(VOID, WdfDeviceInitSetIoTypeEx, (PWDFDEVICE_INIT DeviceInit, PWDF_IO_TYPE_CONFIG IoTypeConfig))
PORTSIDE_WDF_NEWER(VOID, WdfDeviceInitSetRemoveLockOptions, (PWDFDEVICE_INIT DeviceInit, PWDF_REMOVE_LOCK_OPTIONS Options))
PORTSIDE_WDF_NEWER(NTSTATUS, WdfDeviceAssignProperty,
                   (WDFDEVICE Device, PWDF_DEVICE_PROPERTY_DATA DeviceProperty, DEVPROPTYPE Type, ULONG Size, PVOID Data))
PORTSIDE_WDF_NEWER(NTSTATUS, WdfDeviceQueryPropertyEx,
                   (WDFDEVICE Device, PWDF_DEVICE_PROPERTY_DATA DeviceProperty, ULONG BufferLength, PVOID PropertyBuffer,
                    PULONG RequiredSize, DEVPROPTYPE* Type))
PORTSIDE_WDF_NEWER(NTSTATUS, WdfDeviceAllocAndQueryPropertyEx,
                   (WDFDEVICE Device, PWDF_DEVICE_PROPERTY_DATA DeviceProperty, POOL_TYPE PoolType,
                    PWDF_OBJECT_ATTRIBUTES PropertyMemoryAttributes, WDFMEMORY* PropertyMemory, DEVPROPTYPE* Type))
PORTSIDE_WDF_NEWER(NTSTATUS, WdfDeviceMapIoSpace,
                   (WDFDEVICE Device, PHYSICAL_ADDRESS PhysicalAddress, SIZE_T NumberOfBytes, MEMORY_CACHING_TYPE CacheType,
                    PVOID* PseudoBaseAddress))
PORTSIDE_WDF_NEWER(VOID, WdfDeviceUnmapIoSpace, (WDFDEVICE Device, PVOID PseudoBaseAddress, SIZE_T NumberOfBytes))
PORTSIDE_WDF_NEWER(NTSTATUS, WdfDmaTransactionInitializeUsingOffset,
                   (WDFDMATRANSACTION DmaTransaction, PFN_WDF_PROGRAM_DMA EvtProgramDmaFunction,
                    WDF_DMA_DIRECTION DmaDirection, PMDL Mdl, SIZE_T Offset, SIZE_T Length))
PORTSIDE_WDF_NEWER(VOID, WdfDmaTransactionSetImmediateExecution,
                   (WDFDMATRANSACTION DmaTransaction, BOOLEAN UseImmediateExecution))
PORTSIDE_WDF_NEWER(BOOLEAN, WdfDmaTransactionCancel, (WDFDMATRANSACTION DmaTransaction))
EXTERN_C_END
#endif
