#pragma once
// LifeTrial: one run of a machine in which something befalls the device while an application streams, and the judgement
// of it.

#include <string>
#include <vector>

#include "verify/baseline.h"
#include "verify/campaign.h"
#include "verify/driver_use.h"
#include "verify/life_point.h"

namespace portside::verify {

// How a run goes in which nothing happens.
struct LifeBaseline : Baseline {
  struct Endpoint {
    std::string name;
    bool capture = false;
    bool notified = false;              // the driver has notifications for it
    bool by_position = true;            // it also runs for a client that has none
    bool runs = true;                   // its position moves; what stands still goes on standing still
    uint64_t opening = 0, closing = 0;  // kernel calls of the driver
    Nanoseconds period{0};              // between notifications
    UseLog use;
  };
  std::vector<Endpoint> endpoints;
  bool has_slot = false;  // the device can be taken out

  const Endpoint* find(std::string_view name) const;
};

class LifeTrial {
 public:
  LifeTrial(Campaign& campaign, const LifeBaseline& baseline) : campaign_(campaign), baseline_(baseline) {}

  static Result<LifeBaseline> record(Campaign& campaign);

  struct Verdict {
    bool happened = false;  // the event came, at its point
    bool refused = false;   // the driver or the system did not let it happen
    std::string failure;    // what was wrong; empty: nothing
    std::string unclear;    // a status that a client can make nothing of; empty: none
  };
  Verdict run(const LifePoint& point, uint64_t seed, std::string replay);

 private:
  static Result<LifeBaseline> record_with(Campaign& campaign, StreamKinds kinds);

  Campaign& campaign_;
  const LifeBaseline& baseline_;
};

}  // namespace portside::verify
