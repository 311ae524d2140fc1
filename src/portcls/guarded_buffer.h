#pragma once
// GuardedBuffer: what a driver is given to read and to write for the time of one call (a property's instance and value, a
// range, a format): pool of its own, so that under verification an overrun meets a guard page.

#include <cstddef>
#include <span>
#include <utility>

#include "base/result.h"

namespace portside::portcls {

class GuardedBuffer {
 public:
  // A copy of `contents`; no bytes give a null pointer. `what`, a literal, is what a driver that touches beside it is
  // told: "NewStream's DataFormat".
  static Result<GuardedBuffer> create(std::span<const std::byte> contents, const char* what);
  // As many bytes that nobody has set: what a driver leaves of an answer alone is seen.
  static Result<GuardedBuffer> create_unset(size_t bytes, const char* what);
  static constexpr std::byte kUnset{0xC7};
  GuardedBuffer() = default;
  GuardedBuffer(GuardedBuffer&& other) noexcept : block_(std::exchange(other.block_, nullptr)), lead_(other.lead_) {}
  GuardedBuffer& operator=(GuardedBuffer&& other) noexcept {
    std::swap(block_, other.block_);
    std::swap(lead_, other.lead_);
    return *this;
  }
  ~GuardedBuffer();
  void* pointer() const { return block_ ? static_cast<std::byte*>(block_) + lead_ : nullptr; }

 private:
  void* block_ = nullptr;
  size_t lead_ = 0;
};

}  // namespace portside::portcls
