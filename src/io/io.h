#pragma once
// Io: the I/O layer of one machine. Other layers reach it by portside::current<io::Io>(); everything here is to be called on a
// simulated thread of the machine (kernel::Kernel::run), at PASSIVE_LEVEL unless a member says otherwise.

#include <wdm.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/machine_context.h"
#include "base/observer.h"
#include "base/result.h"
#include "io/device.h"
#include "io/device_interface.h"
#include "io/device_timer.h"
#include "io/driver.h"
#include "io/file.h"
#include "io/interrupt_table.h"
#include "io/interrupts.h"
#include "io/irp.h"
#include "io/irp_flow.h"
#include "io/names.h"
#include "io/notification.h"
#include "io/observer.h"
#include "io/pnp.h"
#include "io/power.h"
#include "io/power_request.h"
#include "io/property_store.h"
#include "io/register_space.h"
#include "io/remove_lock.h"
#include "io/request.h"

namespace portside::io {

class DmaAdapters;

struct IoOptions {
  bool verify = true;  // keep stacks of allocations and completions
};

class Io {
 public:
  static constexpr LayerSlot kSlot = LayerSlot::kIo;

  static Result<std::unique_ptr<Io>> create(const IoOptions& options = {});
  ~Io();

  // The current machine's, or null: what runs late (the end of an object) asks first.
  static Io* find() {
    MachineContext* machine = MachineContext::current();
    return machine ? machine->find<Io>() : nullptr;
  }

  const IoOptions& options() const { return options_; }
  ObserverList<IoObserver>& observers() { return observers_; }

  DriverTable& drivers() { return drivers_; }
  DeviceTable& devices() { return devices_; }
  IrpTable& irps() { return irps_; }
  IrpFlow& flow() { return flow_; }
  FileTable& files() { return files_; }
  Names& names() { return names_; }
  InterfaceTable& interfaces() { return interfaces_; }
  PropertyStore& device_properties() { return device_properties_; }
  PropertyStore& interface_properties() { return interface_properties_; }
  Notifications& notifications() { return notifications_; }
  PlugAndPlay& pnp() { return pnp_; }
  Power& power() { return power_; }
  Requests& requests() { return requests_; }
  DeviceTimers& timers() { return timers_; }
  InterruptTable& interrupt_objects() { return interrupt_objects_; }
  RemoveLocks& remove_locks() { return remove_locks_; }
  PowerRequests& power_requests() { return power_requests_; }
  DmaAdapters& dma_adapters() { return *dma_adapters_; }

  InterruptSource* interrupts() const { return interrupts_; }
  void set_interrupts(InterruptSource* source) { interrupts_ = source; }
  RegisterSpace* registers() const { return registers_; }
  void set_registers(RegisterSpace* registers) { registers_ = registers; }

  // Tells the observers of a driver's mistake, with the caller's stack.
  void misuse(IoMisuse misuse, std::string_view function, const void* object, std::string sentence,
              const MisuseEvidence& evidence = {});

 private:
  explicit Io(const IoOptions& options);

  IoOptions options_;
  ObserverList<IoObserver> observers_;
  DriverTable drivers_;
  DeviceTable devices_;
  IrpTable irps_;
  IrpFlow flow_;
  FileTable files_;
  Names names_;
  InterfaceTable interfaces_;
  PropertyStore device_properties_;
  PropertyStore interface_properties_;
  Notifications notifications_;
  PlugAndPlay pnp_;
  Power power_;
  Requests requests_;
  DeviceTimers timers_;
  InterruptTable interrupt_objects_;
  RemoveLocks remove_locks_;
  PowerRequests power_requests_;
  std::unique_ptr<DmaAdapters> dma_adapters_;
  InterruptSource* interrupts_ = nullptr;
  RegisterSpace* registers_ = nullptr;
};

// What most callers in ks and portcls want, on the current machine:
NTSTATUS call_driver(DEVICE_OBJECT* device, IRP* irp);      // IofCallDriver
void complete_request(IRP* irp, CCHAR priority_boost = 0);  // IofCompleteRequest
NTSTATUS complete_with(IRP* irp, NTSTATUS status,
                       ULONG_PTR information = 0);  // fills IoStatus, completes, returns status

}  // namespace portside::io
