#include "memory/dma_view.h"

#include <numeric>

#include "memory/memory.h"
#include "memory/memory_test_support.h"
#include "memory/segment.h"

namespace portside::memory {
namespace {

using Dma = MemoryTest;

TEST_F(Dma, AccessesCrossPagesThatLieTogether) {
  const PMDL mdl = *memory->allocate_pages({.bytes = 4 * kPageBytes, .contiguous = true});
  const KernelAddress view = map(mdl);
  std::vector<std::byte> out(3 * kPageBytes), in(3 * kPageBytes);
  for (size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::byte>(i * 7);
  auto dma = memory->dma();
  const PhysicalAddress first = *memory->page_address(mdl, 0);
  ASSERT_TRUE(dma->write(first + 100, out));
  EXPECT_EQ(std::memcmp(KernelAddress(view + 100).pointer(), out.data(), out.size()), 0);
  ASSERT_TRUE(dma->read(first + 100, in));
  EXPECT_EQ(in, out);
  EXPECT_EQ(dma->span(first + 1, 100000)->size(), 4 * kPageBytes - 1);
}

TEST_F(Dma, AnAccessIntoAPageThatIsNotAllocatedTouchesNothing) {
  const PMDL mdl = pages(2 * kPageBytes);
  const KernelAddress view = map(mdl);
  auto dma = memory->dma();
  std::vector<std::byte> bytes(2 * kPageBytes, std::byte{0xFF});
  // The pages are scattered: the second page of the access is somebody else's, here nobody's.
  const auto& mishap = expect_refused(dma->write(*memory->page_address(mdl, 0), bytes), MemoryReason::kAddressNotValid);
  EXPECT_EQ(mishap.operation, MemoryOperation::kDma);
  EXPECT_EQ(static_cast<unsigned char*>(view.pointer())[0], 0);
  expect_refused(dma->load<char>(PhysicalAddress(0)), MemoryReason::kNotInRange);
  expect_refused(dma->load<char>(PhysicalAddress(0xFEBF0000)), MemoryReason::kNotInRange);
  expect_refused(dma->load<uint64_t>(PhysicalAddress(UINT64_MAX - 3)), MemoryReason::kNotInRange);
  expect_refused(dma->span(PhysicalAddress(0), 1), MemoryReason::kNotInRange);
}

TEST_F(Dma, OfAnAddressThatIsNobodysIsSaidWhatItMayHaveMeant) {
  const PMDL mdl = *memory->allocate_pages({.low = PhysicalAddress(1ull << 32), .bytes = kPageBytes});
  const PhysicalAddress at = *memory->page_address(mdl, 0);
  ASSERT_GE(at.value, 1ull << 32);
  auto dma = memory->dma();
  const std::string owner = "MDL #" + std::to_string(memory->find(mdl)->id);
  const std::string cut =
      expect_refused(dma->load<char>(PhysicalAddress(at.value & 0xFFFF'FFFF)), MemoryReason::kAddressNotValid).sentence;
  EXPECT_NE(cut.find(owner), std::string::npos) << cut;
  EXPECT_NE(cut.find("lower 32 bits"), std::string::npos) << cut;
  const std::string behind = expect_refused(dma->load<char>(at + kPageBytes), MemoryReason::kAddressNotValid).sentence;
  EXPECT_NE(behind.find("the page before it is of " + owner), std::string::npos) << behind;
}

TEST_F(Dma, AFreedPageIsNamed) {
  const PMDL mdl = pages(kPageBytes);
  const PhysicalAddress at = *memory->page_address(mdl, 0);
  auto dma = memory->dma();
  ASSERT_TRUE(dma->store<int>(at, 1));
  const uint64_t id = memory->find(mdl)->id;
  ASSERT_TRUE(memory->free_pages(mdl, MdlOrigin::kPortStream));
  const auto& mishap = expect_refused(dma->store<int>(at, 2), MemoryReason::kDmaToFreed);
  EXPECT_NE(mishap.sentence.find("MDL #" + std::to_string(id)), std::string::npos) << mishap.sentence;
  ASSERT_TRUE(mishap.record);
  EXPECT_FALSE(mishap.record->freed_at.empty());
}

TEST_F(Dma, ABufferEndsWhereItWasAskedTo) {
  const KernelAddress base = *memory->allocate_contiguous({.bytes = 100}, 0);
  const PhysicalAddress at = *memory->physical_address(base);
  auto dma = memory->dma("the card");
  const std::vector<std::byte> bytes(101, std::byte{1});
  EXPECT_TRUE(dma->write(at, std::span(bytes).first(100)));
  const auto& mishap = expect_refused(dma->write(at, bytes), MemoryReason::kDmaPastEnd);
  EXPECT_EQ(mishap.device, "the card");
  ASSERT_TRUE(memory->free_contiguous(base));
  expect_refused(dma->write(at, std::span(bytes).first(1)), MemoryReason::kDmaToFreed);
}

TEST_F(Dma, PoolIsForADeviceWhileAnMdlDescribesIt) {
  const KernelAddress block = *memory->arena_allocate(kPageBytes);
  const PhysicalAddress at = *memory->physical_address(block);
  auto dma = memory->dma();
  const PMDL mdl = *memory->allocate_mdl(block, kPageBytes);
  ASSERT_TRUE(memory->build_for_nonpaged_pool(mdl));
  const size_t told = observer.mishaps.size();
  EXPECT_TRUE(dma->store<int>(at, 1));
  EXPECT_EQ(observer.mishaps.size(), told);
  ASSERT_TRUE(memory->free_mdl(mdl));
  EXPECT_TRUE(dma->store<int>(at, 2));  // a device reaches it all the same
  ASSERT_EQ(observer.mishaps.size(), told + 1);
  EXPECT_EQ(observer.mishaps.back().reason, MemoryReason::kDmaToForeign);
  EXPECT_EQ(*static_cast<int*>(block.pointer()), 2);
}

TEST(SharedRam, PagesLieAtTheirOwnPlaceAndAnEmptyFrameThatWasTouchedIsFound) {
  auto ram = *Segment::create("test-ram", 16 << 20);
  auto memory = *Memory::create({.ram = ram});
  RecordingObserver observer;
  memory->observers().add(observer);
  const PMDL mdl = *memory->allocate_pages({.bytes = 3 * kPageBytes});
  const KernelAddress view = *memory->map(mdl, 1, MapRequester::kPortStream);
  std::vector<uint64_t> at;
  for (uint32_t i = 0; i < 3; ++i) {
    at.push_back(memory->page_address(mdl, i)->value);
    std::memset(KernelAddress(view + i * kPageBytes).pointer(), 0x11 * static_cast<int>(i + 1), kPageBytes);
    std::byte there{};
    ASSERT_TRUE(ram->read(at[i] + 5, std::span(&there, 1)));
    EXPECT_EQ(there, static_cast<std::byte>(0x11 * (i + 1)));
  }
  auto client = memory->map_to_client(mdl);
  ASSERT_TRUE(client);
  EXPECT_EQ(static_cast<unsigned char*>(client->address().pointer())[2 * kPageBytes], 0x33);
  client->unmap();
  memory->check_freed_pages();
  EXPECT_TRUE(observer.mishaps.empty());
  ASSERT_TRUE(memory->unmap(view, mdl, MapRequester::kPortStream));
  ASSERT_TRUE(memory->free_pages(mdl, MdlOrigin::kPortStream));
  memory->check_freed_pages();
  EXPECT_TRUE(observer.mishaps.empty());
  // The device goes on.
  ASSERT_EQ(::pwrite(ram->descriptor(), "x", 1, static_cast<off_t>(at[1])), 1);
  memory->check_freed_pages();
  ASSERT_EQ(observer.mishaps.size(), 1u);
  EXPECT_EQ(observer.mishaps[0].reason, MemoryReason::kDmaToFreed);
  EXPECT_EQ(observer.mishaps[0].pages.low.value, at[1]);
  EXPECT_NE(observer.mishaps[0].sentence.find("has written to it since"), std::string::npos)
      << observer.mishaps[0].sentence;
  ASSERT_TRUE(observer.mishaps[0].record);

  const KernelAddress buffer = *memory->allocate_contiguous({.bytes = 200}, 0);
  static_cast<char*>(buffer.pointer())[200] = 1;
  ASSERT_TRUE(memory->free_contiguous(buffer));
  memory->check_freed_pages();
  ASSERT_EQ(observer.mishaps.size(), 2u);
  EXPECT_EQ(observer.mishaps[1].reason, MemoryReason::kDmaPastEnd);
  memory->observers().remove(observer);
}

TEST_F(Dma, AViewOfOneMdlReachesNoOther) {
  const PMDL mine = pages(4 * kPageBytes), other = pages(4 * kPageBytes);
  auto dma = memory->dma(mine);
  ASSERT_TRUE(dma);
  EXPECT_TRUE(dma->store<int>(*memory->page_address(mine, 2), 5));
  expect_refused(dma->store<int>(*memory->page_address(other, 2), 5), MemoryReason::kOutsideSource);
  expect_refused(memory->dma(nullptr), MemoryReason::kNullMdl);
}

TEST_F(Dma, ReachesPoolAndKeepsNoFreedSegment) {
  auto dma = memory->dma();
  const KernelAddress block = *memory->arena_allocate(kPageBytes);
  *static_cast<int*>(block.pointer()) = 42;
  EXPECT_EQ(*dma->load<int>(*memory->physical_address(block)), 42);
  const uint64_t segments = memory->stats().segments;
  for (int i = 0; i < 100; ++i) {
    const PMDL mdl = pages(kPageBytes);
    EXPECT_TRUE(dma->store<int>(*memory->page_address(mdl, 0), i));
    ASSERT_TRUE(memory->free_pages(mdl, MdlOrigin::kPortStream));
  }
  EXPECT_EQ(memory->stats().segments, segments);
}

}  // namespace
}  // namespace portside::memory
