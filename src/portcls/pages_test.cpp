// IPortWaveRTStream as observers see it: each call with its arguments, its answer and its history, and the pointer that
// stays valid for a driver that does not count.

#include <gtest/gtest.h>

#include "portcls/stream_pages.h"
#include "portcls/testing/portcls_fixture.h"

namespace portside::portcls::testing {
namespace {

class Pages : public PortClsMachine {
 protected:
  void with_pages(const std::function<void(IPortWaveRTStream&)>& body) {
    run([&] {
      StreamPages pages(*port_cls_, 7);
      body(pages);
    });
  }
  static PHYSICAL_ADDRESS address(uint64_t value) {
    PHYSICAL_ADDRESS a;
    a.QuadPart = static_cast<LONGLONG>(value);
    return a;
  }
};

TEST_F(Pages, AllSevenMethods) {
  with_pages([&](IPortWaveRTStream& pages) {
    PMDL mdl = pages.AllocatePagesForMdl(address(0xFFFFFFFF), 10000);
    ASSERT_TRUE(mdl);
    EXPECT_EQ(pages.GetPhysicalPagesCount(mdl), 3u);
    PVOID base = pages.MapAllocatedPages(mdl, MmWriteCombined);
    ASSERT_TRUE(base);
    const PHYSICAL_ADDRESS first = pages.GetPhysicalPageAddress(mdl, 0);
    EXPECT_EQ(first.QuadPart % PAGE_SIZE, 0);
    EXPECT_LE(static_cast<uint64_t>(first.QuadPart), 0xFFFFFFFFu);
    pages.UnmapAllocatedPages(base, mdl);
    pages.FreePagesFromMdl(mdl);
    PMDL contiguous = pages.AllocateContiguousPagesForMdl(address(0), address(UINT64_MAX), 3 * PAGE_SIZE);
    ASSERT_TRUE(contiguous);
    EXPECT_EQ(pages.GetPhysicalPageAddress(contiguous, 2).QuadPart,
              pages.GetPhysicalPageAddress(contiguous, 0).QuadPart + 2 * PAGE_SIZE);
    pages.FreePagesFromMdl(contiguous);

    ASSERT_EQ(streams_.pages.size(), 10u);
    const PageCall& map = streams_.pages[2];
    EXPECT_EQ(map.method, PageMethod::kMapAllocatedPages);
    EXPECT_EQ(map.stream, 7u);
    EXPECT_EQ(map.sequence, 2u);
    EXPECT_EQ(map.mdl, mdl);
    EXPECT_EQ(map.cache, MmWriteCombined);
    EXPECT_EQ(map.result, reinterpret_cast<uint64_t>(base));
    EXPECT_TRUE(map.status.is_ok());
    ASSERT_TRUE(map.before);
    EXPECT_FALSE(map.before->mapped) << "as it was when the call came";
    const PageCall& unmap = streams_.pages[4];
    ASSERT_TRUE(unmap.before);
    EXPECT_TRUE(unmap.before->mapped);
    EXPECT_EQ(unmap.base, KernelAddress(base));
  });
}

TEST_F(Pages, MisuseIsAnsweredAndTold) {
  with_pages([&](IPortWaveRTStream& pages) {
    PMDL mdl = pages.AllocatePagesForMdl(address(UINT64_MAX), PAGE_SIZE);
    PVOID base = pages.MapAllocatedPages(mdl, MmCached);
    EXPECT_EQ(pages.MapAllocatedPages(mdl, MmCached), nullptr) << "mapped twice";
    EXPECT_EQ(memory::reason_of(streams_.pages.back().status), memory::MemoryReason::kAlreadyMapped);
    pages.UnmapAllocatedPages(static_cast<char*>(base) + PAGE_SIZE, mdl);
    EXPECT_FALSE(streams_.pages.back().status.is_ok());
    pages.UnmapAllocatedPages(nullptr, mdl);
    EXPECT_EQ(memory::reason_of(streams_.pages.back().status), memory::MemoryReason::kNullBase);
    pages.UnmapAllocatedPages(base, mdl);
    pages.UnmapAllocatedPages(base, mdl);
    EXPECT_EQ(memory::reason_of(streams_.pages.back().status), memory::MemoryReason::kUnmappedTwice);
    EXPECT_EQ(pages.MapAllocatedPages(mdl, static_cast<MEMORY_CACHING_TYPE>(99)), nullptr);
    EXPECT_EQ(memory::reason_of(streams_.pages.back().status), memory::MemoryReason::kCacheTypeOutOfRange);
    EXPECT_EQ(pages.GetPhysicalPageAddress(mdl, 1).QuadPart, 0) << "index = count";
    EXPECT_EQ(memory::reason_of(streams_.pages.back().status), memory::MemoryReason::kIndexOutOfRange);
    pages.FreePagesFromMdl(mdl);
    pages.FreePagesFromMdl(mdl);
    EXPECT_EQ(memory::reason_of(streams_.pages.back().status), memory::MemoryReason::kFreedTwice);
    ASSERT_TRUE(streams_.pages.back().before);
    EXPECT_FALSE(streams_.pages.back().before->live) << "the history of a dead MDL";
    EXPECT_EQ(pages.AllocatePagesForMdl(address(UINT64_MAX), 0), nullptr);
    EXPECT_EQ(pages.AllocatePagesForMdl(address(UINT64_MAX), uint64_t{1} << 40), nullptr);
    EXPECT_EQ(pages.AllocateContiguousPagesForMdl(address(0x200000), address(0x100000), PAGE_SIZE), nullptr)
        << "low > high";
    EXPECT_FALSE(kernel_->ended());
  });
}

TEST_F(Pages, TheIrqlOfACallIsTold) {
  with_pages([&](IPortWaveRTStream& pages) {
    const kernel::Irql old = kernel_->raise_irql(kernel::kDispatchLevel);
    PMDL mdl = pages.AllocatePagesForMdl(address(UINT64_MAX), PAGE_SIZE);
    kernel_->lower_irql(old);
    EXPECT_EQ(streams_.pages.back().irql, DISPATCH_LEVEL);
    if (mdl) pages.FreePagesFromMdl(mdl);
    EXPECT_EQ(streams_.pages.back().irql, PASSIVE_LEVEL);
  });
}

// A miniport built with mingw's portcls.h calls the slot with (this, mdl, index) and takes the answer from rax.
TEST_F(Pages, BothConventionsOfGetPhysicalPageAddress) {
  with_pages([&](IPortWaveRTStream& pages) {
    PMDL mdl = pages.AllocatePagesForMdl(address(UINT64_MAX), 3 * PAGE_SIZE);
    ASSERT_TRUE(mdl);
    using MingwSlot = uint64_t(NTAPI*)(IPortWaveRTStream*, PMDL, ULONG);
    const auto slot = reinterpret_cast<MingwSlot>((*reinterpret_cast<void***>(&pages))[9]);
    for (ULONG index = 0; index < 3; ++index) {
      const uint64_t in_rax = slot(&pages, mdl, index);
      EXPECT_TRUE(streams_.pages.back().struct_in_rax);
      EXPECT_EQ(in_rax, static_cast<uint64_t>(pages.GetPhysicalPageAddress(mdl, index).QuadPart));
      EXPECT_FALSE(streams_.pages.back().struct_in_rax);
      EXPECT_EQ(streams_.pages.back().index, index);
    }
    pages.FreePagesFromMdl(mdl);
  });
}

TEST_F(Pages, ForgottenPagesAreToldWhenTheStreamCloses) {
  run([&] {
    ASSERT_TRUE(start().is_ok());
    FakeDriver::faults.forget_free = true;
    const io::FileHandle filter = open_filter();
    auto pin = open_pin(filter);
    ASSERT_TRUE(pin);
    KSRTAUDIO_BUFFER buffer{};
    EXPECT_EQ(get_buffer(*pin, 4096, buffer), STATUS_SUCCESS);
    close(*pin);
    ASSERT_EQ(streams_.closed.size(), 1u);
    EXPECT_EQ(streams_.closed[0].leaked.size(), 1u);
    close(filter);
  });
}

TEST_F(Pages, FreeingWhileMappedKeepsTheEvidence) {
  run([&] {
    ASSERT_TRUE(start().is_ok());
    FakeDriver::faults.forget_unmap = true;
    FakeDriver::faults.use_after_free = true;
    const io::FileHandle filter = open_filter();
    auto pin = open_pin(filter);
    ASSERT_TRUE(pin);
    KSRTAUDIO_BUFFER buffer{};
    EXPECT_EQ(get_buffer(*pin, 4096, buffer), STATUS_SUCCESS);
    close(*pin);
    const PageCall& freed = streams_.pages[2];
    EXPECT_EQ(freed.method, PageMethod::kFreePagesFromMdl);
    ASSERT_TRUE(freed.before);
    EXPECT_TRUE(freed.before->mapped) << "0x71004's evidence";
    EXPECT_EQ(memory::reason_of(streams_.pages[3].status), memory::MemoryReason::kFreedMdl);
    ASSERT_EQ(streams_.closed.size(), 1u);
    EXPECT_TRUE(streams_.closed[0].leaked.empty()) << "freed is freed";
    close(filter);
  });
}

TEST_F(Pages, APortStreamThatIsCountedLivesAsLong) {
  run([&] {
    ASSERT_TRUE(start().is_ok());
    FakeDriver::faults.add_ref_port_stream = true;
    const io::FileHandle filter = open_filter();
    auto pin = open_pin(filter);
    ASSERT_TRUE(pin);
    close(*pin);
    close(filter);
    EXPECT_EQ(FakeDriver::log.live_streams, 0);
    EXPECT_TRUE(io_->pnp().remove(*node_));
    EXPECT_TRUE(portcls_.leaked.empty());
  });
}

}  // namespace
}  // namespace portside::portcls::testing
