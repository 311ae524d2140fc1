#include "portcls/filter_file.h"

#include <fmt/format.h>

#include "io/io.h"
#include "portcls/adapter.h"
#include "portcls/audio_engine.h"
#include "portcls/automation.h"
#include "portcls/port.h"
#include "portcls/port_events.h"
#include "portcls/property_sets.h"

namespace portside::portcls {

FilterFile::FilterFile(Port& port, FILE_OBJECT* file)
    : KsFile(file), port_(port), reference_(ComPtr<IUnknown>::share(port.unknown())),
      instances_(port.description().pin_count(), 0) {}

Result<std::unique_ptr<FilterFile>> FilterFile::create(Port& port, FILE_OBJECT* file) {
  if (!port.miniport()) return fail(StatusCode::kDeviceRemoved, "the subdevice's miniport is gone");
  return std::unique_ptr<FilterFile>(new FilterFile(port, file));
}

NTSTATUS FilterFile::property(std::unique_ptr<ks::PropertyCall> call) {
  const FilterDescription& description = port_.description();
  const PCAUTOMATION_TABLE* table = description.automation();
  AutomationTarget target{.major = port_.miniport_unknown()};
  ks::PropertyRequest& request = call->request();
  if (request.node) {
    if (*request.node >= description.node_count())
      return call->end(Status(StatusCode::kInvalidParameter, fmt::format("the filter has no node {}", *request.node)));
    table = description.node(*request.node).AutomationTable;
    target.node = *request.node;
  }
  const bool engine = target.node != ~0u && is_audio_engine(port_, target.node);
  return answer_property(port_, std::move(call), table, target,
                         engine ? audio_engine_filter_sets() : filter_property_sets(), *this);
}

NTSTATUS FilterFile::enable_event(const ks::EventRequest& request) {
  return answer_event(port_, request, nullptr, ~0u, file_object());
}

NTSTATUS FilterFile::disable_event(PIRP irp, void* client_data) {
  return io::complete_with(irp, port_.events().disable(file_object(), client_data, irp).nt());
}

void FilterFile::close(PIRP irp) { (void)port_.events().disable(file_object(), nullptr, irp); }

PinCounts pin_counts(FilterFile& filter, uint32_t pin) {
  Port& port = filter.port();
  const PCPIN_DESCRIPTOR& descriptor = port.description().pin(pin);
  PinCounts counts{.filter_necessary = descriptor.MinFilterInstanceCount,
                   .filter_current = filter.instances(pin),
                   .filter_possible = descriptor.MaxFilterInstanceCount,
                   .global_current = port.global_instances(pin),
                   .global_possible = descriptor.MaxGlobalInstanceCount};
  if (IPinCount* count = port.pin_count())
    count->PinCount(pin, &counts.filter_necessary, &counts.filter_current, &counts.filter_possible,
                    &counts.global_current, &counts.global_possible);
  return counts;
}

}  // namespace portside::portcls
