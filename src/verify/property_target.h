#pragma once
// PropertyTarget: whom a property request is for (a filter, a pin factory, a node, a stream), how such a request is
// written, and what came of it.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "client/filter.h"

namespace portside::verify {

class PropertyTarget {
 public:
  enum class Kind { kFilter, kPin, kNode, kStream };

  // The file must outlive the target. `count`: of pins or nodes that the filter has.
  // `mode`: one of the pin's signal processing modes, for properties that are asked of a pin in a mode.
  PropertyTarget(const client::KsFile& file, Kind kind, uint32_t id = 0, uint32_t count = 0,
                 std::optional<GUID> mode = {})
      : file_(file), kind_(kind), id_(id), count_(count), mode_(mode) {}

  Kind kind() const { return kind_; }
  uint32_t count() const { return count_; }
  // The descriptors that a request for this target may begin with, the longest first: a node's channel, the node.
  std::vector<std::vector<std::byte>> forms(const GUID& set, ULONG id, ULONG flags) const {
    return forms_of(set, id, flags, id_);
  }
  // The same for a pin or a node that is not there.
  std::vector<std::byte> misdirected(const GUID& set, ULONG id, ULONG flags, uint32_t target) const {
    return forms_of(set, id, flags, target).front();
  }

  struct Answer {
    NTSTATUS status = 0;
    uint64_t information = 0;
    std::vector<std::byte> value;  // as far as the answer goes
    bool wrote_beyond = false;     // bytes behind those that it speaks of, or behind the buffer, were changed

    bool ok() const { return status == STATUS_SUCCESS; }
    bool is_unsupported() const;  // no such property, says the status
  };
  // The sets that the target has properties of, as it lists them.
  std::vector<GUID> sets() const;
  // With a value buffer of that many bytes; a SET's value is in `value`, and the buffer as long.
  Answer ask(std::span<const std::byte> descriptor, size_t bytes) const;
  Answer tell(std::span<const std::byte> descriptor, std::span<const std::byte> value) const;

 private:
  std::vector<std::vector<std::byte>> forms_of(const GUID& set, ULONG id, ULONG flags, uint32_t target) const;
  Answer send(std::span<const std::byte> descriptor, std::vector<std::byte> buffer, size_t bytes) const;

  const client::KsFile& file_;
  Kind kind_;
  uint32_t id_, count_;
  std::optional<GUID> mode_;
};

std::string status_name(NTSTATUS status);

}  // namespace portside::verify
