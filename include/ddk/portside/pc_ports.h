// Ports: what a miniport is given (DDI reference: portcls).
#pragma once
#include <portside/pc_services.h>

DEFINE_GUID(IID_IPort, 0xB4C90A25, 0x5791, 0x11D0, 0x86, 0xF9, 0x00, 0xA0, 0xC9, 0x11, 0xB5, 0x44);
#define DEFINE_ABSTRACT_PORT() \
  STDMETHOD_(NTSTATUS, Init)(THIS_ PDEVICE_OBJECT DeviceObject, PIRP Irp, PUNKNOWN UnknownMiniport, \
                             PUNKNOWN UnknownAdapter, PRESOURCELIST ResourceList) PURE; \
  STDMETHOD_(NTSTATUS, GetDeviceProperty)(THIS_ DEVICE_REGISTRY_PROPERTY DeviceRegistryProperty, ULONG BufferLength, \
                                          PVOID PropertyBuffer, PULONG ResultLength) PURE; \
  STDMETHOD_(NTSTATUS, NewRegistryKey)( \
      THIS_ PREGISTRYKEY * OutRegistryKey, PUNKNOWN OuterUnknown, ULONG RegistryKeyType, ACCESS_MASK DesiredAccess, \
      POBJECT_ATTRIBUTES ObjectAttributes, ULONG CreateOptions, PULONG Disposition) PURE;
#undef INTERFACE
#define INTERFACE IPort
DECLARE_INTERFACE_(IPort, IUnknown) {
  DEFINE_ABSTRACT_UNKNOWN()
  DEFINE_ABSTRACT_PORT()
};
typedef IPort* PPORT;
#define IMP_IPort \
  STDMETHODIMP_(NTSTATUS) Init(PDEVICE_OBJECT DeviceObject, PIRP Irp, PUNKNOWN UnknownMiniport, PUNKNOWN UnknownAdapter, PRESOURCELIST ResourceList); \
  STDMETHODIMP_(NTSTATUS) GetDeviceProperty(DEVICE_REGISTRY_PROPERTY DeviceRegistryProperty, ULONG BufferLength, PVOID PropertyBuffer, PULONG ResultLength); \
  STDMETHODIMP_(NTSTATUS) NewRegistryKey(PREGISTRYKEY* OutRegistryKey, PUNKNOWN OuterUnknown, ULONG RegistryKeyType, ACCESS_MASK DesiredAccess, POBJECT_ATTRIBUTES ObjectAttributes, ULONG CreateOptions, PULONG Disposition)

DEFINE_GUID(IID_IPortTopology, 0xB4C90A30, 0x5791, 0x11D0, 0x86, 0xF9, 0x00, 0xA0, 0xC9, 0x11, 0xB5, 0x44);
#undef INTERFACE
#define INTERFACE IPortTopology
DECLARE_INTERFACE_(IPortTopology, IPort) {
  DEFINE_ABSTRACT_UNKNOWN()
  PORTSIDE_INHERITED(DEFINE_ABSTRACT_PORT())
};
typedef IPortTopology* PPORTTOPOLOGY;
#define IMP_IPortTopology IMP_IPort

DEFINE_GUID(IID_IPortWaveRT, 0x339FF909, 0x68A9, 0x4310, 0xB0, 0x9B, 0x27, 0x4E, 0x96, 0xEE, 0x4C, 0xBD);
#undef INTERFACE
#define INTERFACE IPortWaveRT
DECLARE_INTERFACE_(IPortWaveRT, IPort) {
  DEFINE_ABSTRACT_UNKNOWN()
  PORTSIDE_INHERITED(DEFINE_ABSTRACT_PORT())
};
typedef IPortWaveRT* PPORTWAVERT;
#define IMP_IPortWaveRT IMP_IPort

DEFINE_GUID(IID_IPortWaveRTStream, 0x1809CE5A, 0x64BC, 0x4E62, 0xBD, 0x7D, 0x95, 0xBC, 0xE4, 0x3D, 0xE3, 0x93);
#undef INTERFACE
#define INTERFACE IPortWaveRTStream
DECLARE_INTERFACE_(IPortWaveRTStream, IUnknown) {
  DEFINE_ABSTRACT_UNKNOWN()
  STDMETHOD_(PMDL, AllocatePagesForMdl)(THIS_ PHYSICAL_ADDRESS HighAddress, SIZE_T TotalBytes) PURE;
  STDMETHOD_(PMDL, AllocateContiguousPagesForMdl)(THIS_ PHYSICAL_ADDRESS LowAddress, PHYSICAL_ADDRESS HighAddress,
                                                  SIZE_T TotalBytes) PURE;
  STDMETHOD_(PVOID, MapAllocatedPages)(THIS_ PMDL MemoryDescriptorList, MEMORY_CACHING_TYPE CacheType) PURE;
  STDMETHOD_(VOID, UnmapAllocatedPages)(THIS_ PVOID BaseAddress, PMDL MemoryDescriptorList) PURE;
  STDMETHOD_(VOID, FreePagesFromMdl)(THIS_ PMDL MemoryDescriptorList) PURE;
  STDMETHOD_(ULONG, GetPhysicalPagesCount)(THIS_ PMDL MemoryDescriptorList) PURE;
#if PORTSIDE_DDK_MSVC
  STDMETHOD_(PHYSICAL_ADDRESS, GetPhysicalPageAddress)(THIS_ PMDL MemoryDescriptorList, ULONG Index) PURE;
#else
  STDMETHOD_(PHYSICAL_ADDRESS*, GetPhysicalPageAddressTo)(THIS_ PHYSICAL_ADDRESS * Result, PMDL MemoryDescriptorList,
                                                          ULONG Index) PURE;
  PHYSICAL_ADDRESS GetPhysicalPageAddress(PMDL MemoryDescriptorList, ULONG Index) {
    PHYSICAL_ADDRESS Result;
    GetPhysicalPageAddressTo(&Result, MemoryDescriptorList, Index);
    return Result;
  }
#endif
};
typedef IPortWaveRTStream* PPORTWAVERTSTREAM;
#if PORTSIDE_DDK_MSVC
#define IMP_IPortWaveRTStream \
  STDMETHODIMP_(PMDL) AllocatePagesForMdl(PHYSICAL_ADDRESS HighAddress, SIZE_T TotalBytes); \
  STDMETHODIMP_(PMDL) AllocateContiguousPagesForMdl(PHYSICAL_ADDRESS LowAddress, PHYSICAL_ADDRESS HighAddress, SIZE_T TotalBytes); \
  STDMETHODIMP_(PVOID) MapAllocatedPages(PMDL MemoryDescriptorList, MEMORY_CACHING_TYPE CacheType); \
  STDMETHODIMP_(VOID) UnmapAllocatedPages(PVOID BaseAddress, PMDL MemoryDescriptorList); \
  STDMETHODIMP_(VOID) FreePagesFromMdl(PMDL MemoryDescriptorList); \
  STDMETHODIMP_(ULONG) GetPhysicalPagesCount(PMDL MemoryDescriptorList); \
  STDMETHODIMP_(PHYSICAL_ADDRESS) GetPhysicalPageAddress(PMDL MemoryDescriptorList, ULONG Index)
#else
#define IMP_IPortWaveRTStream \
  STDMETHODIMP_(PMDL) AllocatePagesForMdl(PHYSICAL_ADDRESS HighAddress, SIZE_T TotalBytes); \
  STDMETHODIMP_(PMDL) AllocateContiguousPagesForMdl(PHYSICAL_ADDRESS LowAddress, PHYSICAL_ADDRESS HighAddress, SIZE_T TotalBytes); \
  STDMETHODIMP_(PVOID) MapAllocatedPages(PMDL MemoryDescriptorList, MEMORY_CACHING_TYPE CacheType); \
  STDMETHODIMP_(VOID) UnmapAllocatedPages(PVOID BaseAddress, PMDL MemoryDescriptorList); \
  STDMETHODIMP_(VOID) FreePagesFromMdl(PMDL MemoryDescriptorList); \
  STDMETHODIMP_(ULONG) GetPhysicalPagesCount(PMDL MemoryDescriptorList); \
  STDMETHODIMP_(PHYSICAL_ADDRESS*) GetPhysicalPageAddressTo(PHYSICAL_ADDRESS* Result, PMDL MemoryDescriptorList, ULONG Index)
#endif

DEFINE_GUID(IID_IPortEvents, 0xA80F29C4, 0x5498, 0x11D2, 0x95, 0xD9, 0x00, 0xC0, 0x4F, 0xB9, 0x25, 0xD3);
#undef INTERFACE
#define INTERFACE IPortEvents
DECLARE_INTERFACE_(IPortEvents, IUnknown) {
  DEFINE_ABSTRACT_UNKNOWN()
  STDMETHOD_(VOID, AddEventToEventList)(THIS_ PKSEVENT_ENTRY EventEntry) PURE;
  STDMETHOD_(VOID, GenerateEventList)(THIS_ GUID * Set, ULONG EventId, BOOL PinEvent, ULONG PinId, BOOL NodeEvent,
                                      ULONG NodeId) PURE;
};
typedef IPortEvents* PPORTEVENTS;
#define IMP_IPortEvents \
  STDMETHODIMP_(VOID) AddEventToEventList(PKSEVENT_ENTRY EventEntry); \
  STDMETHODIMP_(VOID) GenerateEventList(GUID* Set, ULONG EventId, BOOL PinEvent, ULONG PinId, BOOL NodeEvent, ULONG NodeId)

DEFINE_GUID(IID_IPortClsVersion, 0x7D89A7BB, 0x869B, 0x4567, 0x8D, 0xBE, 0x1E, 0x16, 0x8C, 0xC8, 0x53, 0xDE);
#undef INTERFACE
#define INTERFACE IPortClsVersion
DECLARE_INTERFACE_(IPortClsVersion, IUnknown) {
  DEFINE_ABSTRACT_UNKNOWN()
  STDMETHOD_(DWORD, GetVersion)(THIS) PURE;
};
typedef IPortClsVersion* PPORTCLSVERSION;
#define IMP_IPortClsVersion \
  STDMETHODIMP_(DWORD) GetVersion()

DEFINE_GUID(IID_IPortClsEtwHelper, 0x80EF6667, 0xE8B1, 0x4252, 0xAB, 0x09, 0x8F, 0x6D, 0x5E, 0xBB, 0xD1, 0x9F);
#undef INTERFACE
#define INTERFACE IPortClsEtwHelper
DECLARE_INTERFACE_(IPortClsEtwHelper, IUnknown) {
  DEFINE_ABSTRACT_UNKNOWN()
  STDMETHOD_(NTSTATUS, MiniportWriteEtwEvent)(THIS_ EPcMiniportEngineEvent miniportEventType, ULONGLONG ullData1,
                                              ULONGLONG ullData2, ULONGLONG ullData3, ULONGLONG ullData4) PURE;
};
typedef IPortClsEtwHelper* PPORTCLSETWHELPER;
#define IMP_IPortClsEtwHelper \
  STDMETHODIMP_(NTSTATUS) MiniportWriteEtwEvent(EPcMiniportEngineEvent miniportEventType, ULONGLONG ullData1, ULONGLONG ullData2, ULONGLONG ullData3, ULONGLONG ullData4)

DEFINE_GUID(IID_IPortClsNotifications, 0x1E092CE2, 0xDB25, 0x483B, 0x84, 0x46, 0xB0, 0x96, 0x12, 0x15, 0x25, 0x8B);
#undef INTERFACE
#define INTERFACE IPortClsNotifications
DECLARE_INTERFACE_(IPortClsNotifications, IUnknown) {
  DEFINE_ABSTRACT_UNKNOWN()
  STDMETHOD_(NTSTATUS, AllocNotificationBuffer)(THIS_ POOL_TYPE PoolType, USHORT NumberOfBytes,
                                                PPCNOTIFICATION_BUFFER * NotificationBuffer) PURE;
  STDMETHOD_(VOID, FreeNotificationBuffer)(THIS_ PPCNOTIFICATION_BUFFER NotificationBuffer) PURE;
  STDMETHOD_(VOID, SendNotification)(THIS_ const GUID* NotificationId, PPCNOTIFICATION_BUFFER NotificationBuffer) PURE;
};
typedef IPortClsNotifications* PPORTCLSNOTIFICATIONS;
#define IMP_IPortClsNotifications \
  STDMETHODIMP_(NTSTATUS) AllocNotificationBuffer(POOL_TYPE PoolType, USHORT NumberOfBytes, PPCNOTIFICATION_BUFFER* NotificationBuffer); \
  STDMETHODIMP_(VOID) FreeNotificationBuffer(PPCNOTIFICATION_BUFFER NotificationBuffer); \
  STDMETHODIMP_(VOID) SendNotification(const GUID* NotificationId, PPCNOTIFICATION_BUFFER NotificationBuffer)

DEFINE_GUID(IID_IPortClsStreamResourceManager, 0xE1CD9915, 0xCAB1, 0x4103, 0xBB, 0x2F, 0x7D, 0xC0, 0x9C, 0x9B, 0xE9,
            0x42);
#define DEFINE_ABSTRACT_PORTCLSSTREAMRESOURCEMANAGER() \
  STDMETHOD_(NTSTATUS, AddStreamResource)(THIS_ PVOID ResourceSet, PPCSTREAMRESOURCE_DESCRIPTOR ResourceDescriptor, \
                                          PPCSTREAMRESOURCE ResourceHandle) PURE; \
  STDMETHOD_(NTSTATUS, RemoveStreamResource)(THIS_ PCSTREAMRESOURCE ResourceHandle) PURE;
#undef INTERFACE
#define INTERFACE IPortClsStreamResourceManager
DECLARE_INTERFACE_(IPortClsStreamResourceManager, IUnknown) {
  DEFINE_ABSTRACT_UNKNOWN()
  DEFINE_ABSTRACT_PORTCLSSTREAMRESOURCEMANAGER()
};
typedef IPortClsStreamResourceManager* PPORTCLSStreamResourceManager;
#define IMP_IPortClsStreamResourceManager \
  STDMETHODIMP_(NTSTATUS) AddStreamResource(PVOID ResourceSet, PPCSTREAMRESOURCE_DESCRIPTOR ResourceDescriptor, PPCSTREAMRESOURCE ResourceHandle); \
  STDMETHODIMP_(NTSTATUS) RemoveStreamResource(PCSTREAMRESOURCE ResourceHandle)

DEFINE_GUID(IID_IPortClsStreamResourceManager2, 0x0D500BAE, 0xD565, 0x469D, 0xA0, 0xE2, 0xF2, 0x83, 0x76, 0x0D, 0x71,
            0x48);
#undef INTERFACE
#define INTERFACE IPortClsStreamResourceManager2
DECLARE_INTERFACE_(IPortClsStreamResourceManager2, IPortClsStreamResourceManager) {
  DEFINE_ABSTRACT_UNKNOWN()
  PORTSIDE_INHERITED(DEFINE_ABSTRACT_PORTCLSSTREAMRESOURCEMANAGER())
  STDMETHOD_(NTSTATUS, AddStreamResource2)(THIS_ PDEVICE_OBJECT Pdo, PVOID ResourceSet,
                                           PPCSTREAMRESOURCE_DESCRIPTOR ResourceDescriptor,
                                           PPCSTREAMRESOURCE ResourceHandle) PURE;
};
typedef IPortClsStreamResourceManager2* PPORTCLSStreamResourceManager2;
#define IMP_IPortClsStreamResourceManager2 \
  IMP_IPortClsStreamResourceManager; \
  STDMETHODIMP_(NTSTATUS) AddStreamResource2(PDEVICE_OBJECT Pdo, PVOID ResourceSet, PPCSTREAMRESOURCE_DESCRIPTOR ResourceDescriptor, PPCSTREAMRESOURCE ResourceHandle)

DEFINE_GUID(IID_IUnregisterSubdevice, 0x16738177, 0xE199, 0x41F9, 0x9A, 0x87, 0xAB, 0xB2, 0xA5, 0x43, 0x2F, 0x21);
#undef INTERFACE
#define INTERFACE IUnregisterSubdevice
DECLARE_INTERFACE_(IUnregisterSubdevice, IUnknown) {
  DEFINE_ABSTRACT_UNKNOWN()
  STDMETHOD_(NTSTATUS, UnregisterSubdevice)(THIS_ PDEVICE_OBJECT DeviceObject, PUNKNOWN Unknown) PURE;
};
typedef IUnregisterSubdevice* PUNREGISTERSUBDEVICE;
#define IMP_IUnregisterSubdevice \
  STDMETHODIMP_(NTSTATUS) UnregisterSubdevice(PDEVICE_OBJECT DeviceObject, PUNKNOWN Unknown)

DEFINE_GUID(IID_IUnregisterPhysicalConnection, 0x6C38E231, 0x2A0D, 0x428D, 0x81, 0xF8, 0x07, 0xCC, 0x42, 0x8B, 0xB9,
            0xA4);
#undef INTERFACE
#define INTERFACE IUnregisterPhysicalConnection
DECLARE_INTERFACE_(IUnregisterPhysicalConnection, IUnknown) {
  DEFINE_ABSTRACT_UNKNOWN()
  STDMETHOD_(NTSTATUS, UnregisterPhysicalConnection)(THIS_ PDEVICE_OBJECT DeviceObject, PUNKNOWN FromUnknown,
                                                     ULONG FromPin, PUNKNOWN ToUnknown, ULONG ToPin) PURE;
  STDMETHOD_(NTSTATUS, UnregisterPhysicalConnectionToExternal)(THIS_ PDEVICE_OBJECT DeviceObject, PUNKNOWN FromUnknown,
                                                               ULONG FromPin, PUNICODE_STRING ToString, ULONG ToPin)
      PURE;
  STDMETHOD_(NTSTATUS, UnregisterPhysicalConnectionFromExternal)(
      THIS_ PDEVICE_OBJECT DeviceObject, PUNICODE_STRING FromString, ULONG FromPin, PUNKNOWN ToUnknown, ULONG ToPin)
      PURE;
};
typedef IUnregisterPhysicalConnection* PUNREGISTERPHYSICALCONNECTION;
#define IMP_IUnregisterPhysicalConnection \
  STDMETHODIMP_(NTSTATUS) UnregisterPhysicalConnection(PDEVICE_OBJECT DeviceObject, PUNKNOWN FromUnknown, ULONG FromPin, PUNKNOWN ToUnknown, ULONG ToPin); \
  STDMETHODIMP_(NTSTATUS) UnregisterPhysicalConnectionToExternal(PDEVICE_OBJECT DeviceObject, PUNKNOWN FromUnknown, ULONG FromPin, PUNICODE_STRING ToString, ULONG ToPin); \
  STDMETHODIMP_(NTSTATUS) UnregisterPhysicalConnectionFromExternal(PDEVICE_OBJECT DeviceObject, PUNICODE_STRING FromString, ULONG FromPin, PUNKNOWN ToUnknown, ULONG ToPin)
