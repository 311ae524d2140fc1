#include "io/power.h"

#include <fmt/format.h>

#include <memory>

#include "io/io.h"
#include "kernel/kernel.h"
#include "kernel/work_queue.h"

namespace portside::io {

namespace {

// What PoRequestPowerIrp was asked, until its IRP has ended.
struct PowerRequest {
  DEVICE_OBJECT* device;
  DEVICE_OBJECT* top;
  IRP* irp;
  UCHAR minor;
  POWER_STATE state;
  PREQUEST_POWER_COMPLETE completion;
  void* context;
};

NTSTATUS NTAPI on_completed(DEVICE_OBJECT*, IRP* irp, void* context) {
  std::unique_ptr<PowerRequest> request(static_cast<PowerRequest*>(context));
  IO_STATUS_BLOCK status = irp->IoStatus;
  if (request->completion) request->completion(request->device, request->minor, request->state, request->context, &status);
  if (Io* io = Io::find()) (void)io->irps().free(irp, "PoRequestPowerIrp");
  return STATUS_MORE_PROCESSING_REQUIRED;
}

void send(void* context) {
  auto* request = static_cast<PowerRequest*>(context);
  if (Io* io = Io::find()) (void)io->flow().call_driver(request->top, request->irp);
}

}  // namespace

NTSTATUS Power::request(DEVICE_OBJECT* device, UCHAR minor, POWER_STATE state, PREQUEST_POWER_COMPLETE completion,
                        void* context, IRP** irp_out) {
  // PoRequestPowerIrp, MinorFunction.
  if (minor != IRP_MN_QUERY_POWER && minor != IRP_MN_SET_POWER && minor != IRP_MN_WAIT_WAKE) {
    io_.misuse(IoMisuse::kPowerRequest, "PoRequestPowerIrp", device, fmt::format("minor function 0x{:02x}", minor));
    return STATUS_INVALID_PARAMETER_2;
  }
  DEVICE_OBJECT* top = io_.devices().top(device);
  if (!top) {
    io_.misuse(IoMisuse::kUnknownDevice, "PoRequestPowerIrp", device, "not a device object");
    return STATUS_INVALID_PARAMETER;
  }
  auto irp = io_.irps().allocate(top->StackSize);
  if (!irp) return STATUS_INSUFFICIENT_RESOURCES;
  // IRP_MJ_POWER: sent with STATUS_NOT_SUPPORTED, as plug and play's.
  (*irp)->IoStatus.Status = STATUS_NOT_SUPPORTED;
  IO_STACK_LOCATION* location = (*irp)->Tail.Overlay.CurrentStackLocation - 1;
  location->MajorFunction = IRP_MJ_POWER;
  location->MinorFunction = minor;
  if (minor == IRP_MN_WAIT_WAKE) {
    location->Parameters.WaitWake.PowerState = state.SystemState;
  } else {
    location->Parameters.Power.Type = DevicePowerState;
    location->Parameters.Power.State = state;
    location->Parameters.Power.ShutdownType = PowerActionNone;
  }
  auto* request = new PowerRequest{device, top, *irp, minor, state, completion, context};
  location->CompletionRoutine = &on_completed;
  location->Context = request;
  location->Control = SL_INVOKE_ON_SUCCESS | SL_INVOKE_ON_ERROR | SL_INVOKE_ON_CANCEL;
  if (irp_out) *irp_out = *irp;
  auto& kernel = current<kernel::Kernel>();
  if (kernel.current_irql() == kernel::kPassiveLevel) {
    send(request);
  } else {
    kernel.work_queue().queue({.routine = &send, .context = request, .item = nullptr, .api = "PoRequestPowerIrp"});
  }
  return STATUS_PENDING;
}

POWER_STATE Power::set_state(DEVICE_OBJECT* device, POWER_STATE_TYPE type, POWER_STATE state) {
  MutexLock lock(mutex_);
  States& s = states_[device];
  POWER_STATE before = type == DevicePowerState ? s.device : s.system;
  (type == DevicePowerState ? s.device : s.system) = state;
  return before;
}

POWER_STATE Power::state(DEVICE_OBJECT* device, POWER_STATE_TYPE type) {
  MutexLock lock(mutex_);
  States& s = states_[device];
  return type == DevicePowerState ? s.device : s.system;
}

void Power::forget(DEVICE_OBJECT* device) {
  MutexLock lock(mutex_);
  states_.erase(device);
}

Result<> Power::set_system_state(DeviceNode& node, SYSTEM_POWER_STATE state, POWER_ACTION action) {
  auto ask = [&](uint8_t minor) {
    IO_STACK_LOCATION location{};
    location.MajorFunction = IRP_MJ_POWER;
    location.MinorFunction = minor;
    location.Parameters.Power.Type = SystemPowerState;
    location.Parameters.Power.State.SystemState = state;
    location.Parameters.Power.ShutdownType = action;
    return io_.pnp().send(node, location, STATUS_NOT_SUPPORTED, nullptr);
  };
  // Going down is asked for first; coming back to S0 is not.
  if (state != PowerSystemWorking)
    if (NTSTATUS status = ask(IRP_MN_QUERY_POWER); !NT_SUCCESS(status))
      return fail(Status::from_nt(status, "the driver refused IRP_MN_QUERY_POWER"));
  if (NTSTATUS status = ask(IRP_MN_SET_POWER); !NT_SUCCESS(status)) {
    io_.misuse(IoMisuse::kPnpStatus, "IRP_MN_SET_POWER", node.pdo, "IRP_MN_SET_POWER must not be failed");
    return fail(Status::from_nt(status, "the driver failed IRP_MN_SET_POWER"));
  }
  return {};
}

}  // namespace portside::io
