#pragma once
// Shadow: for each eight bytes of the address space one byte that says how many of them a driver may touch: 0 all, 1 to 7
// the first ones, a mark (ShadowMark) none. The meaning is that of AddressSanitizer's own shadow, and so is the reach: the
// lower half of x86-64's address space. Pages of it come into being when something is poisoned near.
//
// It belongs to a machine and is no part of the host's own sanitizer, which may watch the host at the same time
// (docs/decisions/0009).

#include <cstdint>
#include <memory>
#include <optional>

#include "base/result.h"

namespace portside::sanitizer {

// The numbers that clang's instrumentation passes (AddressSanitizer.cpp, asan_internal.h), and two of ours.
enum class ShadowMark : uint8_t {
  kStackLeft = 0xF1,
  kStackMiddle = 0xF2,
  kStackRight = 0xF3,
  kStackAfterReturn = 0xF5,
  kStackAfterScope = 0xF8,
  kGlobal = 0xF9,
  kPoolOutside = 0xFA,
  kAllocaLeft = 0xCA,
  kAllocaRight = 0xCB,
  kPoolFreed = 0xFD,
};

class Shadow {
 public:
  static constexpr uint64_t kReach = uint64_t{1} << 47;
  static constexpr uint64_t kGranule = 8;

  // Fails when the process may not reserve the address space (a limit on virtual memory).
  static Result<std::unique_ptr<Shadow>> create();
  ~Shadow();
  Shadow(const Shadow&) = delete;
  Shadow& operator=(const Shadow&) = delete;

  // The first byte of [address, address + bytes) that may not be touched. Addresses beyond the reach are never bad here:
  // nothing is mapped there, and touching them faults.
  std::optional<uint64_t> first_bad(uint64_t address, uint64_t bytes) const {
    if (bytes == 0 || address >= kReach || bytes > kReach - address) return std::nullopt;
    // The common case, an access inside one granule.
    const uint8_t mark = bytes_[address / kGranule];
    const uint64_t offset = address % kGranule;
    if (offset + bytes <= kGranule)
      return mark == 0 || (mark < kGranule && offset + bytes <= mark) ? std::nullopt : bad_in(address, bytes);
    return bad_in(address, bytes);
  }

  // Marks whole granules; a granule of which only a part lies in the range is left alone at the front, and at the end.
  void poison(uint64_t address, uint64_t bytes, ShadowMark mark);
  // Marks `bytes` from `address` (a multiple of 8) as good; of the last granule only that many.
  void allow(uint64_t address, uint64_t bytes);
  // Sets `count` bytes of the shadow itself, from the one of `address` on.
  void set(uint64_t address, uint64_t count, uint8_t value);
  uint8_t at(uint64_t address) const { return address < kReach ? bytes_[address / kGranule] : 0; }

 private:
  explicit Shadow(uint8_t* bytes) : bytes_(bytes) {}
  std::optional<uint64_t> bad_in(uint64_t address, uint64_t bytes) const;

  uint8_t* bytes_;
};

}  // namespace portside::sanitizer
