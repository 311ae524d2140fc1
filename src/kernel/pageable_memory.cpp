#include "kernel/pageable_memory.h"

#include <sys/mman.h>

#include <algorithm>

#include "kernel/fault.h"
#include "kernel/kernel.h"

namespace portside::kernel {
namespace {

void protect(const PageableRange& range, int protection) {
  ::mprotect(reinterpret_cast<void*>(range.begin), range.end - range.begin, protection);
}

}  // namespace

void PageableMemory::add(PageableRange range) {
  range.open = true;
  PageableRange& kept = ranges_.insert_or_assign(range.begin, std::move(range)).first->second;
  open_.reserve(ranges_.size());
  open_.push_back(&kept);
}

void PageableMemory::remove(uint64_t begin, uint64_t end) {
  for (auto it = ranges_.lower_bound(begin); it != ranges_.end() && it->first < end; it = ranges_.erase(it)) {
    open(it->second);
    std::erase(open_, &it->second);
  }
}

void PageableMemory::lock(uint64_t begin, uint64_t end) {
  for (auto& [at, range] : ranges_) {
    if (at >= end || range.end <= begin) continue;
    open(range);
    if (range.locks++ == 0) std::erase(open_, &range);
  }
}

void PageableMemory::unlock(uint64_t begin, uint64_t end) {
  for (auto& [at, range] : ranges_) {
    if (at >= end || range.end <= begin || range.locks == 0) continue;
    if (--range.locks == 0) open_.push_back(&range);
  }
}

void PageableMemory::close() {
  for (PageableRange* range : open_) {
    protect(*range, PROT_NONE);
    range->open = false;
  }
  open_.clear();
}

void PageableMemory::open(PageableRange& range) {
  if (range.open) return;
  protect(range, range.protection);
  range.open = true;
  open_.push_back(&range);
}

void PageableMemory::open_all() {
  for (auto& [at, range] : ranges_) open(range);
}

PageableRange* PageableMemory::range_at(uint64_t address) {
  auto after = ranges_.upper_bound(address);
  if (after == ranges_.begin()) return nullptr;
  PageableRange& range = std::prev(after)->second;
  return address < range.end ? &range : nullptr;
}

const PageableRange* PageableMemory::find(uint64_t address) const {
  const PageableRange* range = const_cast<PageableMemory*>(this)->range_at(address);
  return range && range->locks == 0 ? range : nullptr;
}

PageableFault PageableMemory::on_fault(const Fault& fault) {
  if (!fault.address_known()) return PageableFault::kNotMine;
  PageableRange* range = range_at(fault.address());
  if (!range || range->open) return PageableFault::kNotMine;
  // Our own walk of a stack reads the code of the functions on it: that is no touch of the driver's.
  const bool walk = range->code && fault.access() == FaultAccess::kRead && !kernel_.is_driver_code(fault.rip());
  if (kernel_.current_irql() >= kDispatchLevel && !walk) return PageableFault::kForbidden;
  open(*range);
  return PageableFault::kOpened;
}

}  // namespace portside::kernel
