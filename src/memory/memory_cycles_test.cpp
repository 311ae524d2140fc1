// 10,000 streams: what the host gives for them is bounded.
#include <dirent.h>

#include <fstream>
#include <sstream>
#include <string>
#include <thread>

#include "memory/memory.h"
#include "memory/memory_test_support.h"

namespace portside::memory {
namespace {

struct Footprint {
  size_t mappings = 0, descriptors = 0;
  long resident_kib = 0, page_tables_kib = 0;

  static Footprint now() {
    Footprint f;
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) ++f.mappings;
    if (DIR* dir = ::opendir("/proc/self/fd")) {
      while (::readdir(dir)) ++f.descriptors;
      ::closedir(dir);
    }
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
      std::istringstream words(line);
      std::string name;
      words >> name;
      if (name == "VmRSS:") words >> f.resident_kib;
      if (name == "VmPTE:") words >> f.page_tables_kib;
    }
    return f;
  }
};

void cycle(Memory& memory) {
  const PMDL mdl = *memory.allocate_pages({.bytes = 4 * kPageBytes});
  const KernelAddress view = *memory.map(mdl, kMmCached, MapRequester::kPortStream);
  for (uint64_t page = 0; page < 4; ++page)
    static_cast<char*>(KernelAddress(view + page * kPageBytes).pointer())[0] = 1;
  ASSERT_TRUE(memory.unmap(view, mdl, MapRequester::kPortStream));
  ASSERT_TRUE(memory.free_pages(mdl, MdlOrigin::kPortStream));
}

// With a client, a device and some pool as well.
void full_cycle(Memory& memory, DmaView& device) {
  const PMDL mdl = *memory.allocate_pages({.bytes = 16 * kPageBytes});
  const KernelAddress view = *memory.map(mdl, kMmCached, MapRequester::kPortStream);
  {
    ClientMapping client = *memory.map_to_client(mdl);
    static_cast<char*>(view.pointer())[5 * kPageBytes] = 'x';
    ASSERT_EQ(client.span()[5 * kPageBytes], std::byte{'x'});
    ASSERT_TRUE(device.store<char>(*memory.page_address(mdl, 5), 'y'));
    ASSERT_EQ(client.span()[5 * kPageBytes], std::byte{'y'});
  }
  const KernelAddress block = *memory.arena_allocate(100);
  static_cast<char*>(block.pointer())[0] = 'z';
  ASSERT_TRUE(memory.arena_free(block));
  ASSERT_TRUE(memory.unmap(view, mdl, MapRequester::kPortStream));
  ASSERT_TRUE(memory.free_pages(mdl, MdlOrigin::kPortStream));
}

void cycles(Memory& memory, DmaView& device, int count) {
  for (int i = 0; i < count; ++i) i % 10 == 0 ? full_cycle(memory, device) : cycle(memory);
}

struct Cycles : MemoryTest, testing::WithParamInterface<bool> {
  Cycles() : MemoryTest(MemoryOptions{.verify = GetParam()}) {}
};
INSTANTIATE_TEST_SUITE_P(Memory, Cycles, testing::Bool(),
                         [](const auto& info) { return info.param ? "Verifying" : "NotVerifying"; });

TEST_P(Cycles, TenThousandGrowNothing) {
  memory->observers().remove(observer);  // it keeps everything
  auto device = memory->dma();
  ASSERT_TRUE(device);
  // The quarantine (MemoryOptions: 2048 former ranges, 512 freed MDLs, 4096 frames) is full after these.
  cycles(*memory, *device, 1100);
  const Footprint before = Footprint::now();
  const MemoryStats stats_before = memory->stats();
  cycles(*memory, *device, 10'000);
  const Footprint after = Footprint::now();
  const MemoryStats stats = memory->stats();

  EXPECT_LE(after.mappings, before.mappings + 4);
  EXPECT_EQ(after.descriptors, before.descriptors);
#ifndef PORTSIDE_SANITIZED  // a sanitizer keeps freed heap, and shadow of the addresses gone through, on purpose
  EXPECT_LE(after.resident_kib, before.resident_kib + 1024);
#endif
  // Page tables of addresses left behind are given back in steps of 64 MiB of addresses, 128 KiB of tables.
  EXPECT_LE(after.page_tables_kib, before.page_tables_kib + 1024);
  EXPECT_EQ(stats.live_mdls, 0u);
  EXPECT_EQ(stats.live_views, 0u);
  EXPECT_EQ(stats.frames_used, stats_before.frames_used);
  EXPECT_EQ(stats.segments, stats_before.segments);
  EXPECT_LE(stats.former_ranges, 2048u);
  EXPECT_LE(stats.freed_mdls, 512u);
  EXPECT_LE(stats.frames_quarantined, 4096u);
}

TEST(MemoryThreads, MayAllUseItAtOnce) {
  for (bool verify : {true, false}) {
    auto memory = MemoryTest::make({.verify = verify});
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&] {
        DmaView device = *memory->dma();
        for (int i = 0; i < 100; ++i) {
          full_cycle(*memory, device);
          (void)memory->describe(KernelAddress(&i));
          (void)memory->live_mdls();
          (void)memory->stats();
        }
      });
    for (std::thread& t : threads) t.join();
    EXPECT_EQ(memory->stats().live_mdls, 0u);
    EXPECT_EQ(memory->stats().live_views, 0u);
  }
}

}  // namespace
}  // namespace portside::memory
