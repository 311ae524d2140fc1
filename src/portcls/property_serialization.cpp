#include "portcls/property_serialization.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "ks/serialized_set.h"

namespace portside::portcls {
namespace {

// Larger properties than this are refused.
constexpr ULONG kMaximumBytes = 1u << 20;

bool takes_part(const PCPROPERTY_ITEM& item, const GUID& set) {
  return item.Set && ks::same_guid(*item.Set, set) && (item.Flags & KSPROPERTY_TYPE_SERIALIZESIZE);
}

// What follows the KSPROPERTY or KSP_NODE of the request goes to every handler, as for a request of its own.
std::span<const std::byte> instance_of(const ks::PropertyRequest& request) {
  const size_t head = request.node ? sizeof(KSP_NODE) : sizeof(KSPROPERTY);
  return request.descriptor.subspan(std::min(head, request.descriptor.size()));
}

}  // namespace

bool serializes(const PCAUTOMATION_TABLE* table, const GUID& set) {
  bool any = false;
  for_each_property(table, [&](const PCPROPERTY_ITEM& item) { any |= takes_part(item, set); });
  return any;
}

Status serialize_set(ks::PropertyRequest& request, const PCAUTOMATION_TABLE* table, const AutomationTarget& target,
                     PendingProperties& pending) {
  ks::SerializedSetBuilder list(request.set);
  Status failed = Status::ok();
  for_each_property(table, [&](const PCPROPERTY_ITEM& item) {
    if (!failed.is_ok() || !takes_part(item, request.set) || !(item.Flags & KSPROPERTY_TYPE_GET)) return;
    std::vector<std::byte> size(sizeof(ULONG));
    failed = pending.call(item, KSPROPERTY_TYPE_SERIALIZESIZE, request.irp, target, instance_of(request), size);
    if (!failed.is_ok()) return;
    ULONG bytes = 0;
    if (size.size() == sizeof bytes) std::ranges::copy(size, reinterpret_cast<std::byte*>(&bytes));
    // "A size of zero indicates that a property does not need to be serialized."
    if (bytes == 0) return;
    if (bytes > kMaximumBytes) {
      failed = Status(StatusCode::kInsufficientResources,
                      fmt::format("property {} names a serialised size of {} bytes", item.Id, bytes));
      return;
    }
    std::vector<std::byte> value(bytes);
    failed = pending.call(item, KSPROPERTY_TYPE_GET, request.irp, target, instance_of(request), value);
    if (failed.is_ok()) list.add(KSIDENTIFIER{}, item.Id, value);
  });
  return failed.is_ok() ? request.answer(list.bytes()) : failed;
}

Status unserialize_set(ks::PropertyRequest& request, const PCAUTOMATION_TABLE* table, const AutomationTarget& target,
                       PendingProperties& pending) {
  auto properties = ks::read_serialized_set(request.set, request.value);
  if (!properties) return properties.error();
  for (const ks::SerializedProperty& property : *properties) {
    const PCPROPERTY_ITEM* item = find_property(table, request.set, property.id);
    if (!item || !takes_part(*item, request.set) || !(item->Flags & KSPROPERTY_TYPE_SET))
      return Status(StatusCode::kNotFound, fmt::format("property {} cannot be set from a serialised set", property.id));
  }
  for (const ks::SerializedProperty& property : *properties) {
    std::vector<std::byte> value(property.value.begin(), property.value.end());
    const Status status = pending.call(*find_property(table, request.set, property.id), KSPROPERTY_TYPE_SET,
                                       request.irp, target, instance_of(request), value);
    if (!status.is_ok()) return status;
  }
  request.information = 0;
  return Status::ok();
}

}  // namespace portside::portcls
