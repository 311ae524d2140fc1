// Memory: kernel memory by address: the pages pool takes, contiguous and non-cached memory, physical addresses.
#include <algorithm>
#include <cstring>
#include <utility>

#include "memory/memory_parts.h"

namespace portside::memory {
namespace {
constexpr uint32_t kCacheTypes = 6;  // MmMaximumCacheType
constexpr unsigned char kTail = 0xDB;
}  // namespace

Result<KernelAddress> Memory::arena_allocate(uint64_t bytes, uint64_t tag, Beside beside) {
  Parts& p = *parts_;
  const StackTrace stack = p.stack_when_verifying();
  KernelRange range;
  range.kind = AddressKind::kBlock;
  range.tag = tag;
  range.obtained_at = stack;
  Result<KernelAddress> base = [&]() -> Result<KernelAddress> {
    MutexLock lock(p.mutex);
    TRY_ASSIGN(KernelRange * placed, p.blocks->allocate(bytes, std::move(range), beside));
    return placed->base;
  }();
  if (!base)
    return p.refused({.operation = MemoryOperation::kAllocateBlock, .stack = stack, .bytes = bytes}, base.error());
  return *base;
}

Refusal Memory::Parts::check_block_locked(KernelAddress base, bool of_contiguous) {
  const KernelRange* range = arena->ranges().find_base(base);
  if (range && range->kind == AddressKind::kBlock && contiguous.contains(base.value) == of_contiguous) return {};
  const AddressInfo info = describe_locked(base);
  if (info.kind == AddressKind::kBlock && !info.live && info.base == base)
    return {MemoryReason::kFreedTwice, fmt::format("{:#x} was freed already", base.value)};
  return {MemoryReason::kNotAnAllocation, fmt::format("{:#x} is {}, and no {}allocation to free", base.value,
                                                      info.sentence(), of_contiguous ? "contiguous " : "")};
}

Result<> Memory::arena_free(KernelAddress base) {
  Parts& p = *parts_;
  const StackTrace stack = p.stack_when_verifying();
  Refusal refusal;
  {
    MutexLock lock(p.mutex);
    refusal = p.check_block_locked(base, false);
    if (!refusal)
      if (auto freed = p.blocks->free(*p.arena->ranges().find_base(base), stack); !freed)
        refusal = {reason_of(freed.error()), freed.error().sentence()};
  }
  if (!refusal) return {};
  return p.refused({.operation = MemoryOperation::kFreeBlock, .stack = stack, .address = base}, std::move(refusal));
}

Result<KernelAddress> Memory::Parts::allocate_contiguous_locked(const PageRequest& request, uint32_t cache_type,
                                                                const StackTrace& stack) {
  const FrameRange frames = FrameRange::within(request.low, request.high);
  const uint64_t pages = pages_for(request.bytes);
  KernelRange range;
  range.pfns = allocator->take_contiguous(frames, pages, request.boundary_bytes >> kPageShift);
  if (range.pfns.empty())
    return refuse(allocator->frames_in(frames) ? MemoryReason::kExhausted : MemoryReason::kNotInRange,
                  fmt::format("no {} contiguous pages are free between {:#x} and {:#x}", pages, request.low.value,
                              request.high.value));
  range.bytes = pages * kPageBytes;
  Result<std::shared_ptr<Segment>> segment =
      options.ram ? options.ram : Segment::create("portside-contiguous", range.bytes);
  const uint64_t offset = options.ram ? range.pfns.front() << kPageShift : 0;
  if (options.ram) take_frames_locked(range.pfns);
  Result<KernelAddress> base = segment ? arena->place(range.bytes) : fail(segment.error());
  if (base)
    if (auto mapped = KernelArena::map(*base, **segment, offset, range.bytes, ViewAccess::kReadWrite,
                                       range.bytes <= KernelArena::kPopulateBytes);
        !mapped)
      base = fail(mapped.error());
  if (!base) {
    allocator->give_back(range.pfns, PageAllocator::Use::kPages);
    return fail(base.error());
  }
  const SegmentId id = options.ram ? ram_id : physical->add(std::move(*segment));
  if (options.ram) physical->bind_in_place(range.pfns, id);
  else physical->bind(range.pfns, id, 0);
  ++ownership;
  contiguous.emplace(base->value, id);
  range.base = *base;
  range.kind = AddressKind::kBlock;
  range.tag = request.bytes;  // what MmFreeNonCachedMemory must name again
  range.cache_type = cache_type;
  range.obtained_at = stack;
  if (options.ram && options.verify)
    std::memset(KernelAddress(*base + request.bytes).pointer(), kTail, range.bytes - request.bytes);
  return arena->ranges().insert(std::move(range))->base;
}

// What lies behind the bytes that were asked for, in the last page: nobody's.
std::optional<uint64_t> Memory::Parts::changed_tail_locked(const KernelRange& range) {
  if (!options.ram || !options.verify) return std::nullopt;
  const auto* bytes = static_cast<const unsigned char*>(range.base.pointer());
  for (uint64_t at = range.tag; at < range.bytes; ++at)
    if (bytes[at] != kTail) return at;
  return std::nullopt;
}

Result<KernelAddress> Memory::allocate_contiguous(const PageRequest& request, uint32_t cache_type) {
  Parts& p = *parts_;
  MemoryMishap mishap{.operation = MemoryOperation::kAllocateBlock,
                      .stack = p.stack_when_verifying(),
                      .bytes = request.bytes,
                      .cache_type = cache_type,
                      .pages = request};
  Refusal refusal;
  if (request.bytes == 0) refusal = {MemoryReason::kZeroBytes, "zero bytes were asked for"};
  else if (request.low > request.high)
    refusal = {MemoryReason::kLowAboveHigh, "the lowest address is above the highest"};
  else if (cache_type >= kCacheTypes)
    refusal = {MemoryReason::kCacheTypeOutOfRange, fmt::format("{} is no cache type", cache_type)};
  else if (request.boundary_bytes & (request.boundary_bytes - 1) || request.boundary_bytes % kPageBytes)
    refusal = {MemoryReason::kBadAlignment, "BoundaryAddressMultiple is no power of two of at least a page"};
  if (refusal) return p.refused(std::move(mishap), std::move(refusal));
  Result<KernelAddress> base = [&] {
    MutexLock lock(p.mutex);
    return p.allocate_contiguous_locked(request, cache_type, mishap.stack);
  }();
  if (!base) return p.refused(std::move(mishap), base.error());
  return *base;
}

Result<> Memory::free_contiguous(KernelAddress base) { return free_noncached(base, 0); }

Result<KernelAddress> Memory::allocate_noncached(uint64_t bytes) {
  constexpr uint32_t kMmNonCached = 0;
  return allocate_contiguous({.bytes = bytes}, kMmNonCached);
}

Result<> Memory::free_noncached(KernelAddress base, uint64_t bytes) {
  Parts& p = *parts_;
  const StackTrace stack = p.stack_when_verifying();
  Refusal refusal;
  {
    MutexLock lock(p.mutex);
    refusal = p.check_block_locked(base, true);
    KernelRange* range = refusal ? nullptr : p.arena->ranges().find_base(base);
    if (range && bytes != 0 && bytes != range->tag) {
      refusal = {MemoryReason::kNotAnAllocation,
                 fmt::format("{:#x} was allocated with {} bytes, not {}", base.value, range->tag, bytes)};
    } else if (range) {
      if (const auto changed = p.changed_tail_locked(*range)) {
        MemoryMishap mishap{.operation = MemoryOperation::kDma,
                            .reason = MemoryReason::kDmaPastEnd,
                            .carried_out = true,
                            .stack = stack,
                            .address = base};
        mishap.device = "a device, or the driver itself";
        mishap.pages.low = PhysicalAddress(range->pfns[*changed >> kPageShift] << kPageShift) + *changed % kPageBytes;
        mishap.sentence = fmt::format(
            "a buffer of {} bytes was written past its end: at {}, behind it in its last page", range->tag, *changed);
        mishap.at = p.describe_locked(base);
        p.touched_frames.push_back(std::move(mishap));
      }
      if (auto unmapped = KernelArena::unmap(base, range->bytes); !unmapped) {
        refusal = {reason_of(unmapped.error()), unmapped.error().sentence()};
      } else {
        if (p.options.ram) p.empty_frames_locked(range->pfns);
        p.physical->unbind(range->pfns, 0);
        ++p.ownership;
        if (!p.options.ram) p.physical->remove(p.contiguous[base.value]);
        p.contiguous.erase(base.value);
        p.allocator->give_back(range->pfns, PageAllocator::Use::kPages);
        p.arena->ranges().retire(base, stack);
      }
    }
  }
  if (!refusal) return {};
  return p.refused({.operation = MemoryOperation::kFreeBlock, .stack = stack, .address = base, .bytes = bytes},
                   std::move(refusal));
}

Result<PhysicalAddress> Memory::physical_address(KernelAddress address) {
  MutexLock lock(parts_->mutex);
  if (auto pfns = parts_->pfns_at_locked(address, 1))
    return PhysicalAddress((pfns->front() << kPageShift) + address.offset_in_page());
  const KernelRange* range = parts_->arena->contains(address) ? parts_->arena->ranges().find(address) : nullptr;
  if (range && range->kind == AddressKind::kRegisters)
    return PhysicalAddress(range->tag).page() + (address - range->base);
  // An image's or a stack's address has no physical one here. Nothing is told: it is no mistake of the driver's.
  return refuse(MemoryReason::kAddressNotValid,
                fmt::format("{:#x} is {}", address.value, parts_->describe_locked(address).sentence()));
}

bool Memory::is_valid(KernelAddress address) {
  MutexLock lock(parts_->mutex);
  return parts_->pfns_at_locked(address, 1).has_value();
}

}  // namespace portside::memory
