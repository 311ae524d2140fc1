// Adapter: IRP_MJ_PNP. Start, stop and removal, and what goes down the stack untouched.

#include <algorithm>

#include <fmt/format.h>

#include "io/io.h"
#include "kernel/kernel.h"
#include "kernel/services.h"
#include "portcls/adapter.h"
#include "portcls/filter_file.h"
#include "portcls/pin_file.h"
#include "portcls/port.h"
#include "portcls/resource_list.h"
#include "portcls/stream_resources.h"

namespace portside::portcls {
namespace {

// The lower device is done: the IRP stays ours, and the waiting dispatch routine goes on.
NTSTATUS NTAPI forwarded_irp_done(PDEVICE_OBJECT, PIRP irp, PVOID context) {
  if (irp->PendingReturned) current<kernel::Kernel>().set_event(static_cast<PKEVENT>(context));
  return STATUS_MORE_PROCESSING_REQUIRED;
}

}  // namespace

NTSTATUS Adapter::pass_down(PIRP irp) {
  IoSkipCurrentIrpStackLocation(irp);
  return io::call_driver(lower_, irp);
}

NTSTATUS Adapter::forward_and_wait(PIRP irp) {
  KEVENT done;
  KeInitializeEvent(&done, NotificationEvent, FALSE);
  IoCopyCurrentIrpStackLocationToNext(irp);
  IoSetCompletionRoutine(irp, forwarded_irp_done, &done, TRUE, TRUE, TRUE);
  NTSTATUS status = io::call_driver(lower_, irp);
  if (status == STATUS_PENDING) {
    current<kernel::Kernel>().wait(&done);
    status = irp->IoStatus.Status;
  }
  return status;
}

NTSTATUS Adapter::dispatch_pnp(PIRP irp) {
  const IO_STACK_LOCATION& location = *IoGetCurrentIrpStackLocation(irp);
  switch (location.MinorFunction) {
    case IRP_MN_START_DEVICE: return start(irp);
    case IRP_MN_REMOVE_DEVICE: return remove(irp);
    case IRP_MN_SURPRISE_REMOVAL:
      surprise_removal();
      irp->IoStatus.Status = STATUS_SUCCESS;
      return pass_down(irp);
    case IRP_MN_QUERY_STOP_DEVICE: {
      ControlGuard guard(control_lock_);
      if (const NTSTATUS status = rebalance_.query_stop(); status < 0) return io::complete_with(irp, status);
      irp->IoStatus.Status = STATUS_SUCCESS;
      return pass_down(irp);
    }
    case IRP_MN_STOP_DEVICE: return stop(irp);
    case IRP_MN_QUERY_REMOVE_DEVICE:
      if (!files_.empty()) {
        current<kernel::Services>().refusals().note("PortCls: files are open on the device");
        return io::complete_with(irp, STATUS_DEVICE_BUSY);
      }
      irp->IoStatus.Status = STATUS_SUCCESS;
      return pass_down(irp);
    case IRP_MN_CANCEL_STOP_DEVICE: {
      ControlGuard guard(control_lock_);
      rebalance_.cancel_stop();
      irp->IoStatus.Status = STATUS_SUCCESS;
      return pass_down(irp);
    }
    case IRP_MN_CANCEL_REMOVE_DEVICE: irp->IoStatus.Status = STATUS_SUCCESS; return pass_down(irp);
    case IRP_MN_QUERY_CAPABILITIES: {
      PDEVICE_CAPABILITIES capabilities = location.Parameters.DeviceCapabilities.Capabilities;
      const NTSTATUS status = forward_and_wait(irp);
      if (status >= 0) power_.query_capabilities(capabilities);
      return io::complete_with(irp, status, irp->IoStatus.Information);
    }
    default: return pass_down(irp);
  }
}

NTSTATUS Adapter::start(PIRP irp) {
  const auto& parameters = IoGetCurrentIrpStackLocation(irp)->Parameters.StartDevice;
  auto* untranslated = parameters.AllocatedResources;
  auto* translated = parameters.AllocatedResourcesTranslated;
  NTSTATUS status = forward_and_wait(irp);
  if (status >= 0) {
    ControlGuard guard(control_lock_);
    auto resources = ComPtr<IResourceList>::adopt(ResourceList::create(translated, untranslated));
    started_ = true;  // a StartDevice routine may open its own filters
    status = spec_.start_device(fdo_, irp, resources.get());
    started_ = status >= 0;
    if (started_) {
      io_timeouts_.start(fdo_);
      power_.start_idle_detection(translated && translated->Count && translated->List[0].PartialResourceList.Count);
    }
    if (!started_)
      for (const Subdevice& subdevice : subdevices_) set_links(subdevice, false);
  }
  return io::complete_with(irp, status, irp->IoStatus.Information);
}

NTSTATUS Adapter::stop(PIRP irp) {
  {
    ControlGuard guard(control_lock_);
    power_.stop_idle_detection();
    io_timeouts_.stop();
    pending_.fail_all(Status(StatusCode::kDeviceRemoved, "the device stops"));
    for (PinFile* pin : pins_)
      if (!pin->ended()) (void)pin->stream().set_state(KSSTATE_STOP);
    for (const Subdevice& subdevice : subdevices_) {
      set_links(subdevice, false);
      if (IMiniportPnpNotify* notify = subdevice.port->pnp_notify()) notify->PnpStop();
    }
    // Clients keep their files, and their views of the buffers, until they close them; there is nothing behind them.
    for (const auto& file : files_) file->detach();
    started_ = false;
  }
  // "This call is not made while holding the device global lock" (IAdapterPnpManagement::PnpStop).
  rebalance_.stop();
  {
    ControlGuard guard(control_lock_);
    drop_subdevices();
    power_.may_register_again();
  }
  irp->IoStatus.Status = STATUS_SUCCESS;
  return pass_down(irp);
}

void Adapter::drop_subdevices() {
  while (!subdevices_.empty()) {
    Subdevice gone = std::move(subdevices_.back());
    subdevices_.pop_back();
    set_links(gone, false);
    // A port that clients still have open keeps its miniport until the last of them has closed it.
    const bool in_use = std::ranges::any_of(files_, [&](const auto& file) { return &file->port() == gone.port; });
    if (!in_use) gone.port->release_miniport();
    port_cls_.observers().notify(
        &PortClsObserver::on_subdevice_unregistered,
        SubdeviceEvent{fdo_, gone.port->display_name(), gone.port->kind() == PortKind::kWaveRt});
    connections_.forget(gone.port);
  }
  // A port that was initialised and whose registration failed has its miniport still, and miniports keep their ports. No page
  // says who ends that circle; with subdevices the port does, so that it does here, too.
  const auto open = [this](const Port* port) {
    return std::ranges::any_of(files_, [&](const auto& file) { return &file->port() == port; });
  };
  for (;;) {
    const auto left = std::ranges::find_if(ports_, [&](Port* port) { return port->miniport() && !open(port); });
    if (left == ports_.end()) break;
    const auto kept = ComPtr<IUnknown>::share((*left)->unknown());
    (*left)->release_miniport();
  }
}

void Adapter::surprise_removal() {
  ControlGuard guard(control_lock_);
  removed_ = true;
  power_.stop_idle_detection();
  for (const Subdevice& subdevice : subdevices_) set_links(subdevice, false);
  // "Fail outstanding I/O requests on the device" (Handling an IRP_MN_SURPRISE_REMOVAL Request).
  pending_.fail_all(Status(StatusCode::kDeviceRemoved, "the device was removed"));
  // The hardware is gone; the streams' objects stay until their clients have closed them.
  for (PinFile* pin : pins_)
    if (!pin->ended()) (void)pin->stream().set_state(KSSTATE_STOP);
}

std::vector<LeakedObject> Adapter::leaked_objects() const {
  std::vector<LeakedObject> leaked;
  for (const Port* port : ports_) leaked.push_back(port->as_leaked());
  for (const auto& pages : kept_pages_)
    if (pages->extra_references())
      leaked.push_back({"IPortWaveRTStream of a closed stream", pages->extra_references(), LeftKind::kPageInterface,
                        pages->referenced_at()});
  for (const StreamResource& resource : port_cls_.stream_resources().take_left(pdo_))
    leaked.push_back(
        {resource.type == ePcStreamResourceThread ? "thread, a stream resource" : "interrupt, a stream resource", 1,
         LeftKind::kStreamResource, resource.added_at});
  for (const StackTrace& handler : pending_.left_unanswered())
    leaked.push_back(
        {"a property request whose handler returned STATUS_PENDING", 1, LeftKind::kPendingProperty, handler});
  return leaked;
}

NTSTATUS Adapter::remove(PIRP irp) {
  {
    ControlGuard guard(control_lock_);
    // Hardware that was pulled out is not there to be powered down.
    const bool there = !removed_;
    removed_ = true;
    io_timeouts_.stop();
    power_.stop_idle_detection();
    pending_.fail_all(Status(StatusCode::kDeviceRemoved, "the device was removed"));
    for (PinFile* pin : pins_) pin->end_stream();
    // Before the miniports go: "Perform any power-down operations" comes before a function driver frees its resources (Removing a
    // Device in a Function Driver), and adapters ask their miniports then.
    if (there) power_.change(PowerDeviceD3);
    drop_subdevices();
    power_.release();
    rebalance_.release();
    started_ = false;
  }
  // What still names this adapter now outlives the device.
  port_cls_.observers().notify(&PortClsObserver::on_device_removed, fdo_, leaked_objects());

  irp->IoStatus.Status = STATUS_SUCCESS;
  const NTSTATUS status = pass_down(irp);
  const std::unique_ptr<Adapter> self = port_cls_.remove_adapter(fdo_);
  // A driver's object that still points to its page interface may yet release it.
  for (auto& pages : kept_pages_)
    if (pages->extra_references()) port_cls_.keep_pages(std::move(pages));
  io::DeviceTable& devices = current<io::Io>().devices();
  (void)devices.detach(lower_);
  (void)devices.remove(fdo_);
  return status;
}

}  // namespace portside::portcls
