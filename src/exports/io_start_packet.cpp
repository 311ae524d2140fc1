// Device queues and the StartIo that stands upon them (wdm: KeInsertDeviceQueue, IoStartPacket, "Using StartIo Routines").

#include "exports/io_object.h"
#include "kernel/kernel.h"
#include "kernel/spin_locks.h"

using namespace portside;
using namespace portside::exports;

namespace {

// DEVOBJ_EXTENSION.StartIoFlags: bits of IoSetStartIoAttributes. (DOE_STARTIO_...: the values are ours, drivers do not see them.)
constexpr ULONG kDeferred = 1, kNonCancelable = 2;

// The queue's lock, at DISPATCH_LEVEL as its pages require.
class QueueLock {
 public:
  QueueLock(PKDEVICE_QUEUE queue, const char* api) : lock_(reinterpret_cast<uint64_t*>(&queue->Lock)), api_(api) {
    current<kernel::Kernel>().spin_locks().acquire_at_level(lock_, api_);
  }
  ~QueueLock() { current<kernel::Kernel>().spin_locks().release_from_level(lock_, api_); }
  QueueLock(const QueueLock&) = delete;
  QueueLock& operator=(const QueueLock&) = delete;

 private:
  uint64_t* lock_;
  const char* api_;
};

PKDEVICE_QUEUE_ENTRY entry_of(PLIST_ENTRY link) {
  return CONTAINING_RECORD(link, KDEVICE_QUEUE_ENTRY, DeviceListEntry);
}

// False, and the queue is busy from now on, when nobody was at work.
bool insert(PKDEVICE_QUEUE queue, PKDEVICE_QUEUE_ENTRY entry, const ULONG* key, const char* api) {
  QueueLock lock(queue, api);
  entry->SortKey = key ? *key : 0;
  entry->Inserted = queue->Busy;
  if (!queue->Busy) {
    queue->Busy = TRUE;
    return false;
  }
  PLIST_ENTRY before = &queue->DeviceListHead;
  // By key: behind the last entry whose key is not greater. Without one: at the end.
  if (key)
    for (before = queue->DeviceListHead.Flink; before != &queue->DeviceListHead && entry_of(before)->SortKey <= *key;)
      before = before->Flink;
  InsertTailList(before, &entry->DeviceListEntry);
  return true;
}

// By key: the first whose key is not less; else the first of all. An empty queue is idle from now on.
PKDEVICE_QUEUE_ENTRY remove(PKDEVICE_QUEUE queue, const ULONG* key, const char* api) {
  QueueLock lock(queue, api);
  if (IsListEmpty(&queue->DeviceListHead)) {
    queue->Busy = FALSE;
    return nullptr;
  }
  PLIST_ENTRY found = queue->DeviceListHead.Flink;
  if (key) {
    PLIST_ENTRY at = found;
    while (at != &queue->DeviceListHead && entry_of(at)->SortKey < *key) at = at->Flink;
    if (at != &queue->DeviceListHead) found = at;
  }
  RemoveEntryList(found);
  entry_of(found)->Inserted = FALSE;
  return entry_of(found);
}

ULONG& flags_of(PDEVICE_OBJECT device) { return device->DeviceObjectExtension->StartIoFlags; }

void start_io(PDEVICE_OBJECT device, PIRP irp) {
  PDRIVER_STARTIO routine = device->DriverObject->DriverStartIo;
  if (!routine) {
    io_layer().misuse(io::IoMisuse::kBadArgument, "IoStartPacket", device,
                      "the driver object has no DriverStartIo routine");
    return;
  }
  routine(device, irp);
}

void start_next(PDEVICE_OBJECT device, bool cancelable, const ULONG* key, const char* api) {
  auto& flow = io_layer().flow();
  KIRQL irql = 0;
  if (cancelable) irql = flow.acquire_cancel_lock();
  device->CurrentIrp = nullptr;
  PKDEVICE_QUEUE_ENTRY entry = remove(&device->DeviceQueue, key, api);
  PIRP irp = entry ? CONTAINING_RECORD(entry, IRP, Tail.Overlay.DeviceQueueEntry) : nullptr;
  device->CurrentIrp = irp;
  if (irp && cancelable && (flags_of(device) & kNonCancelable)) IoSetCancelRoutine(irp, nullptr);
  if (cancelable) flow.release_cancel_lock(irql);
  if (irp) start_io(device, irp);
}

}  // namespace

extern "C" {

VOID NTAPI KeInitializeDeviceQueue(PKDEVICE_QUEUE DeviceQueue) {
  ApiScope scope("KeInitializeDeviceQueue");
  DeviceQueue->Type = 20;  // KOBJECTS: DeviceQueueObject
  DeviceQueue->Size = sizeof(KDEVICE_QUEUE);
  InitializeListHead(&DeviceQueue->DeviceListHead);
  DeviceQueue->Lock = 0;
  DeviceQueue->Busy = FALSE;
}
BOOLEAN NTAPI KeInsertDeviceQueue(PKDEVICE_QUEUE DeviceQueue, PKDEVICE_QUEUE_ENTRY DeviceQueueEntry) {
  ApiScope scope("KeInsertDeviceQueue", kDispatchLevel, kDispatchLevel);
  return insert(DeviceQueue, DeviceQueueEntry, nullptr, "KeInsertDeviceQueue");
}
BOOLEAN NTAPI KeInsertByKeyDeviceQueue(PKDEVICE_QUEUE DeviceQueue, PKDEVICE_QUEUE_ENTRY DeviceQueueEntry,
                                       ULONG SortKey) {
  ApiScope scope("KeInsertByKeyDeviceQueue", kDispatchLevel, kDispatchLevel);
  return insert(DeviceQueue, DeviceQueueEntry, &SortKey, "KeInsertByKeyDeviceQueue");
}
PKDEVICE_QUEUE_ENTRY NTAPI KeRemoveDeviceQueue(PKDEVICE_QUEUE DeviceQueue) {
  ApiScope scope("KeRemoveDeviceQueue", kDispatchLevel, kDispatchLevel);
  return remove(DeviceQueue, nullptr, "KeRemoveDeviceQueue");
}
PKDEVICE_QUEUE_ENTRY NTAPI KeRemoveByKeyDeviceQueue(PKDEVICE_QUEUE DeviceQueue, ULONG SortKey) {
  ApiScope scope("KeRemoveByKeyDeviceQueue", kDispatchLevel, kDispatchLevel);
  return remove(DeviceQueue, &SortKey, "KeRemoveByKeyDeviceQueue");
}
BOOLEAN NTAPI KeRemoveEntryDeviceQueue(PKDEVICE_QUEUE DeviceQueue, PKDEVICE_QUEUE_ENTRY DeviceQueueEntry) {
  ApiScope scope("KeRemoveEntryDeviceQueue", kPassiveLevel, kDispatchLevel);
  kernel::IrqlScope raised(current<kernel::Kernel>(), kDispatchLevel);
  QueueLock lock(DeviceQueue, "KeRemoveEntryDeviceQueue");
  if (!DeviceQueueEntry->Inserted) return FALSE;
  RemoveEntryList(&DeviceQueueEntry->DeviceListEntry);
  DeviceQueueEntry->Inserted = FALSE;
  return TRUE;
}

VOID NTAPI IoStartPacket(PDEVICE_OBJECT DeviceObject, PIRP Irp, PULONG Key, PDRIVER_CANCEL CancelFunction) {
  ApiScope scope("IoStartPacket", kPassiveLevel, kDispatchLevel);
  auto& flow = io_layer().flow();
  kernel::IrqlScope raised(current<kernel::Kernel>(), kDispatchLevel);
  KIRQL irql = 0;
  if (CancelFunction) {
    irql = flow.acquire_cancel_lock();
    IoSetCancelRoutine(Irp, CancelFunction);
  }
  if (insert(&DeviceObject->DeviceQueue, &Irp->Tail.Overlay.DeviceQueueEntry, Key, "IoStartPacket")) {
    if (!CancelFunction) return;
    // Cancelled before the routine was there: it is called now, and releases the lock.
    if (Irp->Cancel && IoSetCancelRoutine(Irp, nullptr)) {
      Irp->CancelIrql = irql;
      CancelFunction(DeviceObject, Irp);
      return;
    }
    flow.release_cancel_lock(irql);
    return;
  }
  DeviceObject->CurrentIrp = Irp;
  if (CancelFunction) {
    if (flags_of(DeviceObject) & kNonCancelable) IoSetCancelRoutine(Irp, nullptr);
    flow.release_cancel_lock(irql);
  }
  start_io(DeviceObject, Irp);
}
VOID NTAPI IoStartNextPacket(PDEVICE_OBJECT DeviceObject, BOOLEAN Cancelable) {
  ApiScope scope("IoStartNextPacket", kDispatchLevel, kDispatchLevel);
  start_next(DeviceObject, Cancelable, nullptr, "IoStartNextPacket");
}
VOID NTAPI IoStartNextPacketByKey(PDEVICE_OBJECT DeviceObject, BOOLEAN Cancelable, ULONG Key) {
  ApiScope scope("IoStartNextPacketByKey", kDispatchLevel, kDispatchLevel);
  start_next(DeviceObject, Cancelable, &Key, "IoStartNextPacketByKey");
}
VOID NTAPI IoSetStartIoAttributes(PDEVICE_OBJECT DeviceObject, BOOLEAN DeferredStartIo, BOOLEAN NonCancelable) {
  ApiScope scope("IoSetStartIoAttributes", kPassiveLevel, kDispatchLevel);
  flags_of(DeviceObject) = (DeferredStartIo ? kDeferred : 0) | (NonCancelable ? kNonCancelable : 0);
}

}  // extern "C"

namespace portside::exports {
namespace {
const Export kIoStartPacketRows[] = {
    EXPORT(NtosKrnl, KeInitializeDeviceQueue),
    EXPORT(NtosKrnl, KeInsertDeviceQueue),
    EXPORT(NtosKrnl, KeInsertByKeyDeviceQueue),
    EXPORT(NtosKrnl, KeRemoveDeviceQueue),
    EXPORT(NtosKrnl, KeRemoveByKeyDeviceQueue),
    EXPORT(NtosKrnl, KeRemoveEntryDeviceQueue),
    EXPORT(NtosKrnl, IoStartPacket),
    EXPORT(NtosKrnl, IoStartNextPacket),
    EXPORT(NtosKrnl, IoStartNextPacketByKey),
    EXPORT_PARTIAL(NtosKrnl, IoSetStartIoAttributes,
                   "DeferredStartIo is noted: StartIo routines may be entered again from IoStartNextPacket"),
};
}  // namespace
const ExportSet kIoStartPacketExports{kIoStartPacketRows};
}  // namespace portside::exports
