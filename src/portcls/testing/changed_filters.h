#pragma once
// For tests: copies of the fake driver's filters that a test may change, put back afterwards; and a handler that answers
// with what the test put in and keeps what it was asked.

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <vector>

#include "portcls/testing/portcls_fixture.h"

namespace portside::portcls::testing {

class ChangedFilters : public PortClsMachine {
 protected:
  ChangedFilters() : wave_(kWaveFilter), topology_(kTopologyFilter) {
    std::ranges::copy(kWavePins, wave_pins_);
    std::ranges::copy(kTopologyPins, topology_pins_);
    std::ranges::copy(kNodes, nodes_);
    kWaveFilter.Pins = wave_pins_;
    kTopologyFilter.Pins = topology_pins_;
    kTopologyFilter.Nodes = nodes_;
    Echo::reset();
  }
  ~ChangedFilters() override {
    kWaveFilter = wave_;
    kTopologyFilter = topology_;
  }

  // What the echo handler was given, copied while it was valid.
  struct Seen {
    IUnknown* major = nullptr;
    IUnknown* minor = nullptr;
    ULONG node = 0, verb = 0, value_size = 0;
    const PCPROPERTY_ITEM* item = nullptr;
    std::vector<std::byte> instance, value;
    bool instance_null = false, value_null = false, irp = false;
  };
  // Answers GET with a value per property id, takes SET into it; sizes as Audio Property Handlers say.
  struct Echo {
    static inline std::map<ULONG, std::vector<std::byte>> values;
    static inline std::vector<Seen> seen;
    static void reset() {
      values.clear();
      seen.clear();
    }
    static NTSTATUS NTAPI handle(PPCPROPERTY_REQUEST r) {
      const auto bytes = [](const void* p, ULONG n) {
        const auto* b = static_cast<const std::byte*>(p);
        return p ? std::vector<std::byte>(b, b + n) : std::vector<std::byte>();
      };
      seen.push_back({r->MajorTarget, r->MinorTarget, r->Node, r->Verb, r->ValueSize, r->PropertyItem,
                      bytes(r->Instance, r->InstanceSize), bytes(r->Value, r->ValueSize), r->Instance == nullptr,
                      r->Value == nullptr, r->Irp != nullptr});
      std::vector<std::byte>& value = values[r->PropertyItem->Id];
      if (r->Verb & KSPROPERTY_TYPE_SERIALIZESIZE) {
        const ULONG size = static_cast<ULONG>(value.size());
        if (r->ValueSize < sizeof size) return STATUS_BUFFER_TOO_SMALL;
        std::memcpy(r->Value, &size, sizeof size);
        r->ValueSize = sizeof size;
        return STATUS_SUCCESS;
      }
      if (r->Verb & KSPROPERTY_TYPE_SET) {
        value = bytes(r->Value, r->ValueSize);
        return STATUS_SUCCESS;
      }
      const ULONG room = r->ValueSize;
      r->ValueSize = static_cast<ULONG>(value.size());
      if (room == 0 && !value.empty()) return STATUS_BUFFER_OVERFLOW;
      if (room < value.size()) return STATUS_BUFFER_TOO_SMALL;
      if (!value.empty()) std::memcpy(r->Value, value.data(), value.size());
      return STATUS_SUCCESS;
    }
  };

  template <class T>
  static std::vector<std::byte> as_bytes(const T& t) {
    const auto bytes = bytes_of(t);
    return {bytes.begin(), bytes.end()};
  }
  static PCAUTOMATION_TABLE table_of(std::span<const PCPROPERTY_ITEM> items) {
    return {sizeof(PCPROPERTY_ITEM), static_cast<ULONG>(items.size()), items.data(), 0, 0, nullptr, 0, 0, nullptr, 0};
  }
  // The answer to a request of any shape: its status and the bytes that came home.
  struct Answer {
    NTSTATUS status = 0;
    uint64_t information = 0;
    std::vector<std::byte> value;
  };
  template <class Request>
  Answer ask(io::FileHandle file, const Request& request, size_t room) {
    Answer answer{.status = 0, .information = 0, .value = std::vector<std::byte>(room)};
    answer.status = control(file, IOCTL_KS_PROPERTY, bytes_of(request), answer.value, &answer.information);
    return answer;
  }
  static KSP_PIN pin_ask(const GUID& set, ULONG id, ULONG pin, ULONG flags = KSPROPERTY_TYPE_GET) {
    KSP_PIN p{};
    p.Property = property(set, id, flags);
    p.PinId = pin;
    return p;
  }
  static KSP_NODE node_ask(const GUID& set, ULONG id, ULONG node, ULONG flags = KSPROPERTY_TYPE_GET) {
    KSP_NODE p{};
    p.Property = property(set, id, flags | KSPROPERTY_TYPE_TOPOLOGY);
    p.NodeId = node;
    return p;
  }

  const PCFILTER_DESCRIPTOR wave_, topology_;
  PCPIN_DESCRIPTOR wave_pins_[2], topology_pins_[2];
  PCNODE_DESCRIPTOR nodes_[2];
};

}  // namespace portside::portcls::testing
