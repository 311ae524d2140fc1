#include "io/observer.h"

namespace portside::io {

std::string_view name_of(IoMisuse misuse) {
  switch (misuse) {
    case IoMisuse::kUnknownDevice: return "unknown-device";
    case IoMisuse::kDeletedDevice: return "deleted-device";
    case IoMisuse::kDeviceStillAttached: return "device-still-attached";
    case IoMisuse::kDeviceKeptToUnload: return "device-kept-to-unload";
    case IoMisuse::kDeviceLeftAtUnload: return "device-left-at-unload";
    case IoMisuse::kInitializingLeftSet: return "initializing-left-set";
    case IoMisuse::kUnknownDriver: return "unknown-driver";
    case IoMisuse::kUnknownIrp: return "unknown-irp";
    case IoMisuse::kFreedIrp: return "freed-irp";
    case IoMisuse::kIrpStillQueued: return "irp-still-queued";
    case IoMisuse::kNoStackLocation: return "no-stack-location";
    case IoMisuse::kDoubleCompletion: return "double-completion";
    case IoMisuse::kCompletedPending: return "completed-pending";
    case IoMisuse::kCancelRoutineLeft: return "cancel-routine-left";
    case IoMisuse::kPendingNotMarked: return "pending-not-marked";
    case IoMisuse::kPendingNotReturned: return "pending-not-returned";
    case IoMisuse::kStatusDiffers: return "status-differs";
    case IoMisuse::kNeverCompleted: return "never-completed";
    case IoMisuse::kDispatchIrqlChanged: return "dispatch-irql-changed";
    case IoMisuse::kCreatedIrpReachedTop: return "created-irp-reached-top";
    case IoMisuse::kCancelStateCompleted: return "cancel-state-completed";
    case IoMisuse::kIrpLeftPending: return "irp-left-pending";
    case IoMisuse::kUnknownInterface: return "unknown-interface";
    case IoMisuse::kBadArgument: return "bad-argument";
    case IoMisuse::kRemoveLock: return "remove-lock";
    case IoMisuse::kRemoveLockTag: return "remove-lock-tag";
    case IoMisuse::kRemoveLockNotAwaited: return "remove-lock-not-awaited";
    case IoMisuse::kNotificationLeft: return "notification-left";
    case IoMisuse::kSymbolicLinkLeft: return "symbolic-link-left";
    case IoMisuse::kPowerIrpKept: return "power-irp-kept";
    case IoMisuse::kPowerRequest: return "power-request";
    case IoMisuse::kPowerRequestUnknown: return "power-request-unknown";
    case IoMisuse::kPowerRequestNotSet: return "power-request-not-set";
    case IoMisuse::kPowerRequestHeld: return "power-request-held";
    case IoMisuse::kPowerRequestLeft: return "power-request-left";
    case IoMisuse::kPnpStatus: return "pnp-status";
    case IoMisuse::kWrongIrql: return "wrong-irql";
    case IoMisuse::kInterruptOfAnotherClaimed: return "interrupt-of-another-claimed";
    case IoMisuse::kDmaFreedWrong: return "dma-freed-wrong";
    case IoMisuse::kDmaBufferLeft: return "dma-buffer-left";
    case IoMisuse::kDmaListLeft: return "dma-list-left";
    case IoMisuse::kDmaAdapterLeft: return "dma-adapter-left";
    case IoMisuse::kDmaOutOfReach: return "dma-out-of-reach";
  }
  return "";
}

std::string_view name_of(PnpState state) {
  switch (state) {
    case PnpState::kEnumerated: return "enumerated";
    case PnpState::kAdded: return "added";
    case PnpState::kStarted: return "started";
    case PnpState::kStopPending: return "stop pending";
    case PnpState::kStopped: return "stopped";
    case PnpState::kRemovePending: return "remove pending";
    case PnpState::kSurpriseRemoved: return "surprise removed";
    case PnpState::kRemoved: return "removed";
  }
  return "";
}

}  // namespace portside::io
