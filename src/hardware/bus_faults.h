#pragma once
// BusFaults: what a bus may do between a driver and its device without either being at fault: registers and interrupts that take
// longer, an interrupt edge that is lost or comes twice, a controller that answers nothing any more. Drawn from a seed, so that
// a run can be had again, and so that no driver is right by one device's timing alone.

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "hardware/device_maker.h"

namespace portside::hardware {

struct BusFaults {
  Nanoseconds register_latency{0};   // the most that a read takes longer
  Nanoseconds interrupt_latency{0};  // the most that an interrupt comes later
  uint32_t lost_in = 0;  // one assertion of the interrupt line in so many is seen 5 ms late, or with the next; 0: none
  uint32_t doubled_in = 0;  // one release in so many is followed by a short assertion that no device made; 0: none
  // From here on the device is off the bus: every register reads as all ones, writes go nowhere, the line falls, and it masters the
  // bus no more.
  std::optional<Nanoseconds> hang_at;

  // "registers=20us,interrupts=1ms,lost=1/50,doubled=1/50,hang@2s", in any order. An error is a sentence.
  static Result<BusFaults> parse(std::string_view text);
};

// The same device behind such a bus.
DeviceMaker behind_faults(DeviceMaker device, const BusFaults& faults, uint64_t seed);

}  // namespace portside::hardware
