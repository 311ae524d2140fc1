#include "memory/page_allocator.h"

#include <algorithm>
#include <bit>

namespace portside::memory {

FrameRange FrameRange::within(PhysicalAddress low, PhysicalAddress high) {
  if (low > high) return {};
  const uint64_t first = low.value / kPageBytes + (low.value % kPageBytes != 0);
  // `high` is the last acceptable byte, so a page whose last byte is `high` is in. high + 1 would overflow at the top.
  const uint64_t after = high.value / kPageBytes + (high.value % kPageBytes == kPageBytes - 1);
  if (after == 0) return {};
  return {first, after - 1};
}

PageAllocator::PageAllocator(const PhysicalMemory& physical, Random random, uint64_t frame_limit, uint64_t quarantine)
    : physical_(physical), random_(random), limit_(frame_limit), quarantine_bound_(quarantine),
      reserve_(std::min<uint64_t>(1024, physical.frames() / 16)), free_((physical.frames() + 63) / 64) {
  for (uint64_t i = 0; i < physical.frames() / 64; ++i) free_[i] = ~0ull;
  if (physical.frames() % 64) free_.back() = (1ull << (physical.frames() % 64)) - 1;
}

PageAllocator::Candidates PageAllocator::candidates(FrameRange range) const {
  if (range.empty()) return {};
  return {physical_.low_indices(range.first_pfn, range.last_pfn),
          physical_.high_indices(range.first_pfn, range.last_pfn)};
}

uint64_t PageAllocator::frames_in(FrameRange range) const { return candidates(range).count(); }

uint64_t PageAllocator::free_in(Indices indices) const {
  uint64_t count = 0;
  for (uint64_t i = indices.first; i < indices.last;) {
    const uint64_t bits = std::min<uint64_t>(64 - i % 64, indices.last - i);
    const uint64_t mask = bits == 64 ? ~0ull : (1ull << bits) - 1;
    count += std::popcount(free_[i / 64] >> (i % 64) & mask);
    i += bits;
  }
  return count;
}

uint64_t PageAllocator::free_in(const Candidates& c) const { return free_in(c.low) + free_in(c.high); }

bool PageAllocator::adjacent(uint64_t a, uint64_t b) const {
  if (a == kNone || b == kNone) return false;
  const uint64_t x = physical_.pfn_of(a), y = physical_.pfn_of(b);
  return x + 1 == y || y + 1 == x;
}

uint64_t PageAllocator::next_free(uint64_t from, uint64_t end, uint64_t beside) const {
  for (uint64_t i = from; i < end;) {
    uint64_t word = free_[i / 64] >> (i % 64);
    if (word == 0) {
      i += 64 - i % 64;
      continue;
    }
    i += std::countr_zero(word);
    if (i >= end) break;
    if (!adjacent(i, beside)) return i;
    ++i;
  }
  return kNone;
}

uint64_t PageAllocator::pick(const Candidates& c, uint64_t beside) {
  // Memory is mostly free, so a draw mostly succeeds; then a search from a drawn place, so that what is left of a
  // crowded memory is scattered, too.
  for (int draw = 0; draw < 8; ++draw) {
    const uint64_t index = c.at(random_.below(c.count()));
    if (is_free(index) && !adjacent(index, beside)) return index;
  }
  const uint64_t start = c.at(random_.below(c.count()));
  const bool in_low = start < c.low.last && start >= c.low.first && c.low.count() > 0;
  const Indices here = in_low ? c.low : c.high, there = in_low ? c.high : c.low;
  for (uint64_t b : {beside, kNone}) {
    if (uint64_t i = next_free(start, here.last, b); i != kNone) return i;
    if (uint64_t i = next_free(there.first, there.last, b); i != kNone) return i;
    if (uint64_t i = next_free(here.first, start, b); i != kNone) return i;
    if (b == kNone) break;
  }
  return kNone;
}

uint64_t PageAllocator::allowance(Use use) const {
  const uint64_t free = total() - used();  // quarantined frames count as free: they are released on demand
  if (use == Use::kPool) return free;
  const uint64_t under_limit = limit_ > used_pages_ ? limit_ - used_pages_ : 0;
  return std::min(under_limit, free > reserve_ ? free - reserve_ : 0);
}

void PageAllocator::release_quarantine() {
  for (uint64_t index : quarantine_) mark_free(index);
  quarantine_.clear();
}

void PageAllocator::make_room(const Candidates& c, uint64_t count) {
  // Counting a large memory's free frames for each small request would cost more than the request.
  const uint64_t not_free = used() + quarantine_.size();
  if (c.count() >= not_free + count) return;
  if (!quarantine_.empty() && free_in(c) < count) release_quarantine();
}

std::vector<uint64_t> PageAllocator::take_scattered(FrameRange range, uint64_t count, Use use) {
  const Candidates c = candidates(range);
  count = std::min({count, c.count(), allowance(use)});
  if (count == 0) return {};
  make_room(c, count);
  std::vector<uint64_t> taken;
  taken.reserve(count);
  bool touching = false;
  for (uint64_t previous = kNone; taken.size() < count;) {
    const uint64_t index = pick(c, previous);
    if (index == kNone) break;
    mark_used(index);
    touching |= adjacent(index, previous);
    taken.push_back(index);
    previous = index;
  }
  if (touching) taken = spread(c, std::move(taken));
  (use == Use::kPool ? used_pool_ : used_pages_) += taken.size();
  for (uint64_t& t : taken) t = physical_.pfn_of(t);
  return taken;
}

// The greedy choice ended with neighbours next to each other. Every second frame of the sorted list first, then the
// others, never puts neighbours together from four frames on; two and three frames may need others of the free ones.
std::vector<uint64_t> PageAllocator::spread(const Candidates& c, std::vector<uint64_t> taken) {
  const size_t count = taken.size();
  if (count < 4) {
    // Look at up to four frames: the taken ones and free ones of the range.
    std::vector<uint64_t> choice = taken;
    for (Indices part : {c.low, c.high})
      for (uint64_t i = next_free(part.first, part.last, kNone); i != kNone && choice.size() < 4;
           i = next_free(i + 1, part.last, kNone))
        choice.push_back(i);
    std::ranges::sort(choice);
    do {
      bool touching = false;
      for (size_t i = 1; i < count; ++i) touching |= adjacent(choice[i - 1], choice[i]);
      if (touching) continue;
      for (uint64_t t : taken) mark_free(t);
      choice.resize(count);
      for (uint64_t t : choice) mark_used(t);
      return choice;
    } while (std::ranges::next_permutation(choice).found);
    return taken;  // unavoidable
  }
  std::ranges::sort(taken);
  std::vector<uint64_t> order;
  order.reserve(count);
  for (size_t i = 1; i < count; i += 2) order.push_back(taken[i]);
  for (size_t i = 0; i < count; i += 2) order.push_back(taken[i]);
  return order;
}

uint64_t PageAllocator::run_in(Indices indices, uint64_t from, uint64_t end, uint64_t count,
                               uint64_t boundary_pages) const {
  // Finds the first start in [from, end) of `count` free frames inside `indices`.
  for (uint64_t start = from; start < end && indices.last - start >= count;) {
    if (boundary_pages) {
      const uint64_t pfn = physical_.pfn_of(start);
      const uint64_t left = boundary_pages - pfn % boundary_pages;
      if (left < count) {
        start += left;
        continue;
      }
    }
    uint64_t length = 0;
    while (length < count) {
      const uint64_t i = start + length;
      if (i % 64 == 0 && count - length >= 64 && free_[i / 64] == ~0ull) {
        length += 64;
        continue;
      }
      if (!is_free(i)) break;
      ++length;
    }
    if (length >= count) return start;
    start += length + 1;
  }
  return kNone;
}

std::vector<uint64_t> PageAllocator::take_contiguous(FrameRange range, uint64_t count, uint64_t boundary_pages) {
  const Candidates c = candidates(range);
  if (count == 0 || count > allowance(Use::kPages) || (boundary_pages && count > boundary_pages)) return {};
  for (bool again : {false, true}) {
    if (again) {
      if (quarantine_.empty()) break;
      release_quarantine();
    }
    // The part of memory, and the place in it where the search starts, are drawn.
    const Indices parts[2] = {c.low, c.high};
    const size_t first = c.count() > 0 && random_.below(c.count()) >= c.low.count();
    for (size_t p : {first, 1 - first}) {
      const Indices part = parts[p];
      if (part.count() < count) continue;
      const uint64_t start = part.first + random_.below(part.count() - count + 1);
      uint64_t found = run_in(part, start, part.last, count, boundary_pages);
      if (found == kNone) found = run_in(part, part.first, start, count, boundary_pages);
      if (found == kNone) continue;
      std::vector<uint64_t> taken(count);
      for (uint64_t i = 0; i < count; ++i) {
        mark_used(found + i);
        taken[i] = physical_.pfn_of(found + i);
      }
      used_pages_ += count;
      return taken;
    }
  }
  return {};
}

void PageAllocator::give_back(std::span<const uint64_t> pfns, Use use) {
  (use == Use::kPool ? used_pool_ : used_pages_) -= pfns.size();
  for (uint64_t pfn : pfns) {
    const auto index = physical_.index_of(pfn);
    if (!index) continue;
    quarantine_.push_back(*index);
    if (quarantine_.size() > quarantine_bound_) {
      mark_free(quarantine_.front());
      quarantine_.pop_front();
    }
  }
}

}  // namespace portside::memory
