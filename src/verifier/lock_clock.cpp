#include "verifier/lock_clock.h"

namespace portside::verifier {

void LockClock::after_those_it_knows(uint32_t holder, VectorClock& clock) const {
  clock.join(opaque_);
  for (const auto& [other, last] : last_)
    if (other != holder && clock.at(other) >= last.began) clock.join(last.ended);
}

void LockClock::touch(Section& section, uint64_t granule, bool write, VectorClock& clock) {
  auto [known, added] = section.touched.try_emplace(granule, write);
  if (!added && (known->second || !write)) return;
  known->second |= write;
  const auto found = places_.find(granule);
  if (found == places_.end()) return;
  const Place& place = found->second;
  clock.join(place.wrote);
  if (write) clock.join(place.read);
  if (section.shared) return;
  clock.join(place.wrote_shared);
  if (write) clock.join(place.read_shared);
}

void LockClock::end(uint32_t holder, const Section& section, VectorClock& clock) {
  const bool orders_all = section.opaque || section.touched.empty() || places_.size() > kMostPlaces;
  if (orders_all) clock.join(all_);
  after_those_it_knows(holder, clock);
  for (const auto& [granule, wrote] : section.touched) {
    if (places_.size() > kMostPlaces) break;
    Place& place = places_[granule];
    if (wrote) (section.shared ? place.wrote_shared : place.wrote).join(clock);
    else (section.shared ? place.read_shared : place.read).join(clock);
  }
  all_.join(clock);
  if (orders_all) {
    // Every section that ended before is in it by all_, and everybody begins after it: none need be known by itself any more.
    opaque_.join(clock);
    last_.clear();
  } else if (!section.shared) {
    last_[holder] = {section.began, clock};
  }
}

}  // namespace portside::verifier
