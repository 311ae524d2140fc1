#pragma once
// PropertyRequest: one IOCTL_KS_PROPERTY after its buffers were copied in, and the rules for answering it that hold for
// every property (KSPROPERTY structure; KSPROPERTY_ITEM: MinProperty, MinData).

#include <ks.h>
#include <wdm.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/status.h"

namespace portside::ks {

struct PropertyRequest {
  GUID set{};
  uint32_t id = 0;
  uint32_t verb = 0;                      // KSPROPERTY_TYPE_*, without KSPROPERTY_TYPE_TOPOLOGY
  std::optional<uint32_t> node;           // KSPROPERTY_TYPE_TOPOLOGY: KSP_NODE.NodeId
  std::span<const std::byte> descriptor;  // the whole input buffer: KSPROPERTY, KSP_PIN, KSP_NODE ...
  std::span<std::byte> value;             // the output buffer: what a SET brings and a GET takes home
  uint64_t information = 0;               // bytes that go home, or the bytes needed
  PIRP irp = nullptr;

  bool is_get() const { return verb == KSPROPERTY_TYPE_GET; }
  bool is_set() const { return verb == KSPROPERTY_TYPE_SET; }

  // Null when the input buffer is smaller than a T. Buffers are 8-byte aligned.
  template <class T>
  const T* descriptor_as() const {
    return descriptor.size() >= sizeof(T) ? reinterpret_cast<const T*>(descriptor.data()) : nullptr;
  }
  template <class T>
  T* value_as() {
    return value.size() >= sizeof(T) ? reinterpret_cast<T*>(value.data()) : nullptr;
  }

  // The rule for a property value of a size of its own: an empty buffer learns the size with STATUS_BUFFER_OVERFLOW,
  // one too small gets STATUS_BUFFER_TOO_SMALL, a larger one is filled as far as the value goes.
  Status answer(std::span<const std::byte> bytes);
  template <class T>
  Status answer(const T& t) {
    return answer(std::as_bytes(std::span(&t, 1)));
  }
};

// Reads KSPROPERTY or KSP_NODE from the head of an input buffer. STATUS_INVALID_BUFFER_SIZE when it does not fit.
Status parse_property(std::span<const std::byte> descriptor, PropertyRequest& request);

// What a property item lets be done with it.
struct ItemRules {
  uint32_t id = 0;
  uint32_t descriptor_bytes = sizeof(KSPROPERTY);  // MinProperty
  uint32_t value_bytes = 0;                        // MinData; 0: the handler looks itself
  bool get = false;
  bool set = false;
};

// Checks sizes and verb. Nothing: the handler for GET or SET is to be called. Everything else (BASICSUPPORT, RELATIONS,
// SERIALIZESIZE ..., and every refusal) is answered here.
std::optional<Status> apply_rules(PropertyRequest& request, const ItemRules& rules);

// KSPROPERTY_TYPE_BASICSUPPORT: access flags in a ULONG, or a KSPROPERTY_DESCRIPTION (KSPROPERTY structure, Remarks).
Status answer_basic_support(PropertyRequest& request, uint32_t access);
// KSPROPERTY_TYPE_SETSUPPORT with GUID_NULL: the list of sets. Duplicates are listed once.
Status answer_set_list(PropertyRequest& request, std::vector<GUID> sets);

// A set of properties that a layer of ours answers for Target (a filter, a pin).
template <class Target>
struct PropertyItem {
  ItemRules rules;
  Status (*get)(Target&, PropertyRequest&) = nullptr;
  Status (*set)(Target&, PropertyRequest&) = nullptr;
  // For a property that stands on an interface of the miniport's which it may lack: without it every request for the
  // property, BASICSUPPORT too, ends with STATUS_NOT_SUPPORTED. Null: always offered.
  bool (*offered)(Target&) = nullptr;
  // BASICSUPPORT with more than the access flags (ranges and steppings). Null: the flags alone.
  Status (*support)(Target&, PropertyRequest&) = nullptr;
};
template <class Target>
struct PropertySet {
  const GUID* set;
  std::span<const PropertyItem<Target>> items;
  bool files_only = false;  // no request that names a node (KSPROPERTY_TYPE_TOPOLOGY) is for this set
};

bool same_guid(const GUID& a, const GUID& b);

// Whether one of the sets answers for the request's property.
template <class Target>
bool has_property(std::span<const PropertySet<Target>> sets, Target& target, const PropertyRequest& request) {
  for (const PropertySet<Target>& set : sets) {
    if (!same_guid(*set.set, request.set) || (set.files_only && request.node)) continue;
    for (const PropertyItem<Target>& item : set.items)
      if (item.rules.id == request.id) return !item.offered || item.offered(target);
  }
  return false;
}

// STATUS_PROPSET_NOT_FOUND for an unknown set, STATUS_NOT_FOUND for an unknown member of a known one.
template <class Target>
Status dispatch_property(std::span<const PropertySet<Target>> sets, Target& target, PropertyRequest& request) {
  for (const PropertySet<Target>& set : sets) {
    if (!same_guid(*set.set, request.set) || (set.files_only && request.node)) continue;
    if (request.verb == KSPROPERTY_TYPE_SETSUPPORT) return Status::ok();
    for (const PropertyItem<Target>& item : set.items) {
      if (item.rules.id != request.id) continue;
      if (item.offered && !item.offered(target))
        return Status(StatusCode::kNotSupported, "the miniport does not offer what the property stands on");
      if (item.support && request.verb == KSPROPERTY_TYPE_BASICSUPPORT) return item.support(target, request);
      ItemRules rules = item.rules;
      rules.get = item.get != nullptr;
      rules.set = item.set != nullptr;
      if (std::optional<Status> answered = apply_rules(request, rules)) return *answered;
      return request.is_get() ? item.get(target, request) : item.set(target, request);
    }
    return Status(StatusCode::kNotFound, "the property set has no such member");
  }
  return Status(StatusCode::kPropsetNotFound, "no such property set");
}

}  // namespace portside::ks
