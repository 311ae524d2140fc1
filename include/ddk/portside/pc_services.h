// Services that PortCls gives to drivers: resources, interrupts, DMA channels, registry, service groups (DDI reference: portcls).
#pragma once
#include <portside/pc_types.h>

struct IInterruptSync;
typedef int CM_RESOURCE_TYPE;
typedef NTSTATUS (NTAPI *PINTERRUPTSYNCROUTINE)(struct IInterruptSync* InterruptSync, PVOID DynamicContext);
typedef enum { InterruptSyncModeNormal = 1, InterruptSyncModeAll, InterruptSyncModeRepeat } INTERRUPTSYNCMODE;

DEFINE_GUID(IID_IResourceList, 0x22C6AC60, 0x851B, 0x11D0, 0x9A, 0x7F, 0x00, 0xAA, 0x00, 0x38, 0xAC, 0xFE);
#undef INTERFACE
#define INTERFACE IResourceList
DECLARE_INTERFACE_(IResourceList, IUnknown) {
  DEFINE_ABSTRACT_UNKNOWN()
  STDMETHOD_(ULONG, NumberOfEntries)(THIS) PURE;
  STDMETHOD_(ULONG, NumberOfEntriesOfType)(THIS_ CM_RESOURCE_TYPE Type) PURE;
  STDMETHOD_(PCM_PARTIAL_RESOURCE_DESCRIPTOR, FindTranslatedEntry)(THIS_ CM_RESOURCE_TYPE Type, ULONG Index) PURE;
  STDMETHOD_(PCM_PARTIAL_RESOURCE_DESCRIPTOR, FindUntranslatedEntry)(THIS_ CM_RESOURCE_TYPE Type, ULONG Index) PURE;
  STDMETHOD_(NTSTATUS, AddEntry)(THIS_ PCM_PARTIAL_RESOURCE_DESCRIPTOR Translated,
                                 PCM_PARTIAL_RESOURCE_DESCRIPTOR Untranslated) PURE;
  STDMETHOD_(NTSTATUS, AddEntryFromParent)(THIS_ struct IResourceList* Parent, CM_RESOURCE_TYPE Type, ULONG Index) PURE;
  STDMETHOD_(PCM_RESOURCE_LIST, TranslatedList)(THIS) PURE;
  STDMETHOD_(PCM_RESOURCE_LIST, UntranslatedList)(THIS) PURE;
};
typedef IResourceList* PRESOURCELIST;
#define IMP_IResourceList \
  STDMETHODIMP_(ULONG) NumberOfEntries(); \
  STDMETHODIMP_(ULONG) NumberOfEntriesOfType(CM_RESOURCE_TYPE Type); \
  STDMETHODIMP_(PCM_PARTIAL_RESOURCE_DESCRIPTOR) FindTranslatedEntry(CM_RESOURCE_TYPE Type, ULONG Index); \
  STDMETHODIMP_(PCM_PARTIAL_RESOURCE_DESCRIPTOR) FindUntranslatedEntry(CM_RESOURCE_TYPE Type, ULONG Index); \
  STDMETHODIMP_(NTSTATUS) AddEntry(PCM_PARTIAL_RESOURCE_DESCRIPTOR Translated, PCM_PARTIAL_RESOURCE_DESCRIPTOR Untranslated); \
  STDMETHODIMP_(NTSTATUS) AddEntryFromParent(struct IResourceList* Parent, CM_RESOURCE_TYPE Type, ULONG Index); \
  STDMETHODIMP_(PCM_RESOURCE_LIST) TranslatedList(); \
  STDMETHODIMP_(PCM_RESOURCE_LIST) UntranslatedList()

DEFINE_GUID(IID_IServiceSink, 0x22C6AC64, 0x851B, 0x11D0, 0x9A, 0x7F, 0x00, 0xAA, 0x00, 0x38, 0xAC, 0xFE);
#define DEFINE_ABSTRACT_SERVICESINK() \
  STDMETHOD_(VOID, RequestService)(THIS) PURE;
#undef INTERFACE
#define INTERFACE IServiceSink
DECLARE_INTERFACE_(IServiceSink, IUnknown) {
  DEFINE_ABSTRACT_UNKNOWN()
  DEFINE_ABSTRACT_SERVICESINK()
};
typedef IServiceSink* PSERVICESINK;
#define IMP_IServiceSink \
  STDMETHODIMP_(VOID) RequestService()

DEFINE_GUID(IID_IServiceGroup, 0x22C6AC65, 0x851B, 0x11D0, 0x9A, 0x7F, 0x00, 0xAA, 0x00, 0x38, 0xAC, 0xFE);
#undef INTERFACE
#define INTERFACE IServiceGroup
DECLARE_INTERFACE_(IServiceGroup, IServiceSink) {
  DEFINE_ABSTRACT_UNKNOWN()
  PORTSIDE_INHERITED(DEFINE_ABSTRACT_SERVICESINK())
  STDMETHOD_(NTSTATUS, AddMember)(THIS_ PSERVICESINK pServiceSink) PURE;
  STDMETHOD_(VOID, RemoveMember)(THIS_ PSERVICESINK pServiceSink) PURE;
  STDMETHOD_(VOID, SupportDelayedService)(THIS) PURE;
  STDMETHOD_(VOID, RequestDelayedService)(THIS_ ULONGLONG ullDelay) PURE;
  STDMETHOD_(VOID, CancelDelayedService)(THIS) PURE;
};
typedef IServiceGroup* PSERVICEGROUP;
#define IMP_IServiceGroup \
  IMP_IServiceSink; \
  STDMETHODIMP_(NTSTATUS) AddMember(PSERVICESINK pServiceSink); \
  STDMETHODIMP_(VOID) RemoveMember(PSERVICESINK pServiceSink); \
  STDMETHODIMP_(VOID) SupportDelayedService(); \
  STDMETHODIMP_(VOID) RequestDelayedService(ULONGLONG ullDelay); \
  STDMETHODIMP_(VOID) CancelDelayedService()

DEFINE_GUID(IID_IRegistryKey, 0xE8DA4302, 0xF304, 0x11D0, 0x95, 0x8B, 0x00, 0xC0, 0x4F, 0xB9, 0x25, 0xD3);
#undef INTERFACE
#define INTERFACE IRegistryKey
DECLARE_INTERFACE_(IRegistryKey, IUnknown) {
  DEFINE_ABSTRACT_UNKNOWN()
  STDMETHOD_(NTSTATUS, QueryKey)(THIS_ KEY_INFORMATION_CLASS KeyInformationClass, PVOID KeyInformation, ULONG Length,
                                 PULONG ResultLength) PURE;
  STDMETHOD_(NTSTATUS, EnumerateKey)(THIS_ ULONG Index, KEY_INFORMATION_CLASS KeyInformationClass, PVOID KeyInformation,
                                     ULONG Length, PULONG ResultLength) PURE;
  STDMETHOD_(NTSTATUS, QueryValueKey)(THIS_ PUNICODE_STRING ValueName,
                                      KEY_VALUE_INFORMATION_CLASS KeyValueInformationClass, PVOID KeyValueInformation,
                                      ULONG Length, PULONG ResultLength) PURE;
  STDMETHOD_(NTSTATUS, EnumerateValueKey)(THIS_ ULONG Index, KEY_VALUE_INFORMATION_CLASS KeyValueInformationClass,
                                          PVOID KeyValueInformation, ULONG Length, PULONG ResultLength) PURE;
  STDMETHOD_(NTSTATUS, SetValueKey)(THIS_ PUNICODE_STRING ValueName, ULONG Type, PVOID Data, ULONG DataSize) PURE;
  STDMETHOD_(NTSTATUS, QueryRegistryValues)(THIS_ PRTL_QUERY_REGISTRY_TABLE QueryTable, PVOID Context) PURE;
  STDMETHOD_(NTSTATUS, NewSubKey)(THIS_ struct IRegistryKey * *RegistrySubKey, PUNKNOWN OuterUnknown,
                                  ACCESS_MASK DesiredAccess, PUNICODE_STRING SubKeyName, ULONG CreateOptions,
                                  PULONG Disposition) PURE;
  STDMETHOD_(NTSTATUS, DeleteKey)(THIS) PURE;
};
typedef IRegistryKey* PREGISTRYKEY;
#define IMP_IRegistryKey \
  STDMETHODIMP_(NTSTATUS) QueryKey(KEY_INFORMATION_CLASS KeyInformationClass, PVOID KeyInformation, ULONG Length, PULONG ResultLength); \
  STDMETHODIMP_(NTSTATUS) EnumerateKey(ULONG Index, KEY_INFORMATION_CLASS KeyInformationClass, PVOID KeyInformation, ULONG Length, PULONG ResultLength); \
  STDMETHODIMP_(NTSTATUS) QueryValueKey(PUNICODE_STRING ValueName, KEY_VALUE_INFORMATION_CLASS KeyValueInformationClass, PVOID KeyValueInformation, ULONG Length, PULONG ResultLength); \
  STDMETHODIMP_(NTSTATUS) EnumerateValueKey(ULONG Index, KEY_VALUE_INFORMATION_CLASS KeyValueInformationClass, PVOID KeyValueInformation, ULONG Length, PULONG ResultLength); \
  STDMETHODIMP_(NTSTATUS) SetValueKey(PUNICODE_STRING ValueName, ULONG Type, PVOID Data, ULONG DataSize); \
  STDMETHODIMP_(NTSTATUS) QueryRegistryValues(PRTL_QUERY_REGISTRY_TABLE QueryTable, PVOID Context); \
  STDMETHODIMP_(NTSTATUS) NewSubKey(struct IRegistryKey** RegistrySubKey, PUNKNOWN OuterUnknown, ACCESS_MASK DesiredAccess, PUNICODE_STRING SubKeyName, ULONG CreateOptions, PULONG Disposition); \
  STDMETHODIMP_(NTSTATUS) DeleteKey()

DEFINE_GUID(IID_IDmaChannel, 0x22C6AC61, 0x851B, 0x11D0, 0x9A, 0x7F, 0x00, 0xAA, 0x00, 0x38, 0xAC, 0xFE);
#if PORTSIDE_DDK_MSVC
#define PORTSIDE_DMA_PHYSICAL_ADDRESS STDMETHOD_(PHYSICAL_ADDRESS, PhysicalAddress)(THIS) PURE;
#else
#define PORTSIDE_DMA_PHYSICAL_ADDRESS \
  STDMETHOD_(PHYSICAL_ADDRESS*, PhysicalAddressTo)(THIS_ PHYSICAL_ADDRESS* Result) PURE; \
  PHYSICAL_ADDRESS PhysicalAddress() { \
    PHYSICAL_ADDRESS Result; \
    PhysicalAddressTo(&Result); \
    return Result; \
  }
#endif
#define DEFINE_ABSTRACT_DMACHANNEL() \
  STDMETHOD_(NTSTATUS, AllocateBuffer)(THIS_ ULONG BufferSize, PPHYSICAL_ADDRESS PhysicalAddressConstraint) PURE; \
  STDMETHOD_(VOID, FreeBuffer)(THIS) PURE; \
  STDMETHOD_(ULONG, TransferCount)(THIS) PURE; \
  STDMETHOD_(ULONG, MaximumBufferSize)(THIS) PURE; \
  STDMETHOD_(ULONG, AllocatedBufferSize)(THIS) PURE; \
  STDMETHOD_(ULONG, BufferSize)(THIS) PURE; \
  STDMETHOD_(VOID, SetBufferSize)(THIS_ ULONG BufferSize) PURE; \
  STDMETHOD_(PVOID, SystemAddress)(THIS) PURE; \
  PORTSIDE_DMA_PHYSICAL_ADDRESS \
  STDMETHOD_(PADAPTER_OBJECT, GetAdapterObject)(THIS) PURE; \
  STDMETHOD_(VOID, CopyTo)(THIS_ PVOID Destination, PVOID Source, ULONG ByteCount) PURE; \
  STDMETHOD_(VOID, CopyFrom)(THIS_ PVOID Destination, PVOID Source, ULONG ByteCount) PURE;
#undef INTERFACE
#define INTERFACE IDmaChannel
DECLARE_INTERFACE_(IDmaChannel, IUnknown) {
  DEFINE_ABSTRACT_UNKNOWN()
  DEFINE_ABSTRACT_DMACHANNEL()
};
typedef IDmaChannel* PDMACHANNEL;
#if PORTSIDE_DDK_MSVC
#define IMP_IDmaChannel \
  STDMETHODIMP_(NTSTATUS) AllocateBuffer(ULONG BufferSize, PPHYSICAL_ADDRESS PhysicalAddressConstraint); \
  STDMETHODIMP_(VOID) FreeBuffer(); \
  STDMETHODIMP_(ULONG) TransferCount(); \
  STDMETHODIMP_(ULONG) MaximumBufferSize(); \
  STDMETHODIMP_(ULONG) AllocatedBufferSize(); \
  STDMETHODIMP_(ULONG) BufferSize(); \
  STDMETHODIMP_(VOID) SetBufferSize(ULONG BufferSize); \
  STDMETHODIMP_(PVOID) SystemAddress(); \
  STDMETHODIMP_(PHYSICAL_ADDRESS) PhysicalAddress(); \
  STDMETHODIMP_(PADAPTER_OBJECT) GetAdapterObject(); \
  STDMETHODIMP_(VOID) CopyTo(PVOID Destination, PVOID Source, ULONG ByteCount); \
  STDMETHODIMP_(VOID) CopyFrom(PVOID Destination, PVOID Source, ULONG ByteCount)
#else
#define IMP_IDmaChannel \
  STDMETHODIMP_(NTSTATUS) AllocateBuffer(ULONG BufferSize, PPHYSICAL_ADDRESS PhysicalAddressConstraint); \
  STDMETHODIMP_(VOID) FreeBuffer(); \
  STDMETHODIMP_(ULONG) TransferCount(); \
  STDMETHODIMP_(ULONG) MaximumBufferSize(); \
  STDMETHODIMP_(ULONG) AllocatedBufferSize(); \
  STDMETHODIMP_(ULONG) BufferSize(); \
  STDMETHODIMP_(VOID) SetBufferSize(ULONG BufferSize); \
  STDMETHODIMP_(PVOID) SystemAddress(); \
  STDMETHODIMP_(PHYSICAL_ADDRESS*) PhysicalAddressTo(PHYSICAL_ADDRESS* Result); \
  STDMETHODIMP_(PADAPTER_OBJECT) GetAdapterObject(); \
  STDMETHODIMP_(VOID) CopyTo(PVOID Destination, PVOID Source, ULONG ByteCount); \
  STDMETHODIMP_(VOID) CopyFrom(PVOID Destination, PVOID Source, ULONG ByteCount)
#endif

DEFINE_GUID(IID_IDmaChannelSlave, 0x22C6AC62, 0x851B, 0x11D0, 0x9A, 0x7F, 0x00, 0xAA, 0x00, 0x38, 0xAC, 0xFE);
#undef INTERFACE
#define INTERFACE IDmaChannelSlave
DECLARE_INTERFACE_(IDmaChannelSlave, IDmaChannel) {
  DEFINE_ABSTRACT_UNKNOWN()
  PORTSIDE_INHERITED(DEFINE_ABSTRACT_DMACHANNEL())
  STDMETHOD_(NTSTATUS, Start)(THIS_ ULONG MapSize, BOOLEAN WriteToDevice) PURE;
  STDMETHOD_(NTSTATUS, Stop)(THIS) PURE;
  STDMETHOD_(ULONG, ReadCounter)(THIS) PURE;
  STDMETHOD_(NTSTATUS, WaitForTC)(THIS_ ULONG Timeout) PURE;
};
typedef IDmaChannelSlave* PDMACHANNELSLAVE;
#define IMP_IDmaChannelSlave \
  IMP_IDmaChannel; \
  STDMETHODIMP_(NTSTATUS) Start(ULONG MapSize, BOOLEAN WriteToDevice); \
  STDMETHODIMP_(NTSTATUS) Stop(); \
  STDMETHODIMP_(ULONG) ReadCounter(); \
  STDMETHODIMP_(NTSTATUS) WaitForTC(ULONG Timeout)

DEFINE_GUID(IID_IInterruptSync, 0x22C6AC63, 0x851B, 0x11D0, 0x9A, 0x7F, 0x00, 0xAA, 0x00, 0x38, 0xAC, 0xFE);
#undef INTERFACE
#define INTERFACE IInterruptSync
DECLARE_INTERFACE_(IInterruptSync, IUnknown) {
  DEFINE_ABSTRACT_UNKNOWN()
  STDMETHOD_(NTSTATUS, CallSynchronizedRoutine)(THIS_ PINTERRUPTSYNCROUTINE Routine, PVOID DynamicContext) PURE;
  STDMETHOD_(PKINTERRUPT, GetKInterrupt)(THIS) PURE;
  STDMETHOD_(NTSTATUS, Connect)(THIS) PURE;
  STDMETHOD_(VOID, Disconnect)(THIS) PURE;
  STDMETHOD_(NTSTATUS, RegisterServiceRoutine)(THIS_ PINTERRUPTSYNCROUTINE Routine, PVOID DynamicContext, BOOLEAN First)
      PURE;
};
typedef IInterruptSync* PINTERRUPTSYNC;
#define IMP_IInterruptSync \
  STDMETHODIMP_(NTSTATUS) CallSynchronizedRoutine(PINTERRUPTSYNCROUTINE Routine, PVOID DynamicContext); \
  STDMETHODIMP_(PKINTERRUPT) GetKInterrupt(); \
  STDMETHODIMP_(NTSTATUS) Connect(); \
  STDMETHODIMP_(VOID) Disconnect(); \
  STDMETHODIMP_(NTSTATUS) RegisterServiceRoutine(PINTERRUPTSYNCROUTINE Routine, PVOID DynamicContext, BOOLEAN First)
