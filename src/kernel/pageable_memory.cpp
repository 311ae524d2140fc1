#include "kernel/pageable_memory.h"

#include <sys/mman.h>

#include <algorithm>

#include "kernel/fault.h"
#include "kernel/kernel.h"
#include "kernel/machine_clock.h"

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

void PageableMemory::close_data() {
  std::erase_if(open_, [](PageableRange* range) {
    if (range->code) return false;
    protect(*range, PROT_NONE);
    range->open = false;
    return true;
  });
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

bool PageableMemory::on_fault(const Fault& fault) {
  if (!fault.address_known()) return false;
  PageableRange* range = range_at(fault.address());
  if (!range || range->open) return false;
  open(*range);
  // Our own walk of a stack reads the code of the functions on it: that is no touch of the driver's.
  const bool walk = range->code && fault.access() == FaultAccess::kRead && !kernel_.is_driver_code(fault.rip());
  if (kernel_.current_irql() >= kDispatchLevel && !walk) keep(fault);
  return true;
}

void PageableMemory::keep(const Fault& fault) {
  if (forbidden_count_ == forbidden_.size()) return;
  ForbiddenTouch& touch = forbidden_[forbidden_count_++];
  const ThreadObject* thread = kernel_.current_thread();
  touch = {.address = fault.address(),
           .rip = fault.rip(),
           .access = fault.access(),
           .irql = kernel_.current_irql(),
           .processor = this_processor_block()->number,
           .thread_id = thread->id(),
           .time = kernel_.clock().now()};
  thread->name().copy(touch.thread.data(), touch.thread.size() - 1);
  touch.stack = capture_stack_at(fault.rip(), fault.rsp(), static_cast<uint64_t>(fault.reg(REG_RBP)));
}

std::vector<ForbiddenTouch> PageableMemory::take_forbidden() {
  std::vector<ForbiddenTouch> taken(forbidden_.begin(), forbidden_.begin() + forbidden_count_);
  forbidden_count_ = 0;
  return taken;
}

}  // namespace portside::kernel
