// PlugAndPlay: how a started device stops and goes: rebalance, orderly removal, surprise removal.

#include "io/pnp.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "io/dma_adapter.h"
#include "io/io.h"
#include "io/irp_names.h"
#include "kernel/services.h"

namespace portside::io {

Result<> PlugAndPlay::query_stop(DeviceNode& node) {
  ThreadGuard guard(lock_);
  if (node.state != PnpState::kStarted)
    return fail(StatusCode::kInvalidDeviceState, fmt::format("the device is {}", name_of(node.state)));
  set_state(node, PnpState::kStopPending);
  NTSTATUS status = send_simple(node, IRP_MN_QUERY_STOP_DEVICE);
  if (NT_SUCCESS(status)) return {};
  (void)cancel_stop(node);
  return fail(Status::from_nt(status, "the driver refused IRP_MN_QUERY_STOP_DEVICE"));
}

Result<> PlugAndPlay::cancel_stop(DeviceNode& node) {
  ThreadGuard guard(lock_);
  if (node.state != PnpState::kStopPending)
    return fail(StatusCode::kInvalidDeviceState, fmt::format("the device is {}", name_of(node.state)));
  must_succeed(node, IRP_MN_CANCEL_STOP_DEVICE, "IRP_MN_CANCEL_STOP_DEVICE");
  set_state(node, PnpState::kStarted);
  return {};
}

Result<> PlugAndPlay::stop(DeviceNode& node) {
  ThreadGuard guard(lock_);
  if (node.state != PnpState::kStopPending) TRY(query_stop(node));
  must_succeed(node, IRP_MN_STOP_DEVICE, "IRP_MN_STOP_DEVICE");
  set_state(node, PnpState::kStopped);
  return {};
}

Result<> PlugAndPlay::start_again(DeviceNode& node) {
  ThreadGuard guard(lock_);
  if (node.state != PnpState::kStopped)
    return fail(StatusCode::kInvalidDeviceState, fmt::format("the device is {}", name_of(node.state)));
  if (auto filtered = filter_resources(node); !filtered) {
    (void)surprise_remove(node);
    return filtered;
  }
  return start_stack(node);
}

void PlugAndPlay::must_succeed(DeviceNode& node, uint8_t minor, std::string_view name) {
  NTSTATUS status = send_simple(node, minor);
  if (!NT_SUCCESS(status))
    io_.misuse(IoMisuse::kPnpStatus, name, node.pdo,
               fmt::format("{} must not be failed, but was with {}", name, status_name(static_cast<uint32_t>(status))),
               {.routine = io_.flow().top_routine(node.pdo, IRP_MJ_PNP)});
}

bool PlugAndPlay::has_open_files(DeviceNode& node) {
  for (DEVICE_OBJECT* device : io_.devices().stack_of(node.pdo))
    if (auto record = io_.devices().find(device); record && record->open_files) return true;
  return false;
}

Result<> PlugAndPlay::query_remove(DeviceNode& node) {
  ThreadGuard guard(lock_);
  if (node.state != PnpState::kStarted && node.state != PnpState::kAdded && node.state != PnpState::kStopped)
    return fail(StatusCode::kInvalidDeviceState, fmt::format("the device is {}", name_of(node.state)));
  node.before_remove = node.state;
  set_state(node, PnpState::kRemovePending);
  query_relations(node, RemovalRelations);
  const kernel::Refusals::Watch watch(current<kernel::Services>().refusals());
  NTSTATUS status = send_simple(node, IRP_MN_QUERY_REMOVE_DEVICE);
  const bool busy = NT_SUCCESS(status) && has_open_files(node);
  if (NT_SUCCESS(status) && !busy) {
    for (const DEVICE_OBJECT* device : io_.devices().stack_of(node.pdo)) io_.power_requests().tell_held(device);
    return {};
  }
  (void)cancel_remove(node);
  if (busy) return fail(StatusCode::kDeviceBusy, "files are open on the device");
  return fail(Status::from_nt(status, watch.sentence("IRP_MN_QUERY_REMOVE_DEVICE")));
}

Result<> PlugAndPlay::cancel_remove(DeviceNode& node) {
  ThreadGuard guard(lock_);
  if (node.state != PnpState::kRemovePending)
    return fail(StatusCode::kInvalidDeviceState, fmt::format("the device is {}", name_of(node.state)));
  must_succeed(node, IRP_MN_CANCEL_REMOVE_DEVICE, "IRP_MN_CANCEL_REMOVE_DEVICE");
  set_state(node, node.before_remove);
  return {};
}

Result<> PlugAndPlay::remove(DeviceNode& node) {
  ThreadGuard guard(lock_);
  switch (node.state) {
    case PnpState::kRemoved: return {};  // a start that failed has removed the stack
    case PnpState::kEnumerated: return finish_remove(node);
    case PnpState::kSurpriseRemoved:
      return has_open_files(node)
                 ? Result<>(fail(StatusCode::kDeviceBusy, "files are open on the device, which was surprise-removed"))
                 : finish_remove(node);
    case PnpState::kStopPending: TRY(cancel_stop(node)); break;
    default: break;
  }
  if (node.state != PnpState::kRemovePending) TRY(query_remove(node));
  return finish_remove(node);
}

Result<> PlugAndPlay::surprise_remove(DeviceNode& node) {
  ThreadGuard guard(lock_);
  if (node.state == PnpState::kRemoved || node.state == PnpState::kSurpriseRemoved)
    return fail(StatusCode::kInvalidDeviceState, fmt::format("the device is {}", name_of(node.state)));
  if (node.state == PnpState::kEnumerated) return finish_remove(node);
  set_state(node, PnpState::kSurpriseRemoved);
  must_succeed(node, IRP_MN_SURPRISE_REMOVAL, "IRP_MN_SURPRISE_REMOVAL");
  io_.interfaces().device_gone(node.pdo, false);
  // IRP_MN_SURPRISE_REMOVAL: the remove follows when every handle to the device is closed.
  if (has_open_files(node)) return {};
  return finish_remove(node);
}

void PlugAndPlay::last_file_closed(DEVICE_OBJECT* device) {
  // An operation of this very thread looks for itself, when its request has come back.
  if (lock_.held_by_me()) return;
  if (DeviceNode* node = find_by_stack(device); !node || node->state != PnpState::kSurpriseRemoved) return;
  ThreadGuard guard(lock_);
  DeviceNode* node = find_by_stack(device);  // another thread may have been faster
  if (node && node->state == PnpState::kSurpriseRemoved && !has_open_files(*node)) (void)finish_remove(*node);
}

Result<> PlugAndPlay::finish_remove(DeviceNode& node) {
  if (node.function_driver) {
    const std::vector<DEVICE_OBJECT*> stack = io_.devices().stack_of(node.pdo);
    must_succeed(node, IRP_MN_REMOVE_DEVICE, "IRP_MN_REMOVE_DEVICE");
    report_left_requests(stack);
    for (DEVICE_OBJECT* device : io_.devices().stack_of(node.pdo)) {
      if (device == node.pdo) continue;
      auto known = io_.devices().find(device);
      io_.misuse(IoMisuse::kDeviceLeftAtUnload, "IRP_MN_REMOVE_DEVICE", device,
                 "the driver has answered IRP_MN_REMOVE_DEVICE and not detached its device object",
                 {.made_at = known ? known->created : StackTrace{}});
      io_.devices().mark_left_attached(device);
      if (DEVICE_OBJECT* lower = io_.devices().lower(device)) (void)io_.devices().detach(lower);
    }
  }
  io_.dma_adapters().report_left(node.pdo);
  io_.interfaces().device_gone(node.pdo, true);
  set_state(node, PnpState::kRemoved);
  DEVICE_OBJECT* pdo = std::exchange(node.pdo, nullptr);
  (void)io_.devices().remove(pdo);
  node.function_driver = nullptr;
  return {};
}

// IRP_MN_REMOVE_DEVICE: the driver has completed or failed every request before it lets its device object go.
void PlugAndPlay::report_left_requests(const std::vector<DEVICE_OBJECT*>& stack) {
  for (IRP* irp : io_.irps().live()) {
    IrpRecord* record = io_.irps().find(irp);
    if (record->state != IrpState::kLive || irp->CurrentLocation > irp->StackCount) continue;
    const IO_STACK_LOCATION* location = irp->Tail.Overlay.CurrentStackLocation;
    if (std::ranges::find(stack, location->DeviceObject) == stack.end()) continue;
    StackTrace allocated;
    {
      MutexLock lock(record->mutex);
      allocated = record->allocated;
    }
    io_.misuse(IoMisuse::kIrpLeftPending, "IRP_MN_REMOVE_DEVICE", irp,
               fmt::format("the device is removed and a request ({}) is still pending in its stack",
                           major_name(location->MajorFunction)),
               {.made_at = allocated});
  }
}

}  // namespace portside::io
