// Device objects, remove locks, and power requests.
#include "case_parts.h"

namespace {

PDEVICE_OBJECT filter, below;
PDRIVER_DISPATCH port_dispatch[IRP_MJ_MAXIMUM_FUNCTION + 1];

// A filter of the driver's own below PortCls' device passes everything down; the rest is PortCls'.
NTSTATUS NTAPI pass_filter(PDEVICE_OBJECT device, PIRP irp) {
  if (device != filter) return port_dispatch[IoGetCurrentIrpStackLocation(irp)->MajorFunction](device, irp);
  IoSkipCurrentIrpStackLocation(irp);
  return IoCallDriver(below, irp);
}

void delete_filter() { IoDeleteDevice(filter); }

NTSTATUS finish(PIRP irp, NTSTATUS status) {
  irp->IoStatus.Status = status;
  IoCompleteRequest(irp, IO_NO_INCREMENT);
  return status;
}

NTSTATUS NTAPI fail_set_power(PDEVICE_OBJECT device, PIRP irp) {  // breaks SetPowerFailed
  if (IoGetCurrentIrpStackLocation(irp)->MinorFunction == IRP_MN_SET_POWER) return finish(irp, STATUS_UNSUCCESSFUL);
  return next_dispatch(device, irp);
}

NTSTATUS NTAPI fail_surprise_removal(PDEVICE_OBJECT device, PIRP irp) {  // breaks RemovalFailed
  if (IoGetCurrentIrpStackLocation(irp)->MinorFunction == IRP_MN_SURPRISE_REMOVAL)
    return finish(irp, STATUS_UNSUCCESSFUL);
  return next_dispatch(device, irp);
}

NTSTATUS NTAPI hold_power(PDEVICE_OBJECT, PIRP irp) {
  IoMarkIrpPending(irp);  // breaks PowerIrpHeld
  return STATUS_PENDING;
}

NTSTATUS NTAPI sets_resolution(PDEVICE_OBJECT device, PIRP irp) {
  ExSetTimerResolution(10'000, TRUE);  // breaks TimerResolutionInPowerIrp
  return next_dispatch(device, irp);
}

KEVENT power_done;
VOID NTAPI on_power_done(PDEVICE_OBJECT, UCHAR, POWER_STATE, PVOID, PIO_STATUS_BLOCK) {
  KeSetEvent(&power_done, IO_NO_INCREMENT, FALSE);
}

PVOID keep_awake;
NTSTATUS NTAPI deletes_request(PDEVICE_OBJECT device, PIRP irp) {
  if (IoGetCurrentIrpStackLocation(irp)->MinorFunction == IRP_MN_REMOVE_DEVICE) PoDeletePowerRequest(keep_awake);
  return next_dispatch(device, irp);
}

NTSTATUS request_power(UCHAR minor, PIRP* irp) {
  POWER_STATE state;
  state.DeviceState = PowerDeviceD0;
  KeInitializeEvent(&power_done, NotificationEvent, FALSE);
  return PoRequestPowerIrp(the_device, minor, state, on_power_done, nullptr, irp);  // breaks PowerIrpPointerKept
}

}  // namespace

void DeleteNoDevice(IPortWaveRTStream*, bool wrong) {
  void* bytes = block(PAGE_SIZE);
  if (wrong) IoDeleteDevice(static_cast<PDEVICE_OBJECT>(bytes));  // breaks NotADevice
  give_back(bytes);
}

void DeleteDeviceTwice(IPortWaveRTStream*, bool wrong) {
  PDEVICE_OBJECT device = make_device();
  IoDeleteDevice(device);
  if (wrong) IoDeleteDevice(device);  // breaks DeviceUsedAfterDelete
}

void DeleteAttachedDevice(IPortWaveRTStream*, bool wrong) {
  PDEVICE_OBJECT lower = make_device(), upper = make_device();
  IoAttachDeviceToDeviceStack(upper, lower);
  if (!wrong) IoDetachDevice(lower);
  IoDeleteDevice(upper);  // breaks DeviceDeletedAttached
  IoDeleteDevice(lower);
}

void DetachNothing(IPortWaveRTStream*, bool wrong) {
  PDEVICE_OBJECT device = make_device();
  if (wrong) IoDetachDevice(device);  // breaks DetachedNothing
  IoDeleteDevice(device);
}

void AttachTwice(IPortWaveRTStream*, bool wrong) {
  PDEVICE_OBJECT lower = make_device(), other = make_device(), upper = make_device();
  IoAttachDeviceToDeviceStack(upper, lower);
  if (wrong) IoAttachDeviceToDeviceStack(upper, other);  // breaks DeviceAttachedTwice
  IoDetachDevice(lower);
  IoDeleteDevice(upper);
  IoDeleteDevice(lower);
  IoDeleteDevice(other);
}

void LeaveDevice(IPortWaveRTStream*, bool wrong) {
  PDEVICE_OBJECT device;
  IoCreateDevice(the_driver, 0, nullptr, FILE_DEVICE_UNKNOWN, 0, FALSE, &device);  // breaks DeviceLeftAtUnload
  if (!wrong) IoDeleteDevice(device);
}

static PDEVICE_OBJECT kept;
static void delete_kept() { IoDeleteDevice(kept); }
void LeaveDeviceToUnload(IPortWaveRTStream*, bool wrong) {
  IoCreateDevice(the_driver, 0, nullptr, FILE_DEVICE_UNKNOWN, 0, FALSE, &kept);  // breaks DeviceKeptToUnload
  if (wrong) at_unload(delete_kept);
  else delete_kept();
}

void SetTimerForTheYear1601(IPortWaveRTStream*, bool wrong) {
  KTIMER timer;
  KeInitializeTimer(&timer);
  LARGE_INTEGER due;
  due.QuadPart = wrong ? 10 * 1000 * 1000 : -10 * 1000 * 1000;
  KeSetTimer(&timer, due, nullptr);  // breaks AbsoluteTimePast
  KeCancelTimer(&timer);
}

void WaitForTheYear1601(IPortWaveRTStream*, bool wrong) {
  LARGE_INTEGER interval;
  const ULONG microseconds = 500;
  interval.QuadPart = wrong ? LONGLONG{0U - 10 * microseconds} : -10LL * microseconds;
  KeDelayExecutionThread(KernelMode, FALSE, &interval);  // breaks AbsoluteTimePast
}

void attach_filter(PDEVICE_OBJECT physical) {
  IoCreateDevice(the_driver, 0, nullptr, FILE_DEVICE_UNKNOWN, 0, FALSE, &filter);  // breaks DeviceLeftAttached
  for (int i = 0; i <= IRP_MJ_MAXIMUM_FUNCTION; ++i) {
    port_dispatch[i] = the_driver->MajorFunction[i];
    the_driver->MajorFunction[i] = pass_filter;
  }
  below = IoAttachDeviceToDeviceStack(filter, physical);
  filter->Flags &= ~DO_DEVICE_INITIALIZING;
  at_unload(delete_filter);
}

// add_device does these.
void LeaveFilterAttached(IPortWaveRTStream*, bool) {}
void LeaveInitializing(IPortWaveRTStream*, bool) {}

void ExtendNoDriver(IPortWaveRTStream*, bool wrong) {
  static int identity;
  void* bytes = block(PAGE_SIZE);
  PVOID extension;
  PDRIVER_OBJECT driver = wrong ? static_cast<PDRIVER_OBJECT>(bytes) : the_driver;
  IoAllocateDriverObjectExtension(driver, &identity, 8, &extension);  // breaks NotADriverObject
  give_back(bytes);
}

void ReleaseRemoveLockTwice(IPortWaveRTStream*, bool wrong) {
  static IO_REMOVE_LOCK lock;
  IoInitializeRemoveLock(&lock, kTag, 0, 0);
  IoAcquireRemoveLock(&lock, nullptr);
  IoReleaseRemoveLock(&lock, nullptr);
  if (wrong) IoReleaseRemoveLock(&lock, nullptr);  // breaks RemoveLockUnbalanced
}

void ReleaseRemoveLockOtherTag(IPortWaveRTStream*, bool wrong) {
  static IO_REMOVE_LOCK lock;
  IoInitializeRemoveLock(&lock, kTag, 0, 0);
  IoAcquireRemoveLock(&lock, the_device);
  IoReleaseRemoveLock(&lock, wrong ? nullptr : the_device);  // breaks RemoveLockTag
}

void DeleteWithoutAwaiting(IPortWaveRTStream*, bool wrong) {
  PDEVICE_OBJECT device;
  if (!NT_SUCCESS(IoCreateDevice(the_driver, sizeof(IO_REMOVE_LOCK), nullptr, FILE_DEVICE_UNKNOWN, 0, FALSE, &device)))
    return;
  PDEVICE_OBJECT stack = make_device();
  IoAttachDeviceToDeviceStack(device, stack);
  auto* lock = static_cast<PIO_REMOVE_LOCK>(device->DeviceExtension);
  IoInitializeRemoveLock(lock, kTag, 0, 0);
  IoAcquireRemoveLock(lock, nullptr);
  if (wrong) IoReleaseRemoveLock(lock, nullptr);
  else IoReleaseRemoveLockAndWait(lock, nullptr);
  IoDetachDevice(stack);
  IoDeleteDevice(device);  // breaks RemoveLockNotAwaited
  IoDeleteDevice(stack);
}

void KeepRemoveLock(IPortWaveRTStream*, bool wrong) {
  static IO_REMOVE_LOCK lock;
  IoInitializeRemoveLock(&lock, kTag, 0, 0);
  IoAcquireRemoveLock(&lock, the_device);  // breaks RemoveLockHeld
  if (!wrong) IoReleaseRemoveLock(&lock, the_device);
  IoAcquireRemoveLock(&lock, nullptr);
  IoReleaseRemoveLockAndWait(&lock, nullptr);
}

// ---- Power ----

void RequestUnknownPower(IPortWaveRTStream*, bool wrong) {
  POWER_STATE state;
  state.DeviceState = PowerDeviceD0;
  const UCHAR minor = IRP_MN_POWER_SEQUENCE;
  if (wrong) PoRequestPowerIrp(the_device, minor, state, nullptr, nullptr, nullptr);  // breaks PowerRequestRefused
}

void KeepPowerPointer(IPortWaveRTStream*, bool wrong) {
  PIRP irp = nullptr;
  if (request_power(IRP_MN_QUERY_POWER, wrong ? &irp : nullptr) == STATUS_PENDING) wait_for(&power_done);
}

void HoldPower(IPortWaveRTStream*, bool wrong) {
  if (wrong) hook_dispatch(IRP_MJ_POWER, hold_power);
  if (request_power(IRP_MN_QUERY_POWER, nullptr) == STATUS_PENDING) wait_for(&power_done);
}

void SetResolutionInPower(IPortWaveRTStream*, bool wrong) {
  if (wrong) hook_dispatch(IRP_MJ_POWER, sets_resolution);
  if (request_power(IRP_MN_QUERY_POWER, nullptr) == STATUS_PENDING) wait_for(&power_done);
  ExSetTimerResolution(10'000, TRUE);
  ExSetTimerResolution(0, FALSE);
}

// The test then sets the device's power, or surprise-removes it.
void FailSetPower(IPortWaveRTStream*, bool wrong) {
  if (wrong) hook_dispatch(IRP_MJ_POWER, fail_set_power);
}
void FailSurpriseRemoval(IPortWaveRTStream*, bool wrong) {
  if (wrong) hook_dispatch(IRP_MJ_PNP, fail_surprise_removal);
}

// ---- Power requests: PoCreatePowerRequest ----

void SetDeletedPowerRequest(IPortWaveRTStream*, bool wrong) {
  PVOID request;
  if (!NT_SUCCESS(PoCreatePowerRequest(&request, the_device, nullptr))) return;
  PoSetPowerRequest(request, PowerRequestSystemRequired);
  PoClearPowerRequest(request, PowerRequestSystemRequired);
  PoDeletePowerRequest(request);
  if (wrong) PoSetPowerRequest(request, PowerRequestSystemRequired);  // breaks PowerRequestUnknown
}

void ClearPowerRequestTwice(IPortWaveRTStream*, bool wrong) {
  PVOID request;
  if (!NT_SUCCESS(PoCreatePowerRequest(&request, the_device, nullptr))) return;
  PoSetPowerRequest(request, PowerRequestSystemRequired);
  PoClearPowerRequest(request, PowerRequestSystemRequired);
  if (wrong) PoClearPowerRequest(request, PowerRequestSystemRequired);  // breaks PowerRequestNotSet
  PoDeletePowerRequest(request);
}

// Its device is removed then, and nobody uses it any more.
void LeavePowerRequestSet(IPortWaveRTStream*, bool wrong) {
  if (!NT_SUCCESS(PoCreatePowerRequest(&keep_awake, the_device, nullptr))) return;
  hook_dispatch(IRP_MJ_PNP, deletes_request);
  PoSetPowerRequest(keep_awake, PowerRequestSystemRequired);  // breaks PowerRequestHeld
  if (!wrong) PoClearPowerRequest(keep_awake, PowerRequestSystemRequired);
}

void LeavePowerRequest(IPortWaveRTStream*, bool wrong) {
  PVOID request;
  PDEVICE_OBJECT device = make_device();
  if (!NT_SUCCESS(PoCreatePowerRequest(&request, device, nullptr))) return;
  PoSetPowerRequest(request, PowerRequestSystemRequired);
  PoClearPowerRequest(request, PowerRequestSystemRequired);
  if (!wrong) PoDeletePowerRequest(request);
  IoDeleteDevice(device);  // breaks PowerRequestLeft
}
