#include "io/power.h"

#include <fmt/format.h>

#include <memory>
#include <vector>

#include "io/io.h"
#include "kernel/dispatcher.h"
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
  if (request->completion)
    request->completion(request->device, request->minor, request->state, request->context, &status);
  if (Io* io = Io::find()) (void)io->irps().free(irp, "PoRequestPowerIrp");
  return STATUS_MORE_PROCESSING_REQUIRED;
}

void send_requested(void* context) {
  auto* request = static_cast<PowerRequest*>(context);
  if (Io* io = Io::find()) (void)io->flow().call_driver(request->top, request->irp);
}

}  // namespace

// Held applications wait on the event; the thread that put the system to sleep is not held.
struct Power::Sleep {
  KEVENT awake{};
  kernel::ThreadObject* by = nullptr;
};

Power::Power(Io& io) : io_(io), idle_(io) {}
Power::~Power() = default;

NTSTATUS Power::request(DEVICE_OBJECT* device, UCHAR minor, POWER_STATE state, PREQUEST_POWER_COMPLETE completion,
                        void* context, IRP** irp_out) {
  // PoRequestPowerIrp, MinorFunction.
  if (minor != IRP_MN_QUERY_POWER && minor != IRP_MN_SET_POWER && minor != IRP_MN_WAIT_WAKE) {
    io_.misuse(IoMisuse::kPowerRequest, "PoRequestPowerIrp", device, fmt::format("minor function 0x{:02x}", minor));
    return STATUS_INVALID_PARAMETER_2;
  }
  // PoRequestPowerIrp, Irp: only for IRP_MN_WAIT_WAKE; any other request may be complete, and freed, before the call returns.
  if (irp_out && minor != IRP_MN_WAIT_WAKE)
    io_.misuse(IoMisuse::kPowerIrpKept, "PoRequestPowerIrp", device,
               fmt::format("a pointer to the IRP was asked for with minor function 0x{:02x}", minor));
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
    send_requested(request);
  } else {
    kernel.work_queue().queue(
        {.routine = &send_requested, .context = request, .item = nullptr, .api = "PoRequestPowerIrp"});
  }
  return STATUS_PENDING;
}

POWER_STATE Power::set_state(DEVICE_OBJECT* device, POWER_STATE_TYPE type, POWER_STATE state) {
  POWER_STATE before;
  {
    MutexLock lock(mutex_);
    States& s = states_[device];
    before = type == DevicePowerState ? s.device : s.system;
    (type == DevicePowerState ? s.device : s.system) = state;
  }
  if (type == DevicePowerState && state.DeviceState == PowerDeviceD0) idle_.device_awake();
  return before;
}

POWER_STATE Power::state(DEVICE_OBJECT* device, POWER_STATE_TYPE type) {
  MutexLock lock(mutex_);
  States& s = states_[device];
  return type == DevicePowerState ? s.device : s.system;
}

void Power::forget(DEVICE_OBJECT* device) {
  idle_.forget(device);
  MutexLock lock(mutex_);
  states_.erase(device);
}

NTSTATUS Power::send(DeviceNode& node, uint8_t minor, POWER_STATE_TYPE type, POWER_STATE state, POWER_ACTION action) {
  IO_STACK_LOCATION location{};
  location.MajorFunction = IRP_MJ_POWER;
  location.MinorFunction = minor;
  location.Parameters.Power.Type = type;
  location.Parameters.Power.State = state;
  location.Parameters.Power.ShutdownType = action;
  return io_.pnp().send(node, location, STATUS_NOT_SUPPORTED, nullptr);
}

Result<> Power::query(DeviceNode& node, POWER_STATE_TYPE type, POWER_STATE state, POWER_ACTION action) {
  if (NTSTATUS status = send(node, IRP_MN_QUERY_POWER, type, state, action); !NT_SUCCESS(status))
    return fail(Status::from_nt(status, "the driver refused IRP_MN_QUERY_POWER"));
  return {};
}

Result<> Power::set(DeviceNode& node, POWER_STATE_TYPE type, POWER_STATE state, POWER_ACTION action) {
  if (NTSTATUS status = send(node, IRP_MN_SET_POWER, type, state, action); !NT_SUCCESS(status)) {
    io_.misuse(IoMisuse::kPnpStatus, "IRP_MN_SET_POWER", node.pdo, "IRP_MN_SET_POWER must not be failed",
               {.routine = io_.flow().top_routine(node.pdo, IRP_MJ_POWER)});
    return fail(Status::from_nt(status, "the driver failed IRP_MN_SET_POWER"));
  }
  return {};
}

Result<> Power::set_device_state(DeviceNode& node, DEVICE_POWER_STATE state) {
  ThreadGuard guard(io_.pnp().lock());
  if (state < PowerDeviceD0 || state > PowerDeviceD3)
    return fail(StatusCode::kInvalidParameter, "not a device power state");
  if (node.state != PnpState::kStarted)
    return fail(StatusCode::kInvalidDeviceState, fmt::format("the device is {}", name_of(node.state)));
  const POWER_STATE wanted{.DeviceState = state};
  // Going down is asked for first; coming back is not.
  if (state > node.device_power) TRY(query(node, DevicePowerState, wanted, PowerActionNone));
  return set(node, DevicePowerState, wanted, PowerActionNone);
}

Result<> Power::set_system_state(DeviceNode& node, SYSTEM_POWER_STATE state, POWER_ACTION action) {
  const POWER_STATE wanted{.SystemState = state};
  if (state != PowerSystemWorking) TRY(query(node, SystemPowerState, wanted, action));
  return set(node, SystemPowerState, wanted, action);
}

Result<> Power::sleep(SYSTEM_POWER_STATE state) {
  ThreadGuard guard(io_.pnp().lock());
  if (state < PowerSystemSleeping1 || state > PowerSystemHibernate)
    return fail(StatusCode::kInvalidParameter, "not a sleep state of the system");
  if (system_state_ != PowerSystemWorking) return fail(StatusCode::kInvalidDeviceState, "the system sleeps already");
  const POWER_ACTION action = state == PowerSystemHibernate ? PowerActionHibernate : PowerActionSleep;
  const POWER_STATE wanted{.SystemState = state};
  const POWER_STATE working{.SystemState = PowerSystemWorking};
  std::vector<DeviceNode*> nodes;
  for (DeviceNode* node : io_.pnp().nodes())
    if (node->state == PnpState::kStarted) nodes.push_back(node);
  for (size_t i = 0; i < nodes.size(); ++i) {
    auto answer = query(*nodes[i], SystemPowerState, wanted, action);
    if (answer) continue;
    // Handling a System Query-Power: after a failed query every driver gets a set-power for the state that it is in.
    for (size_t asked = 0; asked <= i; ++asked) (void)set(*nodes[asked], SystemPowerState, working, PowerActionNone);
    return answer;
  }
  auto sleep = std::make_shared<Sleep>();
  current<kernel::Kernel>().dispatcher().initialize_event(&sleep->awake, true, false);
  sleep->by = current<kernel::Kernel>().current_thread();
  {
    MutexLock lock(mutex_);
    sleep_ = sleep;
  }
  system_state_ = state;
  Result<> outcome;
  for (DeviceNode* node : nodes)
    if (auto done = set(*node, SystemPowerState, wanted, action); !done) outcome = done;
  return outcome;
}

Result<> Power::wake() {
  ThreadGuard guard(io_.pnp().lock());
  if (system_state_ == PowerSystemWorking) return fail(StatusCode::kInvalidDeviceState, "the system does not sleep");
  Result<> outcome;
  for (DeviceNode* node : io_.pnp().nodes())
    if (node->state == PnpState::kStarted)
      if (auto done = set(*node, SystemPowerState, {.SystemState = PowerSystemWorking}, PowerActionNone); !done)
        outcome = done;
  system_state_ = PowerSystemWorking;
  std::shared_ptr<Sleep> over;
  {
    MutexLock lock(mutex_);
    over = sleep_;
  }
  (void)current<kernel::Kernel>().set_event(&over->awake);
  return outcome;
}

Result<> Power::hold_application() {
  auto& kernel = current<kernel::Kernel>();
  while (system_state_ != PowerSystemWorking) {
    std::shared_ptr<Sleep> sleep;
    {
      MutexLock lock(mutex_);
      sleep = sleep_;
    }
    if (sleep->by == kernel.current_thread())
      return fail(StatusCode::kInvalidDeviceState, "the system sleeps: applications do not run until it wakes");
    (void)kernel.wait(&sleep->awake);
  }
  return {};
}

}  // namespace portside::io
