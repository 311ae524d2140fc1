#pragma once
// StartTrial: a start that brings less than the device has: an entry of the resource lists is missing, as where firmware gave
// no interrupt, or a register range is so short that nothing lies in it, or
// reads as ones only. The driver must look, and refuse the start with an error or do without; and it must work when all is there
// again. A range that is too short is not seen in the field: who does not look is told, and fails nothing.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hardware/pci_slot.h"
#include "verify/fault_trial.h"

namespace portside::verify {

struct StartFault {
  hardware::ResourceShortage shortage;
  std::string resource;  // "memory range 0", "interrupt"

  std::string text() const;  // "start:0-missing", "start:0-short", "start:0-silent"
  std::string subject()
      const;  // "without its memory range 0", "with 16 bytes of its memory range 0", "with its memory range 0 answering nothing"
  static bool is_one(std::string_view text) { return text.starts_with("start:"); }
  // Of a text that is_one: whether it is written so. What the device has of it, faults() says.
  static Result<> check(std::string_view text);
};

class StartTrial {
 public:
  StartTrial(Campaign& campaign, const FaultBaseline& baseline) : campaign_(campaign), baseline_(baseline) {}

  // Each that the device has; none for a device without a slot, or behind a bus with faults.
  std::vector<StartFault> faults() const;
  // Empty, or what was wrong.
  std::string run(const StartFault& fault, uint64_t seed, std::string replay);

 private:
  Campaign& campaign_;
  const FaultBaseline& baseline_;
};

}  // namespace portside::verify
