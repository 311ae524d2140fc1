#pragma once
// PinConnect: the name by which a pin is opened, relative to its filter's file object:
// {146F1A80-4791-11D0-A5D6-28DB04C10000}\ and then, in binary, KSPIN_CONNECT and KSDATAFORMAT (KsCreatePin).

#include <ks.h>
#include <wdm.h>

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "ks/data_format.h"

namespace portside::ks {

enum class CreateKind { kFilter, kPin, kClock, kAllocator, kTopologyNode, kUnknown };

struct CreateName {
  CreateKind kind = CreateKind::kUnknown;
  std::span<const std::byte> parameters;  // what follows {...}\ in binary
};
// Reads the GUID string at the head of a relative name; upper and lower case are the same.
CreateName parse_create_name(std::span<const std::byte> name);

struct PinConnect {
  KSPIN_CONNECT connect{};
  DataFormat format;

  // STATUS_INVALID_BUFFER_SIZE for parameters too short for both structures, or what DataFormat::parse says.
  static Result<PinConnect> parse(std::span<const std::byte> parameters);
};

// What a pin factory of this description accepts (KsValidateConnectRequest): communication, interface, medium, format.
// An empty list of interfaces or mediums stands for `default_interface` and the standard medium.
Status validate_connect(const PinConnect& request, const KSPIN_DESCRIPTOR& pin,
                        std::span<const KSPIN_INTERFACE> interfaces, std::span<const KSPIN_MEDIUM> mediums);

}  // namespace portside::ks
