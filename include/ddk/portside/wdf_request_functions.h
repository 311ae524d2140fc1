// Functions of queues and requests.
// Not in this framework: a call stops the machine with the function's name. Indices as in wdf_functions.h.
#pragma once
#include <portside/wdf_request.h>

enum {
  WdfIoQueueCreateTableIndex = 152,
  WdfIoQueueGetStateTableIndex = 153,
  WdfIoQueueStartTableIndex = 154,
  WdfIoQueueStopTableIndex = 155,
  WdfIoQueueStopSynchronouslyTableIndex = 156,
  WdfIoQueueGetDeviceTableIndex = 157,
  WdfIoQueueRetrieveNextRequestTableIndex = 158,
  WdfIoQueueRetrieveRequestByFileObjectTableIndex = 159,
  WdfIoQueueFindRequestTableIndex = 160,
  WdfIoQueueRetrieveFoundRequestTableIndex = 161,
  WdfIoQueueDrainSynchronouslyTableIndex = 162,
  WdfIoQueueDrainTableIndex = 163,
  WdfIoQueuePurgeSynchronouslyTableIndex = 164,
  WdfIoQueuePurgeTableIndex = 165,
  WdfIoQueueReadyNotifyTableIndex = 166,
  WdfRequestCreateFromIrpTableIndex = 248,
  WdfRequestChangeTargetTableIndex = 250,
  WdfRequestFormatRequestUsingCurrentTypeTableIndex = 251,
  WdfRequestWdmFormatUsingStackLocationTableIndex = 252,
  WdfRequestMarkCancelableTableIndex = 255,
  WdfRequestUnmarkCancelableTableIndex = 256,
  WdfRequestIsCanceledTableIndex = 257,
  WdfRequestIsFrom32BitProcessTableIndex = 259,
  WdfRequestCompleteWithPriorityBoostTableIndex = 264,
  WdfRequestCompleteWithInformationTableIndex = 265,
  WdfRequestGetParametersTableIndex = 266,
  WdfRequestRetrieveInputMemoryTableIndex = 267,
  WdfRequestRetrieveOutputMemoryTableIndex = 268,
  WdfRequestRetrieveInputBufferTableIndex = 269,
  WdfRequestRetrieveOutputBufferTableIndex = 270,
  WdfRequestRetrieveInputWdmMdlTableIndex = 271,
  WdfRequestRetrieveOutputWdmMdlTableIndex = 272,
  WdfRequestRetrieveUnsafeUserInputBufferTableIndex = 273,
  WdfRequestRetrieveUnsafeUserOutputBufferTableIndex = 274,
  WdfRequestSetInformationTableIndex = 275,
  WdfRequestGetFileObjectTableIndex = 277,
  WdfRequestProbeAndLockUserBufferForReadTableIndex = 278,
  WdfRequestProbeAndLockUserBufferForWriteTableIndex = 279,
  WdfRequestGetRequestorModeTableIndex = 280,
  WdfRequestForwardToIoQueueTableIndex = 281,
  WdfRequestGetIoQueueTableIndex = 282,
  WdfRequestRequeueTableIndex = 283,
  WdfRequestStopAcknowledgeTableIndex = 284,
  WdfRequestWdmGetIrpTableIndex = 285,
  WdfIoQueueAssignForwardProgressPolicyTableIndex = 390,
  WdfRequestMarkCancelableExTableIndex = 393,
  WdfRequestIsReservedTableIndex = 394,
  WdfRequestForwardToParentDeviceIoQueueTableIndex = 395
};

typedef NTSTATUS(NTAPI* PFN_WDFIOQUEUECREATE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                              PWDF_IO_QUEUE_CONFIG Config, PWDF_OBJECT_ATTRIBUTES QueueAttributes,
                                              WDFQUEUE* Queue);
typedef WDF_IO_QUEUE_STATE(NTAPI* PFN_WDFIOQUEUEGETSTATE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFQUEUE Queue,
                                                          PULONG QueueRequests, PULONG DriverRequests);
typedef VOID(NTAPI* PFN_WDFIOQUEUESTART)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFQUEUE Queue);
typedef VOID(NTAPI* PFN_WDFIOQUEUESTOP)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFQUEUE Queue,
                                        PFN_WDF_IO_QUEUE_STATE StopComplete, WDFCONTEXT Context);
typedef VOID(NTAPI* PFN_WDFIOQUEUESTOPSYNCHRONOUSLY)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFQUEUE Queue);
typedef WDFDEVICE(NTAPI* PFN_WDFIOQUEUEGETDEVICE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFQUEUE Queue);
typedef NTSTATUS(NTAPI* PFN_WDFIOQUEUERETRIEVENEXTREQUEST)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFQUEUE Queue,
                                                           WDFREQUEST* OutRequest);
typedef NTSTATUS(NTAPI* PFN_WDFIOQUEUERETRIEVEREQUESTBYFILEOBJECT)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFQUEUE Queue,
                                                                   WDFFILEOBJECT FileObject, WDFREQUEST* OutRequest);
typedef NTSTATUS(NTAPI* PFN_WDFIOQUEUEFINDREQUEST)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFQUEUE Queue,
                                                   WDFREQUEST FoundRequest, WDFFILEOBJECT FileObject,
                                                   PWDF_REQUEST_PARAMETERS Parameters, WDFREQUEST* OutRequest);
typedef NTSTATUS(NTAPI* PFN_WDFIOQUEUERETRIEVEFOUNDREQUEST)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFQUEUE Queue,
                                                            WDFREQUEST FoundRequest, WDFREQUEST* OutRequest);
typedef VOID(NTAPI* PFN_WDFIOQUEUEDRAINSYNCHRONOUSLY)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFQUEUE Queue);
typedef VOID(NTAPI* PFN_WDFIOQUEUEDRAIN)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFQUEUE Queue,
                                         PFN_WDF_IO_QUEUE_STATE DrainComplete, WDFCONTEXT Context);
typedef VOID(NTAPI* PFN_WDFIOQUEUEPURGESYNCHRONOUSLY)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFQUEUE Queue);
typedef VOID(NTAPI* PFN_WDFIOQUEUEPURGE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFQUEUE Queue,
                                         PFN_WDF_IO_QUEUE_STATE PurgeComplete, WDFCONTEXT Context);
typedef NTSTATUS(NTAPI* PFN_WDFIOQUEUEREADYNOTIFY)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFQUEUE Queue,
                                                   PFN_WDF_IO_QUEUE_STATE QueueReady, WDFCONTEXT Context);
typedef NTSTATUS(NTAPI* PFN_WDFREQUESTCREATEFROMIRP)(PWDF_DRIVER_GLOBALS DriverGlobals,
                                                     PWDF_OBJECT_ATTRIBUTES RequestAttributes, PIRP Irp,
                                                     BOOLEAN RequestFreesIrp, WDFREQUEST* Request);
typedef NTSTATUS(NTAPI* PFN_WDFREQUESTCHANGETARGET)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request,
                                                    WDFIOTARGET IoTarget);
typedef VOID(NTAPI* PFN_WDFREQUESTFORMATREQUESTUSINGCURRENTTYPE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request);
typedef VOID(NTAPI* PFN_WDFREQUESTWDMFORMATUSINGSTACKLOCATION)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request,
                                                               PIO_STACK_LOCATION Stack);
typedef VOID(NTAPI* PFN_WDFREQUESTMARKCANCELABLE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request,
                                                  PFN_WDF_REQUEST_CANCEL EvtRequestCancel);
typedef NTSTATUS(NTAPI* PFN_WDFREQUESTUNMARKCANCELABLE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request);
typedef BOOLEAN(NTAPI* PFN_WDFREQUESTISCANCELED)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request);
typedef BOOLEAN(NTAPI* PFN_WDFREQUESTISFROM32BITPROCESS)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request);
typedef VOID(NTAPI* PFN_WDFREQUESTCOMPLETEWITHPRIORITYBOOST)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request,
                                                             NTSTATUS Status, CCHAR PriorityBoost);
typedef VOID(NTAPI* PFN_WDFREQUESTCOMPLETEWITHINFORMATION)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request,
                                                           NTSTATUS Status, ULONG_PTR Information);
typedef VOID(NTAPI* PFN_WDFREQUESTGETPARAMETERS)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request,
                                                 PWDF_REQUEST_PARAMETERS Parameters);
typedef NTSTATUS(NTAPI* PFN_WDFREQUESTRETRIEVEINPUTMEMORY)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request,
                                                           WDFMEMORY* Memory);
typedef NTSTATUS(NTAPI* PFN_WDFREQUESTRETRIEVEOUTPUTMEMORY)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request,
                                                            WDFMEMORY* Memory);
typedef NTSTATUS(NTAPI* PFN_WDFREQUESTRETRIEVEINPUTBUFFER)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request,
                                                           SIZE_T MinimumRequiredLength, PVOID* Buffer, SIZE_T* Length);
typedef NTSTATUS(NTAPI* PFN_WDFREQUESTRETRIEVEOUTPUTBUFFER)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request,
                                                            SIZE_T MinimumRequiredSize, PVOID* Buffer, SIZE_T* Length);
typedef NTSTATUS(NTAPI* PFN_WDFREQUESTRETRIEVEINPUTWDMMDL)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request,
                                                           PMDL* Mdl);
typedef NTSTATUS(NTAPI* PFN_WDFREQUESTRETRIEVEOUTPUTWDMMDL)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request,
                                                            PMDL* Mdl);
typedef NTSTATUS(NTAPI* PFN_WDFREQUESTRETRIEVEUNSAFEUSERINPUTBUFFER)(PWDF_DRIVER_GLOBALS DriverGlobals,
                                                                     WDFREQUEST Request, SIZE_T MinimumRequiredLength,
                                                                     PVOID* InputBuffer, SIZE_T* Length);
typedef NTSTATUS(NTAPI* PFN_WDFREQUESTRETRIEVEUNSAFEUSEROUTPUTBUFFER)(PWDF_DRIVER_GLOBALS DriverGlobals,
                                                                      WDFREQUEST Request, SIZE_T MinimumRequiredLength,
                                                                      PVOID* OutputBuffer, SIZE_T* Length);
typedef VOID(NTAPI* PFN_WDFREQUESTSETINFORMATION)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request,
                                                  ULONG_PTR Information);
typedef WDFFILEOBJECT(NTAPI* PFN_WDFREQUESTGETFILEOBJECT)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request);
typedef NTSTATUS(NTAPI* PFN_WDFREQUESTPROBEANDLOCKUSERBUFFERFORREAD)(PWDF_DRIVER_GLOBALS DriverGlobals,
                                                                     WDFREQUEST Request, PVOID Buffer, SIZE_T Length,
                                                                     WDFMEMORY* MemoryObject);
typedef NTSTATUS(NTAPI* PFN_WDFREQUESTPROBEANDLOCKUSERBUFFERFORWRITE)(PWDF_DRIVER_GLOBALS DriverGlobals,
                                                                      WDFREQUEST Request, PVOID Buffer, SIZE_T Length,
                                                                      WDFMEMORY* MemoryObject);
typedef KPROCESSOR_MODE(NTAPI* PFN_WDFREQUESTGETREQUESTORMODE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request);
typedef NTSTATUS(NTAPI* PFN_WDFREQUESTFORWARDTOIOQUEUE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request,
                                                        WDFQUEUE DestinationQueue);
typedef WDFQUEUE(NTAPI* PFN_WDFREQUESTGETIOQUEUE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request);
typedef NTSTATUS(NTAPI* PFN_WDFREQUESTREQUEUE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request);
typedef VOID(NTAPI* PFN_WDFREQUESTSTOPACKNOWLEDGE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request,
                                                   BOOLEAN Requeue);
typedef PIRP(NTAPI* PFN_WDFREQUESTWDMGETIRP)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request);
typedef NTSTATUS(NTAPI* PFN_WDFIOQUEUEASSIGNFORWARDPROGRESSPOLICY)(
    PWDF_DRIVER_GLOBALS DriverGlobals, WDFQUEUE Queue, PWDF_IO_QUEUE_FORWARD_PROGRESS_POLICY ForwardProgressPolicy);
typedef NTSTATUS(NTAPI* PFN_WDFREQUESTMARKCANCELABLEEX)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request,
                                                        PFN_WDF_REQUEST_CANCEL EvtRequestCancel);
typedef BOOLEAN(NTAPI* PFN_WDFREQUESTISRESERVED)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request);
typedef NTSTATUS(NTAPI* PFN_WDFREQUESTFORWARDTOPARENTDEVICEIOQUEUE)(PWDF_DRIVER_GLOBALS DriverGlobals,
                                                                    WDFREQUEST Request, WDFQUEUE ParentDeviceQueue,
                                                                    PWDF_REQUEST_FORWARD_OPTIONS ForwardOptions);

#if PORTSIDE_DDK_WINDOWS
EXTERN_C_START
extern WDFFUNC* WdfFunctions;
extern PWDF_DRIVER_GLOBALS WdfDriverGlobals;

FORCEINLINE NTSTATUS WdfIoQueueCreate(WDFDEVICE Device, PWDF_IO_QUEUE_CONFIG Config,
                                      PWDF_OBJECT_ATTRIBUTES QueueAttributes, WDFQUEUE* Queue) {
  return ((PFN_WDFIOQUEUECREATE)WdfFunctions[WdfIoQueueCreateTableIndex])(WdfDriverGlobals, Device, Config,
                                                                          QueueAttributes, Queue);
}
FORCEINLINE WDF_IO_QUEUE_STATE WdfIoQueueGetState(WDFQUEUE Queue, PULONG QueueRequests, PULONG DriverRequests) {
  return ((PFN_WDFIOQUEUEGETSTATE)WdfFunctions[WdfIoQueueGetStateTableIndex])(WdfDriverGlobals, Queue, QueueRequests,
                                                                              DriverRequests);
}
FORCEINLINE VOID WdfIoQueueStart(WDFQUEUE Queue) {
  ((PFN_WDFIOQUEUESTART)WdfFunctions[WdfIoQueueStartTableIndex])(WdfDriverGlobals, Queue);
}
FORCEINLINE VOID WdfIoQueueStop(WDFQUEUE Queue, PFN_WDF_IO_QUEUE_STATE StopComplete, WDFCONTEXT Context) {
  ((PFN_WDFIOQUEUESTOP)WdfFunctions[WdfIoQueueStopTableIndex])(WdfDriverGlobals, Queue, StopComplete, Context);
}
FORCEINLINE VOID WdfIoQueueStopSynchronously(WDFQUEUE Queue) {
  ((PFN_WDFIOQUEUESTOPSYNCHRONOUSLY)WdfFunctions[WdfIoQueueStopSynchronouslyTableIndex])(WdfDriverGlobals, Queue);
}
FORCEINLINE WDFDEVICE WdfIoQueueGetDevice(WDFQUEUE Queue) {
  return ((PFN_WDFIOQUEUEGETDEVICE)WdfFunctions[WdfIoQueueGetDeviceTableIndex])(WdfDriverGlobals, Queue);
}
FORCEINLINE NTSTATUS WdfIoQueueRetrieveNextRequest(WDFQUEUE Queue, WDFREQUEST* OutRequest) {
  return ((PFN_WDFIOQUEUERETRIEVENEXTREQUEST)WdfFunctions[WdfIoQueueRetrieveNextRequestTableIndex])(WdfDriverGlobals,
                                                                                                    Queue, OutRequest);
}
FORCEINLINE NTSTATUS WdfIoQueueRetrieveRequestByFileObject(WDFQUEUE Queue, WDFFILEOBJECT FileObject,
                                                           WDFREQUEST* OutRequest) {
  return ((PFN_WDFIOQUEUERETRIEVEREQUESTBYFILEOBJECT)WdfFunctions[WdfIoQueueRetrieveRequestByFileObjectTableIndex])(
      WdfDriverGlobals, Queue, FileObject, OutRequest);
}
FORCEINLINE NTSTATUS WdfIoQueueFindRequest(WDFQUEUE Queue, WDFREQUEST FoundRequest, WDFFILEOBJECT FileObject,
                                           PWDF_REQUEST_PARAMETERS Parameters, WDFREQUEST* OutRequest) {
  return ((PFN_WDFIOQUEUEFINDREQUEST)WdfFunctions[WdfIoQueueFindRequestTableIndex])(
      WdfDriverGlobals, Queue, FoundRequest, FileObject, Parameters, OutRequest);
}
FORCEINLINE NTSTATUS WdfIoQueueRetrieveFoundRequest(WDFQUEUE Queue, WDFREQUEST FoundRequest, WDFREQUEST* OutRequest) {
  return ((PFN_WDFIOQUEUERETRIEVEFOUNDREQUEST)WdfFunctions[WdfIoQueueRetrieveFoundRequestTableIndex])(
      WdfDriverGlobals, Queue, FoundRequest, OutRequest);
}
FORCEINLINE VOID WdfIoQueueDrainSynchronously(WDFQUEUE Queue) {
  ((PFN_WDFIOQUEUEDRAINSYNCHRONOUSLY)WdfFunctions[WdfIoQueueDrainSynchronouslyTableIndex])(WdfDriverGlobals, Queue);
}
FORCEINLINE VOID WdfIoQueueDrain(WDFQUEUE Queue, PFN_WDF_IO_QUEUE_STATE DrainComplete, WDFCONTEXT Context) {
  ((PFN_WDFIOQUEUEDRAIN)WdfFunctions[WdfIoQueueDrainTableIndex])(WdfDriverGlobals, Queue, DrainComplete, Context);
}
FORCEINLINE VOID WdfIoQueuePurgeSynchronously(WDFQUEUE Queue) {
  ((PFN_WDFIOQUEUEPURGESYNCHRONOUSLY)WdfFunctions[WdfIoQueuePurgeSynchronouslyTableIndex])(WdfDriverGlobals, Queue);
}
FORCEINLINE VOID WdfIoQueuePurge(WDFQUEUE Queue, PFN_WDF_IO_QUEUE_STATE PurgeComplete, WDFCONTEXT Context) {
  ((PFN_WDFIOQUEUEPURGE)WdfFunctions[WdfIoQueuePurgeTableIndex])(WdfDriverGlobals, Queue, PurgeComplete, Context);
}
FORCEINLINE NTSTATUS WdfIoQueueReadyNotify(WDFQUEUE Queue, PFN_WDF_IO_QUEUE_STATE QueueReady, WDFCONTEXT Context) {
  return ((PFN_WDFIOQUEUEREADYNOTIFY)WdfFunctions[WdfIoQueueReadyNotifyTableIndex])(WdfDriverGlobals, Queue, QueueReady,
                                                                                    Context);
}
FORCEINLINE NTSTATUS WdfRequestCreateFromIrp(PWDF_OBJECT_ATTRIBUTES RequestAttributes, PIRP Irp,
                                             BOOLEAN RequestFreesIrp, WDFREQUEST* Request) {
  return ((PFN_WDFREQUESTCREATEFROMIRP)WdfFunctions[WdfRequestCreateFromIrpTableIndex])(
      WdfDriverGlobals, RequestAttributes, Irp, RequestFreesIrp, Request);
}
FORCEINLINE NTSTATUS WdfRequestChangeTarget(WDFREQUEST Request, WDFIOTARGET IoTarget) {
  return ((PFN_WDFREQUESTCHANGETARGET)WdfFunctions[WdfRequestChangeTargetTableIndex])(WdfDriverGlobals, Request,
                                                                                      IoTarget);
}
FORCEINLINE VOID WdfRequestFormatRequestUsingCurrentType(WDFREQUEST Request) {
  ((PFN_WDFREQUESTFORMATREQUESTUSINGCURRENTTYPE)WdfFunctions[WdfRequestFormatRequestUsingCurrentTypeTableIndex])(
      WdfDriverGlobals, Request);
}
FORCEINLINE VOID WdfRequestWdmFormatUsingStackLocation(WDFREQUEST Request, PIO_STACK_LOCATION Stack) {
  ((PFN_WDFREQUESTWDMFORMATUSINGSTACKLOCATION)WdfFunctions[WdfRequestWdmFormatUsingStackLocationTableIndex])(
      WdfDriverGlobals, Request, Stack);
}
FORCEINLINE VOID WdfRequestMarkCancelable(WDFREQUEST Request, PFN_WDF_REQUEST_CANCEL EvtRequestCancel) {
  ((PFN_WDFREQUESTMARKCANCELABLE)WdfFunctions[WdfRequestMarkCancelableTableIndex])(WdfDriverGlobals, Request,
                                                                                   EvtRequestCancel);
}
FORCEINLINE NTSTATUS WdfRequestUnmarkCancelable(WDFREQUEST Request) {
  return ((PFN_WDFREQUESTUNMARKCANCELABLE)WdfFunctions[WdfRequestUnmarkCancelableTableIndex])(WdfDriverGlobals,
                                                                                              Request);
}
FORCEINLINE BOOLEAN WdfRequestIsCanceled(WDFREQUEST Request) {
  return ((PFN_WDFREQUESTISCANCELED)WdfFunctions[WdfRequestIsCanceledTableIndex])(WdfDriverGlobals, Request);
}
FORCEINLINE BOOLEAN WdfRequestIsFrom32BitProcess(WDFREQUEST Request) {
  return ((PFN_WDFREQUESTISFROM32BITPROCESS)WdfFunctions[WdfRequestIsFrom32BitProcessTableIndex])(WdfDriverGlobals,
                                                                                                  Request);
}
FORCEINLINE VOID WdfRequestCompleteWithPriorityBoost(WDFREQUEST Request, NTSTATUS Status, CCHAR PriorityBoost) {
  ((PFN_WDFREQUESTCOMPLETEWITHPRIORITYBOOST)WdfFunctions[WdfRequestCompleteWithPriorityBoostTableIndex])(
      WdfDriverGlobals, Request, Status, PriorityBoost);
}
FORCEINLINE VOID WdfRequestCompleteWithInformation(WDFREQUEST Request, NTSTATUS Status, ULONG_PTR Information) {
  ((PFN_WDFREQUESTCOMPLETEWITHINFORMATION)WdfFunctions[WdfRequestCompleteWithInformationTableIndex])(
      WdfDriverGlobals, Request, Status, Information);
}
FORCEINLINE VOID WdfRequestGetParameters(WDFREQUEST Request, PWDF_REQUEST_PARAMETERS Parameters) {
  ((PFN_WDFREQUESTGETPARAMETERS)WdfFunctions[WdfRequestGetParametersTableIndex])(WdfDriverGlobals, Request, Parameters);
}
FORCEINLINE NTSTATUS WdfRequestRetrieveInputMemory(WDFREQUEST Request, WDFMEMORY* Memory) {
  return ((PFN_WDFREQUESTRETRIEVEINPUTMEMORY)WdfFunctions[WdfRequestRetrieveInputMemoryTableIndex])(WdfDriverGlobals,
                                                                                                    Request, Memory);
}
FORCEINLINE NTSTATUS WdfRequestRetrieveOutputMemory(WDFREQUEST Request, WDFMEMORY* Memory) {
  return ((PFN_WDFREQUESTRETRIEVEOUTPUTMEMORY)WdfFunctions[WdfRequestRetrieveOutputMemoryTableIndex])(WdfDriverGlobals,
                                                                                                      Request, Memory);
}
FORCEINLINE NTSTATUS WdfRequestRetrieveInputBuffer(WDFREQUEST Request, SIZE_T MinimumRequiredLength, PVOID* Buffer,
                                                   SIZE_T* Length) {
  return ((PFN_WDFREQUESTRETRIEVEINPUTBUFFER)WdfFunctions[WdfRequestRetrieveInputBufferTableIndex])(
      WdfDriverGlobals, Request, MinimumRequiredLength, Buffer, Length);
}
FORCEINLINE NTSTATUS WdfRequestRetrieveOutputBuffer(WDFREQUEST Request, SIZE_T MinimumRequiredSize, PVOID* Buffer,
                                                    SIZE_T* Length) {
  return ((PFN_WDFREQUESTRETRIEVEOUTPUTBUFFER)WdfFunctions[WdfRequestRetrieveOutputBufferTableIndex])(
      WdfDriverGlobals, Request, MinimumRequiredSize, Buffer, Length);
}
FORCEINLINE NTSTATUS WdfRequestRetrieveInputWdmMdl(WDFREQUEST Request, PMDL* Mdl) {
  return ((PFN_WDFREQUESTRETRIEVEINPUTWDMMDL)WdfFunctions[WdfRequestRetrieveInputWdmMdlTableIndex])(WdfDriverGlobals,
                                                                                                    Request, Mdl);
}
FORCEINLINE NTSTATUS WdfRequestRetrieveOutputWdmMdl(WDFREQUEST Request, PMDL* Mdl) {
  return ((PFN_WDFREQUESTRETRIEVEOUTPUTWDMMDL)WdfFunctions[WdfRequestRetrieveOutputWdmMdlTableIndex])(WdfDriverGlobals,
                                                                                                      Request, Mdl);
}
FORCEINLINE NTSTATUS WdfRequestRetrieveUnsafeUserInputBuffer(WDFREQUEST Request, SIZE_T MinimumRequiredLength,
                                                             PVOID* InputBuffer, SIZE_T* Length) {
  return ((PFN_WDFREQUESTRETRIEVEUNSAFEUSERINPUTBUFFER)WdfFunctions[WdfRequestRetrieveUnsafeUserInputBufferTableIndex])(
      WdfDriverGlobals, Request, MinimumRequiredLength, InputBuffer, Length);
}
FORCEINLINE NTSTATUS WdfRequestRetrieveUnsafeUserOutputBuffer(WDFREQUEST Request, SIZE_T MinimumRequiredLength,
                                                              PVOID* OutputBuffer, SIZE_T* Length) {
  return (
      (PFN_WDFREQUESTRETRIEVEUNSAFEUSEROUTPUTBUFFER)WdfFunctions[WdfRequestRetrieveUnsafeUserOutputBufferTableIndex])(
      WdfDriverGlobals, Request, MinimumRequiredLength, OutputBuffer, Length);
}
FORCEINLINE VOID WdfRequestSetInformation(WDFREQUEST Request, ULONG_PTR Information) {
  ((PFN_WDFREQUESTSETINFORMATION)WdfFunctions[WdfRequestSetInformationTableIndex])(WdfDriverGlobals, Request,
                                                                                   Information);
}
FORCEINLINE WDFFILEOBJECT WdfRequestGetFileObject(WDFREQUEST Request) {
  return ((PFN_WDFREQUESTGETFILEOBJECT)WdfFunctions[WdfRequestGetFileObjectTableIndex])(WdfDriverGlobals, Request);
}
FORCEINLINE NTSTATUS WdfRequestProbeAndLockUserBufferForRead(WDFREQUEST Request, PVOID Buffer, SIZE_T Length,
                                                             WDFMEMORY* MemoryObject) {
  return ((PFN_WDFREQUESTPROBEANDLOCKUSERBUFFERFORREAD)WdfFunctions[WdfRequestProbeAndLockUserBufferForReadTableIndex])(
      WdfDriverGlobals, Request, Buffer, Length, MemoryObject);
}
FORCEINLINE NTSTATUS WdfRequestProbeAndLockUserBufferForWrite(WDFREQUEST Request, PVOID Buffer, SIZE_T Length,
                                                              WDFMEMORY* MemoryObject) {
  return (
      (PFN_WDFREQUESTPROBEANDLOCKUSERBUFFERFORWRITE)WdfFunctions[WdfRequestProbeAndLockUserBufferForWriteTableIndex])(
      WdfDriverGlobals, Request, Buffer, Length, MemoryObject);
}
FORCEINLINE KPROCESSOR_MODE WdfRequestGetRequestorMode(WDFREQUEST Request) {
  return ((PFN_WDFREQUESTGETREQUESTORMODE)WdfFunctions[WdfRequestGetRequestorModeTableIndex])(WdfDriverGlobals,
                                                                                              Request);
}
FORCEINLINE NTSTATUS WdfRequestForwardToIoQueue(WDFREQUEST Request, WDFQUEUE DestinationQueue) {
  return ((PFN_WDFREQUESTFORWARDTOIOQUEUE)WdfFunctions[WdfRequestForwardToIoQueueTableIndex])(WdfDriverGlobals, Request,
                                                                                              DestinationQueue);
}
FORCEINLINE WDFQUEUE WdfRequestGetIoQueue(WDFREQUEST Request) {
  return ((PFN_WDFREQUESTGETIOQUEUE)WdfFunctions[WdfRequestGetIoQueueTableIndex])(WdfDriverGlobals, Request);
}
FORCEINLINE NTSTATUS WdfRequestRequeue(WDFREQUEST Request) {
  return ((PFN_WDFREQUESTREQUEUE)WdfFunctions[WdfRequestRequeueTableIndex])(WdfDriverGlobals, Request);
}
FORCEINLINE VOID WdfRequestStopAcknowledge(WDFREQUEST Request, BOOLEAN Requeue) {
  ((PFN_WDFREQUESTSTOPACKNOWLEDGE)WdfFunctions[WdfRequestStopAcknowledgeTableIndex])(WdfDriverGlobals, Request,
                                                                                     Requeue);
}
FORCEINLINE PIRP WdfRequestWdmGetIrp(WDFREQUEST Request) {
  return ((PFN_WDFREQUESTWDMGETIRP)WdfFunctions[WdfRequestWdmGetIrpTableIndex])(WdfDriverGlobals, Request);
}
FORCEINLINE NTSTATUS
WdfIoQueueAssignForwardProgressPolicy(WDFQUEUE Queue, PWDF_IO_QUEUE_FORWARD_PROGRESS_POLICY ForwardProgressPolicy) {
  return ((PFN_WDFIOQUEUEASSIGNFORWARDPROGRESSPOLICY)WdfFunctions[WdfIoQueueAssignForwardProgressPolicyTableIndex])(
      WdfDriverGlobals, Queue, ForwardProgressPolicy);
}
FORCEINLINE NTSTATUS WdfRequestMarkCancelableEx(WDFREQUEST Request, PFN_WDF_REQUEST_CANCEL EvtRequestCancel) {
  return ((PFN_WDFREQUESTMARKCANCELABLEEX)WdfFunctions[WdfRequestMarkCancelableExTableIndex])(WdfDriverGlobals, Request,
                                                                                              EvtRequestCancel);
}
FORCEINLINE BOOLEAN WdfRequestIsReserved(WDFREQUEST Request) {
  return ((PFN_WDFREQUESTISRESERVED)WdfFunctions[WdfRequestIsReservedTableIndex])(WdfDriverGlobals, Request);
}
FORCEINLINE NTSTATUS WdfRequestForwardToParentDeviceIoQueue(WDFREQUEST Request, WDFQUEUE ParentDeviceQueue,
                                                            PWDF_REQUEST_FORWARD_OPTIONS ForwardOptions) {
  return ((PFN_WDFREQUESTFORWARDTOPARENTDEVICEIOQUEUE)WdfFunctions[WdfRequestForwardToParentDeviceIoQueueTableIndex])(
      WdfDriverGlobals, Request, ParentDeviceQueue, ForwardOptions);
}
EXTERN_C_END
#endif
