#pragma once
// StackTrace: return addresses, innermost first, of the driver's frames and of ours between them.

#include <array>
#include <cstdint>
#include <span>

namespace portside {

struct StackTrace {
  static constexpr size_t kDepth = 24;
  std::array<uint64_t, kDepth> frames{};
  uint32_t count = 0;

  std::span<const uint64_t> addresses() const { return {frames.data(), count}; }
  bool empty() const { return count == 0; }
  void push(uint64_t address) {
    if (count < kDepth) frames[count++] = address;
  }
};

// Stands for a routine that has returned already: a frame in its first line. Empty for 0.
StackTrace stack_at_entry(uint64_t routine);

// Who can walk this thread's stack. The loader installs the walker that knows driver images (it keeps only frames
// inside driver images); without one, frames of the host are given, by frame pointers.
class StackSource {
 public:
  virtual ~StackSource() = default;
  virtual StackTrace capture() const = 0;
  // The same from registers, those of an instruction that is under way. Allocates nothing.
  virtual StackTrace capture_at(uint64_t rip, uint64_t rsp, uint64_t rbp) const = 0;
};

// The calling thread's stack as the current machine's StackSource sees it.
StackTrace capture_stack();
StackTrace capture_stack_at(uint64_t rip, uint64_t rsp, uint64_t rbp);

// The frames of the host itself, by frame pointers; `skip` leaves out that many innermost ones.
StackTrace capture_host_stack(unsigned skip = 0);

}  // namespace portside
