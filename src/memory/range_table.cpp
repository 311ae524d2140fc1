#include "memory/range_table.h"

#include <algorithm>
#include <iterator>
#include <optional>

namespace portside::memory {
namespace {

// Where the address lies relative to a range and its guard pages; nothing when it is beyond them.
std::optional<AddressPlace> place_in(const KernelRange& range, KernelAddress address) {
  if (address < range.base)
    return range.base - address <= kPageBytes ? std::optional(AddressPlace::kGuardBefore) : std::nullopt;
  const uint64_t offset = address - range.base;
  if (offset < range.bytes) return AddressPlace::kInside;
  if (offset - range.bytes < kPageBytes) return AddressPlace::kGuardAfter;
  return std::nullopt;
}

AddressInfo info_of(const KernelRange& range, KernelAddress address, AddressPlace place, bool live) {
  AddressInfo info;
  info.kind = range.kind;
  info.place = place;
  info.live = live;
  info.base = range.base;
  info.bytes = range.bytes;
  if (range.kind == AddressKind::kDescriptor) {  // told from the MDL on, which ends with its page
    info.base = KernelAddress(range.mdl);
    info.bytes = range.base.value + range.bytes - info.base.value;
  }
  info.offset = static_cast<int64_t>(address.value - info.base.value);
  info.mdl = range.mdl;
  info.mdl_id = range.mdl_id;
  info.tag = range.tag;
  info.cache_type = range.cache_type;
  info.obtained_at = range.obtained_at;
  info.released_at = range.released_at;
  return info;
}

// The entry that could hold the address, guard pages included: the last one that starts at most a page above it.
template <class Map>
auto candidate(Map& map, KernelAddress address) {
  auto next = map.upper_bound(address.value + kPageBytes);
  return next == map.begin() ? map.end() : std::prev(next);
}

}  // namespace

KernelRange* RangeTable::insert(KernelRange range) {
  counts_[static_cast<size_t>(range.kind)]++;
  bytes_[static_cast<size_t>(range.kind)] += range.bytes;
  const uint64_t base = range.base.value;
  return &live_.insert_or_assign(base, std::move(range)).first->second;
}

KernelRange* RangeTable::find(KernelAddress address) {
  auto next = live_.upper_bound(address.value);
  if (next == live_.begin()) return nullptr;
  KernelRange& range = std::prev(next)->second;
  return address - range.base < range.bytes ? &range : nullptr;
}

KernelRange* RangeTable::find_base(KernelAddress base) {
  auto found = live_.find(base.value);
  return found == live_.end() ? nullptr : &found->second;
}

void RangeTable::retire(KernelAddress base, const StackTrace& released_at) {
  auto found = live_.find(base.value);
  if (found == live_.end()) return;
  KernelRange range = std::move(found->second);
  live_.erase(found);
  counts_[static_cast<size_t>(range.kind)]--;
  bytes_[static_cast<size_t>(range.kind)] -= range.bytes;
  if (former_bound_ == 0) return;
  range.released_at = released_at;
  const uint64_t sequence = next_sequence_++;
  former_.insert_or_assign(base.value, Former{std::move(range), sequence});
  former_order_.emplace_back(base.value, sequence);
  while (former_order_.size() > former_bound_) {
    const auto [oldest, of_sequence] = former_order_.front();
    former_order_.pop_front();
    // The address may have served again since; then the younger entry stays until its own turn.
    if (auto old = former_.find(oldest); old != former_.end() && old->second.sequence == of_sequence)
      former_.erase(old);
  }
}

const KernelRange* RangeTable::find_frame(uint64_t pfn, bool& is_live, uint64_t& page) const {
  const auto has = [&](const KernelRange& range) {
    const auto at = std::ranges::find(range.pfns, pfn);
    page = static_cast<uint64_t>(at - range.pfns.begin());
    return at != range.pfns.end();
  };
  is_live = true;
  for (const auto& [base, range] : live_)
    if (has(range)) return &range;
  is_live = false;
  for (auto old = former_order_.rbegin(); old != former_order_.rend(); ++old) {
    const auto found = former_.find(old->first);
    if (found != former_.end() && found->second.sequence == old->second && has(found->second.range))
      return &found->second.range;
  }
  return nullptr;
}

const KernelRange* RangeTable::former_at(KernelAddress base) const {
  auto found = former_.find(base.value);
  return found == former_.end() ? nullptr : &found->second.range;
}

AddressInfo RangeTable::describe(KernelAddress address) const {
  std::optional<AddressInfo> guard;
  if (auto found = candidate(live_, address); found != live_.end())
    if (auto place = place_in(found->second, address)) {
      AddressInfo info = info_of(found->second, address, *place, true);
      if (*place == AddressPlace::kInside) return info;
      guard = std::move(info);
    }
  if (guard) return *guard;
  if (auto found = candidate(former_, address); found != former_.end())
    if (auto place = place_in(found->second.range, address))
      return info_of(found->second.range, address, *place, false);
  AddressInfo unknown;
  unknown.kind = AddressKind::kUnused;
  return unknown;
}

uint64_t RangeTable::first_gap(uint64_t from, uint64_t bytes) const {
  uint64_t at = from;
  auto next = live_.upper_bound(from);
  if (next != live_.begin()) at = std::max(at, end_of(std::prev(next)->second));
  while (next != live_.end() && at + bytes > next->first - kPageBytes) {
    at = end_of(next->second);
    ++next;
  }
  return at;
}

}  // namespace portside::memory
