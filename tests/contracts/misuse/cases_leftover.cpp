// What is left behind: in memory that is freed, at unload, and of what was obtained.
#include "case_parts.h"

// ExInitializeWorkItem is old, and so is its macro.
#pragma clang diagnostic ignored "-Wdeprecated-declarations"
#pragma clang diagnostic ignored "-Wdeprecated-volatile"

namespace {

KEVENT workers_may_go, item_done, never;

void NTAPI nothing_in_dpc(PRKDPC, PVOID, PVOID, PVOID) {}
void NTAPI occupy(PVOID) { wait_for(&workers_may_go); }
VOID NTAPI in_work_item(PDEVICE_OBJECT, PVOID) { KeSetEvent(&item_done, IO_NO_INCREMENT, FALSE); }
void NTAPI wait_a_little(PVOID event) {
  LARGE_INTEGER time = in_ms(5);
  KeWaitForSingleObject(event, Executive, KernelMode, FALSE, &time);
}
void NTAPI wait_until_told(PVOID) { wait_for(&never); }
VOID NTAPI nothing_in_timer(PEX_TIMER, PVOID) {}
NTSTATUS NTAPI nothing_in_notification(PVOID, PVOID) { return STATUS_SUCCESS; }
VOID NTAPI nothing_in_callback(PVOID, PVOID, PVOID) {}

WORK_QUEUE_ITEM late_item;
void NTAPI run_late(PVOID) {}
void queue_late() {
  ExInitializeWorkItem(&late_item, run_late, nullptr);
  ExQueueWorkItem(&late_item, DelayedWorkQueue);  // breaks UnloadedWithWorkItem
}

// The machine's two workers are busy until release_workers().
void occupy_workers() {
  static WORK_QUEUE_ITEM busy[2];
  KeInitializeEvent(&workers_may_go, NotificationEvent, FALSE);
  for (WORK_QUEUE_ITEM& b : busy) {
    ExInitializeWorkItem(&b, occupy, nullptr);
    ExQueueWorkItem(&b, DelayedWorkQueue);
  }
  sleep_ms(1);
}
void release_workers() { KeSetEvent(&workers_may_go, IO_NO_INCREMENT, FALSE); }

}  // namespace

void FreeSetTimer(IPortWaveRTStream*, bool wrong) {
  auto* timer = static_cast<KTIMER*>(block(sizeof(KTIMER)));
  KeInitializeTimer(timer);
  KeSetTimer(timer, in_ms(1000), nullptr);
  if (!wrong) KeCancelTimer(timer);
  ExFreePoolWithTag(timer, kTag);  // breaks FreedWithTimer
}

void DeleteDeviceWithTimer(IPortWaveRTStream*, bool wrong) {
  PDEVICE_OBJECT device;
  IoCreateDevice(the_driver, sizeof(KTIMER), nullptr, FILE_DEVICE_UNKNOWN, 0, FALSE, &device);
  auto* timer = static_cast<KTIMER*>(device->DeviceExtension);
  KeInitializeTimer(timer);
  KeSetTimer(timer, in_ms(1000), nullptr);
  if (!wrong) KeCancelTimer(timer);
  IoDeleteDevice(device);  // breaks FreedWithTimer
}

void UnmapWithTimer(IPortWaveRTStream* port, bool wrong) {
  PMDL mdl = port->AllocatePagesForMdl(kAnywhere, PAGE_SIZE);
  auto* timer = static_cast<KTIMER*>(port->MapAllocatedPages(mdl, MmCached));
  KeInitializeTimer(timer);
  KeSetTimer(timer, in_ms(1000), nullptr);
  if (!wrong) KeCancelTimer(timer);
  port->UnmapAllocatedPages(timer, mdl);  // breaks FreedWithTimer
  port->FreePagesFromMdl(mdl);
}

void FreeQueuedDpc(IPortWaveRTStream*, bool wrong) {
  auto* dpc = static_cast<KDPC*>(block(sizeof(KDPC)));
  KeInitializeDpc(dpc, nothing_in_dpc, nullptr);
  AtDispatch level(true);
  KeInsertQueueDpc(dpc, nullptr, nullptr);
  if (!wrong) KeRemoveQueueDpc(dpc);
  ExFreePoolWithTag(dpc, kTag);  // breaks FreedWithDpc
}

void FreeQueuedWorkItem(IPortWaveRTStream*, bool wrong) {
  KeInitializeEvent(&item_done, NotificationEvent, FALSE);
  occupy_workers();
  PIO_WORKITEM item = IoAllocateWorkItem(the_device);
  IoQueueWorkItem(item, in_work_item, DelayedWorkQueue, nullptr);
  if (!wrong) {
    release_workers();
    wait_for(&item_done);
  }
  IoFreeWorkItem(item);  // breaks FreedWithWorkItem
  release_workers();
}

void FreeResource(IPortWaveRTStream*, bool wrong) {
  auto* resource = static_cast<ERESOURCE*>(block(sizeof(ERESOURCE)));
  ExInitializeResourceLite(resource);
  if (!wrong) ExDeleteResourceLite(resource);
  ExFreePoolWithTag(resource, kTag);  // breaks FreedWithResource
}

void FreeLookaside(IPortWaveRTStream*, bool wrong) {
  auto* list = static_cast<NPAGED_LOOKASIDE_LIST*>(block(sizeof(NPAGED_LOOKASIDE_LIST)));
  ExInitializeNPagedLookasideList(list, nullptr, nullptr, 0, 64, kTag, 0);
  if (!wrong) ExDeleteNPagedLookasideList(list);
  ExFreePoolWithTag(list, kTag);  // breaks FreedWithLookaside
}

void FreeOwnedMutex(IPortWaveRTStream*, bool wrong) {
  auto* mutex = static_cast<KMUTEX*>(block(sizeof(KMUTEX)));
  KeInitializeMutex(mutex, 0);
  KeWaitForSingleObject(mutex, Executive, KernelMode, FALSE, nullptr);
  if (!wrong) KeReleaseMutex(mutex, FALSE);
  ExFreePoolWithTag(mutex, kTag);  // breaks FreedWithOwnedMutex
}

void FreeAwaitedEvent(IPortWaveRTStream*, bool wrong) {
  auto* event = static_cast<KEVENT*>(block(sizeof(KEVENT)));
  KeInitializeEvent(event, NotificationEvent, FALSE);
  HANDLE handle;
  PVOID thread;
  PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, nullptr, nullptr, nullptr, wait_a_little, event);
  ObReferenceObjectByHandle(handle, THREAD_ALL_ACCESS, nullptr, KernelMode, &thread, nullptr);
  ZwClose(handle);
  sleep_ms(1);
  if (!wrong) wait_for(thread);
  ExFreePoolWithTag(event, kTag);  // breaks FreedWithWaiter
  wait_for(thread);
  ObDereferenceObject(thread);
}

// ---- At unload ----

void LeaveTimerSet(IPortWaveRTStream*, bool wrong) {
  static KTIMER timer;
  static KDPC dpc;
  KeInitializeTimer(&timer);
  KeInitializeDpc(&dpc, nothing_in_dpc, nullptr);
  KeSetTimer(&timer, in_ms(3600'000), &dpc);  // breaks UnloadedWithTimer
  if (!wrong) KeCancelTimer(&timer);
}

void LeaveWorkItemQueued(IPortWaveRTStream*, bool wrong) {
  if (wrong) at_unload(queue_late);
}

void LeaveThread(IPortWaveRTStream*, bool wrong) {
  HANDLE handle;
  PVOID thread;
  KeInitializeEvent(&never, NotificationEvent, FALSE);
  PsCreateSystemThread(  // breaks UnloadedWithThread
      &handle, THREAD_ALL_ACCESS, nullptr, nullptr, nullptr, wait_until_told, nullptr);
  ObReferenceObjectByHandle(handle, THREAD_ALL_ACCESS, nullptr, KernelMode, &thread, nullptr);
  ZwClose(handle);
  if (!wrong) {
    KeSetEvent(&never, IO_NO_INCREMENT, FALSE);
    wait_for(thread);
  }
  ObDereferenceObject(thread);
}

void SetUninitialisedTimer(IPortWaveRTStream*, bool wrong) {
  auto* timer = static_cast<KTIMER*>(block(sizeof(KTIMER)));
  if (!wrong) KeInitializeTimer(timer);
  KeSetTimer(timer, in_ms(1000), nullptr);  // breaks ObjectNotInitialised
  KeCancelTimer(timer);
  ExFreePoolWithTag(timer, kTag);
}

void DeleteUninitialisedResource(IPortWaveRTStream*, bool wrong) {
  auto* resource = static_cast<ERESOURCE*>(block(sizeof(ERESOURCE)));
  if (!wrong) ExInitializeResourceLite(resource);
  ExDeleteResourceLite(resource);  // breaks UsedBeyondItsLife
  ExFreePoolWithTag(resource, kTag);
}

void AcquireDeletedResource(IPortWaveRTStream*, bool wrong) {
  static ERESOURCE resource;
  ExInitializeResourceLite(&resource);
  if (wrong) ExDeleteResourceLite(&resource);
  KeEnterCriticalRegion();
  ExAcquireResourceExclusiveLite(&resource, TRUE);  // breaks UsedBeyondItsLife
  if (!wrong) ExReleaseResourceLite(&resource);
  KeLeaveCriticalRegion();
  if (!wrong) ExDeleteResourceLite(&resource);
}

void QueueUninitialisedDpc(IPortWaveRTStream*, bool wrong) {
  auto* dpc = static_cast<KDPC*>(block(sizeof(KDPC)));
  if (!wrong) KeInitializeDpc(dpc, nothing_in_dpc, nullptr);
  KeInsertQueueDpc(dpc, nullptr, nullptr);  // breaks ObjectNotInitialised
  KeFlushQueuedDpcs();
  ExFreePoolWithTag(dpc, kTag);
}

void SetTimerThatIsAnEvent(IPortWaveRTStream*, bool wrong) {
  auto* timer = static_cast<KTIMER*>(block(sizeof(KTIMER)));
  if (wrong) KeInitializeEvent(reinterpret_cast<PKEVENT>(timer), NotificationEvent, FALSE);
  else KeInitializeTimer(timer);
  KeSetTimerEx(timer, in_ms(1000), 0, nullptr);  // breaks ObjectNotInitialised
  KeCancelTimer(timer);
  ExFreePoolWithTag(timer, kTag);
}

void AllocateFromDeletedLookaside(IPortWaveRTStream*, bool wrong) {
  static NPAGED_LOOKASIDE_LIST list;
  ExInitializeNPagedLookasideList(&list, nullptr, nullptr, 0, 64, kTag, 0);
  if (wrong) ExDeleteNPagedLookasideList(&list);
  void* entry = ExAllocateFromNPagedLookasideList(&list);  // breaks UsedBeyondItsLife
  if (entry) ExFreeToNPagedLookasideList(&list, entry);
  if (!wrong) ExDeleteNPagedLookasideList(&list);
}

void DeleteLookasideTwice(IPortWaveRTStream*, bool wrong) {
  static NPAGED_LOOKASIDE_LIST list;
  ExInitializeNPagedLookasideList(&list, nullptr, nullptr, 0, 64, kTag, 0);
  ExDeleteNPagedLookasideList(&list);
  if (wrong) ExDeleteNPagedLookasideList(&list);  // breaks UsedBeyondItsLife
}

void LeaveLookaside(IPortWaveRTStream*, bool wrong) {
  static NPAGED_LOOKASIDE_LIST list;
  ExInitializeNPagedLookasideList(&list, nullptr, nullptr, 0, 64, kTag, 0);  // breaks LookasideNotDeleted
  if (!wrong) ExDeleteNPagedLookasideList(&list);
}

void LeaveResource(IPortWaveRTStream*, bool wrong) {
  static ERESOURCE resource;
  ExInitializeResourceLite(&resource);  // breaks ResourceNotDeleted
  if (!wrong) ExDeleteResourceLite(&resource);
}

void LeaveExTimer(IPortWaveRTStream*, bool wrong) {
  PEX_TIMER timer = ExAllocateTimer(nothing_in_timer, nullptr, EX_TIMER_HIGH_RESOLUTION);  // breaks TimerNotDeleted
  if (!wrong) ExDeleteTimer(timer, TRUE, TRUE, nullptr);
}

void DeleteExTimerUncancelled(IPortWaveRTStream*, bool wrong) {
  PEX_TIMER timer = ExAllocateTimer(nothing_in_timer, nullptr, EX_TIMER_HIGH_RESOLUTION);
  ExSetTimer(timer, in_ms(3600'000).QuadPart, 0, nullptr);  // breaks UnloadedWithTimer
  ExDeleteTimer(timer, !wrong, !wrong, nullptr);
}

void LeaveProvider(IPortWaveRTStream*, bool wrong) {
  static const GUID provider = {0x2c1f4d3a, 0x11d2, 0x4a11, {1, 2, 3, 4, 5, 6, 7, 8}};
  REGHANDLE handle;
  EtwRegister(&provider, nullptr, nullptr, &handle);  // breaks ProviderNotUnregistered
  if (!wrong) EtwUnregister(handle);
}

void LeaveNotification(IPortWaveRTStream*, bool wrong) {
  static GUID category = {0x2c1f4d3a, 0x11d2, 0x4a11, {1, 2, 3, 4, 5, 6, 7, 9}};
  const auto callback = nothing_in_notification;
  const auto event = EventCategoryDeviceInterfaceChange;
  PVOID entry;
  IoRegisterPlugPlayNotification(event, 0, &category, the_driver, callback, nullptr,  // breaks NotificationLeft
                                 &entry);
  if (!wrong) IoUnregisterPlugPlayNotificationEx(entry);
}

void LeaveSymbolicLink(IPortWaveRTStream*, bool wrong) {
  UNICODE_STRING link = RTL_CONSTANT_STRING(L"\\DosDevices\\PortsideMisuse");
  UNICODE_STRING target = RTL_CONSTANT_STRING(L"\\Device\\Null");
  IoCreateSymbolicLink(&link, &target);  // breaks SymbolicLinkLeft
  if (!wrong) IoDeleteSymbolicLink(&link);
}

// ---- Never given back ----

void LinkNameWithNul(IPortWaveRTStream*, bool wrong) {
  UNICODE_STRING link = RTL_CONSTANT_STRING(L"\\DosDevices\\PortsideNul"),
                 device = RTL_CONSTANT_STRING(L"\\Device\\PortsideNul");
  if (wrong) link.Length = link.MaximumLength;
  if (NT_SUCCESS(IoCreateSymbolicLink(&link, &device))) IoDeleteSymbolicLink(&link);  // breaks NameHoldsNul
}

void LeaveHandle(IPortWaveRTStream*, bool wrong) {
  HANDLE key = nullptr;
  UNICODE_STRING path = RTL_CONSTANT_STRING(L"\\Registry\\Machine\\System");
  OBJECT_ATTRIBUTES attributes;
  InitializeObjectAttributes(&attributes, &path, OBJ_KERNEL_HANDLE | OBJ_CASE_INSENSITIVE, nullptr, nullptr);
  ZwOpenKey(&key, KEY_READ, &attributes);  // breaks HandleLeaked
  if (!wrong) ZwClose(key);
}

void LeaveMdl(IPortWaveRTStream*, bool wrong) {
  void* bytes = block(PAGE_SIZE);
  PMDL mdl = IoAllocateMdl(bytes, PAGE_SIZE, FALSE, FALSE, nullptr);  // breaks MdlLeaked
  if (!wrong) IoFreeMdl(mdl);
  give_back(bytes);
}

void LeaveIrp(IPortWaveRTStream*, bool wrong) {
  PIRP irp = IoAllocateIrp(1, FALSE);  // breaks IrpLeaked
  if (!wrong) IoFreeIrp(irp);
}

void LeaveObject(IPortWaveRTStream*, bool wrong) {
  PCALLBACK_OBJECT callback;
  OBJECT_ATTRIBUTES attributes;
  UNICODE_STRING name = RTL_CONSTANT_STRING(L"\\Callback\\PortsideMisuse");
  InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
  ExCreateCallback(&callback, &attributes, TRUE, TRUE);  // breaks ObjectLeaked
  PVOID registration = ExRegisterCallback(callback, nothing_in_callback, nullptr);
  ExUnregisterCallback(registration);
  if (!wrong) ObDereferenceObject(callback);
}

void LeaveThreadObject(IPortWaveRTStream*, bool wrong) {
  HANDLE handle;
  PVOID thread;
  KeInitializeEvent(&never, NotificationEvent, TRUE);
  PsCreateSystemThread(  // breaks ObjectLeaked
      &handle, THREAD_ALL_ACCESS, nullptr, nullptr, nullptr, wait_until_told, nullptr);
  ObReferenceObjectByHandle(handle, THREAD_ALL_ACCESS, nullptr, KernelMode, &thread, nullptr);
  ZwClose(handle);
  wait_for(thread);
  if (!wrong) ObDereferenceObject(thread);
}

// ---- Given back too often ----

void CloseHandleTwice(IPortWaveRTStream*, bool wrong) {
  HANDLE key = nullptr;
  UNICODE_STRING path = RTL_CONSTANT_STRING(L"\\Registry\\Machine\\System");
  OBJECT_ATTRIBUTES attributes;
  InitializeObjectAttributes(&attributes, &path, OBJ_KERNEL_HANDLE | OBJ_CASE_INSENSITIVE, nullptr, nullptr);
  ZwOpenKey(&key, KEY_READ, &attributes);
  ZwClose(key);
  if (wrong) ZwClose(key);  // breaks HandleNotOpen
}

void OpenUserHandle(IPortWaveRTStream*, bool wrong) {
  HANDLE key = nullptr;
  UNICODE_STRING path = RTL_CONSTANT_STRING(L"\\Registry\\Machine\\System");
  OBJECT_ATTRIBUTES attributes;
  InitializeObjectAttributes(&attributes, &path, OBJ_CASE_INSENSITIVE | (wrong ? 0 : OBJ_KERNEL_HANDLE), nullptr,
                             nullptr);
  ZwOpenKey(&key, KEY_READ, &attributes);  // breaks HandleOfProcess
  ZwClose(key);
}

void DereferenceOthersEvent(IPortWaveRTStream*, bool wrong) {
  HANDLE handle = nullptr;
  OBJECT_ATTRIBUTES attributes;
  InitializeObjectAttributes(&attributes, nullptr, OBJ_KERNEL_HANDLE, nullptr, nullptr);
  ZwCreateEvent(&handle, EVENT_ALL_ACCESS, &attributes, NotificationEvent, FALSE);
  PVOID event = nullptr;
  ObReferenceObjectByHandle(handle, EVENT_ALL_ACCESS, *ExEventObjectType, KernelMode, &event, nullptr);
  ObDereferenceObject(event);
  if (wrong) ObDereferenceObject(event);  // breaks ObjectDereferencedTooOften
  ZwClose(handle);
}

void DereferenceTwice(IPortWaveRTStream*, bool wrong) {
  PCALLBACK_OBJECT callback;
  OBJECT_ATTRIBUTES attributes;
  UNICODE_STRING name = RTL_CONSTANT_STRING(L"\\Callback\\PortsideTwice");
  InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
  ExCreateCallback(&callback, &attributes, TRUE, TRUE);
  ObDereferenceObject(callback);
  if (wrong) ObDereferenceObject(callback);  // breaks ObjectDereferencedTooOften
}

// ---- The stack ----

namespace {
template <ULONG bytes>
__declspec(noinline) void fill(volatile UCHAR* last) {
  volatile UCHAR room[bytes];
  for (ULONG i = 0; i < bytes; i += 256) room[i] = static_cast<UCHAR>(i);
  *last = room[bytes - 256];
}
__declspec(noinline) void fill_large(volatile UCHAR* last) {  // breaks BugCheck
  volatile UCHAR room[24640];                                 // 64 bytes more than a stack has
  for (ULONG i = 0; i < sizeof room; i += 256) room[i] = static_cast<UCHAR>(i);
  *last = room[24576];
}
}  // namespace

void FrameBeyondStack(IPortWaveRTStream*, bool wrong) {
  volatile UCHAR last = 0;
  fill<5000>(&last);
  fill<9000>(&last);
  fill<24000>(&last);
  if (wrong) fill_large(&last);
}
