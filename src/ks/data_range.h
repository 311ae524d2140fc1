#pragma once
// Data ranges: a pin factory's list of them, with attribute lists between; matching a format against them; and the
// intersection that a port makes when its miniport leaves it to the port.

#include <ks.h>
#include <ksmedia.h>
#include <wdm.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "ks/data_format.h"
#include "ks/multiple_item.h"

namespace portside::ks {

// One range of a pin factory. `attributes` is the list that follows a range whose flag KSDATARANGE_ATTRIBUTES is set:
// the next entry of the descriptor's array, counted there as a range.
struct DataRange {
  const KSDATARANGE* range = nullptr;
  const KSATTRIBUTE_LIST* attributes = nullptr;
};

// KSPIN_DESCRIPTOR.DataRanges of a driver. STATUS_INVALID_PARAMETER for a null or short range. A range that announces a list and is
// followed by another range has none.
Result<std::vector<DataRange>> driver_ranges(const KSPIN_DESCRIPTOR& pin);
// The first such range.
std::optional<ULONG> range_without_its_list(const KSPIN_DESCRIPTOR& pin);

// Ranges as a client sends them: KSMULTIPLE_ITEM, ranges at quad boundaries, attribute lists between.
struct ClientRange {
  const KSDATARANGE* range = nullptr;
  Attributes attributes;
};
Result<std::vector<ClientRange>> client_ranges(std::span<const std::byte> list);

// KSPROPERTY_PIN_DATARANGES: "a KSMULTIPLE_ITEM, followed by a sequence of 64-bit aligned KSDATARANGE structures".
void append_ranges(MultipleItemBuilder& list, const std::vector<DataRange>& ranges);

// KsValidateConnectRequest, Remarks: GUIDs match, a range's GUID_NULL matches all; required attributes are on both sides.
bool format_matches(const DataFormat& format, const DataRange& range);
// KsPinDataIntersection, Remarks: the same for a client's range, wildcards on either side.
bool ranges_meet(const ClientRange& client, const DataRange& driver);

// The best format that both ranges hold: bytes of a KSDATAFORMAT. STATUS_NO_MATCH when there is none.
Result<std::vector<std::byte>> default_intersection(const KSDATARANGE& client, const KSDATARANGE& driver);

// Why a format, bytes of a KSDATAFORMAT, does not lie in both ranges; empty when it does. Of a specifier other than
// WAVEFORMATEX only the GUIDs are looked at.
std::string outside_ranges(std::span<const std::byte> format, const KSDATARANGE& client, const KSDATARANGE& driver);

}  // namespace portside::ks
