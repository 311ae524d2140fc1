#pragma once
// TaggedPool: the Pool over memory's arena. See kernel/pool.h for what verifying means.

#include <deque>
#include <map>
#include <unordered_map>

#include "base/mutex.h"
#include "kernel/pool.h"
#include "kernel/size_classes.h"
#include "memory/memory.h"

namespace portside::kernel {

class TaggedPool final : public Pool {
 public:
  TaggedPool(memory::Memory& memory, const PoolOptions& options) : memory_(memory), options_(options) {}
  ~TaggedPool() override = default;  // the arena goes with memory

  Result<void*> allocate(const PoolRequest&) override;
  Result<> free(void* block, std::optional<uint32_t> tag, const char* api) override;
  void report(PoolFault, const char* api, uint32_t tag, std::string sentence) override;
  std::optional<PoolBlock> find(KernelAddress) const override;
  std::optional<PoolAddress> describe(KernelAddress) const override;
  std::vector<PoolBlock> live_blocks(PoolOwner) const override;
  std::vector<PoolTagUse> use_by_tag(PoolOwner) const override;
  uint64_t report_leaks() override;
  void set_failure_hook(FailureHook) override;

 private:
  // Where a block's bytes are. `pages` null: in a size class.
  struct Placement {
    KernelAddress pages;
    uint64_t page_bytes = 0;
  };
  struct Record {
    PoolBlock block;
    Placement placement;
  };
  Result<Record> place_on_pages(const PoolRequest&);
  Result<void*> allocate_small(const PoolRequest&);
  void write_patterns(const Record&, PoolContents);
  // The first byte outside the block that a driver wrote: offset from the block's end (overrun) or start (underrun).
  struct Damage {
    PoolFault fault{};
    uint64_t offset = 0;
  };
  std::optional<Damage> find_damage(const Record&) const;
  void remember_locked(PoolBlock) REQUIRES(mutex_);
  void forget_range_locked(KernelAddress base, uint64_t bytes) REQUIRES(mutex_);
  Status explain_bad_free(void* pointer, std::optional<uint32_t> tag, const char* api);
  void tell(PoolMistake);
  bool simulated_failure(const PoolRequest&);
  PoolBlock block_of(KernelAddress, const SizeClasses::Slot&) const;

  memory::Memory& memory_;
  const PoolOptions options_;
  mutable Mutex mutex_;
  std::map<uint64_t, Record> on_pages_ GUARDED_BY(mutex_);                // live, by block address
  std::unordered_map<uint64_t, PoolBlock> histories_ GUARDED_BY(mutex_);  // live ones in size classes, when verifying
  SizeClasses small_ GUARDED_BY(mutex_);
  std::map<uint64_t, PoolBlock> freed_ GUARDED_BY(mutex_);
  std::deque<std::pair<uint64_t, uint64_t>> freed_order_ GUARDED_BY(mutex_);  // address, serial
  uint64_t next_serial_ GUARDED_BY(mutex_) = 1;
  uint64_t live_bytes_ GUARDED_BY(mutex_) = 0;
  uint64_t special_count_ GUARDED_BY(mutex_) = 0;
  mutable Mutex hook_mutex_;
  FailureHook failure_hook_ GUARDED_BY(hook_mutex_);
};

}  // namespace portside::kernel
