#include "portcls/guarded_buffer.h"

#include <cstring>
#include <vector>

#include "kernel/services.h"

namespace portside::portcls {

Result<GuardedBuffer> GuardedBuffer::create(std::span<const std::byte> contents, const char* what) {
  GuardedBuffer buffer;
  if (contents.empty()) return buffer;
  TRY_ASSIGN(buffer.block_,
             current<kernel::Services>().pool().allocate({.bytes = contents.size(),
                                                          .tag = 'rPsK',
                                                          .contents = kernel::PoolContents::kUninitialized,
                                                          .owner = kernel::PoolOwner::kRuntime,
                                                          .api = what}));
  std::memcpy(buffer.block_, contents.data(), contents.size());
  return buffer;
}

Result<GuardedBuffer> GuardedBuffer::create_unset(size_t bytes, const char* what) {
  return create(std::vector<std::byte>(bytes, kUnset), what);
}

GuardedBuffer::~GuardedBuffer() {
  if (block_) (void)current<kernel::Services>().pool().free(block_, std::nullopt, "KsPropertyHandler");
}

}  // namespace portside::portcls
