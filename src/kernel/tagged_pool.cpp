#include "kernel/tagged_pool.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "kernel/kernel.h"

namespace portside::kernel {
namespace {

constexpr uint64_t kAlignment = 16;
// What stands where nothing was written: a pointer made of it is not canonical, so that following it faults.
constexpr int kFreshByte = 0xCD;
constexpr int kMarginByte = 0xB9;

constexpr uint64_t aligned(uint64_t bytes) {
  return (std::max<uint64_t>(bytes, 1) + kAlignment - 1) & ~(kAlignment - 1);
}

const char* kind_text(PoolKind kind) { return kind == PoolKind::kPaged ? "paged" : "non-paged"; }

std::string block_text(const PoolBlock& block) {
  // A driver knows its own blocks by their tags, and the system's by what they hold.
  if (block.owner == PoolOwner::kRuntime && *block.allocated_by)
    return fmt::format("the {} block {} ({} bytes, of {}, {})", block.freed ? "freed" : "live", block.address.pointer(),
                       block.bytes, block.allocated_by, kind_text(block.kind));
  return fmt::format("the {} block {} ({} bytes, tag '{}', {})", block.freed ? "freed" : "live",
                     block.address.pointer(), block.bytes, pool_tag_text(block.tag), kind_text(block.kind));
}

}  // namespace

bool TaggedPool::simulated_failure(const PoolRequest& request) {
  if (request.owner != PoolOwner::kDriver || request.must_succeed) return false;
  MutexLock lock(hook_mutex_);
  return failure_hook_ && failure_hook_(request);
}

void TaggedPool::set_failure_hook(FailureHook hook) {
  MutexLock lock(hook_mutex_);
  failure_hook_ = std::move(hook);
}

Result<void*> TaggedPool::allocate(const PoolRequest& request) {
  const auto refuse = [&](Status status) -> std::unexpected<Status> {
    observers_.notify(&PoolObserver::on_allocation_failed, request, status);
    return fail(std::move(status));
  };
  if (simulated_failure(request)) return refuse({StatusCode::kInsufficientResources, "low resources are simulated"});
  bool on_pages = options_.verify || request.bytes >= kPageBytes;
  bool fits = false;
  {
    MutexLock lock(mutex_);
    fits = request.bytes <= options_.limit_bytes && live_bytes_ <= options_.limit_bytes - request.bytes;
    if (special_count_ >= options_.special_blocks && request.bytes < kPageBytes) on_pages = false;
  }
  if (!fits)
    return refuse(
        {StatusCode::kInsufficientResources, fmt::format("the pool's limit is {} bytes", options_.limit_bytes)});
  if (request.bytes == 0)
    report(PoolFault::kZeroBytes, request.api, request.tag, fmt::format("{} was asked for zero bytes", request.api));
  if (!on_pages) {
    auto small = allocate_small(request);
    if (!small) return refuse(small.error());
    return small;
  }
  auto placed = place_on_pages(request);
  if (!placed) return refuse(placed.error());
  write_patterns(*placed, request.contents);
  void* pointer = placed->block.address.pointer();
  PoolBlock told;
  {
    MutexLock lock(mutex_);
    placed->block.serial = next_serial_++;
    live_bytes_ += request.bytes;
    special_count_ += placed->block.special;
    forget_range_locked(placed->placement.pages, placed->placement.page_bytes);
    if (!observers_.empty()) told = placed->block;
    on_pages_.insert_or_assign(placed->block.address.value, std::move(*placed));
  }
  observers_.notify(&PoolObserver::on_allocated, told);
  return pointer;
}

Result<TaggedPool::Record> TaggedPool::place_on_pages(const PoolRequest& request) {
  Record record;
  record.placement.page_bytes = round_up_to_page(std::max<uint64_t>(request.bytes, 1));
  // A whole page is what a driver keeps its registers on, if it wants them to be a client's to read.
  const bool page = request.bytes == kPageBytes && request.owner == PoolOwner::kDriver;
  TRY_ASSIGN(record.placement.pages, memory_.arena_allocate(record.placement.page_bytes, request.tag,
                                                            page ? memory::Beside::kNothing : memory::Beside::kOthers));
  PoolBlock& block = record.block;
  // A page or more is page-aligned; less ends at the guard page, as near as alignment allows.
  block.address = request.bytes >= kPageBytes ? record.placement.pages
                                              : record.placement.pages + (kPageBytes - aligned(request.bytes));
  block.bytes = request.bytes;
  block.tag = request.tag;
  block.kind = request.kind;
  block.owner = request.owner;
  block.quota = request.quota;
  block.special = options_.verify;
  block.allocated_by = request.api;
  if (options_.verify && !request.for_client) block.allocated_at = capture_stack();
  return record;
}

Result<void*> TaggedPool::allocate_small(const PoolRequest& request) {
  const bool wants_history = options_.verify || !observers_.empty();
  for (;;) {
    void* pointer = nullptr;
    PoolBlock block;
    {
      MutexLock lock(mutex_);
      if (auto place = small_.take(request.bytes)) {
        SizeClasses::Slot& slot = *place->slot;
        slot.serial = next_serial_++;
        slot.api = request.api;
        slot.bytes = static_cast<uint32_t>(request.bytes);
        slot.tag = request.tag;
        slot.kind = static_cast<uint8_t>(request.kind);
        slot.owner = static_cast<uint8_t>(request.owner);
        slot.quota = request.quota;
        live_bytes_ += request.bytes;
        pointer = place->start.pointer();
        if (wants_history) block = block_of(place->start, slot);
        if (options_.verify) {
          block.allocated_at = capture_stack();
          freed_.erase(place->start.value);
          histories_[place->start.value] = block;
        }
      }
    }
    if (pointer) {
      if (request.contents == PoolContents::kZeroed) std::memset(pointer, 0, request.bytes);
      else if (options_.verify) std::memset(pointer, kFreshByte, request.bytes);
      observers_.notify(&PoolObserver::on_allocated, block);
      return pointer;
    }
    TRY_ASSIGN(KernelAddress slab, memory_.arena_allocate(SizeClasses::kSlabBytes));
    MutexLock lock(mutex_);
    small_.add_slab(slab, request.bytes);
  }
}

void TaggedPool::write_patterns(const Record& record, PoolContents contents) {
  // Pages of the arena come zeroed.
  if (!record.block.special) return;
  auto* pages = static_cast<char*>(record.placement.pages.pointer());
  auto* start = static_cast<char*>(record.block.address.pointer());
  char* end = start + record.block.bytes;
  std::memset(pages, kMarginByte, static_cast<size_t>(start - pages));
  std::memset(end, kMarginByte, static_cast<size_t>(pages + record.placement.page_bytes - end));
  if (contents == PoolContents::kUninitialized) std::memset(start, kFreshByte, record.block.bytes);
}

std::optional<TaggedPool::Damage> TaggedPool::find_damage(const Record& record) const {
  if (!record.block.special) return std::nullopt;
  const auto* pages = static_cast<const unsigned char*>(record.placement.pages.pointer());
  const auto* start = static_cast<const unsigned char*>(record.block.address.pointer());
  const unsigned char* end = start + record.block.bytes;
  const unsigned char* limit = pages + record.placement.page_bytes;
  for (const unsigned char* p = end; p < limit; ++p)
    if (*p != kMarginByte) return Damage{PoolFault::kOverrun, static_cast<uint64_t>(p - end)};
  for (const unsigned char* p = start; p > pages; --p)
    if (p[-1] != kMarginByte) return Damage{PoolFault::kUnderrun, static_cast<uint64_t>(start - p + 1)};
  return std::nullopt;
}

Result<> TaggedPool::free(void* pointer, std::optional<uint32_t> tag, const char* api) {
  const StackTrace stack = options_.verify ? capture_stack() : StackTrace{};
  Record record;
  bool found = false;
  {
    MutexLock lock(mutex_);
    if (auto it = on_pages_.find(KernelAddress(pointer).value); it != on_pages_.end()) {
      record = std::move(it->second);
      on_pages_.erase(it);
      special_count_ -= record.block.special;
      found = true;
    } else if (auto place = small_.find(KernelAddress(pointer)); place && place->at_start && place->slot->serial) {
      record.block = block_of(place->start, *place->slot);
      if (auto history = histories_.find(place->start.value); history != histories_.end()) {
        record.block = std::move(history->second);
        histories_.erase(history);
      }
      small_.put_back(*place);
      found = true;
    }
    if (found) {
      live_bytes_ -= record.block.bytes;
      record.block.freed = true;
      record.block.freed_by = api;
      record.block.freed_at = stack;
      if (options_.verify) remember_locked(record.block);
    }
  }
  if (!found) return fail(explain_bad_free(pointer, tag, api));

  observers_.notify(&PoolObserver::on_freeing, record.block);
  if (options_.verify) {
    const KernelAddress end = record.block.address + record.block.bytes;
    if (MachineContext* machine = MachineContext::current(); machine && machine->find<Kernel>())
      machine->find<Kernel>()->memory_gone(record.block.address.value, end.value, api);
  }
  if (tag && *tag != record.block.tag)
    tell({.fault = PoolFault::kWrongTag,
          .api = api,
          .address = record.block.address,
          .tag = *tag,
          .block = record.block,
          .stack = capture_stack(),
          .sentence =
              fmt::format("{} was given the tag '{}' for {}", api, pool_tag_text(*tag), block_text(record.block))});
  if (const auto damage = find_damage(record))
    tell({.fault = damage->fault,
          .api = api,
          .address = record.block.address,
          .tag = record.block.tag,
          .block = record.block,
          .bad_offset = damage->offset,
          .stack = capture_stack(),
          .sentence = damage->fault == PoolFault::kOverrun
                          ? fmt::format("the byte {} behind the end of {} was written", damage->offset,
                                        block_text(record.block))
                          : fmt::format("the byte {} before the start of {} was written", damage->offset,
                                        block_text(record.block))});
  observers_.notify(&PoolObserver::on_freed, record.block);
  if (!record.placement.pages.is_null()) return memory_.arena_free(record.placement.pages);
  return {};
}

Status TaggedPool::explain_bad_free(void* pointer, std::optional<uint32_t> tag, const char* api) {
  PoolMistake mistake{
      .fault = PoolFault::kForeignPointer, .api = api, .address = KernelAddress(pointer), .tag = tag.value_or(0)};
  mistake.stack = capture_stack();
  if (!pointer) {
    mistake.fault = PoolFault::kNullPointer;
    mistake.sentence = fmt::format("{} was called with NULL", api);
  } else if (auto near = describe(KernelAddress(pointer));
             near && near->where == PoolAddress::Where::kFreed && near->offset == 0) {
    mistake.fault = PoolFault::kDoubleFree;
    mistake.sentence =
        fmt::format("{} was called with {}, which {} has freed before", api, pointer, near->block.freed_by);
    mistake.block = std::move(near->block);
  } else if (near && near->where == PoolAddress::Where::kInside) {
    mistake.fault = PoolFault::kInteriorPointer;
    mistake.sentence = fmt::format("{} was called with {}, {}", api, pointer, near->sentence);
    mistake.block = std::move(near->block);
  } else {
    bool free_slot = false;
    {
      MutexLock lock(mutex_);
      const auto place = small_.find(KernelAddress(pointer));
      free_slot = place && place->at_start && !place->slot->serial;
    }
    if (free_slot) mistake.fault = PoolFault::kDoubleFree;
    mistake.sentence = free_slot ? fmt::format("{} was called with {}, which is free", api, pointer)
                                 : fmt::format("{} was called with {}, which the pool has not given", api, pointer);
    if (near) mistake.block = std::move(near->block);
  }
  Status status(StatusCode::kInvalidParameter, mistake.sentence);
  tell(std::move(mistake));
  return status;
}

void TaggedPool::remember_locked(PoolBlock block) {
  const uint64_t address = block.address.value;
  freed_order_.emplace_back(address, block.serial);
  freed_.insert_or_assign(address, std::move(block));
  while (freed_order_.size() > options_.remembered_blocks) {
    const auto [oldest, serial] = freed_order_.front();
    freed_order_.pop_front();
    if (auto it = freed_.find(oldest); it != freed_.end() && it->second.serial == serial) freed_.erase(it);
  }
}

void TaggedPool::forget_range_locked(KernelAddress base, uint64_t bytes) {
  freed_.erase(freed_.lower_bound(base.value), freed_.lower_bound((base + bytes).value));
}

PoolBlock TaggedPool::block_of(KernelAddress address, const SizeClasses::Slot& slot) const {
  PoolBlock block;
  block.address = address;
  block.bytes = slot.bytes;
  block.tag = slot.tag;
  block.kind = static_cast<PoolKind>(slot.kind);
  block.owner = static_cast<PoolOwner>(slot.owner);
  block.quota = slot.quota;
  block.serial = slot.serial;
  block.allocated_by = slot.api;
  return block;
}

void TaggedPool::report(PoolFault fault, const char* api, uint32_t tag, std::string sentence) {
  tell({.fault = fault, .api = api, .tag = tag, .stack = capture_stack(), .sentence = std::move(sentence)});
}

void TaggedPool::tell(PoolMistake mistake) { observers_.notify(&PoolObserver::on_mistake, mistake); }

std::optional<PoolBlock> TaggedPool::find(KernelAddress address) const {
  const auto near = describe(address);
  if (!near || near->where != PoolAddress::Where::kInside || near->offset != 0) return std::nullopt;
  return near->block;
}

std::optional<PoolAddress> TaggedPool::describe(KernelAddress address) const {
  using Where = PoolAddress::Where;
  std::optional<PoolAddress> found;
  const auto at = [&](const PoolBlock& block, uint64_t guard) {
    const uint64_t start = block.address.value;
    const uint64_t end = start + block.bytes;
    if (address.value >= start && address.value < std::max(end, start + 1))
      found = PoolAddress{
          block, block.freed ? Where::kFreed : Where::kInside, static_cast<int64_t>(address.value - start), {}};
    else if (address.value >= end && address.value < round_up_to_page(end) + guard)
      found = PoolAddress{block, Where::kBehind, static_cast<int64_t>(address.value - end), {}};
    else if (address.value < start && address.value + guard >= block.address.page().value)
      found = PoolAddress{block, Where::kBefore, static_cast<int64_t>(address.value) - static_cast<int64_t>(start), {}};
    return found.has_value();
  };
  {
    MutexLock lock(mutex_);
    // Special blocks first, then freed ones: live wins where both touch one guard page.
    const auto near = [&](const auto& blocks, auto&& block_in) {
      auto after = blocks.upper_bound(address.value);
      if (after != blocks.begin() && at(block_in(*std::prev(after)), kPageBytes)) return;
      if (after != blocks.end()) at(block_in(*after), kPageBytes);
    };
    near(on_pages_, [](const auto& entry) -> const PoolBlock& { return entry.second.block; });
    if (!found) {
      if (const auto place = small_.find(address); place && place->slot->serial) {
        const auto history = histories_.find(place->start.value);
        const PoolBlock block = history != histories_.end() ? history->second : block_of(place->start, *place->slot);
        const auto offset = static_cast<int64_t>(address - place->start);
        const bool inside = address - place->start < std::max<uint64_t>(block.bytes, 1);
        found = PoolAddress{block,
                            inside ? Where::kInside : Where::kBehind,
                            inside ? offset : offset - static_cast<int64_t>(block.bytes),
                            {}};
      }
    }
    if (!found) near(freed_, [](const auto& entry) -> const PoolBlock& { return entry.second; });
  }
  if (!found) return std::nullopt;
  const std::string block = block_text(found->block);
  switch (found->where) {
    case Where::kInside:
    case Where::kFreed: found->sentence = fmt::format("{} bytes into {}", found->offset, block); break;
    case Where::kBehind: found->sentence = fmt::format("{} bytes behind the end of {}", found->offset, block); break;
    case Where::kBefore: found->sentence = fmt::format("{} bytes before the start of {}", -found->offset, block); break;
  }
  return found;
}

std::vector<PoolBlock> TaggedPool::live_blocks(PoolOwner owner) const {
  std::vector<PoolBlock> blocks;
  {
    MutexLock lock(mutex_);
    for (const auto& [address, record] : on_pages_)
      if (record.block.owner == owner) blocks.push_back(record.block);
    small_.for_each_live([&](KernelAddress address, const SizeClasses::Slot& slot) {
      if (static_cast<PoolOwner>(slot.owner) == owner) blocks.push_back(block_of(address, slot));
    });
    for (PoolBlock& block : blocks)
      if (auto it = histories_.find(block.address.value); it != histories_.end()) block = it->second;
  }
  std::ranges::sort(blocks, {}, &PoolBlock::serial);
  return blocks;
}

std::vector<PoolTagUse> TaggedPool::use_by_tag(PoolOwner owner) const {
  std::map<uint32_t, PoolTagUse> uses;
  for (const PoolBlock& block : live_blocks(owner)) {
    PoolTagUse& use = uses[block.tag];
    use.tag = block.tag;
    ++use.blocks;
    use.bytes += block.bytes;
  }
  std::vector<PoolTagUse> out;
  for (const auto& [tag, use] : uses) out.push_back(use);
  return out;
}

uint64_t TaggedPool::report_leaks() {
  const std::vector<PoolBlock> blocks = live_blocks(PoolOwner::kDriver);
  for (const PoolBlock& block : blocks)
    tell({.fault = PoolFault::kLeak,
          .api = block.allocated_by,
          .address = block.address,
          .tag = block.tag,
          .block = block,
          .stack = block.allocated_at,
          .sentence = fmt::format("{} was not freed before the driver unloaded", block_text(block))});
  return blocks.size();
}

}  // namespace portside::kernel
