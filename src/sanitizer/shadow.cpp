#include "sanitizer/shadow.h"

#include <sys/mman.h>

#include <cstring>

namespace portside::sanitizer {

Result<std::unique_ptr<Shadow>> Shadow::create() {
  void* memory =
      mmap(nullptr, kReach / kGranule, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED)
    return fail(StatusCode::kInsufficientResources,
                "a driver built with SANITIZE address needs 16 TiB of address space (no memory) for its shadow, and "
                "this process may "
                "not reserve it: see `ulimit -v`");
  madvise(memory, kReach / kGranule, MADV_DONTDUMP);
  // A huge page for each touched corner of it would be memory in earnest.
  madvise(memory, kReach / kGranule, MADV_NOHUGEPAGE);
  return std::unique_ptr<Shadow>(new Shadow(static_cast<uint8_t*>(memory)));
}

Shadow::~Shadow() { munmap(bytes_, kReach / kGranule); }

std::optional<uint64_t> Shadow::bad_in(uint64_t address, uint64_t bytes) const {
  for (uint64_t at = address; at < address + bytes;) {
    const uint8_t mark = bytes_[at / kGranule];
    const uint64_t next = (at / kGranule + 1) * kGranule;
    if (mark >= kGranule) return at;
    const uint64_t good_end = mark ? next - kGranule + mark : next;
    if (at >= good_end) return at;
    if (good_end < next && good_end < address + bytes) return good_end;
    at = next;
  }
  return std::nullopt;
}

void Shadow::poison(uint64_t address, uint64_t bytes, ShadowMark mark) {
  const uint64_t first = (address + kGranule - 1) / kGranule;
  const uint64_t last = (address + bytes) / kGranule;
  if (address >= kReach || last > kReach / kGranule || last <= first) return;
  std::memset(bytes_ + first, static_cast<int>(mark), last - first);
}

void Shadow::allow(uint64_t address, uint64_t bytes) {
  if (address >= kReach || bytes > kReach - address) return;
  std::memset(bytes_ + address / kGranule, 0, bytes / kGranule);
  if (bytes % kGranule) bytes_[(address + bytes) / kGranule] = static_cast<uint8_t>(bytes % kGranule);
}

void Shadow::set(uint64_t address, uint64_t count, uint8_t value) {
  const uint64_t first = address / kGranule;
  if (address >= kReach || count > kReach / kGranule - first) return;
  std::memset(bytes_ + first, value, count);
}

}  // namespace portside::sanitizer
