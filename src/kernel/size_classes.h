#pragma once
// SizeClasses: blocks of less than a page, many to a page, for a pool that does not verify. What is known about a block
// stands beside the slab, not in it, so that a driver's stray write cannot confuse the allocator. No block crosses a page
// (ExAllocatePoolWithTag, Remarks). Not thread safe: the pool's lock guards it.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/address.h"

namespace portside::kernel {

class SizeClasses {
 public:
  static constexpr uint64_t kSlabBytes = 64 * 1024;
  static constexpr uint64_t kLargest = kPageBytes;

  struct Slot {
    uint64_t serial = 0;  // 0: free
    const char* api = "";
    uint32_t bytes = 0;
    uint32_t tag = 0;
    uint32_t next_free = 0;
    uint8_t kind = 0;
    uint8_t owner = 0;
    bool quota = false;
  };
  struct Place {
    KernelAddress start;  // of the slot
    Slot* slot = nullptr;
    bool at_start = false;
  };

  SizeClasses();

  // A free slot for so many bytes, or none: then give a slab and ask again.
  std::optional<Place> take(uint64_t bytes);
  void add_slab(KernelAddress base, uint64_t bytes);  // kSlabBytes of it, for blocks of so many bytes
  void put_back(Place place);
  // The slot that an address lies in, free or not; nothing when it is in no slab.
  std::optional<Place> find(KernelAddress) const;
  void for_each_live(const std::function<void(KernelAddress, const Slot&)>&) const;
  static uint32_t class_bytes(uint64_t bytes);

 private:
  static constexpr uint32_t kNone = ~0u;
  struct Slab {
    KernelAddress base;
    uint32_t slot_bytes = 0;
    uint32_t slots_per_page = 0;
    uint32_t first_free = kNone;
    bool listed = false;  // among its class's slabs with room
    std::vector<Slot> slots;
  };
  static KernelAddress address_of(const Slab&, uint32_t index);

  std::vector<std::unique_ptr<Slab>> slabs_;
  std::vector<std::vector<Slab*>> with_room_;  // by class
  std::unordered_map<uint64_t, Slab*> by_page_;
};

}  // namespace portside::kernel
