#pragma once
// Segment: one piece of shared memory of the host, the bytes behind some page frames. Closed with its last user.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/result.h"

namespace portside::memory {

class Segment {
 public:
  // Zeroed shared memory; costs the host what is touched.
  static Result<std::shared_ptr<Segment>> create(const char* name, uint64_t bytes);
  // Memory that the host process has already, an application's locked buffer: no descriptor, not ours to free.
  static std::shared_ptr<Segment> over_host_memory(void* base, uint64_t bytes);
  ~Segment();
  Segment(const Segment&) = delete;
  Segment& operator=(const Segment&) = delete;

  int descriptor() const { return descriptor_; }  // -1 over host memory
  uint64_t bytes() const { return bytes_; }
  std::byte* host_base() const { return host_base_; }  // null for shared memory
  // Gives the bytes back to the host; they read as zero afterwards.
  void discard(uint64_t offset, uint64_t bytes);

 private:
  Segment(int descriptor, uint64_t bytes, std::byte* host_base)
      : descriptor_(descriptor), bytes_(bytes), host_base_(host_base) {}
  int descriptor_;
  uint64_t bytes_;
  std::byte* host_base_;
};

}  // namespace portside::memory
