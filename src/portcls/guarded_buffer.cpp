#include "portcls/guarded_buffer.h"

#include <cstring>
#include <vector>

#include "kernel/services.h"

namespace portside::portcls {

namespace {

// Pool blocks begin at multiples of 16, and the guard page lies behind a multiple of 16: so much stands before the bytes that they end
// at the guard page, or as near to it as a structure of that size may begin.
size_t lead_of(size_t bytes) {
  constexpr size_t kPool = 16;
  const size_t alignment = bytes < 4 ? 1 : bytes < 8 ? 4 : 8;
  const auto up = [bytes](size_t unit) { return (bytes + unit - 1) / unit * unit; };
  return up(kPool) - up(alignment);
}

}  // namespace

Result<GuardedBuffer> GuardedBuffer::create(std::span<const std::byte> contents, const char* what) {
  GuardedBuffer buffer;
  if (contents.empty()) return buffer;
  buffer.lead_ = lead_of(contents.size());
  TRY_ASSIGN(buffer.block_,
             current<kernel::Services>().pool().allocate({.bytes = buffer.lead_ + contents.size(),
                                                          .tag = 'rPsK',
                                                          .contents = kernel::PoolContents::kUninitialized,
                                                          .owner = kernel::PoolOwner::kRuntime,
                                                          .api = what,
                                                          .for_client = true}));
  std::memcpy(buffer.pointer(), contents.data(), contents.size());
  return buffer;
}

Result<GuardedBuffer> GuardedBuffer::create_unset(size_t bytes, const char* what) {
  return create(std::vector<std::byte>(bytes, kUnset), what);
}

GuardedBuffer::~GuardedBuffer() {
  if (block_) (void)current<kernel::Services>().pool().free(block_, std::nullopt, "KsPropertyHandler");
}

}  // namespace portside::portcls
