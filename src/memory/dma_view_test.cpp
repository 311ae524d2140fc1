#include "memory/dma_view.h"

#include <numeric>

#include "memory/memory.h"
#include "memory/memory_test_support.h"

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

TEST_F(Dma, AFreedPageIsNamed) {
  const PMDL mdl = pages(kPageBytes);
  const PhysicalAddress at = *memory->page_address(mdl, 0);
  auto dma = memory->dma();
  ASSERT_TRUE(dma->store<int>(at, 1));
  const uint64_t id = memory->find(mdl)->id;
  ASSERT_TRUE(memory->free_pages(mdl, MdlOrigin::kPortStream));
  const auto& mishap = expect_refused(dma->store<int>(at, 2), MemoryReason::kAddressNotValid);
  EXPECT_NE(mishap.sentence.find("MDL #" + std::to_string(id)), std::string::npos) << mishap.sentence;
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
