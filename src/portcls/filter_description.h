#pragma once
// FilterDescription: a miniport's PCFILTER_DESCRIPTOR, read with the strides it gives (PinSize, NodeSize and the item
// sizes of automation tables may exceed the documented structures) and checked once, when the port is initialised.

#include <portcls.h>
#include <wdm.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "portcls/portcls_observer.h"

namespace portside::portcls {

class FilterDescription {
 public:
  FilterDescription() = default;
  // STATUS_INVALID_PARAMETER with a sentence for a descriptor that contradicts itself.
  static Result<FilterDescription> create(const PCFILTER_DESCRIPTOR* descriptor);

  // What is told, and refused by nobody.
  struct Complaint {
    Misuse kind;
    std::string sentence;
  };
  std::vector<Complaint> complaints() const;

  uint32_t pin_count() const { return descriptor_ ? descriptor_->PinCount : 0; }
  uint32_t node_count() const { return descriptor_ ? descriptor_->NodeCount : 0; }
  // `id` < the count.
  const PCPIN_DESCRIPTOR& pin(uint32_t id) const {
    return *reinterpret_cast<const PCPIN_DESCRIPTOR*>(reinterpret_cast<const std::byte*>(descriptor_->Pins) +
                                                      uint64_t{id} * descriptor_->PinSize);
  }
  const PCNODE_DESCRIPTOR& node(uint32_t id) const {
    return *reinterpret_cast<const PCNODE_DESCRIPTOR*>(reinterpret_cast<const std::byte*>(descriptor_->Nodes) +
                                                       uint64_t{id} * descriptor_->NodeSize);
  }
  std::span<const PCCONNECTION_DESCRIPTOR> connections() const {
    if (!descriptor_) return {};
    return {descriptor_->Connections, descriptor_->ConnectionCount};
  }
  // As the miniport lists them; empty when it leaves them to the port.
  std::span<const GUID> categories() const {
    if (!descriptor_) return {};
    return {descriptor_->Categories, descriptor_->CategoryCount};
  }
  const PCAUTOMATION_TABLE* automation() const { return descriptor_ ? descriptor_->AutomationTable : nullptr; }

 private:
  const PCFILTER_DESCRIPTOR* descriptor_ = nullptr;
};

}  // namespace portside::portcls
