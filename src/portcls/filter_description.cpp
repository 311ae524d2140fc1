#include "portcls/filter_description.h"

#include <fmt/format.h>

#include <algorithm>

#include "ks/data_range.h"

namespace portside::portcls {
namespace {

Result<> check_items(const char* what, uint32_t count, uint32_t item_bytes, const void* items, size_t least) {
  if (count == 0) return {};
  if (!items) return fail(StatusCode::kInvalidParameter, fmt::format("{} of {} items has no items", what, count));
  // "The item size should not be smaller than the size of the corresponding item structure" (PCAUTOMATION_TABLE).
  if (item_bytes < least)
    return fail(StatusCode::kInvalidParameter,
                fmt::format("{} has items of {} bytes, fewer than {}", what, item_bytes, least));
  return {};
}

Result<> check_automation(const PCAUTOMATION_TABLE* table) {
  if (!table) return {};
  TRY(check_items("the property table", table->PropertyCount, table->PropertyItemSize, table->Properties,
                  sizeof(PCPROPERTY_ITEM)));
  TRY(check_items("the event table", table->EventCount, table->EventItemSize, table->Events, sizeof(PCEVENT_ITEM)));
  TRY(check_items("the method table", table->MethodCount, table->MethodItemSize, table->Methods,
                  sizeof(PCMETHOD_ITEM)));
  return {};
}

// What keeps clients from a pin, or from seeing all of it; empty: nothing.
std::string fault_of_pin(const KSPIN_DESCRIPTOR& pin) {
  if (const auto range = ks::range_without_its_list(pin))
    return fmt::format(
        "data range {} announces an attribute list (KSDATARANGE_ATTRIBUTES), and the next entry is "
        "another data range",
        *range);
  const bool opened = pin.Communication == KSPIN_COMMUNICATION_SINK || pin.Communication == KSPIN_COMMUNICATION_BOTH;
  if (!opened || !pin.MediumsCount || !pin.Mediums) return {};
  const bool standard = std::any_of(pin.Mediums, pin.Mediums + pin.MediumsCount,
                                    [](const KSPIN_MEDIUM& m) { return IsEqualGUID(m.Set, KSMEDIUMSETID_Standard); });
  return standard ? "" : "none of its mediums is of KSMEDIUMSETID_Standard, by which clients open pins";
}

}  // namespace

Result<FilterDescription> FilterDescription::create(const PCFILTER_DESCRIPTOR* descriptor) {
  if (!descriptor) return fail(StatusCode::kInvalidParameter, "GetDescription gave no descriptor");
  TRY(check_items("the pin array", descriptor->PinCount, descriptor->PinSize, descriptor->Pins,
                  sizeof(PCPIN_DESCRIPTOR)));
  TRY(check_items("the node array", descriptor->NodeCount, descriptor->NodeSize, descriptor->Nodes,
                  sizeof(PCNODE_DESCRIPTOR)));
  TRY(check_items("the connection array", descriptor->ConnectionCount, sizeof(PCCONNECTION_DESCRIPTOR),
                  descriptor->Connections, 0));
  TRY(check_items("the category array", descriptor->CategoryCount, sizeof(GUID), descriptor->Categories, 0));
  TRY(check_automation(descriptor->AutomationTable));

  FilterDescription result;
  result.descriptor_ = descriptor;
  for (uint32_t id = 0; id < result.pin_count(); ++id) {
    TRY(check_automation(result.pin(id).AutomationTable));
    TRY(ks::driver_ranges(result.pin(id).KsPinDescriptor));
  }
  for (uint32_t id = 0; id < result.node_count(); ++id) TRY(check_automation(result.node(id).AutomationTable));
  return result;
}

std::vector<FilterDescription::Complaint> FilterDescription::complaints() const {
  std::vector<Complaint> found;
  // "This value should be a multiple of eight" (PinSize, NodeSize); "Item sizes should be a multiple of eight".
  const auto check_size = [&](const std::string& what, uint32_t count, uint32_t bytes) {
    if (count && bytes % 8)
      found.push_back({Misuse::kDescriptorItemSize, fmt::format("{} has items of {} bytes", what, bytes)});
  };
  const auto check_table = [&](const std::string& of, const PCAUTOMATION_TABLE* table) {
    if (!table) return;
    check_size("the property table of " + of, table->PropertyCount, table->PropertyItemSize);
    check_size("the event table of " + of, table->EventCount, table->EventItemSize);
    check_size("the method table of " + of, table->MethodCount, table->MethodItemSize);
  };
  check_size("the pin array", pin_count(), descriptor_->PinSize);
  check_size("the node array", node_count(), descriptor_->NodeSize);
  check_table("the filter", automation());
  for (uint32_t id = 0; id < pin_count(); ++id) {
    check_table(fmt::format("pin {}", id), pin(id).AutomationTable);
    if (std::string fault = fault_of_pin(pin(id).KsPinDescriptor); !fault.empty())
      found.push_back({Misuse::kDescriptorMalformed, fmt::format("pin {}: {}", id, fault)});
  }
  for (uint32_t id = 0; id < node_count(); ++id) check_table(fmt::format("node {}", id), node(id).AutomationTable);

  uint32_t number = 0;
  for (const PCCONNECTION_DESCRIPTOR& c : connections()) {
    const auto check_end = [&](const char* end, ULONG node, ULONG pin) {
      if (node == static_cast<ULONG>(PCFILTER_NODE)) {
        if (pin >= pin_count())
          found.push_back(
              {Misuse::kConnectionOutOfRange,
               fmt::format("connection {} {} pin {} of the filter, which has {}", number, end, pin, pin_count())});
      } else if (node >= node_count()) {
        found.push_back({Misuse::kConnectionOutOfRange,
                         fmt::format("connection {} {} node {} of {}", number, end, node, node_count())});
      }
    };
    check_end("comes from", c.FromNode, c.FromNodePin);
    check_end("goes to", c.ToNode, c.ToNodePin);
    ++number;
  }
  return found;
}

}  // namespace portside::portcls
