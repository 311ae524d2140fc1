#include "io/io.h"

#include "io/dma_adapter.h"

#include "kernel/kernel.h"
#include "kernel/services.h"

namespace portside::io {

Io::Io(const IoOptions& options)
    : options_(options), drivers_(*this), devices_(*this), irps_(*this), flow_(*this), files_(*this), names_(*this),
      interfaces_(*this), notifications_(*this), pnp_(*this), power_(*this), requests_(*this), timers_(*this),
      interrupt_objects_(*this), remove_locks_(*this), power_requests_(*this),
      dma_adapters_(std::make_unique<DmaAdapters>(*this)) {}

Result<std::unique_ptr<Io>> Io::create(const IoOptions& options) {
  MachineContext* machine = MachineContext::current();
  if (!machine || !machine->find<kernel::Kernel>() || !machine->find<kernel::Services>())
    return fail(StatusCode::kInternalError, "the I/O layer needs a machine with a kernel and its services");
  return std::unique_ptr<Io>(new Io(options));
}

Io::~Io() {
  MachineContext* machine = MachineContext::current();
  if (machine && machine->find<Io>() == this) machine->install<Io>(nullptr);
}

void Io::misuse(IoMisuse misuse, std::string_view function, const void* object, std::string sentence,
                const MisuseEvidence& evidence) {
  if (observers_.empty()) return;
  observers_.notify(&IoObserver::on_misuse,
                    MisuseEvent{misuse, function, object, std::move(sentence), capture_stack(), evidence});
}

NTSTATUS call_driver(DEVICE_OBJECT* device, IRP* irp) { return current<Io>().flow().call_driver(device, irp); }

void complete_request(IRP* irp, CCHAR priority_boost) { current<Io>().flow().complete(irp, priority_boost); }

NTSTATUS complete_with(IRP* irp, NTSTATUS status, ULONG_PTR information) {
  irp->IoStatus.Status = status;
  irp->IoStatus.Information = information;
  complete_request(irp, IO_NO_INCREMENT);
  return status;
}

}  // namespace portside::io
