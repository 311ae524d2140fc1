#pragma once
// SharedMemory: a memfd that two processes map. Its size is sealed before it is passed, and whoever is passed one looks
// for the seals and the size before mapping it: what cannot shrink raises no SIGBUS.

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/descriptor.h"
#include "base/result.h"

namespace portside::wire {

class SharedMemory {
 public:
  SharedMemory() = default;
  // Zeroed, sealed against any change of its size.
  static Result<SharedMemory> create(const char* name, uint64_t bytes);
  enum class Access { kReadWrite, kReadOnly };
  // Of another process. Fails unless its size is sealed and [offset, offset + bytes) lies in it; maps the whole pages
  // of that.
  static Result<SharedMemory> map(Descriptor descriptor, uint64_t offset, uint64_t bytes,
                                  Access access = Access::kReadWrite);
  // How long memory of another process is, and stays: fails unless that is sealed.
  static Result<uint64_t> sealed_bytes(const Descriptor& descriptor);
  SharedMemory(SharedMemory&&) noexcept;
  SharedMemory& operator=(SharedMemory&&) noexcept;
  ~SharedMemory();

  std::span<std::byte> bytes() const { return {base_ + skip_, bytes_}; }
  int descriptor() const { return descriptor_.get(); }

 private:
  Descriptor descriptor_;
  std::byte* base_ = nullptr;
  uint64_t mapped_ = 0, skip_ = 0, bytes_ = 0;
};

// Against shrinking, growing and further seals.
bool seal_size(int descriptor);

}  // namespace portside::wire
