#include "ks/property_request.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

namespace portside::ks {

bool same_guid(const GUID& a, const GUID& b) { return std::memcmp(&a, &b, sizeof(GUID)) == 0; }

Status PropertyRequest::answer(std::span<const std::byte> bytes) {
  information = 0;
  if (value.empty() && !bytes.empty()) {
    information = bytes.size();
    return Status(StatusCode::kBufferOverflow);
  }
  if (value.size() < bytes.size())
    return Status(StatusCode::kBufferTooSmall,
                  fmt::format("the value needs {} bytes, the buffer has {}", bytes.size(), value.size()));
  if (!bytes.empty()) std::memcpy(value.data(), bytes.data(), bytes.size());
  information = bytes.size();
  return Status::ok();
}

Status parse_property(std::span<const std::byte> descriptor, PropertyRequest& request) {
  if (descriptor.size() < sizeof(KSPROPERTY))
    return Status(StatusCode::kInvalidBufferSize,
                  fmt::format("the input buffer of {} bytes holds no KSPROPERTY", descriptor.size()));
  KSPROPERTY property;
  std::memcpy(&property, descriptor.data(), sizeof property);
  request.set = property.Set;
  request.id = property.Id;
  request.verb = property.Flags & ~static_cast<uint32_t>(KSPROPERTY_TYPE_TOPOLOGY);
  request.descriptor = descriptor;
  request.node.reset();
  if (property.Flags & KSPROPERTY_TYPE_TOPOLOGY) {
    if (descriptor.size() < sizeof(KSP_NODE))
      return Status(StatusCode::kInvalidBufferSize,
                    fmt::format("KSPROPERTY_TYPE_TOPOLOGY asks for a KSP_NODE, the input buffer has {} bytes",
                                descriptor.size()));
    KSP_NODE node;
    std::memcpy(&node, descriptor.data(), sizeof node);
    request.node = node.NodeId;
  }
  return Status::ok();
}

Status answer_basic_support(PropertyRequest& request, uint32_t access) {
  // "If the output buffer is the size of a ULONG, only the access flags are returned."
  if (request.value.size() >= sizeof(KSPROPERTY_DESCRIPTION)) {
    KSPROPERTY_DESCRIPTION description{};
    description.AccessFlags = access;
    description.DescriptionSize = sizeof description;
    return request.answer(description);
  }
  if (request.value.empty()) {
    request.information = sizeof(KSPROPERTY_DESCRIPTION);
    return Status(StatusCode::kBufferOverflow);
  }
  return request.answer(access);
}

Status answer_set_list(PropertyRequest& request, std::vector<GUID> sets) {
  std::vector<GUID> unique;
  for (const GUID& set : sets)
    if (std::ranges::none_of(unique, [&](const GUID& seen) { return same_guid(seen, set); })) unique.push_back(set);
  return request.answer(std::as_bytes(std::span(unique)));
}

std::optional<Status> apply_rules(PropertyRequest& request, const ItemRules& rules) {
  const bool transfers = request.is_get() || request.is_set();
  if (transfers && request.descriptor.size() < rules.descriptor_bytes)
    return Status(StatusCode::kInvalidBufferSize, fmt::format("the input buffer has {} bytes, the property needs {}",
                                                              request.descriptor.size(), rules.descriptor_bytes));
  switch (request.verb) {
    case KSPROPERTY_TYPE_GET:
    case KSPROPERTY_TYPE_SET:
      if (!(request.is_get() ? rules.get : rules.set))
        return Status(StatusCode::kNotFound,
                      request.is_get() ? "the property cannot be read" : "the property cannot be set");
      if (request.value.size() < rules.value_bytes) {
        if (request.is_get() && request.value.empty()) {
          request.information = rules.value_bytes;
          return Status(StatusCode::kBufferOverflow);
        }
        return Status(StatusCode::kBufferTooSmall, fmt::format("the value has {} bytes, the property needs {}",
                                                               request.value.size(), rules.value_bytes));
      }
      return std::nullopt;
    case KSPROPERTY_TYPE_BASICSUPPORT:
      return answer_basic_support(request,
                                  (rules.get ? KSPROPERTY_TYPE_GET : 0u) | (rules.set ? KSPROPERTY_TYPE_SET : 0u));
    case KSPROPERTY_TYPE_RELATIONS: {
      // "If the output buffer size is zero, the size required is returned with STATUS_BUFFER_OVERFLOW."
      const KSMULTIPLE_ITEM none{sizeof(KSMULTIPLE_ITEM), 0};
      // "... or the amount of buffer room required by such a list if the return buffer is the size of a ULONG."
      if (request.value.size() == sizeof(ULONG)) return request.answer(none.Size);
      return request.answer(none);
    }
    case KSPROPERTY_TYPE_SERIALIZESIZE:
      return request.answer(ULONG{0});  // "A size of zero indicates that a property does not need to be serialized."
    case KSPROPERTY_TYPE_SERIALIZESET: {
      KSPROPERTY_SERIALHDR header{};
      header.PropertySet = request.set;
      return request.answer(header);
    }
    case KSPROPERTY_TYPE_UNSERIALIZESET: {
      const KSPROPERTY_SERIALHDR* header = request.value_as<KSPROPERTY_SERIALHDR>();
      if (!header) return Status(StatusCode::kInvalidBufferSize, "no KSPROPERTY_SERIALHDR");
      if (!same_guid(header->PropertySet, request.set) || header->Count != 0)
        return Status(StatusCode::kInvalidParameter, "no property of this set is serialized");
      return Status::ok();
    }
    case KSPROPERTY_TYPE_SERIALIZERAW:
    case KSPROPERTY_TYPE_UNSERIALIZERAW:
    case KSPROPERTY_TYPE_DEFAULTVALUES:
      return Status(StatusCode::kNotFound, "the property has no handler for this request");
    default:
      return Status(StatusCode::kInvalidParameter,
                    fmt::format("0x{:08X} is no request type of KSPROPERTY", request.verb));
  }
}

}  // namespace portside::ks
