#include "portcls/adapter.h"

#include <algorithm>

#include <fmt/format.h>

#include "io/io.h"
#include "portcls/ks_file.h"
#include "portcls/pin_file.h"
#include "portcls/port.h"

namespace portside::portcls {
namespace {

constexpr NTSTATUS kAllottedSpaceExceeded = static_cast<NTSTATUS>(0xC0000099);  // STATUS_ALLOTTED_SPACE_EXCEEDED

std::string narrow(std::u16string_view text) {
  std::string result;
  for (char16_t c : text) result.push_back(c < 0x80 ? static_cast<char>(c) : '?');
  return result;
}

bool same_name(std::u16string_view a, std::u16string_view b) {
  const auto fold = [](char16_t c) { return c >= u'a' && c <= u'z' ? static_cast<char16_t>(c - 32) : c; };
  return std::ranges::equal(a, b, {}, fold, fold);
}

}  // namespace

Result<std::unique_ptr<Adapter>> Adapter::create(PortCls& port_cls, const AdapterSpec& spec) {
  // "Any value greater than zero and less than PORT_CLASS_DEVICE_EXTENSION_SIZE is illegal" (PcAddAdapterDevice).
  ULONG extension = spec.extension_bytes;
  if (extension == 0) extension = PORT_CLASS_DEVICE_EXTENSION_SIZE;
  if (extension < PORT_CLASS_DEVICE_EXTENSION_SIZE) {
    port_cls.report_misuse(Misuse::kExtensionSizeIllegal, "PcAddAdapterDevice",
                           fmt::format("DeviceExtensionSize is {}: neither 0 nor at least {}", spec.extension_bytes,
                                       static_cast<uint64_t>(PORT_CLASS_DEVICE_EXTENSION_SIZE)));
    return fail(StatusCode::kInvalidParameter, "DeviceExtensionSize");
  }
  if (!spec.start_device || spec.maximum_objects == 0)
    return fail(StatusCode::kInvalidParameter, "StartDevice or MaxObjects");

  io::DeviceTable& devices = current<io::Io>().devices();
  std::unique_ptr<Adapter> adapter(new Adapter(port_cls, spec));
  TRY_ASSIGN(adapter->fdo_, devices.create({.driver = spec.driver,
                                            .extension_bytes = extension,
                                            .generate_name = true,
                                            .type = FILE_DEVICE_KS,
                                            .characteristics = FILE_DEVICE_SECURE_OPEN}));
  auto lower = devices.attach(adapter->fdo_, spec.physical_device);
  if (!lower) {
    (void)devices.remove(adapter->fdo_);
    return fail(lower.error());
  }
  adapter->lower_ = *lower;
  adapter->pdo_ = spec.physical_device;
  adapter->fdo_->Flags |= DO_DIRECT_IO | DO_POWER_PAGABLE;
  adapter->fdo_->Flags &= ~static_cast<ULONG>(DO_DEVICE_INITIALIZING);
  return adapter;
}

Adapter::Adapter(PortCls& port_cls, const AdapterSpec& spec)
    : port_cls_(port_cls), spec_(spec), power_(*this), rebalance_(*this) {}

Adapter::~Adapter() {
  for (Port* port : ports_) port->forget_adapter();
}

void Adapter::forget_port(Port& port) {
  std::erase(ports_, &port);
  connections_.forget(&port);
}

const Subdevice* Adapter::find_subdevice(const Port* port) const {
  const auto at = std::ranges::find(subdevices_, port, &Subdevice::port);
  return at == subdevices_.end() ? nullptr : &*at;
}

std::u16string Adapter::first_link(const Port& port) const {
  const Subdevice* subdevice = find_subdevice(&port);
  return subdevice && !subdevice->links.empty() ? subdevice->links.front() : std::u16string();
}

void Adapter::set_links(const Subdevice& subdevice, bool enable) {
  for (const std::u16string& link : subdevice.links) (void)current<io::Io>().interfaces().set_state(link, enable);
}

Status Adapter::register_subdevice(std::u16string_view name, IUnknown* unknown) {
  Port* port = Port::find(port_cls_, unknown);
  if (!port) {
    port_cls_.report_misuse(Misuse::kForeignObject, "PcRegisterSubdevice", "Unknown is no port of PcNewPort's");
    return Status(StatusCode::kInvalidParameter, "no port");
  }
  if (!port->miniport()) {
    port_cls_.report_misuse(Misuse::kPortNotInitialised, "PcRegisterSubdevice",
                            "no Init of this port has succeeded: it has no miniport");
    return Status(StatusCode::kInvalidDeviceState, "the port is not initialised");
  }
  if (port->adapter() != this) return Status(StatusCode::kInvalidParameter, "the port belongs to another device");
  if (name.empty()) return Status(StatusCode::kInvalidParameter, "a subdevice without a name");
  if (find_subdevice(port)) return Status(StatusCode::kInvalidParameter, "the port is registered already");
  if (std::ranges::any_of(subdevices_, [&](const Subdevice& s) { return same_name(s.name, name); })) {
    port_cls_.report_misuse(Misuse::kSubdeviceNameTaken, "PcRegisterSubdevice",
                            fmt::format("a subdevice named {} exists", narrow(name)));
    return Status(StatusCode::kObjectNameCollision, "the name is taken");
  }
  // "This count sets the upper limit to the total number of miniport objects" (PcAddAdapterDevice, MaxObjects).
  if (subdevices_.size() >= spec_.maximum_objects) {
    port_cls_.report_misuse(
        Misuse::kTooManySubdevices, "PcRegisterSubdevice",
        fmt::format("{} of MaxObjects {} subdevices are registered", subdevices_.size(), spec_.maximum_objects));
    return Status::from_nt(kAllottedSpaceExceeded, "MaxObjects");
  }

  Subdevice subdevice{.name = std::u16string(name), .port = port, .reference = ComPtr<IUnknown>::share(unknown)};
  io::InterfaceTable& interfaces = current<io::Io>().interfaces();
  for (const GUID& category : port->categories()) {
    auto link = interfaces.register_interface(pdo_, category, name);
    if (!link) {
      set_links(subdevice, false);
      return link.error();
    }
    subdevice.links.push_back(std::move(*link));
  }
  port->set_subdevice_name(name);
  subdevices_.push_back(std::move(subdevice));
  set_links(subdevices_.back(), true);
  port_cls_.observers().notify(&PortClsObserver::on_subdevice_registered,
                               SubdeviceEvent{fdo_, narrow(name), port->kind() == PortKind::kWaveRt});
  return Status::ok();
}

Status Adapter::unregister_subdevice(IUnknown* unknown) {
  Port* port = Port::find(port_cls_, unknown);
  const auto at = std::ranges::find(subdevices_, port, &Subdevice::port);
  if (!port || at == subdevices_.end())
    return Status(StatusCode::kNotFound, "the port is not registered as a subdevice");
  // "When deleting a subdevice from an adapter's topology, the driver must unregister the subdevice's physical connections"
  // (Dynamic Audio Subdevices).
  if (const size_t left = connections_.of(port))
    port_cls_.report_misuse(Misuse::kConnectionsLeft, "IUnregisterSubdevice::UnregisterSubdevice",
                            fmt::format("subdevice {} is unregistered, and {} of its physical connections {} not",
                                        narrow(at->name), left, left == 1 ? "is" : "are"));
  set_links(*at, false);
  port_cls_.observers().notify(&PortClsObserver::on_subdevice_unregistered,
                               SubdeviceEvent{fdo_, narrow(at->name), port->kind() == PortKind::kWaveRt});
  connections_.forget(port);
  // Dynamic Audio Subdevices: files that are open on the filter keep the port; its miniport goes with the last of them.
  Subdevice gone = std::move(*at);
  subdevices_.erase(at);
  const bool in_use = std::ranges::any_of(files_, [&](const auto& file) { return &file->port() == port; });
  if (!in_use) port->release_miniport();
  return Status::ok();
}

NTSTATUS Adapter::device_property(DEVICE_REGISTRY_PROPERTY property, ULONG bytes, PVOID buffer, PULONG result_bytes) {
  return IoGetDeviceProperty(pdo_, property, bytes, buffer, result_bytes);
}

namespace {
PhysicalConnectionEvent event_of(const PhysicalConnections::Connection& c) {
  const auto name = [](const ConnectionEnd& end) { return end.port ? end.port->display_name() : narrow(end.external); };
  return {name(c.from), c.from.pin, name(c.to), c.to.pin};
}
}  // namespace

Status Adapter::connect(PhysicalConnections::Connection connection) {
  for (const ConnectionEnd* end : {&connection.from, &connection.to})
    if (end->port && end->port->miniport() && end->pin >= end->port->description().pin_count())
      port_cls_.report_misuse(Misuse::kConnectionOutOfRange, "PcRegisterPhysicalConnection",
                              fmt::format("pin {} of subdevice {}, which has {}", end->pin, end->port->display_name(),
                                          end->port->description().pin_count()));
  // "FromPin: the source (output) pin", "ToPin: the sink (input) pin" (PcRegisterPhysicalConnection).
  const auto reversed = [](const ConnectionEnd& end, KSPIN_DATAFLOW flow) {
    return end.port && end.port->miniport() && end.pin < end.port->description().pin_count() &&
           end.port->description().pin(end.pin).KsPinDescriptor.DataFlow != flow;
  };
  const bool from_input = reversed(connection.from, KSPIN_DATAFLOW_OUT);
  if (from_input || reversed(connection.to, KSPIN_DATAFLOW_IN)) {
    const ConnectionEnd& end = from_input ? connection.from : connection.to;
    port_cls_.report_misuse(
        Misuse::kConnectionReversed, "PcRegisterPhysicalConnection",
        fmt::format("{} is pin {} of subdevice {}, which {}", from_input ? "FromPin" : "ToPin", end.pin,
                    end.port->display_name(), from_input ? "takes data in" : "gives data out"));
  }
  port_cls_.observers().notify(&PortClsObserver::on_physical_connection, event_of(connection), false);
  connections_.add(std::move(connection));
  return Status::ok();
}

Status Adapter::disconnect(const PhysicalConnections::Connection& connection) {
  const Status status = connections_.remove(connection);
  if (status.is_ok())
    port_cls_.observers().notify(&PortClsObserver::on_physical_connection, event_of(connection), true);
  return status;
}

}  // namespace portside::portcls
