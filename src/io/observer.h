#pragma once
// IoObserver: what can be seen happening in the I/O layer. Nothing here judges: the verifier does.

#include <wdm.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/stack.h"

namespace portside::io {

enum class IoMisuse : uint8_t {
  kUnknownDevice,        // a pointer that is no device object of this machine
  kDeletedDevice,        // a device object after IoDeleteDevice
  kDeviceStillAttached,  // IoDeleteDevice of a device that is attached to another, or has one attached
  kDeviceLeftAtUnload,   // DriverUnload returned and the driver still owns a device object
  kDeviceKeptToUnload,   // a device object that DriverUnload deletes, for the sake of which Windows does not call it
  kInitializingLeftSet,  // AddDevice returned with DO_DEVICE_INITIALIZING set
  kUnknownDriver,
  kUnknownIrp,            // a pointer that is no IRP of this machine
  kFreedIrp,              // an IRP after IoFreeIrp or after its completion
  kIrpStillQueued,        // IoFreeIrp of an IRP that a driver below still holds
  kNoStackLocation,       // IoCallDriver beyond the last stack location (bug check 0x35)
  kDoubleCompletion,      // IoCompleteRequest twice (bug check 0x44)
  kCompletedPending,      // completed with STATUS_PENDING
  kCancelRoutineLeft,     // completed with a cancel routine still set
  kPendingNotMarked,      // STATUS_PENDING returned without IoMarkIrpPending
  kPendingNotReturned,    // IoMarkIrpPending, and something else than STATUS_PENDING returned
  kStatusDiffers,         // completed at once, and another status returned than the IRP's
  kNeverCompleted,        // the dispatch routine returned a final status without completing the IRP
  kDispatchIrqlChanged,   // a dispatch routine returned at another IRQL
  kCreatedIrpReachedTop,  // an IRP of IoAllocateIrp completed with nobody above to take it back
  kCancelStateCompleted,  // IoCancelIrp of a completed IRP whose cancel routine is set (bug check 0x48)
  kIrpLeftPending,        // a request still pending when its device is removed
  kUnknownInterface,
  kBadArgument,
  kRemoveLock,            // a remove lock released more often than acquired, or used after its removal
  kRemoveLockTag,         // released with another tag than it was acquired with
  kRemoveLockNotAwaited,  // IoDeleteDevice of a device whose remove lock nobody waited for
  kNotificationLeft,      // a plug and play notification still registered when its driver is unloaded
  kSymbolicLinkLeft,      // a symbolic link still there when the driver that made it is unloaded
  kPowerIrpKept,          // PoRequestPowerIrp asked for a pointer to the IRP, which may be gone by then
  kPowerRequest,          // PoRequestPowerIrp with something else than a wait, query or set
  kPowerRequestUnknown,   // PoSetPowerRequest and its kin with what is no power request
  kPowerRequestNotSet,    // PoClearPowerRequest of a request that is not set
  kPowerRequestHeld,      // a power request that is set while nobody uses its device
  kPowerRequestLeft,      // IoDeleteDevice of a device whose power request was not deleted
  kPnpStatus,             // a plug and play request answered against its page
  kWrongIrql,
  kInterruptOfAnotherClaimed,  // a service routine that claims what another device on its line asks for
  kDmaFreedWrong,  // FreeCommonBuffer or PutScatterGatherList of something that the adapter did not give, or other than it was given
  kDmaBufferLeft,   // PutDmaAdapter with a common buffer that was not freed
  kDmaListLeft,     // PutDmaAdapter with a scatter/gather list that was not put
  kDmaAdapterLeft,  // a device removed whose DMA adapter was not put
  kDmaOutOfReach,   // memory for a device that cannot address it
};
std::string_view name_of(IoMisuse misuse);

// What is known beside the call that was caught; each may be empty.
struct MisuseEvidence {
  StackTrace made_at = {};   // where the driver made the object
  StackTrace ended_at = {};  // an IRP: where it was completed before
  StackTrace routine = {};   // the driver's routine that has returned: its first line
};

struct MisuseEvent {
  IoMisuse misuse;
  std::string_view function;  // "IofCompleteRequest"
  const void* object;         // the device, IRP, ... it was called with; not to be followed
  std::string sentence;
  StackTrace stack;
  MisuseEvidence evidence = {};
};

// One acquisition of a remove lock that was not released yet.
struct RemoveLockHold {
  const void* tag;
  StackTrace acquired_at;
};
// IoReleaseRemoveLockAndWait waits for these, the likeliest to be kept for ever first; for none when it is over. Told again whenever
// one of them goes.
struct RemoveLockWaitEvent {
  const void* lock;
  std::vector<RemoveLockHold> holds;
};

// One IRP as a driver sees it. `id` stays with an IRP from its allocation to its end; addresses are used again.
struct IrpEvent {
  uint64_t id = 0;
  const IRP* irp = nullptr;
  DEVICE_OBJECT* device = nullptr;
  uint8_t major = 0;
  uint8_t minor = 0;
  uint32_t control_code = 0;  // of a device control
  NTSTATUS status = 0;        // returned by the dispatch routine, or final
  uint64_t information = 0;
};

struct DriverEvent {
  DRIVER_OBJECT* driver;
  std::string_view name;
  NTSTATUS status;  // what DriverEntry returned
};

struct DeviceEvent {
  DEVICE_OBJECT* device;
  DEVICE_OBJECT* lower;  // the device it was attached to, or null
  DRIVER_OBJECT* driver;
};

struct FileEvent {
  const FILE_OBJECT* file;
  DEVICE_OBJECT* device;
  std::u16string_view name;  // what lies after the device's own name; may hold a binary structure
  NTSTATUS status;
};

struct InterfaceEvent {
  GUID category;
  std::u16string_view symbolic_link;
  bool enabled;
};

enum class PnpState : uint8_t {
  kEnumerated,
  kAdded,
  kStarted,
  kStopPending,
  kStopped,
  kRemovePending,
  kSurpriseRemoved,
  kRemoved
};
std::string_view name_of(PnpState state);

struct PnpEvent {
  DEVICE_OBJECT* pdo;
  PnpState before;
  PnpState after;
};

class IoObserver {
 public:
  virtual ~IoObserver() = default;
  virtual void on_misuse(const MisuseEvent&) {}
  virtual void on_driver_loaded(const DriverEvent&) {}
  virtual void on_driver_unloaded(const DriverEvent&) {}
  virtual void on_device_created(const DeviceEvent&) {}
  virtual void on_device_attached(const DeviceEvent&) {}
  virtual void on_device_detached(const DeviceEvent&) {}
  virtual void on_device_deleted(const DeviceEvent&) {}
  virtual void on_remove_lock_wait(const RemoveLockWaitEvent&) {}
  virtual void on_irp_dispatched(const IrpEvent&) {}  // before a dispatch routine
  virtual void on_irp_returned(const IrpEvent&) {}    // after it
  virtual void on_irp_completed(const IrpEvent&) {}   // IoCompleteRequest, at the level it was called from
  virtual void on_irp_ended(const IrpEvent&) {}       // back at its creator
  virtual void on_file_opened(const FileEvent&) {}
  virtual void on_file_closed(const FileEvent&) {}
  virtual void on_interface(const InterfaceEvent&) {}
  virtual void on_pnp_state(const PnpEvent&) {}
};

}  // namespace portside::io
