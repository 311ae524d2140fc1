#include "portcls/pin_file.h"

#include <fmt/format.h>

#include "io/io.h"
#include "portcls/adapter.h"
#include "portcls/audio_engine.h"
#include "portcls/filter_file.h"
#include "portcls/port.h"
#include "portcls/port_events.h"
#include "portcls/property_sets.h"

namespace portside::portcls {

PinFile::PinFile(FilterFile& filter, Adapter& adapter, FILE_OBJECT* file, uint32_t pin)
    : KsFile(file), filter_(filter), filter_file_(filter.file_object()), adapter_(adapter), port_(filter.port()),
      reference_(ComPtr<IUnknown>::share(port_.unknown())), pin_(pin) {
  (void)current<io::Io>().files().reference(filter_file_);
  ++filter_.instances(pin_);
  ++port_.global_instances(pin_);
  adapter_.add_pin(*this);
}

PinFile::~PinFile() {
  end_stream();
  adapter_.remove_pin(*this);
  if (port_.description().pin_count() > pin_) --port_.global_instances(pin_);
  --filter_.instances(pin_);
  // May close the filter, so it comes last; the port outlives it by our reference.
  (void)current<io::Io>().files().dereference(filter_file_);
}

Result<std::unique_ptr<PinFile>> PinFile::create(FilterFile& filter, FILE_OBJECT* file,
                                                 std::span<const std::byte> parameters) {
  Port& port = filter.port();
  Adapter* adapter = port.adapter();
  if (!adapter || !port.miniport() || filter.detached())
    return fail(StatusCode::kDeviceRemoved, "the filter's miniport is gone");
  TRY_ASSIGN(ks::PinConnect request, ks::PinConnect::parse(parameters));
  const uint32_t pin = request.connect.PinId;
  if (pin >= port.description().pin_count())
    return fail(StatusCode::kInvalidParameter, fmt::format("pin {} of {}", pin, port.description().pin_count()));
  if (!port.wave_miniport()) return fail(StatusCode::kInvalidDeviceRequest, "a topology filter has no pins to open");

  const KSPIN_DESCRIPTOR& descriptor = port.description().pin(pin).KsPinDescriptor;
  const auto interfaces = pin_interfaces(port, pin);
  const auto mediums = pin_mediums(port, pin);
  if (Status status = ks::validate_connect(request, descriptor, interfaces, mediums); !status.is_ok())
    return fail(std::move(status));

  const PinCounts counts = pin_counts(filter, pin);
  if (counts.filter_current >= counts.filter_possible || counts.global_current >= counts.global_possible)
    return fail(StatusCode::kInsufficientResources,
                fmt::format("pin {}: {} of {} on this filter, {} of {} in all", pin, counts.filter_current,
                            counts.filter_possible, counts.global_current, counts.global_possible));

  std::unique_ptr<PinFile> result(new PinFile(filter, *adapter, file, pin));
  // "PortCls always places the device in the PowerDeviceD0 state before calling the miniport driver's NewStream method"
  // (IAdapterPowerManagement::PowerChangeState, Remarks). The create request has seen to it.
  TRY_ASSIGN(result->stream_,
             WaveRtStream::open(adapter->port_cls(),
                                {.miniport = port.wave_miniport(),
                                 .subdevice = port.display_name(),
                                 .pin = pin,
                                 .capture = descriptor.DataFlow == KSPIN_DATAFLOW_OUT,
                                 .keyword = descriptor.Category &&
                                            IsEqualGUID(*descriptor.Category, KSNODETYPE_AUDIO_KEYWORDDETECTOR)},
                                std::move(request.format)));
  return result;
}

NTSTATUS PinFile::property(std::unique_ptr<ks::PropertyCall> call) {
  if (ended()) return call->end(Status(StatusCode::kDeviceRemoved, "the stream has ended with its device"));
  const FilterDescription& description = port_.description();
  const PCAUTOMATION_TABLE* table = description.pin(pin_).AutomationTable;
  AutomationTarget target{.major = port_.miniport_unknown(), .minor = stream_->miniport_stream()};
  ks::PropertyRequest& request = call->request();
  if (request.node) {
    if (*request.node >= description.node_count())
      return call->end(Status(StatusCode::kInvalidParameter, fmt::format("the filter has no node {}", *request.node)));
    table = description.node(*request.node).AutomationTable;
    target.node = *request.node;
  }
  const bool engine = target.node != ~0u && is_audio_engine(port_, target.node);
  return answer_property(port_, std::move(call), table, target, engine ? audio_engine_pin_sets() : pin_property_sets(),
                         *this);
}

NTSTATUS PinFile::enable_event(const ks::EventRequest& request) {
  if (ended()) return io::complete_with(request.irp, STATUS_DEVICE_REMOVED);
  return answer_event(port_, request, stream_->miniport_stream(), pin_, file_object());
}

NTSTATUS PinFile::disable_event(PIRP irp, void* client_data) {
  return io::complete_with(irp, port_.events().disable(file_object(), client_data, irp).nt());
}

void PinFile::close(PIRP irp) {
  (void)port_.events().disable(file_object(), nullptr, irp);
  end_stream();
}

void PinFile::end_stream() {
  if (!stream_) return;
  // A removal handler is called with the stream as MinorTarget: before the stream goes.
  (void)port_.events().disable(file_object(), nullptr, nullptr);
  if (auto pages = stream_->close()) adapter_.keep_pages(std::move(pages));
  stream_.reset();
}

}  // namespace portside::portcls
