#pragma once
// ClientViews: the client mappings that are one stretch of one segment with nothing else in it, so that the segment can
// be given to a client in another process, to do there what it may do here. Outlives the memory with the last mapping.

#include <cstdint>
#include <map>
#include <memory>

#include "base/mutex.h"
#include "memory/segment.h"

namespace portside::memory {

class ClientViews {
 public:
  struct View {
    std::shared_ptr<Segment> segment;
    uint64_t bytes = 0;
    ViewAccess access{};
  };
  void add(uint64_t base, View view) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    views_[base] = std::move(view);
  }
  void remove(uint64_t base) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    views_.erase(base);
  }
  // The view of that access that [address, address + bytes) lies in, and where it begins; a null segment when there is none.
  View find(uint64_t address, uint64_t bytes, ViewAccess access, uint64_t& base) const EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    auto above = views_.upper_bound(address);
    if (above == views_.begin()) return {};
    const auto& [start, view] = *--above;
    if (view.access != access || address - start > view.bytes || bytes > view.bytes - (address - start)) return {};
    base = start;
    return view;
  }

 private:
  mutable Mutex mutex_;
  std::map<uint64_t, View> views_ GUARDED_BY(mutex_);
};

}  // namespace portside::memory
