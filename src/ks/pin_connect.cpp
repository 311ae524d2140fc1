#include "ks/pin_connect.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include <fmt/format.h>

#include "ks/data_range.h"
#include "ks/property_request.h"

namespace portside::ks {
namespace {

struct NamedKind {
  std::u16string_view name;
  CreateKind kind;
};
// KSNAME_Filter, KSNAME_Pin, KSNAME_Clock, KSNAME_Allocator, KSNAME_TopologyNode (ks.h).
constexpr NamedKind kKinds[] = {
    {u"{9B365890-165F-11D0-A195-0020AFD156E4}", CreateKind::kFilter},
    {u"{146F1A80-4791-11D0-A5D6-28DB04C10000}", CreateKind::kPin},
    {u"{53172480-4791-11D0-A5D6-28DB04C10000}", CreateKind::kClock},
    {u"{642F5D00-4791-11D0-A5D6-28DB04C10000}", CreateKind::kAllocator},
    {u"{0621061A-EE75-11D0-B915-00A0C9223196}", CreateKind::kTopologyNode},
};

char16_t upper(char16_t c) { return c >= u'a' && c <= u'z' ? static_cast<char16_t>(c - 32) : c; }

}  // namespace

CreateName parse_create_name(std::span<const std::byte> name) {
  constexpr size_t kGuidChars = 38;
  const size_t head = kGuidChars * sizeof(char16_t);
  if (name.size() < head) return {};
  char16_t text[kGuidChars];
  std::memcpy(text, name.data(), head);
  std::ranges::transform(text, text, upper);
  for (const NamedKind& known : kKinds) {
    if (std::u16string_view(text, kGuidChars) != known.name) continue;
    CreateName result{known.kind, {}};
    if (name.size() == head) return result;
    char16_t separator = 0;
    if (name.size() >= head + sizeof separator) std::memcpy(&separator, name.data() + head, sizeof separator);
    if (separator != u'\\') return {};
    result.parameters = name.subspan(head + sizeof separator);
    return result;
  }
  return {};
}

Result<PinConnect> PinConnect::parse(std::span<const std::byte> parameters) {
  PinConnect result;
  if (parameters.size() < sizeof(KSPIN_CONNECT) + sizeof(KSDATAFORMAT))
    return fail(StatusCode::kInvalidBufferSize,
                fmt::format("{} bytes hold no KSPIN_CONNECT and KSDATAFORMAT", parameters.size()));
  std::memcpy(&result.connect, parameters.data(), sizeof(KSPIN_CONNECT));
  TRY_ASSIGN(result.format, DataFormat::parse(parameters.subspan(sizeof(KSPIN_CONNECT))));
  return result;
}

Status validate_connect(const PinConnect& request, const KSPIN_DESCRIPTOR& pin,
                        std::span<const KSPIN_INTERFACE> interfaces, std::span<const KSPIN_MEDIUM> mediums) {
  const KSPIN_CONNECT& connect = request.connect;
  if (pin.Communication == KSPIN_COMMUNICATION_NONE || pin.Communication == KSPIN_COMMUNICATION_BRIDGE)
    return Status(StatusCode::kInvalidDeviceRequest, "a bridge pin, or one without communication, cannot be opened");
  // A sink does not connect to another pin; a source must.
  if (pin.Communication == KSPIN_COMMUNICATION_SINK && connect.PinToHandle)
    return Status(StatusCode::kInvalidParameter, "KSPIN_CONNECT.PinToHandle is set, and the pin is a sink");
  if (pin.Communication == KSPIN_COMMUNICATION_SOURCE && !connect.PinToHandle)
    return Status(StatusCode::kInvalidParameter, "the pin is a source, and KSPIN_CONNECT.PinToHandle is NULL");

  const auto same = [](const KSIDENTIFIER& a, const KSIDENTIFIER& b) {
    return same_guid(a.Set, b.Set) && a.Id == b.Id && a.Flags == b.Flags;
  };
  if (std::ranges::none_of(interfaces, [&](const KSPIN_INTERFACE& i) { return same(i, connect.Interface); }))
    return Status(StatusCode::kNoMatch, "the pin has no such interface");
  if (std::ranges::none_of(mediums, [&](const KSPIN_MEDIUM& m) { return same(m, connect.Medium); }))
    return Status(StatusCode::kNoMatch, "the pin has no such medium");

  auto ranges = driver_ranges(pin);
  if (!ranges) return ranges.error();
  if (std::ranges::none_of(*ranges, [&](const DataRange& r) { return format_matches(request.format, r); }))
    return Status(StatusCode::kNoMatch, "no data range of the pin holds the format");
  return Status::ok();
}

}  // namespace portside::ks
