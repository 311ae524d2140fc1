#pragma once
// DmaView: memory as a device sees it: by physical address, through mappings of its own. A page that is not allocated,
// or not the view's, is an error with a sentence, and nothing is touched. Thread safe. Not to outlive its Memory.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/address.h"
#include "base/result.h"

namespace portside::memory {

class PhysicalMemory;

class DmaView {
 public:
  DmaView(DmaView&&) noexcept;
  DmaView& operator=(DmaView&&) noexcept;
  ~DmaView();

  // Copies as a device does; may cross any number of physically adjacent pages.
  Result<> read(PhysicalAddress from, std::span<std::byte> to) const;
  Result<> write(PhysicalAddress to, std::span<const std::byte> from) const;
  // The bytes themselves, as far as they lie together: up to `bytes`, at least to the end of the page. Valid until the
  // page is freed, and, for pool, until the view has looked at 256 other windows of 16 MiB.
  Result<std::span<std::byte>> span(PhysicalAddress at, uint64_t bytes) const;

  template <class T>
  Result<T> load(PhysicalAddress from) const {
    T value;
    if (auto r = read(from, std::as_writable_bytes(std::span(&value, 1))); !r) return fail(r.error());
    return value;
  }
  template <class T>
  Result<> store(PhysicalAddress to, const T& value) const {
    return write(to, std::as_bytes(std::span(&value, 1)));
  }

 private:
  friend class Memory;
  struct State;
  explicit DmaView(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace portside::memory
