#pragma once
// ClientMapping: an application's view of an MDL's pages: its own mmap of the same offsets, released with the object.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/address.h"

namespace portside::memory {

class ClientMapping {
 public:
  ClientMapping() = default;
  ClientMapping(ClientMapping&&) noexcept;
  ClientMapping& operator=(ClientMapping&&) noexcept;
  ~ClientMapping();

  ClientAddress address() const { return ClientAddress(reinterpret_cast<uint64_t>(base_)); }
  uint64_t bytes() const { return bytes_; }
  std::span<std::byte> span() const { return {static_cast<std::byte*>(base_), bytes_}; }
  bool empty() const { return base_ == nullptr; }
  void unmap();

 private:
  friend class Memory;
  void* base_ = nullptr;
  uint64_t bytes_ = 0;
  std::shared_ptr<void> alive_;  // counts the live client mappings of the MDL
};

}  // namespace portside::memory
