// The table of misuse: what each mistake is answered with, and that it changes nothing.
#include "memory/memory.h"

#include <algorithm>

#include "memory/memory_test_support.h"

namespace portside::memory {
namespace {

constexpr MapRequester kPort = MapRequester::kPortStream;
constexpr MapRequester kMm = MapRequester::kMm;

// With history and without it the answers are the same.
struct Misuse : MemoryTest, testing::WithParamInterface<bool> {
  Misuse() : MemoryTest(MemoryOptions{.verify = GetParam()}) {
    mdl = pages(4 * kPageBytes);
    view = map(mdl);
    other = pages(4 * kPageBytes);
    other_view = map(other);
  }
  void expect_untouched() {
    EXPECT_TRUE(memory->find(mdl)->mapped);
    EXPECT_EQ(memory->find(mdl)->view, view);
    EXPECT_TRUE(memory->find(other)->mapped);
    EXPECT_TRUE(can_write(view));
    EXPECT_TRUE(can_write(view + (4 * kPageBytes - 1)));
    EXPECT_TRUE(can_write(other_view));
  }
  PMDL mdl, other;
  KernelAddress view, other_view;
};
INSTANTIATE_TEST_SUITE_P(Memory, Misuse, testing::Bool(),
                         [](const auto& info) { return info.param ? "Verifying" : "NotVerifying"; });

TEST_P(Misuse, UnmapTwice) {
  ASSERT_TRUE(memory->unmap(view, mdl, kPort));
  const auto& mishap = expect_refused(memory->unmap(view, mdl, kPort), MemoryReason::kUnmappedTwice);
  ASSERT_TRUE(mishap.record);
  EXPECT_EQ(mishap.record->mdl, mdl);
  if (GetParam()) { EXPECT_FALSE(mishap.record->unmapped_at.empty()); }
}

TEST_P(Misuse, UnmapOfTheFormerViewWhileMappedAgain) {
  if (!GetParam()) GTEST_SKIP() << "not verifying, the view returns to the same address";
  ASSERT_TRUE(memory->unmap(view, mdl, kPort));
  const KernelAddress again = map(mdl);
  expect_refused(memory->unmap(view, mdl, kPort), MemoryReason::kUnmappedTwice);
  EXPECT_TRUE(can_write(again));
}

TEST_P(Misuse, WrongBase) {
  int local = 0;
  const auto& mishap = expect_refused(memory->unmap(KernelAddress(&local), mdl, kPort), MemoryReason::kWrongBase);
  ASSERT_TRUE(mishap.at);
  EXPECT_EQ(mishap.at->kind, AddressKind::kOutside);
  expect_refused(memory->unmap(view - 1, mdl, kPort), MemoryReason::kWrongBase);
  expect_untouched();
}

TEST_P(Misuse, BasePlusOnePage) {
  expect_refused(memory->unmap(view + kPageBytes, mdl, kPort), MemoryReason::kBaseInsideView);
  expect_refused(memory->unmap(view + 1, mdl, kPort), MemoryReason::kBaseInsideView);
  expect_untouched();
}

TEST_P(Misuse, AnotherMdlsBase) {
  const auto& mishap = expect_refused(memory->unmap(other_view, mdl, kPort), MemoryReason::kBaseOfOtherMdl);
  ASSERT_TRUE(mishap.at);
  EXPECT_EQ(mishap.at->mdl, other);
  EXPECT_EQ(mishap.record->mdl, mdl);
  expect_untouched();
}

TEST_P(Misuse, NullBaseAndNullMdl) {
  expect_refused(memory->unmap(KernelAddress(), mdl, kPort), MemoryReason::kNullBase);
  expect_refused(memory->unmap(view, nullptr, kPort), MemoryReason::kNullMdl);
  expect_refused(memory->map(nullptr, kMmCached, kPort), MemoryReason::kNullMdl);
  expect_refused(memory->free_pages(nullptr, MdlOrigin::kPortStream), MemoryReason::kNullMdl);
  expect_refused(memory->page_count(nullptr), MemoryReason::kNullMdl);
  expect_refused(memory->page_address(nullptr, 0), MemoryReason::kNullMdl);
  expect_refused(memory->map_to_client(nullptr), MemoryReason::kNullMdl);
  expect_untouched();
}

TEST_P(Misuse, UnmapWhatWasNeverMapped) {
  const PMDL fresh = pages(kPageBytes);
  expect_refused(memory->unmap(KernelAddress(0x1234000), fresh, kPort), MemoryReason::kNeverMapped);
}

TEST_P(Misuse, UnmapAfterFree) {
  ASSERT_TRUE(memory->unmap(view, mdl, kPort));
  ASSERT_TRUE(memory->free_pages(mdl, MdlOrigin::kPortStream));
  const auto& mishap = expect_refused(memory->unmap(view, mdl, kPort), MemoryReason::kFreedMdl);
  ASSERT_TRUE(mishap.record);
  EXPECT_FALSE(mishap.record->live);
  expect_refused(memory->map(mdl, kMmCached, kPort), MemoryReason::kFreedMdl);
  expect_refused(memory->page_count(mdl), MemoryReason::kFreedMdl);
  expect_refused(memory->page_address(mdl, 0), MemoryReason::kFreedMdl);
}

TEST_P(Misuse, FreeWhileMapped) {
  const auto freed = memory->free_pages(mdl, MdlOrigin::kPortStream);
  ASSERT_FALSE(freed);
  EXPECT_EQ(reason_of(freed.error()), MemoryReason::kFreedWhileMapped);
  ASSERT_EQ(observer.mishaps.size(), 1u);
  const MemoryMishap& mishap = observer.mishaps[0];
  EXPECT_EQ(mishap.reason, MemoryReason::kFreedWhileMapped);
  EXPECT_TRUE(mishap.carried_out);
  EXPECT_EQ(mishap.address, view);
  ASSERT_TRUE(mishap.record);
  EXPECT_TRUE(mishap.record->mapped);  // as it was before
  EXPECT_FALSE(mishap.stack.empty());
  if (GetParam()) {
    EXPECT_FALSE(mishap.record->mapped_at.empty());
    EXPECT_FALSE(can_read(view));  // later touches are caught
    EXPECT_FALSE(can_read(view + (4 * kPageBytes - 1)));
    EXPECT_EQ(memory->describe(view).record->live, false);
  }
  EXPECT_FALSE(memory->find(mdl)->live);
}

TEST_P(Misuse, FreeTwice) {
  ASSERT_TRUE(memory->unmap(view, mdl, kPort));
  ASSERT_TRUE(memory->free_pages(mdl, MdlOrigin::kPortStream));
  const auto& mishap = expect_refused(memory->free_pages(mdl, MdlOrigin::kPortStream), MemoryReason::kFreedTwice);
  ASSERT_TRUE(mishap.record);
  if (GetParam()) { EXPECT_FALSE(mishap.record->freed_at.empty()); }
}

TEST_P(Misuse, ForeignMdl) {
  alignas(16) unsigned char mine[128] = {};
  const auto foreign = reinterpret_cast<PMDL>(mine);
  expect_refused(memory->map(foreign, kMmCached, kPort), MemoryReason::kForeignMdl);
  expect_refused(memory->unmap(view, foreign, kPort), MemoryReason::kForeignMdl);
  expect_refused(memory->free_pages(foreign, MdlOrigin::kPortStream), MemoryReason::kForeignMdl);
  expect_refused(memory->page_count(foreign), MemoryReason::kForeignMdl);
  expect_refused(memory->page_address(foreign, 0), MemoryReason::kForeignMdl);
  expect_refused(memory->free_mdl(foreign), MemoryReason::kForeignMdl);
  // A wild pointer is not even looked at.
  expect_refused(memory->map(reinterpret_cast<PMDL>(0x10), kMmCached, kPort), MemoryReason::kForeignMdl);
  expect_untouched();
}

TEST_P(Misuse, MmFreePagesFromMdlOnAPortsMdl) {
  expect_refused(memory->free_pages(mdl, MdlOrigin::kMmAllocatePages), MemoryReason::kOriginMismatch);
  expect_refused(memory->free_mdl(mdl), MemoryReason::kOriginMismatch);
  EXPECT_FALSE(memory->release_descriptor(mdl));
  expect_untouched();
  const PMDL mm = pages(kPageBytes, MdlOrigin::kMmAllocatePages);
  expect_refused(memory->free_pages(mm, MdlOrigin::kPortStream), MemoryReason::kOriginMismatch);
}

TEST_P(Misuse, MmMapLockedPagesSpecifyCacheOnAPortsMdl) {
  const PMDL fresh = pages(kPageBytes);
  expect_refused(memory->map(fresh, kMmCached, kMm), MemoryReason::kRequesterMismatch);
  expect_refused(memory->unmap(view, mdl, kMm), MemoryReason::kRequesterMismatch);
  const PMDL mm = pages(kPageBytes, MdlOrigin::kMmAllocatePages);
  expect_refused(memory->map(mm, kMmCached, kPort), MemoryReason::kRequesterMismatch);
  expect_untouched();
}

TEST_P(Misuse, MapTwice) {
  const auto& mishap = expect_refused(memory->map(mdl, kMmCached, kPort), MemoryReason::kAlreadyMapped);
  ASSERT_TRUE(mishap.record);
  EXPECT_EQ(mishap.record->view, view);
  expect_untouched();
}

TEST_P(Misuse, CacheTypeOutOfRange) {
  const PMDL fresh = pages(kPageBytes);
  for (uint32_t type : {3u, 5u, 6u, 0xFFFFFFFFu})
    EXPECT_EQ(expect_refused(memory->map(fresh, type, kPort), MemoryReason::kCacheTypeOutOfRange).cache_type, type);
  for (uint32_t type : {kMmNonCached, kMmCached, kMmWriteCombined}) {
    auto made = memory->map(fresh, type, kPort);
    ASSERT_TRUE(made);
    EXPECT_EQ(memory->find(fresh)->cache_type, type);
    ASSERT_TRUE(memory->unmap(*made, fresh, kPort));
  }
}

TEST_P(Misuse, IndexEqualsCount) {
  EXPECT_TRUE(memory->page_address(mdl, 3));
  EXPECT_EQ(expect_refused(memory->page_address(mdl, 4), MemoryReason::kIndexOutOfRange).index, 4u);
  expect_refused(memory->page_address(mdl, UINT32_MAX), MemoryReason::kIndexOutOfRange);
}

TEST_P(Misuse, LowAboveHigh) {
  const auto& mishap = expect_refused(
      memory->allocate_pages(
          {.low = PhysicalAddress(0x2000000), .high = PhysicalAddress(0x1000000), .bytes = 4096, .contiguous = true}),
      MemoryReason::kLowAboveHigh);
  EXPECT_EQ(mishap.pages.low.value, 0x2000000u);
}

TEST_P(Misuse, ZeroBytes) {
  expect_refused(memory->allocate_pages({.bytes = 0}), MemoryReason::kZeroBytes);
  expect_refused(memory->allocate_pages({.bytes = 0, .contiguous = true}), MemoryReason::kZeroBytes);
  expect_refused(memory->allocate_contiguous({.bytes = 0}, kMmCached), MemoryReason::kZeroBytes);
  expect_refused(memory->arena_allocate(0), MemoryReason::kZeroBytes);
}

TEST_P(Misuse, FarTooManyBytes) {
  for (uint64_t bytes : std::initializer_list<uint64_t>{1ull << 40, UINT64_MAX, UINT64_MAX - 4095, 1ull << 32}) {
    for (bool contiguous : {false, true})
      expect_refused(memory->allocate_pages({.bytes = bytes, .contiguous = contiguous}), MemoryReason::kTooManyBytes);
    EXPECT_FALSE(memory->allocate_contiguous({.bytes = bytes}, kMmCached));
    EXPECT_FALSE(memory->arena_allocate(bytes));
    told = observer.mishaps.size();
  }
  // Described is the most that an MDL can say; memory is short then.
  expect_refused(memory->allocate_pages({.bytes = (1ull << 32) - 4096, .contiguous = true}), MemoryReason::kExhausted);
  expect_untouched();
}

TEST_P(Misuse, NoRamInTheRange) {
  expect_refused(memory->allocate_pages({.high = PhysicalAddress(0xFFE), .bytes = 4096}), MemoryReason::kNotInRange);
  expect_refused(
      memory->allocate_pages(
          {.low = PhysicalAddress(0xD0000000), .high = PhysicalAddress(0xDFFFFFFF), .bytes = 4096, .contiguous = true}),
      MemoryReason::kNotInRange);
}

TEST_P(Misuse, MemoryShortGivesFewerPages) {
  memory->set_frame_limit(8 + 5);  // the two MDLs have four each
  const PMDL some = pages(16 * kPageBytes);
  EXPECT_EQ(*memory->page_count(some), 5u);
  EXPECT_EQ(memory->find(some)->bytes, 5 * kPageBytes);
  EXPECT_EQ(reinterpret_cast<const uint32_t*>(some)[10], 5 * kPageBytes);  // MmGetMdlByteCount
  ASSERT_EQ(observer.mishaps.size(), 1u);
  EXPECT_EQ(observer.mishaps[0].reason, MemoryReason::kShortMemory);
  EXPECT_TRUE(observer.mishaps[0].carried_out);
  told = 1;
  expect_refused(memory->allocate_pages({.bytes = 4096}), MemoryReason::kExhausted);
  expect_refused(memory->allocate_pages({.bytes = 4096, .contiguous = true}), MemoryReason::kExhausted);
  ASSERT_TRUE(memory->free_pages(some, MdlOrigin::kPortStream));
  expect_refused(memory->allocate_pages({.bytes = 6 * 4096, .may_be_short = false}), MemoryReason::kExhausted);
  EXPECT_TRUE(memory->allocate_pages({.bytes = 5 * 4096, .contiguous = true}));
}

TEST_P(Misuse, AllOfMemoryIsGivenAndThenNone) {
  auto small = make({.verify = GetParam(), .low_bytes = 4 << 20, .high_bytes = 4 << 20});
  RecordingObserver seen;
  small->observers().add(seen);
  auto all = small->allocate_pages({.bytes = 64 << 20});
  ASSERT_TRUE(all);
  EXPECT_LT(*small->page_count(*all), 2048u);
  EXPECT_GT(*small->page_count(*all), 1800u);
  EXPECT_FALSE(small->allocate_pages({.bytes = 4096}));
  EXPECT_EQ(seen.mishaps.back().reason, MemoryReason::kExhausted);
  auto view = small->map(*all, kMmCached, kPort);
  ASSERT_TRUE(view);
  ASSERT_TRUE(small->unmap(*view, *all, kPort));
  ASSERT_TRUE(small->free_pages(*all, MdlOrigin::kPortStream));
  EXPECT_TRUE(small->allocate_pages({.bytes = 4096}));
}

TEST(MemoryReasons, HaveNamesOfTheirOwn) {
  std::vector<std::string_view> names;
  for (uint32_t i = 0; i < static_cast<uint32_t>(MemoryReason::kCount); ++i) {
    names.push_back(reason_name(static_cast<MemoryReason>(i)));
    EXPECT_EQ(reason_of(refuse(static_cast<MemoryReason>(i), "x").error()), static_cast<MemoryReason>(i));
  }
  std::ranges::sort(names);
  EXPECT_EQ(std::ranges::adjacent_find(names), names.end());
  EXPECT_EQ(reason_of(Status(StatusCode::kInvalidParameter, "another layer's")), MemoryReason::kNone);
}

}  // namespace
}  // namespace portside::memory
