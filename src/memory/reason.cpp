#include "memory/reason.h"

#include <iterator>

namespace portside::memory {
namespace {
struct Row {
  MemoryReason reason;
  std::string_view name;
  StatusCode status;
};
using enum MemoryReason;
constexpr Row kRows[] = {
    {kNone, "none", StatusCode::kOk},
    {kNullMdl, "null-mdl", StatusCode::kInvalidParameter},
    {kForeignMdl, "foreign-mdl", StatusCode::kInvalidParameter},
    {kFreedMdl, "freed-mdl", StatusCode::kInvalidParameter},
    {kFreedTwice, "freed-twice", StatusCode::kInvalidParameter},
    {kFreedWhileMapped, "freed-while-mapped", StatusCode::kInvalidParameter},
    {kFreedWhileLocked, "freed-while-locked", StatusCode::kInvalidParameter},
    {kOriginMismatch, "origin-mismatch", StatusCode::kInvalidParameter},
    {kRequesterMismatch, "requester-mismatch", StatusCode::kInvalidParameter},
    {kNotLocked, "not-locked", StatusCode::kInvalidParameter},
    {kAlreadyBuilt, "already-built", StatusCode::kInvalidParameter},
    {kPagesGone, "pages-gone", StatusCode::kInvalidParameter},
    {kSourceGone, "source-gone", StatusCode::kInvalidParameter},
    {kAlreadyMapped, "already-mapped", StatusCode::kInvalidParameter},
    {kNullBase, "null-base", StatusCode::kInvalidParameter},
    {kNeverMapped, "never-mapped", StatusCode::kInvalidParameter},
    {kUnmappedTwice, "unmapped-twice", StatusCode::kInvalidParameter},
    {kBaseInsideView, "base-inside-view", StatusCode::kInvalidParameter},
    {kBaseOfOtherMdl, "base-of-other-mdl", StatusCode::kInvalidParameter},
    {kWrongBase, "wrong-base", StatusCode::kInvalidParameter},
    {kCacheTypeOutOfRange, "cache-type-out-of-range", StatusCode::kInvalidParameter},
    {kIndexOutOfRange, "index-out-of-range", StatusCode::kInvalidParameter},
    {kLowAboveHigh, "low-above-high", StatusCode::kInvalidParameter},
    {kZeroBytes, "zero-bytes", StatusCode::kInvalidParameter},
    {kTooManyBytes, "too-many-bytes", StatusCode::kInvalidParameter},
    {kNotInRange, "no-memory-in-range", StatusCode::kInsufficientResources},
    {kBadAlignment, "bad-alignment", StatusCode::kInvalidParameter},
    {kOutsideSource, "outside-source", StatusCode::kInvalidParameter},
    {kAddressNotValid, "address-not-valid", StatusCode::kAccessViolation},
    {kNotAnAllocation, "not-an-allocation", StatusCode::kInvalidParameter},
    {kDmaToFreed, "dma-to-freed", StatusCode::kInvalidParameter},
    {kDmaToForeign, "dma-to-foreign", StatusCode::kInvalidParameter},
    {kDmaPastEnd, "dma-past-end", StatusCode::kInvalidParameter},
    {kShortMemory, "short-memory", StatusCode::kOk},
    {kExhausted, "exhausted", StatusCode::kInsufficientResources},
    {kNoAddressSpace, "no-address-space", StatusCode::kInsufficientResources},
    {kHostRefused, "host-refused", StatusCode::kInsufficientResources},
};
static_assert(std::size(kRows) == static_cast<size_t>(kCount));
constexpr bool rows_in_order() {
  for (size_t i = 0; i < std::size(kRows); ++i)
    if (kRows[i].reason != static_cast<MemoryReason>(i)) return false;
  return true;
}
static_assert(rows_in_order());
const Row& row(MemoryReason reason) {
  const auto i = static_cast<size_t>(reason);
  return kRows[i < std::size(kRows) ? i : 0];
}
}  // namespace

std::string_view reason_name(MemoryReason reason) { return row(reason).name; }
StatusCode status_of(MemoryReason reason) { return row(reason).status; }

// A Status's detail is the reason behind this layer's mark, so that another layer's detail is not taken for ours.
constexpr uint32_t kDetailMark = 0x4D00'0000;  // 'M'

MemoryReason reason_of(const Status& status) {
  const uint32_t reason = status.detail() ^ kDetailMark;
  return reason < static_cast<uint32_t>(kCount) ? static_cast<MemoryReason>(reason) : kNone;
}

std::unexpected<Status> refuse(MemoryReason reason, std::string sentence) {
  return fail(Status(status_of(reason), std::move(sentence), kDetailMark | static_cast<uint32_t>(reason)));
}

}  // namespace portside::memory
