#include "portcls/port.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "io/io.h"
#include "kernel/services.h"
#include "portcls/adapter.h"
#include "portcls/device_description.h"
#include "portcls/interface_check.h"
#include "portcls/method_place.h"
#include "portcls/other_port.h"
#include "portcls/port_events.h"
#include "portcls/port_object.h"
#include "portcls/port_services.h"
#include "portcls/portcls.h"
#include "portcls/registry_key.h"

namespace portside::portcls {

namespace {
// The ports of portcls.sys that are made and never initialised, with their interfaces (public headers of drivers).
struct Other {
  const GUID& class_id;
  GUID interface_id;
};
const Other kOthers[] = {
    {CLSID_PortWaveCyclic, {0xB4C90A26, 0x5791, 0x11D0, {0x86, 0xF9, 0x00, 0xA0, 0xC9, 0x11, 0xB5, 0x44}}},
    {CLSID_PortWavePci, {0xB4C90A50, 0x5791, 0x11D0, {0x86, 0xF9, 0x00, 0xA0, 0xC9, 0x11, 0xB5, 0x44}}},
    {CLSID_PortMidi, {0xB4C90A40, 0x5791, 0x11D0, {0x86, 0xF9, 0x00, 0xA0, 0xC9, 0x11, 0xB5, 0x44}}},
    {CLSID_PortDMus, {0xC096DF9C, 0xFB09, 0x11D1, {0x81, 0xB0, 0x00, 0x60, 0x08, 0x33, 0x16, 0xC1}}},
};
}  // namespace

const char* name_of(PortKind kind) {
  switch (kind) {
    case PortKind::kWaveRt: return "WaveRT";
    case PortKind::kTopology: return "Topology";
    default: return "foreign";
  }
}

Result<IUnknown*> Port::create(PortCls& port_cls, REFCLSID class_id) {
  if (IsEqualGUID(class_id, CLSID_PortWaveRT)) return (new PortWaveRt(port_cls))->unknown();
  if (IsEqualGUID(class_id, CLSID_PortTopology)) return (new PortTopology(port_cls))->unknown();
  for (const Other& other : kOthers)
    if (IsEqualGUID(class_id, other.class_id))
      return (new OtherPort(port_cls, class_id, other.interface_id))->unknown();
  return fail(Status::from_nt(port_cls.refuse(refuse_class("PcNewPort", class_id)),
                              "Portside has the WaveRT and the Topology port"));
}

Port* Port::find(PortCls& port_cls, IUnknown* unknown) {
  for (Port* port : port_cls.ports())
    if (port->unknown() == unknown) return port;
  return nullptr;
}

Port::Port(PortCls& port_cls, PortKind kind)
    : port_cls_(port_cls), kind_(kind), events_(std::make_unique<PortEvents>(*this)),
      services_(std::make_unique<PortServices>(*this)) {
  port_cls_.add_port(*this);
}

Port::~Port() {
  if (adapter_) adapter_->forget_port(*this);
  port_cls_.remove_port(*this);
}

NTSTATUS Port::query(REFIID iid, PVOID* object) {
  if (!object) return STATUS_INVALID_PARAMETER;
  IUnknown* found = is_iunknown(iid) ? unknown() : own_interface(iid);
  if (!found && IsEqualGUID(iid, IID_IPortEvents)) found = events_.get();
  if (!found) found = services_->find(iid);
  *object = found;
  if (!found) return STATUS_INVALID_PARAMETER;
  add_reference();
  return STATUS_SUCCESS;
}

uint32_t Port::add_reference() {
  if (ended_) tell_used_after_end("IUnknown::AddRef");
  return references_.fetch_add(1) + 1;
}

// The object stays where it is until the machine is gone: who has released too often may still call it.
void Port::end() {
  ended_ = true;
  ended_at_ = capture_stack();
  if (adapter_) std::exchange(adapter_, nullptr)->forget_port(*this);
  port_cls_.remove_port(*this);
  events_->disable_all();
  description_ = {};
  pnp_notify_.reset();
  power_notify_.reset();
  signal_processing_.reset();
  pin_name_.reset();
  pin_count_.reset();
  miniport_.reset();
  miniport_unknown_.reset();
  events_->end();
  services_->end();
  port_cls_.keep_ended(std::unique_ptr<Port>(this));
}

void Port::tell_used_after_end(const char* method) {
  if (std::exchange(told_, true)) return;
  // Where PortCls itself comes to its port last, the mistake is where the driver took it away.
  const StackTrace here = capture_stack();
  port_cls_.report_answer(
      Misuse::kReleasedTooOften, method,
      fmt::format("the last reference to the {} port of subdevice \"{}\" was released, and {} counts on it still",
                  name_of(kind_), display_name(), here.empty() ? "PortCls" : "the driver"),
      here.empty() ? ended_at_ : here);
}

uint32_t Port::release_reference() {
  if (ended_) {
    tell_used_after_end("IUnknown::Release");
    return 0;
  }
  const uint32_t left = references_.fetch_sub(1) - 1;
  if (left > 0) return left;
  // A registered subdevice's port is PortCls's as well, until it is taken back: this was not the driver's to release.
  if (adapter_ && adapter_->find_subdevice(this)) {
    port_cls_.report_misuse(Misuse::kReleasedTooOften, "IUnknown::Release",
                            fmt::format("the {} port of subdevice \"{}\" is registered, and its last reference, which "
                                        "is PortCls's, was released",
                                        name_of(kind_), display_name()));
    return add_reference();
  }
  end();
  return 0;
}

// A start that fails for it says so.
void Port::tell_refused(const char* method, NTSTATUS status) const {
  current<kernel::Services>().refusals().note(
      fmt::format("{} of a {} miniport returned {}", method, name_of(kind_), Status::from_nt(status).to_string()));
}

NTSTATUS Port::initialize(PDEVICE_OBJECT device, PIRP, IUnknown* miniport, IUnknown* adapter, PRESOURCELIST resources) {
  if (!miniport) port_cls_.report_misuse(Misuse::kObjectMissing, "IPort::Init", "UnknownMiniport is NULL");
  if (!device || !miniport) return STATUS_INVALID_PARAMETER;
  if (miniport_) return STATUS_INVALID_DEVICE_REQUEST;  // a second Init
  adapter_ = port_cls_.find_adapter(device);
  if (!adapter_) {
    port_cls_.report_misuse(Misuse::kForeignObject, "IPort::Init", "DeviceObject is not one of PcAddAdapterDevice's");
    return STATUS_INVALID_PARAMETER;
  }
  adapter_->remember_port(*this);

  NTSTATUS status = STATUS_SUCCESS;
  ComPtr<IMiniport> initialized = initialize_miniport(miniport, adapter, resources, status);
  if (status < 0) {
    tell_refused(kind_ == PortKind::kWaveRt ? "IMiniportWaveRT::Init" : "the miniport's Init", status);
    return status;
  }
  PPCFILTER_DESCRIPTOR descriptor = nullptr;
  status = initialized->GetDescription(&descriptor);
  if (status < 0) {
    tell_refused("IMiniport::GetDescription", status);
    return status;
  }
  const StackTrace get_description = method_place(initialized.get(), kSlotGetDescription);
  auto description = FilterDescription::create(descriptor);
  if (!description) {
    port_cls_.report_answer(Misuse::kDescriptorMalformed, "IMiniport::GetDescription", description.error().sentence(),
                            get_description);
    return description.error().nt();
  }
  for (const FilterDescription::Complaint& complaint : description->complaints())
    port_cls_.report_answer(complaint.kind, "IMiniport::GetDescription", complaint.sentence, get_description);
  description_ = *description;
  events_->learn(description_);
  global_instances_.assign(description_.pin_count(), 0);
  miniport_ = std::move(initialized);
  miniport_unknown_ = ComPtr<IUnknown>::share(miniport);
  miniport_references_ = std::make_unique<ReferenceCheck>(port_cls_, fmt::format("a {} miniport", name_of(kind_)));
  ReferenceCheck& references = *miniport_references_;
  references.hold(2);  // miniport_ and miniport_unknown_
  check_interfaces(references, *miniport,
                   {{IID_IMiniport, "IMiniport"},
                    kind_ == PortKind::kWaveRt ? HeldInterface{IID_IMiniportWaveRT, "IMiniportWaveRT"}
                                               : HeldInterface{IID_IMiniportTopology, "IMiniportTopology"}});
  if (IMiniportWaveRT* wave = wave_miniport(); wave && references.checks()) {
    const bool dma_channel = resources && resources->NumberOfEntriesOfType(CmResourceTypeDma) != 0;
    if (const std::string fault = fault_of_description(*wave, dma_channel); !fault.empty())
      port_cls_.report_answer(Misuse::kDeviceDescriptionWrong, "IMiniportWaveRT::GetDeviceDescription", fault,
                              method_place(wave, kSlotGetDeviceDescription));
  }
  pin_count_ = references.query<IPinCount>(miniport, IID_IPinCount, "IPinCount");
  pin_name_ = references.query<IPinName>(miniport, IID_IPinName, "IPinName");
  signal_processing_ = references.query<IMiniportAudioSignalProcessing>(miniport, IID_IMiniportAudioSignalProcessing,
                                                                        "IMiniportAudioSignalProcessing");
  power_notify_ = references.query<IPowerNotify>(miniport, IID_IPowerNotify, "IPowerNotify");
  pnp_notify_ = references.query<IMiniportPnpNotify>(miniport, IID_IMiniportPnpNotify, "IMiniportPnpNotify");
  return STATUS_SUCCESS;
}

NTSTATUS Port::device_property(DEVICE_REGISTRY_PROPERTY property, ULONG bytes, PVOID buffer, PULONG result_bytes) {
  if (!adapter_) return STATUS_INVALID_DEVICE_STATE;
  return adapter_->device_property(property, bytes, buffer, result_bytes);
}

NTSTATUS Port::new_registry_key(PREGISTRYKEY* key, IUnknown* outer, ULONG type, ACCESS_MASK access,
                                POBJECT_ATTRIBUTES attributes, ULONG options, PULONG disposition) {
  if (outer) return STATUS_NOT_IMPLEMENTED;  // no aggregation
  RegistryKeySpec spec{.device = adapter_ ? adapter_->functional_device() : nullptr,
                       .type = type,
                       .access = access,
                       .attributes = attributes,
                       .options = options};
  // IPort::NewRegistryKey alone knows DeviceInterfaceRegistryKey: the key of the subdevice's first interface.
  if (type == DeviceInterfaceRegistryKey && adapter_) spec.symbolic_link = adapter_->first_link(*this);
  return RegistryKeyObject::create(spec, key, disposition);
}

std::string Port::display_name() const {
  std::string text;
  for (char16_t c : subdevice_name_) text.push_back(c < 0x80 ? static_cast<char>(c) : '?');
  return text;
}

std::vector<GUID> Port::categories() const {
  const auto listed = description_.categories();
  if (!listed.empty()) return {listed.begin(), listed.end()};
  // Installing Device Interfaces for an Audio Adapter: the lists of WdmAud's filters.
  if (kind_ == PortKind::kTopology) return {KSCATEGORY_AUDIO, KSCATEGORY_TOPOLOGY};
  return {KSCATEGORY_AUDIO, KSCATEGORY_REALTIME, KSCATEGORY_RENDER, KSCATEGORY_CAPTURE};
}

LeakedObject Port::as_leaked() const {
  return {fmt::format("{} port of subdevice \"{}\"", name_of(kind_), display_name()), references(), LeftKind::kPort,
          made_at_};
}

void Port::release_miniport() {
  events_->disable_all();
  if (miniport_references_ && miniport_unknown_)
    miniport_references_->check(*miniport_unknown_.get(), "IUnknown::Release",
                                method_place(miniport_unknown_.get(), kSlotRelease));
  pin_count_.reset();
  pin_name_.reset();
  signal_processing_.reset();
  power_notify_.reset();
  pnp_notify_.reset();
  description_ = {};
  miniport_.reset();
  miniport_unknown_.reset();
}

void Port::forget_adapter() { adapter_ = nullptr; }

}  // namespace portside::portcls
