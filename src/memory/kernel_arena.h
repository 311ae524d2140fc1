#pragma once
// KernelArena: the addresses a driver sees. One huge reservation without access, in which views and blocks are mapped
// with an inaccessible page on either side. Addresses are given out upwards and start again at the bottom only when
// the top is reached, so that a stale pointer meets nothing for as long as possible.
// Not thread safe: under Memory's lock.

#include <cstdint>
#include <memory>
#include <span>

#include "base/address.h"
#include "base/result.h"
#include "memory/memory_options.h"
#include "memory/physical_memory.h"
#include "memory/range_table.h"

namespace portside::memory {

class KernelArena {
 public:
  // bytes 0: what is sensible here (sanitizers have little address space to give).
  static Result<std::unique_ptr<KernelArena>> create(uint64_t bytes, uint32_t former_bound);
  ~KernelArena();
  KernelArena(const KernelArena&) = delete;
  KernelArena& operator=(const KernelArena&) = delete;

  bool contains(KernelAddress address) const { return address.value - base_ < bytes_; }
  KernelAddress base() const { return KernelAddress(base_); }
  uint64_t bytes() const { return bytes_; }
  uint64_t reached() const { return wrapped_ ? bytes_ : cursor_ - base_; }

  // An address for `bytes` (whole pages) between two guard pages. Nothing is there until insert().
  Result<KernelAddress> place(uint64_t bytes);
  // Maps a stretch of a segment at an address that place() gave. populate: with its page tables filled.
  static Result<> map(KernelAddress at, const Segment& segment, uint64_t offset, uint64_t bytes, ViewAccess access,
                      bool populate);
  // Inaccessible again; merges with what lies around it, so that mappings of the host do not grow.
  static Result<> unmap(KernelAddress at, uint64_t bytes);

  RangeTable& ranges() { return ranges_; }
  AddressInfo describe(KernelAddress address) const;

  // Filling page tables beforehand pays up to this size; beyond, pages are given as they are touched.
  static constexpr uint64_t kPopulateBytes = 8ull << 20;

 private:
  KernelArena(uint64_t base, uint64_t bytes, uint32_t former_bound)
      : base_(base), bytes_(bytes), cursor_(base), swept_(base), ranges_(former_bound) {}
  void sweep();

  const uint64_t base_;
  const uint64_t bytes_;
  uint64_t cursor_;
  uint64_t swept_;
  bool wrapped_ = false;
  RangeTable ranges_;
};

}  // namespace portside::memory
