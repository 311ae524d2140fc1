#pragma once
// MemoryOptions, MemoryStats: how much memory a machine has, and how much of it (and of the host's) is in use.

#include <cstdint>
#include <memory>

namespace portside::memory {

class Segment;

enum class ViewAccess : uint8_t { kReadWrite, kReadOnly };  // kReadOnly: MdlMappingNoWrite, IoReadAccess

// What may lie in a block's segment with it. kNothing: the block can be given to a client in another process; as long as such
// blocks are few, as each costs the host a descriptor.
enum class Beside : uint8_t { kOthers, kNothing };

struct MemoryOptions {
  uint64_t seed = 1;
  // Stacks, history, quarantine, one guarded page a descriptor. Without it, mistakes are still refused, but a stale
  // touch is caught only until the address serves again.
  bool verify = true;
  // RAM costs the host nothing until it is allocated. It starts at 1 MiB, and goes on at 4 GiB.
  uint64_t low_bytes = 1ull << 30;
  uint64_t high_bytes = 1ull << 30;
  // All of RAM in one segment that somebody else reads and writes as well (QEMU): byte n of it is physical address n, and RAM is
  // what lies in it above 1 MiB; low_bytes and high_bytes do not count. Null: each allocation is a segment of its own.
  std::shared_ptr<Segment> ram;
  uint64_t frame_limit = UINT64_MAX;  // pages in use at a time
  uint64_t arena_bytes = 0;           // address space for kernel views; 0 = as much as is sensible here
  // Bounds of the quarantine: what is remembered after it is gone.
  uint32_t former_ranges = 2048;  // views, blocks and descriptors
  uint32_t freed_mdls = 512;
  uint32_t quarantined_frames = 4096;  // page frames not given out again yet
};

struct MemoryStats {
  uint64_t frames_total = 0, frames_used = 0, frames_quarantined = 0;
  uint64_t segments = 0;  // each is one descriptor of the host
  uint64_t live_mdls = 0, freed_mdls = 0;
  uint64_t live_views = 0, live_blocks = 0, former_ranges = 0;
  uint64_t view_bytes = 0, block_bytes = 0;
  uint64_t arena_bytes = 0, arena_reached = 0;  // how far the addresses given out have come
  uint64_t client_mappings = 0;
};

}  // namespace portside::memory
