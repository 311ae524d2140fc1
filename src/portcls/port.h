#pragma once
// Port: what the WaveRT and the Topology port share: the miniport and its description, the adapter it belongs to, its
// events, and the further interfaces that drivers ask a port for. The COM face (IPortWaveRT, IPortTopology) is a
// derived class's; parts count their references here.

#include <portcls.h>
#include <wdm.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "portcls/com_ptr.h"
#include "portcls/filter_description.h"
#include "portcls/portcls_observer.h"
#include "portcls/reference_check.h"

namespace portside::portcls {

class Adapter;
class PortCls;
class PortEvents;
class PortServices;

enum class PortKind : uint8_t { kWaveRt, kTopology, kOther };
const char* name_of(PortKind kind);

class Port {
 public:
  // PcNewPort. A port that Portside has not (WaveCyclic, WavePci, Midi, DMus) is made and refuses its Init (other_port.h).
  static Result<IUnknown*> create(PortCls& port_cls, REFCLSID class_id);
  // The port behind an interface pointer that a driver passed, or null for anything that is not a live port of ours.
  static Port* find(PortCls& port_cls, IUnknown* unknown);

  virtual ~Port();
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  PortKind kind() const { return kind_; }
  virtual IUnknown* unknown() = 0;

  // IUnknown of the whole object.
  NTSTATUS query(REFIID iid, PVOID* object);
  uint32_t add_reference();
  uint32_t release_reference();
  uint32_t references() const { return references_.load(); }
  LeakedObject as_leaked() const;

  // IPort.
  NTSTATUS initialize(PDEVICE_OBJECT device, PIRP irp, IUnknown* miniport, IUnknown* adapter, PRESOURCELIST resources);
  NTSTATUS device_property(DEVICE_REGISTRY_PROPERTY property, ULONG bytes, PVOID buffer, PULONG result_bytes);
  NTSTATUS new_registry_key(PREGISTRYKEY* key, IUnknown* outer, ULONG type, ACCESS_MASK access,
                            POBJECT_ATTRIBUTES attributes, ULONG options, PULONG disposition);

  // Null before Init and after the device has gone.
  Adapter* adapter() const { return adapter_; }
  PortCls& port_cls() const { return port_cls_; }
  IUnknown* miniport_unknown() const { return miniport_unknown_.get(); }
  IMiniport* miniport() const { return miniport_.get(); }
  IMiniportWaveRT* wave_miniport() const {
    return kind_ == PortKind::kWaveRt ? static_cast<IMiniportWaveRT*>(miniport_.get()) : nullptr;
  }
  IPinCount* pin_count() const { return pin_count_.get(); }
  IPinName* pin_name() const { return pin_name_.get(); }
  IMiniportAudioSignalProcessing* signal_processing() const { return signal_processing_.get(); }
  IPowerNotify* power_notify() const { return power_notify_.get(); }
  IMiniportPnpNotify* pnp_notify() const { return pnp_notify_.get(); }
  const FilterDescription& description() const { return description_; }
  PortEvents& events() { return *events_; }

  const std::u16string& subdevice_name() const { return subdevice_name_; }
  void set_subdevice_name(std::u16string_view name) { subdevice_name_ = name; }
  std::string display_name() const;

  // The categories of the filter: the miniport's, or those a port of this kind stands for.
  std::vector<GUID> categories() const;
  // How many pins of each factory are open on all filters of this subdevice.
  uint32_t& global_instances(uint32_t pin) { return global_instances_[pin]; }

  // The device goes: the miniport is released, so that it lets go of the port.
  void release_miniport();
  void forget_adapter();

 protected:
  Port(PortCls& port_cls, PortKind kind);
  // Offers the port's own interfaces; null for another.
  virtual IUnknown* own_interface(REFIID iid) = 0;
  virtual ComPtr<IMiniport> initialize_miniport(IUnknown* miniport, IUnknown* adapter, PRESOURCELIST resources,
                                                NTSTATUS& status) = 0;

 private:
  void end();
  void tell_used_after_end(const char* method);
  void tell_refused(const char* method, NTSTATUS status) const;

  PortCls& port_cls_;
  const PortKind kind_;
  std::atomic<uint32_t> references_{1};
  const StackTrace made_at_ = capture_stack();
  Adapter* adapter_ = nullptr;
  std::unique_ptr<PortEvents> events_;
  std::unique_ptr<PortServices> services_;
  ComPtr<IUnknown> miniport_unknown_;
  ComPtr<IMiniport> miniport_;
  ComPtr<IPinCount> pin_count_;
  ComPtr<IPinName> pin_name_;
  ComPtr<IMiniportAudioSignalProcessing> signal_processing_;
  ComPtr<IPowerNotify> power_notify_;
  ComPtr<IMiniportPnpNotify> pnp_notify_;
  std::unique_ptr<ReferenceCheck> miniport_references_;
  bool ended_ = false, told_ = false;  // the last reference was released; and somebody has used it since
  StackTrace ended_at_;
  FilterDescription description_;
  std::vector<uint32_t> global_instances_;
  std::u16string subdevice_name_;
};

}  // namespace portside::portcls
