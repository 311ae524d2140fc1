// KSPROPSETID_Connection: a pin's state and format.

#include "portcls/filter_file.h"
#include "portcls/pin_file.h"
#include "portcls/property_sets.h"

namespace portside::portcls {
namespace {

Status get_state(PinFile& pin, ks::PropertyRequest& request) { return request.answer(pin.stream().state()); }

Status set_state(PinFile& pin, ks::PropertyRequest& request) {
  return pin.stream().set_state(*request.value_as<KSSTATE>());
}

Status get_format(PinFile& pin, ks::PropertyRequest& request) {
  return request.answer(pin.stream().format().format_bytes());
}

Status set_format(PinFile& pin, ks::PropertyRequest& request) {
  auto format = ks::DataFormat::parse(request.value);
  if (!format) return format.error();
  return pin.stream().set_format(std::move(*format));
}

const PinItem kConnectionItems[] = {
    {{.id = KSPROPERTY_CONNECTION_STATE, .value_bytes = sizeof(KSSTATE)}, get_state, set_state},
    {{.id = KSPROPERTY_CONNECTION_DATAFORMAT}, get_format, set_format},
};

}  // namespace

std::span<const PinItem> connection_properties() { return kConnectionItems; }

}  // namespace portside::portcls
