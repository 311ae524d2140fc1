#include "portcls/device_description.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace portside::portcls {
namespace {

struct Field {
  const char* name;
  size_t offset, bytes;
};
#define FIELD(name) {#name, offsetof(DEVICE_DESCRIPTION, name), sizeof(DEVICE_DESCRIPTION::name)}
constexpr Field kFields[] = {FIELD(Version),        FIELD(Master),          FIELD(ScatterGather),
                             FIELD(DemandMode),     FIELD(AutoInitialize),  FIELD(Dma32BitAddresses),
                             FIELD(IgnoreCount),    FIELD(Reserved1),       FIELD(Dma64BitAddresses),
                             FIELD(BusNumber),      FIELD(DmaChannel),      FIELD(InterfaceType),
                             FIELD(DmaWidth),       FIELD(DmaSpeed),        FIELD(MaximumLength),
                             FIELD(DmaPort),        FIELD(DmaAddressWidth), FIELD(DmaControllerInstance),
                             FIELD(DmaRequestLine), FIELD(DeviceAddress)};
#undef FIELD

// A byte that holds another pattern each time was written by nobody; behind the structure none may be written.
struct Asked {
  explicit Asked(int pattern) { std::memset(this, pattern, sizeof *this); }
  const uint8_t* bytes() const { return reinterpret_cast<const uint8_t*>(&description); }

  DEVICE_DESCRIPTION description;
  std::array<uint8_t, 16> behind;
};

std::string fault_of(const DEVICE_DESCRIPTION& d, bool has_dma_channel) {
  if (d.Version > DEVICE_DESCRIPTION_VERSION3) return fmt::format("Version is {}: 0 to 3 are versions", d.Version);
  if (d.Reserved1) return "Reserved1 is not FALSE";
  if (d.InterfaceType < InterfaceTypeUndefined || d.InterfaceType >= MaximumInterfaceType)
    return fmt::format("InterfaceType is {}, which is none", static_cast<int>(d.InterfaceType));
  if (d.MaximumLength == 0) return "MaximumLength is 0: the device can transfer nothing";
  // "The device driver obtains this channel number from the resource list."
  if (!d.Master && !has_dma_channel)
    return "Master is FALSE, and among the device's resources there is no channel of the system's DMA controller";
  if (d.Version == DEVICE_DESCRIPTION_VERSION3 && d.Master && (d.DmaAddressWidth == 0 || d.DmaAddressWidth > 64))
    return fmt::format("DmaAddressWidth of a bus master is {}: 1 to 64 are widths", d.DmaAddressWidth);
  return {};
}

}  // namespace

std::string fault_of_description(IMiniportWaveRT& miniport, bool has_dma_channel) {
  Asked first(0x00), second(0xC7);
  if (miniport.GetDeviceDescription(&first.description) < 0 || miniport.GetDeviceDescription(&second.description) < 0)
    return {};
  if (std::ranges::any_of(first.behind, [](uint8_t byte) { return byte != 0x00; }) ||
      std::ranges::any_of(second.behind, [](uint8_t byte) { return byte != 0xC7; }))
    return fmt::format("wrote behind the {} bytes of the structure", sizeof(DEVICE_DESCRIPTION));
  // "The driver should first zero-initialize the entire DEVICE_DESCRIPTION structure, then fill in selected members."
  // What came with version 3, and with Windows 8, is not there for who was built before.
  const bool is_latest = second.description.Version == DEVICE_DESCRIPTION_VERSION3;
  for (const Field& field : kFields) {
    if (!is_latest && field.offset >= offsetof(DEVICE_DESCRIPTION, DmaAddressWidth)) continue;
    for (size_t at = field.offset; at < field.offset + field.bytes; ++at)
      if (first.bytes()[at] == 0x00 && second.bytes()[at] == 0xC7)
        return fmt::format("succeeded, and {} holds what was there before", field.name);
  }
  // All zero: the device has no DMA to describe.
  const DEVICE_DESCRIPTION none{};
  if (std::memcmp(&second.description, &none, offsetof(DEVICE_DESCRIPTION, DmaAddressWidth)) == 0) return {};
  return fault_of(second.description, has_dma_channel);
}

}  // namespace portside::portcls
