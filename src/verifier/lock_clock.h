#pragma once
// LockClock: what one lock of a driver's orders. Not each critical section after each earlier one, which would be the luck of
// this run, but an access in a section after the earlier sections that touched the same memory in conflict with it: those
// cannot come in the other order without the program doing something else. (Weak-doesn't-commute analysis: Roemer, Genc,
// Bond, PLDI 2020; after Smaragdakis et al., POPL 2012.)
//
// A section that touches nothing that is seen waits for others to be done, or guards memory that the system touches: it is
// ordered after all earlier ones, and before all later.

#include <cstdint>
#include <unordered_map>

#include "verifier/vector_clock.h"

namespace portside::verifier {

// A critical section that a holder is in.
struct Section {
  bool shared = false;
  uint32_t began = 0;  // by the holder's own clock
  bool opaque = false;
  std::unordered_map<uint64_t, bool> touched;  // by granule; true: written
};

class LockClock {
 public:
  static constexpr size_t kMostPlaces = 1 << 14;  // beyond: every section is ordered after every earlier one

  void begin(uint32_t holder, VectorClock& clock) { after_those_it_knows(holder, clock); }
  // An access in `section`: what it comes after.
  void touch(Section& section, uint64_t granule, bool write, VectorClock& clock);
  void end(uint32_t holder, const Section& section, VectorClock& clock);

 private:
  // When sections ended that touched a place; of readers' sections, which do not exclude each other, apart.
  struct Place {
    VectorClock wrote, read, wrote_shared, read_shared;
  };
  struct Last {
    uint32_t began = 0;
    VectorClock ended;
  };
  // Two sections exclude each other: who knows something of one comes after all of it.
  void after_those_it_knows(uint32_t holder, VectorClock& clock) const;

  std::unordered_map<uint64_t, Place> places_;
  std::unordered_map<uint32_t, Last> last_;  // section of each holder
  VectorClock all_;                          // sections' ends
  VectorClock opaque_;                       // those of sections that order all
};

}  // namespace portside::verifier
