#include "kernel/pool.h"

#include <fmt/format.h>

#include <memory>

#include "kernel/tagged_pool.h"

namespace portside::kernel {

const char* name_of(PoolFault fault) {
  switch (fault) {
    case PoolFault::kDoubleFree: return "double free";
    case PoolFault::kWrongTag: return "free with another tag";
    case PoolFault::kForeignPointer: return "free of a pointer that is not the pool's";
    case PoolFault::kInteriorPointer: return "free of a pointer inside a block";
    case PoolFault::kNullPointer: return "free of NULL";
    case PoolFault::kOverrun: return "write behind a block";
    case PoolFault::kUnderrun: return "write before a block";
    case PoolFault::kZeroBytes: return "allocation of zero bytes";
    case PoolFault::kZeroTag: return "allocation without a tag";
    case PoolFault::kBadFlags: return "allocation with bad flags";
    case PoolFault::kLeak: return "block never freed";
  }
  return "";
}

std::string pool_tag_text(uint32_t tag) {
  std::string text;
  for (int shift = 0; shift < 32; shift += 8) {
    const char c = static_cast<char>(tag >> shift & 0xFF);
    if (c < 0x20 || c >= 0x7F) return fmt::format("0x{:08X}", tag);
    text += c;
  }
  return text;
}

void Pool::fail_nth_allocation(uint64_t n) {
  auto left = std::make_shared<uint64_t>(n);
  set_failure_hook([left](const PoolRequest&) { return *left != 0 && --*left == 0; });
}

Result<std::unique_ptr<Pool>> Pool::create(memory::Memory& memory, const PoolOptions& options) {
  return std::make_unique<TaggedPool>(memory, options);
}

}  // namespace portside::kernel
