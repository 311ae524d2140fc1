// KSPROPSETID_Pin: what a filter says of its pin factories. Descriptor: KSP_PIN, but for CTYPES.

#include <cstring>

#include <fmt/format.h>

#include "kernel/kernel.h"
#include "kernel/thread.h"
#include "ks/data_range.h"
#include "ks/format_contradiction.h"
#include "ks/multiple_item.h"
#include "portcls/category_names.h"
#include "portcls/filter_file.h"
#include "portcls/guarded_buffer.h"
#include "portcls/method_place.h"
#include "portcls/portcls.h"
#include "portcls/property_sets.h"

namespace portside::portcls {
namespace {

// The factory that a KSP_PIN names. Rules have checked the descriptor's size.
Result<uint32_t> pin_of(FilterFile& filter, const ks::PropertyRequest& request) {
  const uint32_t pin = request.descriptor_as<KSP_PIN>()->PinId;
  if (pin >= filter.port().description().pin_count())
    return fail(StatusCode::kInvalidParameter,
                fmt::format("pin {} of {}", pin, filter.port().description().pin_count()));
  return pin;
}

const KSPIN_DESCRIPTOR& descriptor_of(FilterFile& filter, uint32_t pin) {
  return filter.port().description().pin(pin).KsPinDescriptor;
}

// Wraps a getter that wants the pin, so that each property below is one expression.
template <Status (*kGet)(FilterFile&, ks::PropertyRequest&, uint32_t pin)>
Status with_pin(FilterFile& filter, ks::PropertyRequest& request) {
  auto pin = pin_of(filter, request);
  return pin ? kGet(filter, request, *pin) : pin.error();
}

Status count_types(FilterFile& filter, ks::PropertyRequest& request) {
  return request.answer(ULONG{filter.port().description().pin_count()});
}
Status filter_instances(FilterFile& filter, ks::PropertyRequest& request, uint32_t pin) {
  const PinCounts counts = pin_counts(filter, pin);
  return request.answer(KSPIN_CINSTANCES{counts.filter_possible, counts.filter_current});
}
Status global_instances(FilterFile& filter, ks::PropertyRequest& request, uint32_t pin) {
  const PinCounts counts = pin_counts(filter, pin);
  return request.answer(KSPIN_CINSTANCES{counts.global_possible, counts.global_current});
}
Status necessary_instances(FilterFile& filter, ks::PropertyRequest& request, uint32_t pin) {
  return request.answer(pin_counts(filter, pin).filter_necessary);
}
Status data_flow(FilterFile& filter, ks::PropertyRequest& request, uint32_t pin) {
  return request.answer(descriptor_of(filter, pin).DataFlow);
}
Status communication(FilterFile& filter, ks::PropertyRequest& request, uint32_t pin) {
  return request.answer(descriptor_of(filter, pin).Communication);
}
Status category(FilterFile& filter, ks::PropertyRequest& request, uint32_t pin) {
  const GUID* category = descriptor_of(filter, pin).Category;
  return request.answer(category ? *category : GUID{});
}

Status interfaces(FilterFile& filter, ks::PropertyRequest& request, uint32_t pin) {
  ks::MultipleItemBuilder list;
  for (const KSPIN_INTERFACE& interface : pin_interfaces(filter.port(), pin)) list.add(interface);
  return ks::answer_list(request, list.bytes());
}
Status mediums(FilterFile& filter, ks::PropertyRequest& request, uint32_t pin) {
  ks::MultipleItemBuilder list;
  for (const KSPIN_MEDIUM& medium : pin_mediums(filter.port(), pin)) list.add(medium);
  return ks::answer_list(request, list.bytes());
}

Status data_ranges(FilterFile& filter, ks::PropertyRequest& request, uint32_t pin) {
  auto ranges = ks::driver_ranges(descriptor_of(filter, pin));
  if (!ranges) return ranges.error();
  ks::MultipleItemBuilder list(true);
  ks::append_ranges(list, *ranges);
  return ks::answer_list(request, list.bytes());
}

// "The data ranges currently supported by pins instantiated on this pin factory": a miniport has no way to tell the port of
// a constraint, so they are all of them; one that has constraints answers in its own table.
Status constrained_ranges(FilterFile& filter, ks::PropertyRequest& request, uint32_t pin) {
  return data_ranges(filter, request, pin);
}

// IPinName::GetPinName is a property handler of kernel streaming's kind: it finds the length of `Data` in the IRP, and says in the
// IRP what it wrote or would need. Nothing: "the client uses the friendly name of the topology bridge pin" (Remarks).
std::optional<Status> name_by_miniport(IPinName& names, ks::PropertyRequest& request) {
  KSP_PIN pin;
  std::memcpy(&pin, request.descriptor.data(), sizeof pin);
  request.irp->IoStatus.Information = 0;
  const NTSTATUS status = names.GetPinName(request.irp, &pin, request.value.empty() ? nullptr : request.value.data());
  const uint64_t bytes = request.irp->IoStatus.Information;
  request.irp->IoStatus.Information = 0;
  if (status == STATUS_NOT_SUPPORTED || status == STATUS_NOT_IMPLEMENTED) return std::nullopt;
  const bool tells_size = status == STATUS_BUFFER_OVERFLOW || status == STATUS_BUFFER_TOO_SMALL;
  if (status >= 0 && bytes > request.value.size())
    return Status(StatusCode::kUnsuccessful, fmt::format("the miniport's GetPinName claims {} bytes in a buffer of {}",
                                                         bytes, request.value.size()));
  if (status >= 0 || tells_size) request.information = bytes;
  return Status::from_nt(status);
}

Status name(FilterFile& filter, ks::PropertyRequest& request, uint32_t pin) {
  if (IPinName* names = filter.port().pin_name()) {
    if (std::optional<Status> named = name_by_miniport(*names, request)) return *named;
  }
  const KSPIN_DESCRIPTOR& descriptor = descriptor_of(filter, pin);
  return answer_category_name(request, descriptor.Name ? descriptor.Name : descriptor.Category);
}

Status physical_connection(FilterFile& filter, ks::PropertyRequest& request, uint32_t pin) {
  Adapter* adapter = filter.port().adapter();
  const auto other = adapter ? adapter->connections().find(&filter.port(), pin) : std::nullopt;
  if (!other) return Status(StatusCode::kNotFound, "the pin has no physical connection");
  const std::u16string link = other->port ? adapter->first_link(*other->port) : other->external;
  std::vector<std::byte> bytes(offsetof(KSPIN_PHYSICALCONNECTION, SymbolicLinkName) +
                               (link.size() + 1) * sizeof(WCHAR));
  KSPIN_PHYSICALCONNECTION head{};
  head.Size = static_cast<ULONG>(bytes.size());
  head.Pin = other->pin;
  std::memcpy(bytes.data(), &head, offsetof(KSPIN_PHYSICALCONNECTION, SymbolicLinkName));
  std::memcpy(bytes.data() + offsetof(KSPIN_PHYSICALCONNECTION, SymbolicLinkName), link.data(),
              link.size() * sizeof(WCHAR));
  return request.answer(std::span<const std::byte>(bytes));
}

// After these the search goes no further, though another pair of ranges may have a format in common.
bool ends_search(NTSTATUS status) {
  switch (status) {
    case STATUS_NO_MATCH:
    case STATUS_NOT_IMPLEMENTED:
    case STATUS_BUFFER_TOO_SMALL:
    case STATUS_BUFFER_OVERFLOW:
    case STATUS_INSUFFICIENT_RESOURCES:
    case STATUS_INVALID_PARAMETER:  // of a range that contradicts itself
      return false;
    default: return true;
  }
}

// What a miniport answered against its method's page; the sentence is for the finding.
void judge_intersection(FilterFile& filter, NTSTATUS status, ULONG room, ULONG length,
                        std::span<const std::byte> format, const KSDATARANGE& client, const KSDATARANGE& mine) {
  const auto tell = [&](Misuse kind, const std::string& sentence) {
    filter.port().port_cls().report_answer(kind, "IMiniport::DataRangeIntersection", sentence,
                                           method_place(filter.port().miniport(), kSlotDataRangeIntersection));
  };
  if (room == 0) {
    if ((status >= 0 && status != STATUS_BUFFER_OVERFLOW) || status == STATUS_BUFFER_TOO_SMALL)
      tell(Misuse::kIntersectionSizeQuery,
           fmt::format("asked for the size alone, it returned 0x{:08X}", static_cast<uint32_t>(status)));
    else if (status == STATUS_BUFFER_OVERFLOW && length < sizeof(KSDATAFORMAT))
      tell(Misuse::kIntersectionSizeQuery,
           fmt::format("asked for the size, it said {} bytes; a KSDATAFORMAT has {}", length, sizeof(KSDATAFORMAT)));
    return;
  }
  // "The buffer length was nonzero but was too small": STATUS_BUFFER_TOO_SMALL.
  if (status == STATUS_BUFFER_OVERFLOW)
    tell(Misuse::kIntersectionSizeQuery,
         fmt::format("given {} bytes for the format, it returned STATUS_BUFFER_OVERFLOW", room));
  if (status < 0) {
    if (ends_search(status) && !ks::default_intersection(client, mine))
      tell(Misuse::kIntersectionEndsSearch,
           fmt::format("the ranges have nothing in common, and it returned 0x{:08X}", static_cast<uint32_t>(status)));
    return;
  }
  if (length > room)
    tell(Misuse::kIntersectionTooLong, fmt::format("it says that it wrote {} bytes into a buffer of {}", length, room));
  else if (std::string why = ks::size_contradiction(format.first(length)); !why.empty())
    tell(Misuse::kIntersectionContradiction, why);
  else if (why = ks::outside_ranges(format.first(length), client, mine); !why.empty())
    tell(Misuse::kIntersectionOutsideRange, why);
  else if (why = ks::format_contradiction(format.first(length)); !why.empty())
    tell(Misuse::kIntersectionContradiction, why);
  else if (why = ks::speakers_unnamed(format.first(length)); !why.empty()) tell(Misuse::kIntersectionSpeakers, why);
}

// What the miniport gets of a client's range: its bytes and its attributes' with nothing behind them.
Result<GuardedBuffer> copy_of(const ks::ClientRange& client) {
  const auto* bytes = reinterpret_cast<const std::byte*>(client.range);
  size_t size = client.range->FormatSize;
  if (client.range->Flags & KSDATARANGE_ATTRIBUTES) {
    size = ks::align_quad(size);
    size += reinterpret_cast<const KSMULTIPLE_ITEM*>(bytes + size)->Size;
  }
  return GuardedBuffer::create({bytes, size}, "DataRangeIntersection's ClientDataRange");
}

// For the report of a machine that ends in it.
class AskedIntersection final : public kernel::Activity {
 public:
  AskedIntersection(uint32_t pin, const KSDATARANGE& client, ULONG room) : pin_(pin), client_(client), room_(room) {}
  std::string text() const override {
    return fmt::format("the intersection with a client's range of {} bytes at pin {}, {} bytes for the format",
                       client_.FormatSize, pin_, room_);
  }

 private:
  uint32_t pin_;
  const KSDATARANGE& client_;
  ULONG room_;
};

// One pair of ranges: the miniport decides; STATUS_NOT_IMPLEMENTED "defers data-intersection handling to the port
// driver's default data-intersection handler" (IMiniport::DataRangeIntersection).
Status intersect(FilterFile& filter, ks::PropertyRequest& request, uint32_t pin, const ks::ClientRange& asked,
                 const KSDATARANGE& mine) {
  ULONG length = 0;
  const ULONG room = static_cast<ULONG>(request.value.size());
  constexpr const char* kFormat = "DataRangeIntersection's ResultantFormat";
  auto format = filter.port().port_cls().options().verify ? GuardedBuffer::create_unset(room, kFormat)
                                                          : GuardedBuffer::create(request.value, kFormat);
  if (!format) return format.error();
  auto range = copy_of(asked);
  if (!range) return range.error();
  const KSDATARANGE& client = *static_cast<const KSDATARANGE*>(range->pointer());
  const AskedIntersection asked_now(pin, client, room);
  const kernel::ServingScope serving(*current<kernel::Kernel>().current_thread(), {.activity = &asked_now});
  const NTSTATUS status = filter.port().miniport()->DataRangeIntersection(
      pin, const_cast<PKSDATARANGE>(&client), const_cast<PKSDATARANGE>(&mine), room, format->pointer(), &length);
  if (status == STATUS_NOT_IMPLEMENTED) {
    auto made = ks::default_intersection(client, mine);
    return made ? request.answer(std::span<const std::byte>(*made)) : made.error();
  }
  const std::span<const std::byte> written(static_cast<const std::byte*>(format->pointer()), room);
  judge_intersection(filter, status, room, length, written, client, mine);
  if (room) std::memcpy(request.value.data(), written.data(), room);
  request.information = status == STATUS_BUFFER_OVERFLOW ? length : std::min(length, room);
  return Status::from_nt(status);
}

Status data_intersection(FilterFile& filter, ks::PropertyRequest& request, uint32_t pin) {
  auto theirs = ks::client_ranges(request.descriptor.subspan(sizeof(KSP_PIN)));
  if (!theirs) return theirs.error();
  auto mine = ks::driver_ranges(descriptor_of(filter, pin));
  if (!mine) return mine.error();
  // "Called with each data range supplied by the caller until either a match is found or an error occurs"
  // (KsPinDataIntersection).
  for (const ks::ClientRange& client : *theirs)
    for (const ks::DataRange& range : *mine) {
      if (!ks::ranges_meet(client, range)) continue;
      const Status status = intersect(filter, request, pin, client, *range.range);
      if (!(status == StatusCode::kNoMatch)) return status;
    }
  return Status(StatusCode::kNoMatch, "no data range of the pin meets the client's");
}

constexpr uint32_t kPin = sizeof(KSP_PIN);
const FilterItem kPinItems[] = {
    {{.id = KSPROPERTY_PIN_CINSTANCES, .descriptor_bytes = kPin, .value_bytes = sizeof(KSPIN_CINSTANCES)},
     with_pin<filter_instances>},
    {{.id = KSPROPERTY_PIN_CTYPES, .value_bytes = sizeof(ULONG)}, count_types},
    {{.id = KSPROPERTY_PIN_DATAFLOW, .descriptor_bytes = kPin, .value_bytes = sizeof(KSPIN_DATAFLOW)},
     with_pin<data_flow>},
    {{.id = KSPROPERTY_PIN_DATARANGES, .descriptor_bytes = kPin}, with_pin<data_ranges>},
    {{.id = KSPROPERTY_PIN_DATAINTERSECTION, .descriptor_bytes = kPin + sizeof(KSMULTIPLE_ITEM)},
     with_pin<data_intersection>},
    {{.id = KSPROPERTY_PIN_INTERFACES, .descriptor_bytes = kPin}, with_pin<interfaces>},
    {{.id = KSPROPERTY_PIN_MEDIUMS, .descriptor_bytes = kPin}, with_pin<mediums>},
    {{.id = KSPROPERTY_PIN_COMMUNICATION, .descriptor_bytes = kPin, .value_bytes = sizeof(KSPIN_COMMUNICATION)},
     with_pin<communication>},
    {{.id = KSPROPERTY_PIN_GLOBALCINSTANCES, .descriptor_bytes = kPin, .value_bytes = sizeof(KSPIN_CINSTANCES)},
     with_pin<global_instances>},
    {{.id = KSPROPERTY_PIN_NECESSARYINSTANCES, .descriptor_bytes = kPin, .value_bytes = sizeof(ULONG)},
     with_pin<necessary_instances>},
    {{.id = KSPROPERTY_PIN_PHYSICALCONNECTION, .descriptor_bytes = kPin}, with_pin<physical_connection>},
    {{.id = KSPROPERTY_PIN_CATEGORY, .descriptor_bytes = kPin, .value_bytes = sizeof(GUID)}, with_pin<category>},
    {{.id = KSPROPERTY_PIN_NAME, .descriptor_bytes = kPin}, with_pin<name>},
    {{.id = KSPROPERTY_PIN_CONSTRAINEDDATARANGES, .descriptor_bytes = kPin}, with_pin<constrained_ranges>},
    // PROPOSEDATAFORMAT, PROPOSEDATAFORMAT2 and MODEDATAFORMATS are the miniport's own: only it knows a format from another.
};

}  // namespace

std::span<const FilterItem> pin_factory_properties() { return kPinItems; }

std::vector<KSPIN_INTERFACE> pin_interfaces(const Port& port, uint32_t pin) {
  // "The list of interfaces is ignored in all cases" (PCPIN_DESCRIPTOR, KsPinDescriptor). A WaveRT pin streams through a
  // looped buffer; its clients ask for that, some for plain streaming.
  const bool looped = port.kind() == PortKind::kWaveRt &&
                      (port.description().pin(pin).KsPinDescriptor.Communication & KSPIN_COMMUNICATION_SINK) != 0;
  std::vector<KSPIN_INTERFACE> result;
  const auto add = [&](ULONG id) {
    KSPIN_INTERFACE interface{};
    interface.Set = KSINTERFACESETID_Standard;
    interface.Id = id;
    result.push_back(interface);
  };
  if (looped) add(KSINTERFACE_STANDARD_LOOPED_STREAMING);
  add(KSINTERFACE_STANDARD_STREAMING);
  return result;
}

std::vector<KSPIN_MEDIUM> pin_mediums(const Port& port, uint32_t pin) {
  const KSPIN_DESCRIPTOR& descriptor = port.description().pin(pin).KsPinDescriptor;
  if (descriptor.MediumsCount && descriptor.Mediums)
    return {descriptor.Mediums, descriptor.Mediums + descriptor.MediumsCount};
  // "The standard-medium list will default to a list containing only device I/O (KSMEDIUM_STANDARD_DEVIO)."
  KSPIN_MEDIUM medium{};
  medium.Set = KSMEDIUMSETID_Standard;
  medium.Id = KSMEDIUM_STANDARD_DEVIO;
  return {medium};
}

}  // namespace portside::portcls
