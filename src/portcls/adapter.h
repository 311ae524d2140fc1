#pragma once
// Adapter: what PcAddAdapterDevice makes of a physical device: the functional device object, its subdevices and their
// connections, its files, its power. All IRPs of the device come to dispatch().

#include <portcls.h>
#include <wdm.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "portcls/adapter_power.h"
#include "portcls/automation.h"
#include "portcls/com_ptr.h"
#include "portcls/control_lock.h"
#include "portcls/io_timeouts.h"
#include "portcls/physical_connections.h"
#include "portcls/portcls.h"
#include "portcls/rebalance.h"
#include "portcls/stream_pages.h"

namespace portside::portcls {

class KsFile;
class PinFile;
class Port;

struct AdapterSpec {
  PDRIVER_OBJECT driver = nullptr;
  PDEVICE_OBJECT physical_device = nullptr;
  PCPFNSTARTDEVICE start_device = nullptr;
  ULONG maximum_objects = 0;
  ULONG extension_bytes = 0;
  PDRIVER_DISPATCH dispatch = nullptr;  // what PortCls puts into the driver's table: a driver that hooks it sees more
};

// One registered subdevice. The adapter holds a reference to the port for as long as it is registered.
struct Subdevice {
  std::u16string name;
  Port* port = nullptr;
  ComPtr<IUnknown> reference;
  std::vector<std::u16string> links;  // one a category, in the order of the categories
};

class Adapter {
 public:
  // PcAddAdapterDevice: makes the device object and puts it on the stack of the physical device.
  static Result<std::unique_ptr<Adapter>> create(PortCls& port_cls, const AdapterSpec& spec);
  ~Adapter();
  Adapter(const Adapter&) = delete;
  Adapter& operator=(const Adapter&) = delete;

  PortCls& port_cls() const { return port_cls_; }
  PDEVICE_OBJECT functional_device() const { return fdo_; }
  PDEVICE_OBJECT physical_device() const { return pdo_; }
  PDEVICE_OBJECT next_device() const { return lower_; }
  const AdapterSpec& spec() const { return spec_; }
  bool started() const { return started_; }
  bool removed() const { return removed_; }
  ControlLock& control_lock() { return control_lock_; }
  AdapterPower& power() { return power_; }
  Rebalance& rebalance() { return rebalance_; }
  bool has_files() const { return !files_.empty(); }
  PendingProperties& pending_properties() { return pending_; }
  PhysicalConnections& connections() { return connections_; }

  // PcDispatchIrp. The IRP is completed, passed on, or pending when this returns.
  NTSTATUS dispatch(PIRP irp);
  // PcForwardIrpSynchronous: sends the IRP to the next lower device and waits for it; the IRP is not completed.
  NTSTATUS forward_and_wait(PIRP irp);

  Status register_subdevice(std::u16string_view name, IUnknown* unknown);
  Status unregister_subdevice(IUnknown* unknown);
  const std::vector<Subdevice>& subdevices() const { return subdevices_; }
  const Subdevice* find_subdevice(const Port* port) const;
  // The link by which others name the subdevice (physical connections, device interface keys); empty when it has none.
  std::u16string first_link(const Port& port) const;

  NTSTATUS device_property(DEVICE_REGISTRY_PROPERTY property, ULONG bytes, PVOID buffer, PULONG result_bytes);

  // Ports that named this adapter in Init, registered or not.
  void remember_port(Port& port) { ports_.push_back(&port); }
  void forget_port(Port& port);

  void add_pin(PinFile& pin) { pins_.push_back(&pin); }
  void remove_pin(PinFile& pin) { std::erase(pins_, &pin); }
  const std::vector<PinFile*>& pins() const { return pins_; }
  // The page interface of a stream that outlived its pin.
  void keep_pages(std::unique_ptr<StreamPages> pages) { kept_pages_.push_back(std::move(pages)); }

  IoTimeouts& io_timeouts() { return io_timeouts_; }
  // PcRegisterPhysicalConnection and its kin, and the removal of one.
  Status connect(PhysicalConnections::Connection connection);
  Status disconnect(const PhysicalConnections::Connection& connection);

 private:
  Adapter(PortCls& port_cls, const AdapterSpec& spec);

  // adapter_pnp.cpp
  NTSTATUS dispatch_pnp(PIRP irp);
  NTSTATUS start(PIRP irp);
  NTSTATUS stop(PIRP irp);
  NTSTATUS remove(PIRP irp);
  void surprise_removal();
  NTSTATUS pass_down(PIRP irp);
  void drop_subdevices();
  std::vector<LeakedObject> leaked_objects() const;
  // dispatch.cpp
  NTSTATUS dispatch_create(PIRP irp);
  NTSTATUS dispatch_close(PIRP irp);
  NTSTATUS dispatch_control(PIRP irp, KsFile& file);
  NTSTATUS refuse_control(PIRP irp, KsFile& file);
  Result<std::unique_ptr<KsFile>> open(PIRP irp, FILE_OBJECT& file);
  KsFile* file_of(const FILE_OBJECT* object) const;

  void set_links(const Subdevice& subdevice, bool enable);

  PortCls& port_cls_;
  const AdapterSpec spec_;
  PDEVICE_OBJECT fdo_ = nullptr;
  PDEVICE_OBJECT pdo_ = nullptr;
  PDEVICE_OBJECT lower_ = nullptr;
  bool started_ = false;
  bool removed_ = false;
  ControlLock control_lock_;
  AdapterPower power_;
  Rebalance rebalance_;
  PendingProperties pending_;
  PhysicalConnections connections_;
  std::vector<Subdevice> subdevices_;
  std::vector<Port*> ports_;
  std::vector<std::unique_ptr<KsFile>> files_;
  std::vector<PinFile*> pins_;
  std::vector<std::unique_ptr<StreamPages>> kept_pages_;
  IoTimeouts io_timeouts_;
};

}  // namespace portside::portcls
