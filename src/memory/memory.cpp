#include "memory/memory.h"

#include <utility>

#include "memory/memory_parts.h"

namespace portside::memory {

std::string_view operation_name(MemoryOperation operation) {
  switch (operation) {
    case MemoryOperation::kAllocatePages: return "allocate pages";
    case MemoryOperation::kMap: return "map";
    case MemoryOperation::kUnmap: return "unmap";
    case MemoryOperation::kFreePages: return "free pages";
    case MemoryOperation::kQuery: return "query";
    case MemoryOperation::kMapToClient: return "map to client";
    case MemoryOperation::kAllocateMdl: return "allocate MDL";
    case MemoryOperation::kBuildMdl: return "build MDL";
    case MemoryOperation::kLockPages: return "lock pages";
    case MemoryOperation::kUnlockPages: return "unlock pages";
    case MemoryOperation::kFreeMdl: return "free MDL";
    case MemoryOperation::kAllocateBlock: return "allocate block";
    case MemoryOperation::kFreeBlock: return "free block";
    case MemoryOperation::kDma: return "DMA";
  }
  return "?";
}

Result<std::unique_ptr<Memory>> Memory::create(const MemoryOptions& options) {
  uint64_t low_bytes = options.low_bytes, high_bytes = options.high_bytes;
  if (options.ram) {
    if (options.ram->bytes() <= PhysicalMemory::kLowStart)
      return refuse(MemoryReason::kZeroBytes, "a machine needs RAM above 1 MiB");
    low_bytes = options.ram->bytes() - PhysicalMemory::kLowStart;
    high_bytes = 0;
  }
  TRY_ASSIGN(auto physical, PhysicalMemory::create(low_bytes, high_bytes));
  auto parts = std::make_unique<Parts>(options, std::move(physical));
  TRY_ASSIGN(auto arena, KernelArena::create(options.arena_bytes, options.verify ? options.former_ranges : 0));
  parts->arena_base = arena->base();
  parts->arena_bytes = arena->bytes();
  {
    MutexLock lock(parts->mutex);
    parts->arena = std::move(arena);
    if (options.ram) parts->ram_id = parts->physical->add(options.ram);
    parts->allocator =
        std::make_unique<PageAllocator>(*parts->physical, Random(options.seed).fork(0x9A6E), options.frame_limit,
                                        options.verify ? options.quarantined_frames : 0);
    TRY_ASSIGN(parts->blocks,
               BlockStore::create(*parts->physical, *parts->allocator, *parts->arena, options.ram, parts->ram_id));
    parts->descriptors = std::make_unique<MdlMemory>(*parts->blocks, *parts->arena, options.verify);
    parts->registry = std::make_unique<MdlRegistry>(options.freed_mdls);
  }
  return std::unique_ptr<Memory>(new Memory(std::move(parts)));
}

Memory::Memory(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Memory::~Memory() = default;

std::optional<MdlRecord> Memory::find(PMDL mdl) {
  MutexLock lock(parts_->mutex);
  return parts_->find_locked(mdl);
}

std::vector<MdlRecord> Memory::live_mdls() {
  std::vector<MdlRecord> all;
  {
    MutexLock lock(parts_->mutex);
    parts_->registry->for_each_live([&](const MdlEntry& entry) { all.push_back(snapshot(entry)); });
  }
  std::ranges::sort(all, {}, &MdlRecord::id);  // the same run, the same order
  return all;
}

AddressInfo Memory::describe(KernelAddress address) {
  MutexLock lock(parts_->mutex);
  return parts_->describe_locked(address);
}

bool Memory::in_arena(KernelAddress address) const {
  return address.value - parts_->arena_base.value < parts_->arena_bytes;
}

MemoryStats Memory::stats() {
  Parts& p = *parts_;
  MutexLock lock(p.mutex);
  MemoryStats s;
  s.frames_total = p.allocator->total();
  s.frames_used = p.allocator->used();
  s.frames_quarantined = p.allocator->quarantined();
  s.segments = p.physical->segments() + p.cache.size();
  s.live_mdls = p.registry->live_count();
  s.freed_mdls = p.registry->freed_count();
  s.live_views = p.live_views;
  s.view_bytes = p.live_view_bytes;
  const RangeTable& ranges = p.arena->ranges();
  s.live_blocks = ranges.live(AddressKind::kBlock);
  s.block_bytes = ranges.live_bytes(AddressKind::kBlock);
  s.former_ranges = ranges.former();
  s.arena_bytes = p.arena->bytes();
  s.arena_reached = p.arena->reached();
  s.client_mappings = p.client_mappings->load(std::memory_order_relaxed);
  return s;
}

ObserverList<MemoryObserver>& Memory::observers() { return parts_->observers; }
bool Memory::verifying() const { return parts_->options.verify; }

void Memory::set_frame_limit(uint64_t frames) {
  MutexLock lock(parts_->mutex);
  parts_->allocator->set_limit(frames);
}

}  // namespace portside::memory
