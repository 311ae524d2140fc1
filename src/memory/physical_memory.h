#pragma once
// PhysicalMemory: the machine's RAM: which page frames there are, and which byte of which segment each one is. RAM
// starts at 1 MiB and, as on a PC, leaves the last part below 4 GiB to devices and goes on at 4 GiB.
//
// Frames are numbered twice: by PFN (a physical address / 4096), as drivers see them, and densely from 0 inside here.
// Thread safe; its lock is a leaf.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>

#include "base/address.h"
#include "base/mutex.h"
#include "base/result.h"
#include "memory/frame_words.h"
#include "memory/segment.h"

namespace portside::memory {

using SegmentId = uint32_t;

// What a frame holds: a page of a segment.
struct FrameContent {
  SegmentId segment = 0;  // 0: nothing
  uint64_t page = 0;      // in the segment
  bool operator==(const FrameContent&) const = default;
};

struct FrameLocation {
  std::shared_ptr<Segment> segment;
  SegmentId id = 0;
  uint64_t offset = 0;  // of the address in the segment, in bytes
};

class PhysicalMemory {
 public:
  static constexpr uint64_t kLowStart = 1ull << 20;
  static constexpr uint64_t kLowLimit = 0xC000'0000;  // above lie the devices' registers
  static constexpr uint64_t kHighStart = 1ull << 32;

  static Result<std::unique_ptr<PhysicalMemory>> create(uint64_t low_bytes, uint64_t high_bytes);
  PhysicalMemory(const PhysicalMemory&) = delete;
  PhysicalMemory& operator=(const PhysicalMemory&) = delete;

  uint64_t frames() const { return low_frames_ + high_frames_; }
  uint64_t low_frames() const { return low_frames_; }
  uint64_t pfn_of(uint64_t index) const {
    return index < low_frames_ ? kFirstLowPfn + index : kFirstHighPfn + (index - low_frames_);
  }
  std::optional<uint64_t> index_of(uint64_t pfn) const;
  // Dense indices [first, last) of the frames whose PFN is in [first_pfn, last_pfn], below and above 4 GiB.
  struct Indices {
    uint64_t first = 0, last = 0;
    uint64_t count() const { return last - first; }
  };
  Indices low_indices(uint64_t first_pfn, uint64_t last_pfn) const;
  Indices high_indices(uint64_t first_pfn, uint64_t last_pfn) const;

  SegmentId add(std::shared_ptr<Segment> segment) EXCLUDES(mutex_);
  void remove(SegmentId id) EXCLUDES(mutex_);
  std::shared_ptr<Segment> segment(SegmentId id) const EXCLUDES(mutex_);
  uint64_t segments() const EXCLUDES(mutex_);

  // pfns[i] holds page first_page + i of the segment.
  void bind(std::span<const uint64_t> pfns, SegmentId segment, uint64_t first_page) EXCLUDES(mutex_);
  // Each frame holds the page of the segment that lies at its own physical address.
  void bind_in_place(std::span<const uint64_t> pfns, SegmentId segment) EXCLUDES(mutex_);
  // The frames hold nothing; `mdl_id` is told to whoever asks for them later (0: no MDL).
  void unbind(std::span<const uint64_t> pfns, uint64_t mdl_id) EXCLUDES(mutex_);

  FrameContent content(uint64_t pfn) const EXCLUDES(mutex_);
  // Fails with a sentence that says whether there is no RAM, nothing allocated, or something freed.
  Result<FrameLocation> locate(PhysicalAddress address) const EXCLUDES(mutex_);
  // Of a frame that holds nothing any more: the MDL whose page it was; 0: none.
  uint64_t freed_with(uint64_t pfn) const EXCLUDES(mutex_);
  // Grows by one with each segment removed, so that caches know when to look again.
  uint64_t removals() const EXCLUDES(mutex_);

 private:
  static constexpr uint64_t kFirstLowPfn = kLowStart >> kPageShift;
  static constexpr uint64_t kFirstHighPfn = kHighStart >> kPageShift;

  PhysicalMemory(uint64_t low_frames, uint64_t high_frames)
      : low_frames_(low_frames), high_frames_(high_frames), words_(low_frames + high_frames) {}

  const uint64_t low_frames_;
  const uint64_t high_frames_;
  mutable Mutex mutex_;
  FrameWords words_ GUARDED_BY(mutex_);  // packed
  std::unordered_map<SegmentId, std::shared_ptr<Segment>> segments_ GUARDED_BY(mutex_);
  SegmentId next_segment_ GUARDED_BY(mutex_) = 1;
  uint64_t removals_ GUARDED_BY(mutex_) = 0;
};

}  // namespace portside::memory
