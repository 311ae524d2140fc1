#pragma once
// MdlRegistry: every MDL given out and still live, and a bounded number of freed ones, newest first to be found.
// Not thread safe: under Memory's lock.

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <unordered_map>
#include <vector>

#include "memory/mdl_record.h"
#include "memory/memory_options.h"
#include "memory/physical_memory.h"

namespace portside::memory {

struct MdlEntry {
  MdlRecord record;
  uint64_t descriptor_pages = 0;       // how many PFNs its descriptor has room for
  std::vector<FrameContent> contents;  // what its frames held when it was built: other content means freed since

  // Owned pages.
  SegmentId segment_id = 0;
  std::shared_ptr<Segment> segment;
  std::shared_ptr<std::atomic<uint32_t>> clients;

  // Locked pages of the host process (an application's buffer): their segment and pretended frames.
  bool host_memory = false;

  // Not verifying: a view made with the pages and kept until they are freed.
  KernelAddress ready_view;
  ViewAccess view_access = ViewAccess::kReadWrite;
};

class MdlRegistry {
 public:
  explicit MdlRegistry(uint32_t freed_bound) : freed_bound_(freed_bound) {}

  uint64_t next_id() { return ++last_id_; }
  MdlEntry& insert(std::unique_ptr<MdlEntry> entry);
  MdlEntry* live(PMDL mdl);
  const MdlRecord* freed(PMDL mdl) const;
  const MdlRecord* freed_by_id(uint64_t id) const;
  // The entry becomes a freed one's record.
  void retire(PMDL mdl);
  // The entry is forgotten: its descriptor was never ours.
  void forget(PMDL mdl) { live_.erase(mdl); }

  template <class F>
  void for_each_live(F&& call) const {
    for (const auto& [mdl, entry] : live_) call(*entry);
  }
  uint64_t live_count() const { return live_.size(); }
  uint64_t freed_count() const { return freed_.size(); }

 private:
  const uint32_t freed_bound_;
  uint64_t last_id_ = 0;
  std::unordered_map<PMDL, std::unique_ptr<MdlEntry>> live_;
  std::unordered_map<PMDL, MdlRecord> freed_;
  std::deque<std::pair<PMDL, uint64_t>> freed_order_;  // with the id, as an address may serve twice
};

// A copy for whoever looks from outside the lock.
MdlRecord snapshot(const MdlEntry& entry);

}  // namespace portside::memory
