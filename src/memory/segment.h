#pragma once
// Segment: one piece of shared memory of the host, the bytes behind some page frames. Closed with its last user.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "base/descriptor.h"
#include "base/mutex.h"
#include "base/result.h"
#include "memory/memory_options.h"

namespace portside::memory {

class Segment {
 public:
  // Of what the host gives behind a page that is touched: `kSmall` for a segment whose touched pages are asked after
  // (next_touched()), as a huge page would tell of 512 when one was.
  enum class PageSize { kAny, kSmall };

  // Zeroed shared memory; costs the host what is touched.
  static Result<std::shared_ptr<Segment>> create(const char* name, uint64_t bytes, PageSize pages = PageSize::kAny);
  // Memory that the host process has already, an application's locked buffer: no descriptor, not ours to free.
  static std::shared_ptr<Segment> over_host_memory(void* base, uint64_t bytes);
  ~Segment();
  Segment(const Segment&) = delete;
  Segment& operator=(const Segment&) = delete;

  int descriptor() const { return descriptor_; }  // -1 over host memory
  uint64_t bytes() const { return bytes_; }
  // A view of these bytes, at that address of this process or, without one, where there is room. populate: with its page tables
  // filled.
  Result<std::byte*> map(void* at, uint64_t offset, uint64_t bytes, ViewAccess access, bool populate) const
      EXCLUDES(mutex_);
  std::byte* host_base() const { return host_base_; }  // null for shared memory
  // Gives the bytes back to the host; they read as zero afterwards.
  void discard(uint64_t offset, uint64_t bytes);
  // The first byte at or after `offset` that anybody has touched since it was given or discarded; nothing when there is none.
  std::optional<uint64_t> next_touched(uint64_t offset) const;
  uint64_t end_of_touched(uint64_t offset) const;  // of the stretch that next_touched() found
  // A copy of what is there.
  bool read(uint64_t offset, std::span<std::byte> to) const;
  // A descriptor for another process, its size sealed. Whoever has it may look at the bytes for ever: from then on they never
  // serve anything else.
  Result<Descriptor> give_away() EXCLUDES(mutex_);
  // The same for looking alone: from then on nobody writes by a descriptor or a view that is made of one, whoever opens it and
  // however. Views that there are stay as they are, and map() goes on making views for this process to write by. Fails
  // when it was given away for writing.
  Result<Descriptor> give_to_read() EXCLUDES(mutex_);
  // By either.
  bool given_away() const { return given_away_.load(std::memory_order_relaxed); }
  // By the first.
  bool others_write() const { return others_write_.load(std::memory_order_relaxed); }

 private:
  Segment(int descriptor, uint64_t bytes, std::byte* host_base, PageSize pages)
      : descriptor_(descriptor), bytes_(bytes), host_base_(host_base), pages_(pages) {}
  int descriptor_;
  uint64_t bytes_;
  std::byte* host_base_;
  const PageSize pages_;
  mutable Mutex mutex_;
  // Of all of it, made before it was sealed against writing: what later views for writing are made of.
  std::byte* writable_ GUARDED_BY(mutex_) = nullptr;
  std::atomic<bool> given_away_ = false, others_write_ = false;
};

}  // namespace portside::memory
