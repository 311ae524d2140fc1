#include "memory/kernel_arena.h"

#include <errno.h>
#include <fmt/format.h>
#include <string.h>
#include <sys/mman.h>

#include "memory/reason.h"

namespace portside::memory {
namespace {
// The flags of the reservation and of every unmapped piece must be the same: only then do they merge.
constexpr int kReserveFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
#ifdef PORTSIDE_SANITIZED
constexpr uint64_t kDefaultBytes = 64ull << 30;
#else
constexpr uint64_t kDefaultBytes = 256ull << 30;
#endif
constexpr uint64_t kLeastBytes = 1ull << 30;
// Where arenas lie, one machine of a process after the other, so that two runs of the same machine see the same
// addresses: far from what the host's loader, heap and mmap choose.
[[maybe_unused]] constexpr uint64_t kFirstPlace = 0x2000'0000'0000;
[[maybe_unused]] constexpr uint64_t kPlaceStep = 1ull << 40;
[[maybe_unused]] constexpr uint64_t kPlaces = 32;

void* reserve(uint64_t bytes) {
#if !__has_feature(thread_sanitizer)  // which allows mappings only where it expects them
  for (uint64_t i = 0; i < kPlaces && bytes <= kPlaceStep; ++i) {
    void* at = reinterpret_cast<void*>(kFirstPlace + i * kPlaceStep);
    void* base = ::mmap(at, bytes, PROT_NONE, kReserveFlags | MAP_FIXED_NOREPLACE, -1, 0);
    if (base == at) return base;
    if (base != MAP_FAILED) ::munmap(base, bytes);  // a host too old for the flag
    else if (errno != EEXIST) break;
  }
#endif
  return ::mmap(nullptr, bytes, PROT_NONE, kReserveFlags, -1, 0);
}
// Page tables of addresses that were left behind are given back in steps of this.
constexpr uint64_t kSweepBytes = 64ull << 20;
}  // namespace

Result<std::unique_ptr<KernelArena>> KernelArena::create(uint64_t bytes, uint32_t former_bound) {
  const bool exact = bytes != 0;
  bytes = exact ? round_up_to_page(bytes) : kDefaultBytes;
  while (true) {
    void* base = reserve(bytes);
    if (base != MAP_FAILED)
      return std::unique_ptr<KernelArena>(new KernelArena(reinterpret_cast<uint64_t>(base), bytes, former_bound));
    if (exact || bytes <= kLeastBytes)
      return refuse(MemoryReason::kHostRefused,
                    fmt::format("the host gave no {} bytes of address space: {}", bytes, strerror(errno)));
    bytes /= 2;  // a host with a limit on address space
  }
}

KernelArena::~KernelArena() { ::munmap(reinterpret_cast<void*>(base_), bytes_); }

Result<KernelAddress> KernelArena::place(uint64_t bytes) {
  const uint64_t end = base_ + bytes_;
  if (bytes >= bytes_ || bytes + 2 * kPageBytes > bytes_)
    return refuse(MemoryReason::kNoAddressSpace, fmt::format("{} bytes do not fit the arena of {}", bytes, bytes_));
  const uint64_t with_guards = bytes + 2 * kPageBytes;
  for (int turn = 0; turn < 2; ++turn) {
    const uint64_t at = ranges_.first_gap(cursor_, with_guards);
    if (at <= end - with_guards) {
      cursor_ = at + with_guards;
      if (cursor_ - swept_ >= 2 * kSweepBytes) sweep();
      return KernelAddress(at + kPageBytes);
    }
    cursor_ = swept_ = base_;
    wrapped_ = true;
  }
  return refuse(MemoryReason::kNoAddressSpace, fmt::format("no {} bytes in a row are free in the arena", bytes));
}

void KernelArena::sweep() {
  // An inaccessible page keeps its page table; over a long run that is one page for every 2 MiB of addresses given out.
  const uint64_t upto = swept_ + kSweepBytes;
  ranges_.for_each_gap(swept_, upto, [](uint64_t from, uint64_t to) {
    if (to - from >= 2ull << 20) (void)unmap(KernelAddress(from), to - from);
  });
  swept_ = upto;
}

Result<> KernelArena::map(KernelAddress at, const Segment& segment, uint64_t offset, uint64_t bytes, ViewAccess access,
                          bool populate) {
  TRY(segment.map(at.pointer(), offset, bytes, access, populate));
  return {};
}

Result<> KernelArena::unmap(KernelAddress at, uint64_t bytes) {
  if (::mmap(at.pointer(), bytes, PROT_NONE, kReserveFlags | MAP_FIXED, -1, 0) == MAP_FAILED)
    return refuse(MemoryReason::kHostRefused, fmt::format("the host unmapped no {} bytes: {}", bytes, strerror(errno)));
  return {};
}

AddressInfo KernelArena::describe(KernelAddress address) const {
  if (!contains(address)) return {};
  AddressInfo info = ranges_.describe(address);
  if (info.kind == AddressKind::kUnused && (wrapped_ || address.value < cursor_)) info.kind = AddressKind::kForgotten;
  return info;
}

}  // namespace portside::memory
