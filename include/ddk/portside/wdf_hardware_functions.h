// Functions of interrupts, DPCs and DMA.
// Not in this framework: a call stops the machine with the function's name. Indices as in wdf_functions.h.
#pragma once
#include <portside/wdf_hardware.h>

enum {
  WdfCommonBufferCreateTableIndex = 21,
  WdfCommonBufferGetAlignedVirtualAddressTableIndex = 22,
  WdfCommonBufferGetAlignedLogicalAddressTableIndex = 23,
  WdfCommonBufferGetLengthTableIndex = 24,
  WdfDmaEnablerCreateTableIndex = 94,
  WdfDmaEnablerGetMaximumLengthTableIndex = 95,
  WdfDmaEnablerGetMaximumScatterGatherElementsTableIndex = 96,
  WdfDmaEnablerSetMaximumScatterGatherElementsTableIndex = 97,
  WdfDmaTransactionCreateTableIndex = 98,
  WdfDmaTransactionInitializeTableIndex = 99,
  WdfDmaTransactionInitializeUsingRequestTableIndex = 100,
  WdfDmaTransactionExecuteTableIndex = 101,
  WdfDmaTransactionReleaseTableIndex = 102,
  WdfDmaTransactionDmaCompletedTableIndex = 103,
  WdfDmaTransactionDmaCompletedWithLengthTableIndex = 104,
  WdfDmaTransactionDmaCompletedFinalTableIndex = 105,
  WdfDmaTransactionGetBytesTransferredTableIndex = 106,
  WdfDmaTransactionSetMaximumLengthTableIndex = 107,
  WdfDmaTransactionGetRequestTableIndex = 108,
  WdfDmaTransactionGetCurrentDmaTransferLengthTableIndex = 109,
  WdfDmaTransactionGetDeviceTableIndex = 110,
  WdfDpcCreateTableIndex = 111,
  WdfDpcEnqueueTableIndex = 112,
  WdfDpcCancelTableIndex = 113,
  WdfDpcGetParentObjectTableIndex = 114,
  WdfDpcWdmGetDpcTableIndex = 115,
  WdfInterruptCreateTableIndex = 141,
  WdfInterruptQueueDpcForIsrTableIndex = 142,
  WdfInterruptSynchronizeTableIndex = 143,
  WdfInterruptAcquireLockTableIndex = 144,
  WdfInterruptReleaseLockTableIndex = 145,
  WdfInterruptEnableTableIndex = 146,
  WdfInterruptDisableTableIndex = 147,
  WdfInterruptWdmGetInterruptTableIndex = 148,
  WdfInterruptGetInfoTableIndex = 149,
  WdfInterruptSetPolicyTableIndex = 150,
  WdfInterruptGetDeviceTableIndex = 151,
  WdfCommonBufferCreateWithConfigTableIndex = 383,
  WdfDmaEnablerGetFragmentLengthTableIndex = 384,
  WdfDmaEnablerWdmGetDmaAdapterTableIndex = 385,
  WdfInterruptSetExtendedPolicyTableIndex = 389
};

typedef NTSTATUS(NTAPI* PFN_WDFCOMMONBUFFERCREATE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDMAENABLER DmaEnabler,
                                                   SIZE_T Length, PWDF_OBJECT_ATTRIBUTES Attributes,
                                                   WDFCOMMONBUFFER* CommonBuffer);
typedef PVOID(NTAPI* PFN_WDFCOMMONBUFFERGETALIGNEDVIRTUALADDRESS)(PWDF_DRIVER_GLOBALS DriverGlobals,
                                                                  WDFCOMMONBUFFER CommonBuffer);
typedef PHYSICAL_ADDRESS(NTAPI* PFN_WDFCOMMONBUFFERGETALIGNEDLOGICALADDRESS)(PWDF_DRIVER_GLOBALS DriverGlobals,
                                                                             WDFCOMMONBUFFER CommonBuffer);
typedef SIZE_T(NTAPI* PFN_WDFCOMMONBUFFERGETLENGTH)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFCOMMONBUFFER CommonBuffer);
typedef NTSTATUS(NTAPI* PFN_WDFDMAENABLERCREATE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                                 PWDF_DMA_ENABLER_CONFIG Config, PWDF_OBJECT_ATTRIBUTES Attributes,
                                                 WDFDMAENABLER* DmaEnablerHandle);
typedef SIZE_T(NTAPI* PFN_WDFDMAENABLERGETMAXIMUMLENGTH)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDMAENABLER DmaEnabler);
typedef SIZE_T(NTAPI* PFN_WDFDMAENABLERGETMAXIMUMSCATTERGATHERELEMENTS)(PWDF_DRIVER_GLOBALS DriverGlobals,
                                                                        WDFDMAENABLER DmaEnabler);
typedef VOID(NTAPI* PFN_WDFDMAENABLERSETMAXIMUMSCATTERGATHERELEMENTS)(PWDF_DRIVER_GLOBALS DriverGlobals,
                                                                      WDFDMAENABLER DmaEnabler,
                                                                      SIZE_T MaximumFragments);
typedef NTSTATUS(NTAPI* PFN_WDFDMATRANSACTIONCREATE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDMAENABLER DmaEnabler,
                                                     PWDF_OBJECT_ATTRIBUTES Attributes,
                                                     WDFDMATRANSACTION* DmaTransaction);
typedef NTSTATUS(NTAPI* PFN_WDFDMATRANSACTIONINITIALIZE)(PWDF_DRIVER_GLOBALS DriverGlobals,
                                                         WDFDMATRANSACTION DmaTransaction,
                                                         PFN_WDF_PROGRAM_DMA EvtProgramDmaFunction,
                                                         WDF_DMA_DIRECTION DmaDirection, PMDL Mdl, PVOID VirtualAddress,
                                                         SIZE_T Length);
typedef NTSTATUS(NTAPI* PFN_WDFDMATRANSACTIONINITIALIZEUSINGREQUEST)(PWDF_DRIVER_GLOBALS DriverGlobals,
                                                                     WDFDMATRANSACTION DmaTransaction,
                                                                     WDFREQUEST Request,
                                                                     PFN_WDF_PROGRAM_DMA EvtProgramDmaFunction,
                                                                     WDF_DMA_DIRECTION DmaDirection);
typedef NTSTATUS(NTAPI* PFN_WDFDMATRANSACTIONEXECUTE)(PWDF_DRIVER_GLOBALS DriverGlobals,
                                                      WDFDMATRANSACTION DmaTransaction, WDFCONTEXT Context);
typedef NTSTATUS(NTAPI* PFN_WDFDMATRANSACTIONRELEASE)(PWDF_DRIVER_GLOBALS DriverGlobals,
                                                      WDFDMATRANSACTION DmaTransaction);
typedef BOOLEAN(NTAPI* PFN_WDFDMATRANSACTIONDMACOMPLETED)(PWDF_DRIVER_GLOBALS DriverGlobals,
                                                          WDFDMATRANSACTION DmaTransaction, NTSTATUS* Status);
typedef BOOLEAN(NTAPI* PFN_WDFDMATRANSACTIONDMACOMPLETEDWITHLENGTH)(PWDF_DRIVER_GLOBALS DriverGlobals,
                                                                    WDFDMATRANSACTION DmaTransaction,
                                                                    SIZE_T TransferredLength, NTSTATUS* Status);
typedef BOOLEAN(NTAPI* PFN_WDFDMATRANSACTIONDMACOMPLETEDFINAL)(PWDF_DRIVER_GLOBALS DriverGlobals,
                                                               WDFDMATRANSACTION DmaTransaction,
                                                               SIZE_T FinalTransferredLength, NTSTATUS* Status);
typedef SIZE_T(NTAPI* PFN_WDFDMATRANSACTIONGETBYTESTRANSFERRED)(PWDF_DRIVER_GLOBALS DriverGlobals,
                                                                WDFDMATRANSACTION DmaTransaction);
typedef VOID(NTAPI* PFN_WDFDMATRANSACTIONSETMAXIMUMLENGTH)(PWDF_DRIVER_GLOBALS DriverGlobals,
                                                           WDFDMATRANSACTION DmaTransaction, SIZE_T MaximumLength);
typedef WDFREQUEST(NTAPI* PFN_WDFDMATRANSACTIONGETREQUEST)(PWDF_DRIVER_GLOBALS DriverGlobals,
                                                           WDFDMATRANSACTION DmaTransaction);
typedef SIZE_T(NTAPI* PFN_WDFDMATRANSACTIONGETCURRENTDMATRANSFERLENGTH)(PWDF_DRIVER_GLOBALS DriverGlobals,
                                                                        WDFDMATRANSACTION DmaTransaction);
typedef WDFDEVICE(NTAPI* PFN_WDFDMATRANSACTIONGETDEVICE)(PWDF_DRIVER_GLOBALS DriverGlobals,
                                                         WDFDMATRANSACTION DmaTransaction);
typedef NTSTATUS(NTAPI* PFN_WDFDPCCREATE)(PWDF_DRIVER_GLOBALS DriverGlobals, PWDF_DPC_CONFIG Config,
                                          PWDF_OBJECT_ATTRIBUTES Attributes, WDFDPC* Dpc);
typedef BOOLEAN(NTAPI* PFN_WDFDPCENQUEUE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDPC Dpc);
typedef BOOLEAN(NTAPI* PFN_WDFDPCCANCEL)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDPC Dpc, BOOLEAN Wait);
typedef WDFOBJECT(NTAPI* PFN_WDFDPCGETPARENTOBJECT)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDPC Dpc);
typedef PKDPC(NTAPI* PFN_WDFDPCWDMGETDPC)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDPC Dpc);
typedef NTSTATUS(NTAPI* PFN_WDFINTERRUPTCREATE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                                PWDF_INTERRUPT_CONFIG Configuration, PWDF_OBJECT_ATTRIBUTES Attributes,
                                                WDFINTERRUPT* Interrupt);
typedef BOOLEAN(NTAPI* PFN_WDFINTERRUPTQUEUEDPCFORISR)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFINTERRUPT Interrupt);
typedef BOOLEAN(NTAPI* PFN_WDFINTERRUPTSYNCHRONIZE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFINTERRUPT Interrupt,
                                                    PFN_WDF_INTERRUPT_SYNCHRONIZE Callback, WDFCONTEXT Context);
typedef VOID(NTAPI* PFN_WDFINTERRUPTACQUIRELOCK)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFINTERRUPT Interrupt);
typedef VOID(NTAPI* PFN_WDFINTERRUPTRELEASELOCK)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFINTERRUPT Interrupt);
typedef VOID(NTAPI* PFN_WDFINTERRUPTENABLE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFINTERRUPT Interrupt);
typedef VOID(NTAPI* PFN_WDFINTERRUPTDISABLE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFINTERRUPT Interrupt);
typedef PKINTERRUPT(NTAPI* PFN_WDFINTERRUPTWDMGETINTERRUPT)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFINTERRUPT Interrupt);
typedef VOID(NTAPI* PFN_WDFINTERRUPTGETINFO)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFINTERRUPT Interrupt,
                                             PWDF_INTERRUPT_INFO Info);
typedef VOID(NTAPI* PFN_WDFINTERRUPTSETPOLICY)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFINTERRUPT Interrupt,
                                               WDF_INTERRUPT_POLICY Policy, WDF_INTERRUPT_PRIORITY Priority,
                                               KAFFINITY TargetProcessorSet);
typedef WDFDEVICE(NTAPI* PFN_WDFINTERRUPTGETDEVICE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFINTERRUPT Interrupt);
typedef NTSTATUS(NTAPI* PFN_WDFCOMMONBUFFERCREATEWITHCONFIG)(PWDF_DRIVER_GLOBALS DriverGlobals,
                                                             WDFDMAENABLER DmaEnabler, SIZE_T Length,
                                                             PWDF_COMMON_BUFFER_CONFIG Config,
                                                             PWDF_OBJECT_ATTRIBUTES Attributes,
                                                             WDFCOMMONBUFFER* CommonBuffer);
typedef SIZE_T(NTAPI* PFN_WDFDMAENABLERGETFRAGMENTLENGTH)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDMAENABLER DmaEnabler,
                                                          WDF_DMA_DIRECTION DmaDirection);
typedef PDMA_ADAPTER(NTAPI* PFN_WDFDMAENABLERWDMGETDMAADAPTER)(PWDF_DRIVER_GLOBALS DriverGlobals,
                                                               WDFDMAENABLER DmaEnabler,
                                                               WDF_DMA_DIRECTION DmaDirection);
typedef VOID(NTAPI* PFN_WDFINTERRUPTSETEXTENDEDPOLICY)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFINTERRUPT Interrupt,
                                                       PWDF_INTERRUPT_EXTENDED_POLICY PolicyAndGroup);

#if PORTSIDE_DDK_WINDOWS
EXTERN_C_START
extern WDFFUNC* WdfFunctions;
extern PWDF_DRIVER_GLOBALS WdfDriverGlobals;

FORCEINLINE NTSTATUS WdfCommonBufferCreate(WDFDMAENABLER DmaEnabler, SIZE_T Length, PWDF_OBJECT_ATTRIBUTES Attributes,
                                           WDFCOMMONBUFFER* CommonBuffer) {
  return ((PFN_WDFCOMMONBUFFERCREATE)WdfFunctions[WdfCommonBufferCreateTableIndex])(WdfDriverGlobals, DmaEnabler,
                                                                                    Length, Attributes, CommonBuffer);
}
FORCEINLINE PVOID WdfCommonBufferGetAlignedVirtualAddress(WDFCOMMONBUFFER CommonBuffer) {
  return ((PFN_WDFCOMMONBUFFERGETALIGNEDVIRTUALADDRESS)WdfFunctions[WdfCommonBufferGetAlignedVirtualAddressTableIndex])(
      WdfDriverGlobals, CommonBuffer);
}
FORCEINLINE PHYSICAL_ADDRESS WdfCommonBufferGetAlignedLogicalAddress(WDFCOMMONBUFFER CommonBuffer) {
  return ((PFN_WDFCOMMONBUFFERGETALIGNEDLOGICALADDRESS)WdfFunctions[WdfCommonBufferGetAlignedLogicalAddressTableIndex])(
      WdfDriverGlobals, CommonBuffer);
}
FORCEINLINE SIZE_T WdfCommonBufferGetLength(WDFCOMMONBUFFER CommonBuffer) {
  return ((PFN_WDFCOMMONBUFFERGETLENGTH)WdfFunctions[WdfCommonBufferGetLengthTableIndex])(WdfDriverGlobals,
                                                                                          CommonBuffer);
}
FORCEINLINE NTSTATUS WdfDmaEnablerCreate(WDFDEVICE Device, PWDF_DMA_ENABLER_CONFIG Config,
                                         PWDF_OBJECT_ATTRIBUTES Attributes, WDFDMAENABLER* DmaEnablerHandle) {
  return ((PFN_WDFDMAENABLERCREATE)WdfFunctions[WdfDmaEnablerCreateTableIndex])(WdfDriverGlobals, Device, Config,
                                                                                Attributes, DmaEnablerHandle);
}
FORCEINLINE SIZE_T WdfDmaEnablerGetMaximumLength(WDFDMAENABLER DmaEnabler) {
  return ((PFN_WDFDMAENABLERGETMAXIMUMLENGTH)WdfFunctions[WdfDmaEnablerGetMaximumLengthTableIndex])(WdfDriverGlobals,
                                                                                                    DmaEnabler);
}
FORCEINLINE SIZE_T WdfDmaEnablerGetMaximumScatterGatherElements(WDFDMAENABLER DmaEnabler) {
  return ((PFN_WDFDMAENABLERGETMAXIMUMSCATTERGATHERELEMENTS)
              WdfFunctions[WdfDmaEnablerGetMaximumScatterGatherElementsTableIndex])(WdfDriverGlobals, DmaEnabler);
}
FORCEINLINE VOID WdfDmaEnablerSetMaximumScatterGatherElements(WDFDMAENABLER DmaEnabler, SIZE_T MaximumFragments) {
  ((PFN_WDFDMAENABLERSETMAXIMUMSCATTERGATHERELEMENTS)
       WdfFunctions[WdfDmaEnablerSetMaximumScatterGatherElementsTableIndex])(WdfDriverGlobals, DmaEnabler,
                                                                             MaximumFragments);
}
FORCEINLINE NTSTATUS WdfDmaTransactionCreate(WDFDMAENABLER DmaEnabler, PWDF_OBJECT_ATTRIBUTES Attributes,
                                             WDFDMATRANSACTION* DmaTransaction) {
  return ((PFN_WDFDMATRANSACTIONCREATE)WdfFunctions[WdfDmaTransactionCreateTableIndex])(WdfDriverGlobals, DmaEnabler,
                                                                                        Attributes, DmaTransaction);
}
FORCEINLINE NTSTATUS WdfDmaTransactionInitialize(WDFDMATRANSACTION DmaTransaction,
                                                 PFN_WDF_PROGRAM_DMA EvtProgramDmaFunction,
                                                 WDF_DMA_DIRECTION DmaDirection, PMDL Mdl, PVOID VirtualAddress,
                                                 SIZE_T Length) {
  return ((PFN_WDFDMATRANSACTIONINITIALIZE)WdfFunctions[WdfDmaTransactionInitializeTableIndex])(
      WdfDriverGlobals, DmaTransaction, EvtProgramDmaFunction, DmaDirection, Mdl, VirtualAddress, Length);
}
FORCEINLINE NTSTATUS WdfDmaTransactionInitializeUsingRequest(WDFDMATRANSACTION DmaTransaction, WDFREQUEST Request,
                                                             PFN_WDF_PROGRAM_DMA EvtProgramDmaFunction,
                                                             WDF_DMA_DIRECTION DmaDirection) {
  return ((PFN_WDFDMATRANSACTIONINITIALIZEUSINGREQUEST)WdfFunctions[WdfDmaTransactionInitializeUsingRequestTableIndex])(
      WdfDriverGlobals, DmaTransaction, Request, EvtProgramDmaFunction, DmaDirection);
}
FORCEINLINE NTSTATUS WdfDmaTransactionExecute(WDFDMATRANSACTION DmaTransaction, WDFCONTEXT Context) {
  return ((PFN_WDFDMATRANSACTIONEXECUTE)WdfFunctions[WdfDmaTransactionExecuteTableIndex])(WdfDriverGlobals,
                                                                                          DmaTransaction, Context);
}
FORCEINLINE NTSTATUS WdfDmaTransactionRelease(WDFDMATRANSACTION DmaTransaction) {
  return ((PFN_WDFDMATRANSACTIONRELEASE)WdfFunctions[WdfDmaTransactionReleaseTableIndex])(WdfDriverGlobals,
                                                                                          DmaTransaction);
}
FORCEINLINE BOOLEAN WdfDmaTransactionDmaCompleted(WDFDMATRANSACTION DmaTransaction, NTSTATUS* Status) {
  return ((PFN_WDFDMATRANSACTIONDMACOMPLETED)WdfFunctions[WdfDmaTransactionDmaCompletedTableIndex])(
      WdfDriverGlobals, DmaTransaction, Status);
}
FORCEINLINE BOOLEAN WdfDmaTransactionDmaCompletedWithLength(WDFDMATRANSACTION DmaTransaction, SIZE_T TransferredLength,
                                                            NTSTATUS* Status) {
  return ((PFN_WDFDMATRANSACTIONDMACOMPLETEDWITHLENGTH)WdfFunctions[WdfDmaTransactionDmaCompletedWithLengthTableIndex])(
      WdfDriverGlobals, DmaTransaction, TransferredLength, Status);
}
FORCEINLINE BOOLEAN WdfDmaTransactionDmaCompletedFinal(WDFDMATRANSACTION DmaTransaction, SIZE_T FinalTransferredLength,
                                                       NTSTATUS* Status) {
  return ((PFN_WDFDMATRANSACTIONDMACOMPLETEDFINAL)WdfFunctions[WdfDmaTransactionDmaCompletedFinalTableIndex])(
      WdfDriverGlobals, DmaTransaction, FinalTransferredLength, Status);
}
FORCEINLINE SIZE_T WdfDmaTransactionGetBytesTransferred(WDFDMATRANSACTION DmaTransaction) {
  return ((PFN_WDFDMATRANSACTIONGETBYTESTRANSFERRED)WdfFunctions[WdfDmaTransactionGetBytesTransferredTableIndex])(
      WdfDriverGlobals, DmaTransaction);
}
FORCEINLINE VOID WdfDmaTransactionSetMaximumLength(WDFDMATRANSACTION DmaTransaction, SIZE_T MaximumLength) {
  ((PFN_WDFDMATRANSACTIONSETMAXIMUMLENGTH)WdfFunctions[WdfDmaTransactionSetMaximumLengthTableIndex])(
      WdfDriverGlobals, DmaTransaction, MaximumLength);
}
FORCEINLINE WDFREQUEST WdfDmaTransactionGetRequest(WDFDMATRANSACTION DmaTransaction) {
  return ((PFN_WDFDMATRANSACTIONGETREQUEST)WdfFunctions[WdfDmaTransactionGetRequestTableIndex])(WdfDriverGlobals,
                                                                                                DmaTransaction);
}
FORCEINLINE SIZE_T WdfDmaTransactionGetCurrentDmaTransferLength(WDFDMATRANSACTION DmaTransaction) {
  return ((PFN_WDFDMATRANSACTIONGETCURRENTDMATRANSFERLENGTH)
              WdfFunctions[WdfDmaTransactionGetCurrentDmaTransferLengthTableIndex])(WdfDriverGlobals, DmaTransaction);
}
FORCEINLINE WDFDEVICE WdfDmaTransactionGetDevice(WDFDMATRANSACTION DmaTransaction) {
  return ((PFN_WDFDMATRANSACTIONGETDEVICE)WdfFunctions[WdfDmaTransactionGetDeviceTableIndex])(WdfDriverGlobals,
                                                                                              DmaTransaction);
}
FORCEINLINE NTSTATUS WdfDpcCreate(PWDF_DPC_CONFIG Config, PWDF_OBJECT_ATTRIBUTES Attributes, WDFDPC* Dpc) {
  return ((PFN_WDFDPCCREATE)WdfFunctions[WdfDpcCreateTableIndex])(WdfDriverGlobals, Config, Attributes, Dpc);
}
FORCEINLINE BOOLEAN WdfDpcEnqueue(WDFDPC Dpc) {
  return ((PFN_WDFDPCENQUEUE)WdfFunctions[WdfDpcEnqueueTableIndex])(WdfDriverGlobals, Dpc);
}
FORCEINLINE BOOLEAN WdfDpcCancel(WDFDPC Dpc, BOOLEAN Wait) {
  return ((PFN_WDFDPCCANCEL)WdfFunctions[WdfDpcCancelTableIndex])(WdfDriverGlobals, Dpc, Wait);
}
FORCEINLINE WDFOBJECT WdfDpcGetParentObject(WDFDPC Dpc) {
  return ((PFN_WDFDPCGETPARENTOBJECT)WdfFunctions[WdfDpcGetParentObjectTableIndex])(WdfDriverGlobals, Dpc);
}
FORCEINLINE PKDPC WdfDpcWdmGetDpc(WDFDPC Dpc) {
  return ((PFN_WDFDPCWDMGETDPC)WdfFunctions[WdfDpcWdmGetDpcTableIndex])(WdfDriverGlobals, Dpc);
}
FORCEINLINE NTSTATUS WdfInterruptCreate(WDFDEVICE Device, PWDF_INTERRUPT_CONFIG Configuration,
                                        PWDF_OBJECT_ATTRIBUTES Attributes, WDFINTERRUPT* Interrupt) {
  return ((PFN_WDFINTERRUPTCREATE)WdfFunctions[WdfInterruptCreateTableIndex])(WdfDriverGlobals, Device, Configuration,
                                                                              Attributes, Interrupt);
}
FORCEINLINE BOOLEAN WdfInterruptQueueDpcForIsr(WDFINTERRUPT Interrupt) {
  return ((PFN_WDFINTERRUPTQUEUEDPCFORISR)WdfFunctions[WdfInterruptQueueDpcForIsrTableIndex])(WdfDriverGlobals,
                                                                                              Interrupt);
}
FORCEINLINE BOOLEAN WdfInterruptSynchronize(WDFINTERRUPT Interrupt, PFN_WDF_INTERRUPT_SYNCHRONIZE Callback,
                                            WDFCONTEXT Context) {
  return ((PFN_WDFINTERRUPTSYNCHRONIZE)WdfFunctions[WdfInterruptSynchronizeTableIndex])(WdfDriverGlobals, Interrupt,
                                                                                        Callback, Context);
}
FORCEINLINE VOID WdfInterruptAcquireLock(WDFINTERRUPT Interrupt) {
  ((PFN_WDFINTERRUPTACQUIRELOCK)WdfFunctions[WdfInterruptAcquireLockTableIndex])(WdfDriverGlobals, Interrupt);
}
FORCEINLINE VOID WdfInterruptReleaseLock(WDFINTERRUPT Interrupt) {
  ((PFN_WDFINTERRUPTRELEASELOCK)WdfFunctions[WdfInterruptReleaseLockTableIndex])(WdfDriverGlobals, Interrupt);
}
FORCEINLINE VOID WdfInterruptEnable(WDFINTERRUPT Interrupt) {
  ((PFN_WDFINTERRUPTENABLE)WdfFunctions[WdfInterruptEnableTableIndex])(WdfDriverGlobals, Interrupt);
}
FORCEINLINE VOID WdfInterruptDisable(WDFINTERRUPT Interrupt) {
  ((PFN_WDFINTERRUPTDISABLE)WdfFunctions[WdfInterruptDisableTableIndex])(WdfDriverGlobals, Interrupt);
}
FORCEINLINE PKINTERRUPT WdfInterruptWdmGetInterrupt(WDFINTERRUPT Interrupt) {
  return ((PFN_WDFINTERRUPTWDMGETINTERRUPT)WdfFunctions[WdfInterruptWdmGetInterruptTableIndex])(WdfDriverGlobals,
                                                                                                Interrupt);
}
FORCEINLINE VOID WdfInterruptGetInfo(WDFINTERRUPT Interrupt, PWDF_INTERRUPT_INFO Info) {
  ((PFN_WDFINTERRUPTGETINFO)WdfFunctions[WdfInterruptGetInfoTableIndex])(WdfDriverGlobals, Interrupt, Info);
}
FORCEINLINE VOID WdfInterruptSetPolicy(WDFINTERRUPT Interrupt, WDF_INTERRUPT_POLICY Policy,
                                       WDF_INTERRUPT_PRIORITY Priority, KAFFINITY TargetProcessorSet) {
  ((PFN_WDFINTERRUPTSETPOLICY)WdfFunctions[WdfInterruptSetPolicyTableIndex])(WdfDriverGlobals, Interrupt, Policy,
                                                                             Priority, TargetProcessorSet);
}
FORCEINLINE WDFDEVICE WdfInterruptGetDevice(WDFINTERRUPT Interrupt) {
  return ((PFN_WDFINTERRUPTGETDEVICE)WdfFunctions[WdfInterruptGetDeviceTableIndex])(WdfDriverGlobals, Interrupt);
}
FORCEINLINE NTSTATUS WdfCommonBufferCreateWithConfig(WDFDMAENABLER DmaEnabler, SIZE_T Length,
                                                     PWDF_COMMON_BUFFER_CONFIG Config,
                                                     PWDF_OBJECT_ATTRIBUTES Attributes, WDFCOMMONBUFFER* CommonBuffer) {
  return ((PFN_WDFCOMMONBUFFERCREATEWITHCONFIG)WdfFunctions[WdfCommonBufferCreateWithConfigTableIndex])(
      WdfDriverGlobals, DmaEnabler, Length, Config, Attributes, CommonBuffer);
}
FORCEINLINE SIZE_T WdfDmaEnablerGetFragmentLength(WDFDMAENABLER DmaEnabler, WDF_DMA_DIRECTION DmaDirection) {
  return ((PFN_WDFDMAENABLERGETFRAGMENTLENGTH)WdfFunctions[WdfDmaEnablerGetFragmentLengthTableIndex])(
      WdfDriverGlobals, DmaEnabler, DmaDirection);
}
FORCEINLINE PDMA_ADAPTER WdfDmaEnablerWdmGetDmaAdapter(WDFDMAENABLER DmaEnabler, WDF_DMA_DIRECTION DmaDirection) {
  return ((PFN_WDFDMAENABLERWDMGETDMAADAPTER)WdfFunctions[WdfDmaEnablerWdmGetDmaAdapterTableIndex])(
      WdfDriverGlobals, DmaEnabler, DmaDirection);
}
FORCEINLINE VOID WdfInterruptSetExtendedPolicy(WDFINTERRUPT Interrupt, PWDF_INTERRUPT_EXTENDED_POLICY PolicyAndGroup) {
  ((PFN_WDFINTERRUPTSETEXTENDEDPOLICY)WdfFunctions[WdfInterruptSetExtendedPolicyTableIndex])(WdfDriverGlobals,
                                                                                             Interrupt, PolicyAndGroup);
}
EXTERN_C_END
#endif
