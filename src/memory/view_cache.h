#pragma once
// ViewCache: segments whose pages were freed, still mapped, kept to serve again when not verifying: clearing a mapped
// buffer costs a tenth of making one. Bounded. Not thread safe: under Memory's lock.

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/address.h"
#include "memory/segment.h"

namespace portside::memory {

struct CachedView {
  std::shared_ptr<Segment> segment;
  KernelAddress view;
  uint64_t bytes = 0;
};

class ViewCache {
 public:
  static constexpr size_t kEntries = 32;
  static constexpr uint64_t kBytes = 32ull << 20;

  bool has_room(uint64_t bytes) const { return entries_.size() < kEntries && bytes_ + bytes <= kBytes; }
  void put(CachedView view) {
    bytes_ += view.bytes;
    entries_.push_back(std::move(view));
  }
  std::optional<CachedView> take(uint64_t bytes) {
    for (size_t i = entries_.size(); i-- > 0;)
      if (entries_[i].bytes == bytes) {
        CachedView view = std::move(entries_[i]);
        entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(i));
        bytes_ -= bytes;
        return view;
      }
    return std::nullopt;
  }
  size_t size() const { return entries_.size(); }

 private:
  std::vector<CachedView> entries_;
  uint64_t bytes_ = 0;
};

}  // namespace portside::memory
