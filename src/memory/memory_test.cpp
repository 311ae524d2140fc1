#include "memory/memory.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "memory/mdl_memory.h"
#include "memory/memory_test_support.h"

namespace portside::memory {
namespace {

std::vector<uint64_t> addresses_of(Memory& memory, PMDL mdl) {
  std::vector<uint64_t> all;
  for (uint32_t i = 0; i < *memory.page_count(mdl); ++i) all.push_back(memory.page_address(mdl, i)->value);
  return all;
}

struct BothModes : MemoryTest, testing::WithParamInterface<bool> {
  BothModes() : MemoryTest(MemoryOptions{.verify = GetParam()}) {}
};
INSTANTIATE_TEST_SUITE_P(Memory, BothModes, testing::Bool(),
                         [](const auto& info) { return info.param ? "Verifying" : "NotVerifying"; });

TEST_P(BothModes, WhatOneViewWritesTheOthersSee) {
  const PMDL mdl = pages(16 * kPageBytes);
  const KernelAddress view = map(mdl);
  auto client = memory->map_to_client(mdl);
  ASSERT_TRUE(client);
  auto dma = memory->dma();
  ASSERT_TRUE(dma);
  ASSERT_EQ(client->bytes(), 16 * kPageBytes);
  auto* kernel = static_cast<uint32_t*>(view.pointer());
  auto* app = static_cast<uint32_t*>(client->address().pointer());
  ASSERT_NE(static_cast<void*>(kernel), static_cast<void*>(app));
  const auto addresses = addresses_of(*memory, mdl);

  for (uint32_t page = 0; page < 16; ++page) {
    const uint32_t word = page * 1024 + 17 * page;
    kernel[word] = 0xA000 + page;
    EXPECT_EQ(app[word], 0xA000 + page);
    const PhysicalAddress at(addresses[page] + 4 * 17 * page);
    EXPECT_EQ(*dma->load<uint32_t>(at), 0xA000 + page);
    app[word] = 0xB000 + page;
    EXPECT_EQ(kernel[word], 0xB000 + page);
    EXPECT_EQ(*dma->load<uint32_t>(at), 0xB000 + page);
    ASSERT_TRUE(dma->store<uint32_t>(at, 0xC000 + page));
    EXPECT_EQ(kernel[word], 0xC000 + page);
    EXPECT_EQ(app[word], 0xC000 + page);
  }
}

TEST_P(BothModes, PagesComeZeroedEvenWhenTheirMemoryServedBefore) {
  for (int turn = 0; turn < 4; ++turn) {
    const PMDL mdl = pages(8 * kPageBytes);
    const KernelAddress view = map(mdl);
    auto* bytes = static_cast<unsigned char*>(view.pointer());
    EXPECT_EQ(std::count(bytes, bytes + 8 * kPageBytes, 0), static_cast<long>(8 * kPageBytes));
    std::memset(bytes, 0xEE, 8 * kPageBytes);
    ASSERT_TRUE(memory->unmap(view, mdl, MapRequester::kPortStream));
    ASSERT_TRUE(memory->free_pages(mdl, MdlOrigin::kPortStream));
  }
}

TEST_P(BothModes, BytesAreRoundedUpToPagesScatteredOverPhysicalMemory) {
  const PMDL mdl = pages(15 * kPageBytes + 1);
  EXPECT_EQ(*memory->page_count(mdl), 16u);
  const auto addresses = addresses_of(*memory, mdl);
  EXPECT_EQ(std::set(addresses.begin(), addresses.end()).size(), 16u);
  for (size_t i = 1; i < addresses.size(); ++i) {
    EXPECT_EQ(addresses[i] % kPageBytes, 0u);
    EXPECT_NE(addresses[i], addresses[i - 1] + kPageBytes);
  }
  const auto record = memory->find(mdl);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->requested_bytes, 15 * kPageBytes + 1);
  EXPECT_EQ(record->bytes, 16 * kPageBytes);
}

TEST_P(BothModes, TheDescriptorHasWindowsLayout) {
  const PMDL mdl = pages(3 * kPageBytes);
  const auto* words = reinterpret_cast<const uint64_t*>(mdl);
  const auto* halves = reinterpret_cast<const uint16_t*>(mdl);
  const auto* longs = reinterpret_cast<const uint32_t*>(mdl);
  EXPECT_EQ(words[0], 0u);           // Next
  EXPECT_EQ(halves[4], 48 + 3 * 8);  // Size
  EXPECT_EQ(halves[5], kMdlPagesLocked);
  EXPECT_EQ(longs[10], 3 * kPageBytes);  // ByteCount: MmGetMdlByteCount
  EXPECT_EQ(longs[11], 0u);              // ByteOffset
  for (uint32_t i = 0; i < 3; ++i) EXPECT_EQ(words[6 + i] << kPageShift, memory->page_address(mdl, i)->value);
  const KernelAddress view = map(mdl);
  EXPECT_EQ(halves[5], kMdlPagesLocked | kMdlMappedToSystemVa);
  EXPECT_EQ(words[3], view.value);  // MappedSystemVa
  ASSERT_TRUE(memory->unmap(view, mdl, MapRequester::kPortStream));
  EXPECT_EQ(halves[5], kMdlPagesLocked);
}

TEST_P(BothModes, RangesAreKept) {
  auto low = memory->allocate_pages({.high = PhysicalAddress(0xFFFFFFFF), .bytes = 256 * kPageBytes});
  ASSERT_TRUE(low);
  for (uint64_t a : addresses_of(*memory, *low)) EXPECT_LT(a, 1ull << 32);
  auto contiguous = memory->allocate_pages({.low = PhysicalAddress(0x1000000),
                                            .high = PhysicalAddress(0x1FFFFFF),
                                            .bytes = 32 * kPageBytes,
                                            .contiguous = true});
  ASSERT_TRUE(contiguous);
  const auto addresses = addresses_of(*memory, *contiguous);
  EXPECT_GE(addresses.front(), 0x1000000u);
  EXPECT_LE(addresses.back() + kPageBytes - 1, 0x1FFFFFFu);
  for (size_t i = 1; i < addresses.size(); ++i) EXPECT_EQ(addresses[i], addresses[i - 1] + kPageBytes);
  auto high = memory->allocate_pages({.low = PhysicalAddress(1ull << 32), .bytes = 64 * kPageBytes});
  ASSERT_TRUE(high);
  for (uint64_t a : addresses_of(*memory, *high)) EXPECT_GE(a, 1ull << 32);
}

TEST_P(BothModes, SkipBytesMoveTheRangeUp) {
  // MmAllocatePagesForMdl: [0x100000, 0x101FFF] holds two pages; the next ranges start 0x10000 higher each.
  auto mdl = memory->allocate_pages({.low = PhysicalAddress(0x100000),
                                     .high = PhysicalAddress(0x101FFF),
                                     .bytes = 5 * kPageBytes,
                                     .skip_bytes = 0x10000,
                                     .origin = MdlOrigin::kMmAllocatePages});
  ASSERT_TRUE(mdl);
  for (uint64_t a : addresses_of(*memory, *mdl)) EXPECT_LT(a % 0x10000, 0x2000u);
  EXPECT_EQ(*memory->page_count(*mdl), 5u);
}

TEST_P(BothModes, GuardPagesLieOnEitherSideOfAView) {
  const PMDL mdl = pages(4 * kPageBytes);
  const KernelAddress view = map(mdl, kMmWriteCombined);
  EXPECT_TRUE(can_write(view));
  EXPECT_TRUE(can_write(view + (4 * kPageBytes - 1)));
  EXPECT_FALSE(can_read(view - 1));
  EXPECT_FALSE(can_read(view + 4 * kPageBytes));
  const AddressInfo before = memory->describe(view - 1), after = memory->describe(view + 4 * kPageBytes);
  EXPECT_EQ(before.place, AddressPlace::kGuardBefore);
  EXPECT_EQ(before.offset, -1);
  EXPECT_EQ(before.mdl, mdl);
  EXPECT_EQ(after.place, AddressPlace::kGuardAfter);
  EXPECT_EQ(after.offset, static_cast<int64_t>(4 * kPageBytes));
  const AddressInfo inside = memory->describe(view + 5);
  EXPECT_EQ(inside.kind, AddressKind::kView);
  EXPECT_TRUE(inside.live);
  EXPECT_EQ(memory->find(mdl)->cache_type, kMmWriteCombined);
}

TEST_P(BothModes, AReadOnlyViewCannotBeWritten) {
  const PMDL mdl = pages(kPageBytes);
  auto view = memory->map(mdl, kMmCached, MapRequester::kPortStream, ViewAccess::kReadOnly);
  ASSERT_TRUE(view);
  EXPECT_TRUE(can_read(*view));
  EXPECT_FALSE(can_write(*view));
  ASSERT_TRUE(memory->unmap(*view, mdl, MapRequester::kPortStream));
  EXPECT_TRUE(can_write(map(mdl)));
}

using Verifying = MemoryTest;

TEST_F(Verifying, AFormerViewIsInaccessibleAndNamedWithBothStacks) {
  const PMDL mdl = pages(4 * kPageBytes);
  const KernelAddress view = map(mdl);
  ASSERT_TRUE(memory->unmap(view, mdl, MapRequester::kPortStream));
  for (const KernelAddress at : {view, KernelAddress(view + (4 * kPageBytes - 1))}) {
    EXPECT_FALSE(can_read(at));
    EXPECT_FALSE(can_write(at));
    const AddressInfo info = memory->describe(at);
    EXPECT_EQ(info.kind, AddressKind::kView);
    EXPECT_FALSE(info.live);
    EXPECT_EQ(info.mdl, mdl);
    EXPECT_EQ(info.base, view);
    EXPECT_EQ(info.offset, static_cast<int64_t>(at - view));
    EXPECT_FALSE(info.obtained_at.empty());
    EXPECT_FALSE(info.released_at.empty());
    EXPECT_NE(info.sentence().find("former view"), std::string::npos) << info.sentence();
    ASSERT_TRUE(info.record);
    EXPECT_TRUE(info.record->live);
  }
  // Mapped again, the view lies elsewhere, so that the stale base stays dead.
  const KernelAddress again = map(mdl);
  EXPECT_NE(again, view);
  EXPECT_FALSE(can_read(view));
}

TEST_F(Verifying, AFreedDescriptorIsInaccessibleAndItsHistoryKept) {
  const PMDL mdl = pages(4 * kPageBytes);
  const KernelAddress view = map(mdl);
  ASSERT_TRUE(memory->unmap(view, mdl, MapRequester::kPortStream));
  ASSERT_TRUE(memory->free_pages(mdl, MdlOrigin::kPortStream));
  EXPECT_FALSE(can_read(KernelAddress(mdl)));
  const auto record = memory->find(mdl);
  ASSERT_TRUE(record);
  EXPECT_FALSE(record->live);
  EXPECT_FALSE(record->allocated_at.empty());
  EXPECT_FALSE(record->mapped_at.empty());
  EXPECT_FALSE(record->unmapped_at.empty());
  EXPECT_FALSE(record->freed_at.empty());
  EXPECT_EQ(record->view, view);
  EXPECT_EQ(record->pfns.size(), 4u);
  const AddressInfo info = memory->describe(KernelAddress(mdl) + 16);
  EXPECT_EQ(info.kind, AddressKind::kDescriptor);
  EXPECT_FALSE(info.live);
  EXPECT_EQ(info.offset, 16);
}

TEST_F(Verifying, ThePageAfterTheLastFrameNumberIsGuarded) {
  const PMDL mdl = pages(4 * kPageBytes);  // 48 + 4 * 8 bytes: a multiple of 16, so the array ends with its page
  const KernelAddress past(reinterpret_cast<uint64_t>(mdl) + 48 + 4 * 8);
  EXPECT_TRUE(can_read(past - 1));
  EXPECT_FALSE(can_read(past));
  EXPECT_EQ(memory->describe(past).kind, AddressKind::kDescriptor);
  EXPECT_EQ(memory->describe(past).place, AddressPlace::kGuardAfter);
}

TEST_F(Verifying, ObserversSeeTheLifeOfAnMdl) {
  const PMDL mdl = pages(2 * kPageBytes);
  const KernelAddress view = map(mdl);
  ASSERT_TRUE(memory->unmap(view, mdl, MapRequester::kPortStream));
  ASSERT_TRUE(memory->free_pages(mdl, MdlOrigin::kPortStream));
  ASSERT_EQ(observer.allocated.size(), 1u);
  ASSERT_EQ(observer.mapped.size(), 1u);
  ASSERT_EQ(observer.unmapped.size(), 1u);
  ASSERT_EQ(observer.freed.size(), 1u);
  EXPECT_EQ(observer.mapped[0].view, view);
  EXPECT_TRUE(observer.mapped[0].mapped);
  EXPECT_FALSE(observer.unmapped[0].mapped);
  EXPECT_EQ(observer.freed[0].mdl, mdl);
  EXPECT_TRUE(observer.mishaps.empty());
}

TEST_F(Verifying, AddressesOutsideAndNeverUsed) {
  int local = 0;
  EXPECT_EQ(memory->describe(KernelAddress(&local)).kind, AddressKind::kOutside);
  EXPECT_FALSE(memory->in_arena(KernelAddress(&local)));
  EXPECT_EQ(memory->describe(KernelAddress()).kind, AddressKind::kOutside);
  const KernelAddress view = map(pages(kPageBytes));
  EXPECT_TRUE(memory->in_arena(view));
  EXPECT_EQ(memory->describe(view + (1 << 20)).kind, AddressKind::kUnused);
}

TEST_F(Verifying, TheSameSeedGivesTheSamePhysicalAddresses) {
  auto other = make({});
  const PMDL a = pages(16 * kPageBytes);
  const PMDL b = *other->allocate_pages({.bytes = 16 * kPageBytes});
  EXPECT_EQ(addresses_of(*memory, a), addresses_of(*other, b));
}

TEST(MemoryAddresses, TwoRunsSeeTheSameKernelAddresses) {
#if __has_feature(thread_sanitizer)
  GTEST_SKIP() << "ThreadSanitizer chooses the place";
#endif
  KernelAddress views[2];
  PMDL mdls[2];
  for (int run = 0; run < 2; ++run) {
    auto memory = MemoryTest::make({});
    mdls[run] = *memory->allocate_pages({.bytes = 3 * kPageBytes});
    views[run] = *memory->map(mdls[run], kMmCached, MapRequester::kPortStream);
  }
  EXPECT_EQ(views[0], views[1]);
  EXPECT_EQ(mdls[0], mdls[1]);
}

TEST_F(Verifying, AClientMappingOutlivesTheMdl) {
  const PMDL mdl = pages(kPageBytes);
  auto client = memory->map_to_client(mdl);
  ASSERT_TRUE(client);
  EXPECT_EQ(memory->find(mdl)->client_mappings, 1u);
  EXPECT_EQ(memory->stats().client_mappings, 1u);
  ASSERT_TRUE(memory->free_pages(mdl, MdlOrigin::kPortStream));
  client->span()[0] = std::byte{1};
  client->unmap();
  EXPECT_TRUE(client->empty());
  EXPECT_EQ(memory->stats().client_mappings, 0u);
}

TEST(MemoryNotVerifying, AClientsSegmentDoesNotServeTheNextStream) {
  auto memory = MemoryTest::make({.verify = false});
  const PMDL first = *memory->allocate_pages({.bytes = kPageBytes});
  auto client = memory->map_to_client(first);
  ASSERT_TRUE(memory->free_pages(first, MdlOrigin::kPortStream));
  const PMDL second = *memory->allocate_pages({.bytes = kPageBytes});
  auto view = memory->map(second, kMmCached, MapRequester::kPortStream);
  static_cast<char*>(view->pointer())[0] = 'x';
  EXPECT_EQ(client->span()[0], std::byte{0});
}

TEST(MemoryOptions, AMachineNeedsRamThatFits) {
  EXPECT_FALSE(Memory::create({.low_bytes = 0, .high_bytes = 0}));
  EXPECT_FALSE(Memory::create({.low_bytes = 4ull << 30}));
  EXPECT_TRUE(Memory::create({.low_bytes = 0, .high_bytes = 64 << 20}));
  EXPECT_TRUE(Memory::create({.low_bytes = 64 << 20, .high_bytes = 0}));
}

// A stream's buffer is alone in its segment, which never serves another one once a client elsewhere has seen it.
TEST(Memory, ABufferIsGivenToAClientWithNothingBesideIt) {
  for (const bool verify : {true, false}) {
    auto memory = Memory::create({.verify = verify}).value();
    const PMDL mdl = memory->allocate_pages({.bytes = 8192}).value();
    auto client = memory->map_to_client(mdl);
    ASSERT_TRUE(client);
    EXPECT_FALSE(memory->given_to_client(client->address()));
    auto given = memory->give_to_client(client->address() + 16, 8000);
    ASSERT_TRUE(given) << given.error().to_string();
    EXPECT_EQ(given->offset, 16u);
    EXPECT_TRUE(memory->given_to_client(client->address()));
    struct stat facts{};
    ASSERT_EQ(::fstat(given->descriptor.get(), &facts), 0);
    EXPECT_EQ(facts.st_size, 8192);
    EXPECT_NE(::ftruncate(given->descriptor.get(), 0), 0) << "it is sealed";
    void* theirs = ::mmap(nullptr, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, given->descriptor.get(), 0);
    ASSERT_NE(theirs, MAP_FAILED);
    client->span()[20] = std::byte{7};
    EXPECT_EQ(static_cast<std::byte*>(theirs)[20], std::byte{7});
    EXPECT_FALSE(memory->give_to_client(client->address() + 16, 8192)) << "beyond its end";
    EXPECT_FALSE(memory->give_to_client(ClientAddress(reinterpret_cast<uint64_t>(theirs)), 16));
    client->unmap();
    ASSERT_TRUE(memory->free_pages(mdl, MdlOrigin::kPortStream));
    // The next stream's sound is not theirs to hear.
    const PMDL next = memory->allocate_pages({.bytes = 8192}).value();
    auto other = memory->map_to_client(next);
    ASSERT_TRUE(other);
    other->span()[20] = std::byte{9};
    EXPECT_EQ(static_cast<std::byte*>(theirs)[20], std::byte{7});
    ::munmap(theirs, 8192);
    other->unmap();
    ASSERT_TRUE(memory->free_pages(next, MdlOrigin::kPortStream));
  }
}

}  // namespace
}  // namespace portside::memory
