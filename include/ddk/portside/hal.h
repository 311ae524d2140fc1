// Hardware access: registers and ports, DMA adapters, bus interface (DDI reference: wdm).
#pragma once
#include <portside/io.h>

// Device registers are inline moves on x64, fenced on write as the pages promise.
#define PORTSIDE_REGISTER_ACCESS(Suffix, Type)                                                    \
  FORCEINLINE Type READ_REGISTER_##Suffix(volatile Type* Register) {                              \
    __atomic_signal_fence(__ATOMIC_SEQ_CST);                                                      \
    Type Value = *Register;                                                                       \
    __atomic_signal_fence(__ATOMIC_SEQ_CST);                                                      \
    return Value;                                                                                 \
  }                                                                                               \
  FORCEINLINE VOID WRITE_REGISTER_##Suffix(volatile Type* Register, Type Value) {                 \
    *Register = Value;                                                                            \
    __atomic_thread_fence(__ATOMIC_SEQ_CST);                                                      \
  }                                                                                               \
  FORCEINLINE VOID READ_REGISTER_BUFFER_##Suffix(volatile Type* Register, Type* Buffer, ULONG Count) { \
    while (Count--) *Buffer++ = *Register++;                                                      \
  }                                                                                               \
  FORCEINLINE VOID WRITE_REGISTER_BUFFER_##Suffix(volatile Type* Register, Type* Buffer, ULONG Count) { \
    while (Count--) *Register++ = *Buffer++;                                                      \
    __atomic_thread_fence(__ATOMIC_SEQ_CST);                                                      \
  }
EXTERN_C_START
PORTSIDE_REGISTER_ACCESS(UCHAR, UCHAR)
PORTSIDE_REGISTER_ACCESS(USHORT, USHORT)
PORTSIDE_REGISTER_ACCESS(ULONG, ULONG)
PORTSIDE_REGISTER_ACCESS(ULONG64, ULONG64)
#undef PORTSIDE_REGISTER_ACCESS

// Ports: the in and out instructions, inline.
#define PORTSIDE_PORT_ACCESS(Suffix, Type, Width, Reg)                                            \
  FORCEINLINE Type READ_PORT_##Suffix(Type* Port) {                                               \
    Type Value;                                                                                   \
    __asm__ __volatile__("in" Width " %w1, %" Reg "0" : "=a"(Value) : "Nd"((USHORT)(ULONG_PTR)Port) : "memory"); \
    return Value;                                                                                 \
  }                                                                                               \
  FORCEINLINE VOID WRITE_PORT_##Suffix(Type* Port, Type Value) {                                  \
    __asm__ __volatile__("out" Width " %" Reg "0, %w1" : : "a"(Value), "Nd"((USHORT)(ULONG_PTR)Port) : "memory"); \
  }                                                                                               \
  FORCEINLINE VOID READ_PORT_BUFFER_##Suffix(Type* Port, Type* Buffer, ULONG Count) {             \
    while (Count--) *Buffer++ = READ_PORT_##Suffix(Port);                                         \
  }                                                                                               \
  FORCEINLINE VOID WRITE_PORT_BUFFER_##Suffix(Type* Port, Type* Buffer, ULONG Count) {            \
    while (Count--) WRITE_PORT_##Suffix(Port, *Buffer++);                                         \
  }
PORTSIDE_PORT_ACCESS(UCHAR, UCHAR, "b", "b")
PORTSIDE_PORT_ACCESS(USHORT, USHORT, "w", "w")
PORTSIDE_PORT_ACCESS(ULONG, ULONG, "l", "k")
#undef PORTSIDE_PORT_ACCESS
#if PORTSIDE_DDK_MSVC
// Microsoft's intrinsics for the same; portside_add_driver() links functions, <intrin.h> has them inline.
unsigned char __inbyte(unsigned short Port);
unsigned short __inword(unsigned short Port);
unsigned long __indword(unsigned short Port);
void __outbyte(unsigned short Port, unsigned char Data);
void __outword(unsigned short Port, unsigned short Data);
void __outdword(unsigned short Port, unsigned long Data);
#endif
EXTERN_C_END

typedef enum _DMA_COMPLETION_STATUS { DmaComplete, DmaAborted, DmaError, DmaCancelled } DMA_COMPLETION_STATUS;
#define DEVICE_DESCRIPTION_VERSION 0x0000
#define DEVICE_DESCRIPTION_VERSION1 0x0001
#define DEVICE_DESCRIPTION_VERSION2 0x0002
#define DEVICE_DESCRIPTION_VERSION3 0x0003

typedef struct _DEVICE_DESCRIPTION {
  ULONG Version;
  BOOLEAN Master;
  BOOLEAN ScatterGather;
  BOOLEAN DemandMode;
  BOOLEAN AutoInitialize;
  BOOLEAN Dma32BitAddresses;
  BOOLEAN IgnoreCount;
  BOOLEAN Reserved1;
  BOOLEAN Dma64BitAddresses;
  ULONG BusNumber;
  ULONG DmaChannel;
  INTERFACE_TYPE InterfaceType;
  DMA_WIDTH DmaWidth;
  DMA_SPEED DmaSpeed;
  ULONG MaximumLength;
  ULONG DmaPort;
  ULONG DmaAddressWidth;
  ULONG DmaControllerInstance;
  ULONG DmaRequestLine;
  PHYSICAL_ADDRESS DeviceAddress;
} DEVICE_DESCRIPTION, *PDEVICE_DESCRIPTION;

typedef struct _SCATTER_GATHER_ELEMENT {
  PHYSICAL_ADDRESS Address;
  ULONG Length;
  ULONG_PTR Reserved;
} SCATTER_GATHER_ELEMENT, *PSCATTER_GATHER_ELEMENT;
#if defined(__clang__) || defined(__GNUC__)
typedef struct _SCATTER_GATHER_LIST {
  ULONG NumberOfElements;
  ULONG_PTR Reserved;
  SCATTER_GATHER_ELEMENT Elements[];
} SCATTER_GATHER_LIST, *PSCATTER_GATHER_LIST;
#endif

struct _DMA_ADAPTER;
struct _DMA_OPERATIONS;
typedef struct _DMA_ADAPTER {
  USHORT Version;
  USHORT Size;
  struct _DMA_OPERATIONS* DmaOperations;
} DMA_ADAPTER, *PDMA_ADAPTER;
typedef struct _ADAPTER_OBJECT* PADAPTER_OBJECT;

typedef VOID (NTAPI *PPUT_DMA_ADAPTER)(PDMA_ADAPTER DmaAdapter);
typedef PVOID(NTAPI* PALLOCATE_COMMON_BUFFER)(PDMA_ADAPTER DmaAdapter, ULONG Length, PPHYSICAL_ADDRESS LogicalAddress,
                                              BOOLEAN CacheEnabled);
typedef VOID(NTAPI* PFREE_COMMON_BUFFER)(PDMA_ADAPTER DmaAdapter, ULONG Length, PHYSICAL_ADDRESS LogicalAddress,
                                         PVOID VirtualAddress, BOOLEAN CacheEnabled);
typedef NTSTATUS(NTAPI* PALLOCATE_ADAPTER_CHANNEL)(PDMA_ADAPTER DmaAdapter, PDEVICE_OBJECT DeviceObject,
                                                   ULONG NumberOfMapRegisters, PDRIVER_CONTROL ExecutionRoutine,
                                                   PVOID Context);
typedef BOOLEAN(NTAPI* PFLUSH_ADAPTER_BUFFERS)(PDMA_ADAPTER DmaAdapter, PMDL Mdl, PVOID MapRegisterBase,
                                               PVOID CurrentVa, ULONG Length, BOOLEAN WriteToDevice);
typedef VOID (NTAPI *PFREE_ADAPTER_CHANNEL)(PDMA_ADAPTER DmaAdapter);
typedef VOID (NTAPI *PFREE_MAP_REGISTERS)(PDMA_ADAPTER DmaAdapter, PVOID MapRegisterBase, ULONG NumberOfMapRegisters);
typedef PHYSICAL_ADDRESS(NTAPI* PMAP_TRANSFER)(PDMA_ADAPTER DmaAdapter, PMDL Mdl, PVOID MapRegisterBase,
                                               PVOID CurrentVa, PULONG Length, BOOLEAN WriteToDevice);
typedef ULONG (NTAPI *PGET_DMA_ALIGNMENT)(PDMA_ADAPTER DmaAdapter);
typedef ULONG (NTAPI *PREAD_DMA_COUNTER)(PDMA_ADAPTER DmaAdapter);
typedef NTSTATUS(NTAPI* PGET_SCATTER_GATHER_LIST)(PDMA_ADAPTER DmaAdapter, PDEVICE_OBJECT DeviceObject, PMDL Mdl,
                                                  PVOID CurrentVa, ULONG Length, PDRIVER_LIST_CONTROL ExecutionRoutine,
                                                  PVOID Context, BOOLEAN WriteToDevice);
typedef VOID(NTAPI* PPUT_SCATTER_GATHER_LIST)(PDMA_ADAPTER DmaAdapter, PSCATTER_GATHER_LIST ScatterGather,
                                              BOOLEAN WriteToDevice);
typedef NTSTATUS(NTAPI* PCALCULATE_SCATTER_GATHER_LIST_SIZE)(PDMA_ADAPTER DmaAdapter, PMDL Mdl, PVOID CurrentVa,
                                                             ULONG Length, PULONG ScatterGatherListSize,
                                                             PULONG pNumberOfMapRegisters);
typedef NTSTATUS(NTAPI* PBUILD_SCATTER_GATHER_LIST)(PDMA_ADAPTER DmaAdapter, PDEVICE_OBJECT DeviceObject, PMDL Mdl,
                                                    PVOID CurrentVa, ULONG Length,
                                                    PDRIVER_LIST_CONTROL ExecutionRoutine, PVOID Context,
                                                    BOOLEAN WriteToDevice, PVOID ScatterGatherBuffer,
                                                    ULONG ScatterGatherLength);
typedef NTSTATUS(NTAPI* PBUILD_MDL_FROM_SCATTER_GATHER_LIST)(PDMA_ADAPTER DmaAdapter,
                                                             PSCATTER_GATHER_LIST ScatterGather, PMDL OriginalMdl,
                                                             PMDL* TargetMdl);

typedef struct _DMA_OPERATIONS {
  ULONG Size;
  PPUT_DMA_ADAPTER PutDmaAdapter;
  PALLOCATE_COMMON_BUFFER AllocateCommonBuffer;
  PFREE_COMMON_BUFFER FreeCommonBuffer;
  PALLOCATE_ADAPTER_CHANNEL AllocateAdapterChannel;
  PFLUSH_ADAPTER_BUFFERS FlushAdapterBuffers;
  PFREE_ADAPTER_CHANNEL FreeAdapterChannel;
  PFREE_MAP_REGISTERS FreeMapRegisters;
  PMAP_TRANSFER MapTransfer;
  PGET_DMA_ALIGNMENT GetDmaAlignment;
  PREAD_DMA_COUNTER ReadDmaCounter;
  PGET_SCATTER_GATHER_LIST GetScatterGatherList;
  PPUT_SCATTER_GATHER_LIST PutScatterGatherList;
  PCALCULATE_SCATTER_GATHER_LIST_SIZE CalculateScatterGatherList;
  PBUILD_SCATTER_GATHER_LIST BuildScatterGatherList;
  PBUILD_MDL_FROM_SCATTER_GATHER_LIST BuildMdlFromScatterGatherList;
  // Version 3: named for their places; their types come with the first driver that calls them.
  PVOID GetDmaAdapterInfo;
  PVOID GetDmaTransferInfo;
  PVOID InitializeDmaTransferContext;
  PVOID AllocateCommonBufferEx;
  PVOID AllocateAdapterChannelEx;
  PVOID ConfigureAdapterChannel;
  PVOID CancelAdapterChannel;
  PVOID MapTransferEx;
  PVOID GetScatterGatherListEx;
  PVOID BuildScatterGatherListEx;
  PVOID FlushAdapterBuffersEx;
  PVOID FreeAdapterObject;
  PVOID CancelMappedTransfer;
  PVOID AllocateDomainCommonBuffer;
  PVOID FlushDmaBuffer;
  PVOID JoinDmaDomain;
  PVOID LeaveDmaDomain;
  PVOID GetDmaDomain;
  PVOID AllocateCommonBufferWithBounds;
  PVOID AllocateCommonBufferVector;
  PVOID GetCommonBufferFromVectorByIndex;
  PVOID FreeCommonBufferFromVector;
  PVOID FreeCommonBufferVector;
  PVOID CreateCommonBufferFromMdl;
} DMA_OPERATIONS, *PDMA_OPERATIONS;
C_ASSERT(sizeof(DMA_OPERATIONS) == 320);

typedef BOOLEAN NTAPI TRANSLATE_BUS_ADDRESS(PVOID Context, PHYSICAL_ADDRESS BusAddress, ULONG Length,
                                            PULONG AddressSpace, PPHYSICAL_ADDRESS TranslatedAddress);
typedef TRANSLATE_BUS_ADDRESS* PTRANSLATE_BUS_ADDRESS;
typedef struct _DMA_ADAPTER* NTAPI GET_DMA_ADAPTER(PVOID Context, struct _DEVICE_DESCRIPTION* DeviceDescriptor,
                                                   PULONG NumberOfMapRegisters);
typedef GET_DMA_ADAPTER* PGET_DMA_ADAPTER;
typedef ULONG NTAPI GET_SET_DEVICE_DATA(PVOID Context, ULONG DataType, PVOID Buffer, ULONG Offset, ULONG Length);
typedef GET_SET_DEVICE_DATA* PGET_SET_DEVICE_DATA;
typedef struct _BUS_INTERFACE_STANDARD {
  USHORT Size;
  USHORT Version;
  PVOID Context;
  PINTERFACE_REFERENCE InterfaceReference;
  PINTERFACE_DEREFERENCE InterfaceDereference;
  PTRANSLATE_BUS_ADDRESS TranslateBusAddress;
  PGET_DMA_ADAPTER GetDmaAdapter;
  PGET_SET_DEVICE_DATA SetBusData;
  PGET_SET_DEVICE_DATA GetBusData;
} BUS_INTERFACE_STANDARD, *PBUS_INTERFACE_STANDARD;

// GUID_PCI_BUS_INTERFACE_STANDARD: configuration space through the PCI bus driver (DDI reference: wdm).
struct _PCI_COMMON_CONFIG;
typedef ULONG (NTAPI *PCI_READ_WRITE_CONFIG)(PVOID Context, ULONG BusOffset, ULONG Slot, PVOID Buffer, ULONG Offset, ULONG Length);
typedef VOID (NTAPI *PCI_PIN_TO_LINE)(PVOID Context, struct _PCI_COMMON_CONFIG* PciData);
typedef VOID (NTAPI *PCI_LINE_TO_PIN)(PVOID Context, struct _PCI_COMMON_CONFIG* PciNewData, struct _PCI_COMMON_CONFIG* PciOldData);
typedef struct _PCI_ROOT_BUS_HARDWARE_CAPABILITY* PPCI_ROOT_BUS_HARDWARE_CAPABILITY;
typedef VOID (NTAPI *PCI_ROOT_BUS_CAPABILITY)(PVOID Context, PPCI_ROOT_BUS_HARDWARE_CAPABILITY HardwareCapability);
typedef VOID (NTAPI *PCI_EXPRESS_WAKE_CONTROL)(PVOID Context, BOOLEAN EnableWake);
#define PCI_BUS_INTERFACE_STANDARD_VERSION 1
typedef struct _PCI_BUS_INTERFACE_STANDARD {
  USHORT Size;
  USHORT Version;
  PVOID Context;
  PINTERFACE_REFERENCE InterfaceReference;
  PINTERFACE_DEREFERENCE InterfaceDereference;
  PCI_READ_WRITE_CONFIG ReadConfig;
  PCI_READ_WRITE_CONFIG WriteConfig;
  PCI_PIN_TO_LINE PinToLine;
  PCI_LINE_TO_PIN LineToPin;
  PCI_ROOT_BUS_CAPABILITY RootBusCapability;
  PCI_EXPRESS_WAKE_CONTROL ExpressWakeControl;
} PCI_BUS_INTERFACE_STANDARD, *PPCI_BUS_INTERFACE_STANDARD;

typedef struct _PNP_BUS_INFORMATION {
  GUID BusTypeGuid;
  INTERFACE_TYPE LegacyBusType;
  ULONG BusNumber;
} PNP_BUS_INFORMATION, *PPNP_BUS_INFORMATION;

EXTERN_C_START
NTKERNELAPI PDMA_ADAPTER NTAPI IoGetDmaAdapter(PDEVICE_OBJECT PhysicalDeviceObject,
                                               PDEVICE_DESCRIPTION DeviceDescription, PULONG NumberOfMapRegisters);
NTHALAPI PVOID NTAPI HalAllocateCommonBuffer(PADAPTER_OBJECT AdapterObject, ULONG Length,
                                             PPHYSICAL_ADDRESS LogicalAddress, BOOLEAN CacheEnabled);
NTHALAPI VOID NTAPI HalFreeCommonBuffer(PADAPTER_OBJECT AdapterObject, ULONG Length, PHYSICAL_ADDRESS LogicalAddress,
                                        PVOID VirtualAddress, BOOLEAN CacheEnabled);
NTHALAPI ULONG NTAPI HalGetBusData(BUS_DATA_TYPE BusDataType, ULONG BusNumber, ULONG SlotNumber, PVOID Buffer, ULONG Length);
NTHALAPI ULONG NTAPI HalSetBusData(BUS_DATA_TYPE BusDataType, ULONG BusNumber, ULONG SlotNumber, PVOID Buffer, ULONG Length);
NTHALAPI BOOLEAN NTAPI HalTranslateBusAddress(INTERFACE_TYPE InterfaceType, ULONG BusNumber, PHYSICAL_ADDRESS BusAddress, PULONG AddressSpace,
                                              PPHYSICAL_ADDRESS TranslatedAddress);
NTHALAPI ULONG NTAPI HalGetBusDataByOffset(BUS_DATA_TYPE BusDataType, ULONG BusNumber, ULONG SlotNumber, PVOID Buffer,
                                           ULONG Offset, ULONG Length);
NTHALAPI ULONG NTAPI HalSetBusDataByOffset(BUS_DATA_TYPE BusDataType, ULONG BusNumber, ULONG SlotNumber, PVOID Buffer,
                                           ULONG Offset, ULONG Length);
EXTERN_C_END
