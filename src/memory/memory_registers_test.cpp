// Registers that are given to a client in another process: a page that is alone in its segment, to look at and no more.
#include <fcntl.h>
#include <sys/mman.h>

#include "memory/memory_test_support.h"
#include "memory/segment.h"

namespace portside::memory {
namespace {

// A client mapping of a register, as the port makes it: by an ordinary MDL, for reading.
struct Register {
  Register(Memory& m, KernelAddress address, ViewAccess access = ViewAccess::kReadOnly)
      : memory(m), mdl(*m.allocate_mdl(address, sizeof(uint32_t))) {
    EXPECT_TRUE(memory.build_for_nonpaged_pool(mdl));
    auto mapped = memory.map_to_client(mdl, access);
    EXPECT_TRUE(mapped) << (mapped ? "" : mapped.error().to_string());
    if (mapped) mapping = std::move(*mapped);
    client = ClientAddress(mapping.address().value + address.offset_in_page());
  }
  ~Register() {
    mapping.unmap();
    EXPECT_TRUE(memory.free_mdl(mdl));
  }
  Result<GivenMemory> give(uint64_t bytes = sizeof(uint32_t)) { return memory.give_to_client_to_read(client, bytes); }

  Memory& memory;
  PMDL mdl;
  ClientMapping mapping;
  ClientAddress client;
};

MemoryReason why_not(const Result<GivenMemory>& given) {
  EXPECT_FALSE(given);
  return given ? MemoryReason::kNone : reason_of(given.error());
}

struct Registers : MemoryTest, testing::WithParamInterface<bool> {
  Registers() : MemoryTest(MemoryOptions{.verify = GetParam()}) {}
};
INSTANTIATE_TEST_SUITE_P(Verifying, Registers, testing::Bool());

// What another process sees through the descriptor.
struct TheirView {
  explicit TheirView(const Descriptor& descriptor)
      : base(::mmap(nullptr, kPageBytes, PROT_READ, MAP_SHARED, descriptor.get(), 0)) {
    EXPECT_NE(base, MAP_FAILED);
  }
  ~TheirView() { ::munmap(base, kPageBytes); }
  uint32_t at(uint64_t offset) const {
    return *reinterpret_cast<const volatile uint32_t*>(static_cast<char*>(base) + offset);
  }
  void* base;
};

uint32_t& word(KernelAddress at) { return *static_cast<uint32_t*>(at.pointer()); }

TEST_P(Registers, APageOfItsOwnIsGivenForReadingAndInNoWayForWriting) {
  const KernelAddress page = *memory->allocate_contiguous({.bytes = kPageBytes}, kMmCached);
  Register reg(*memory, page + 64);
  word(page + 64) = 5;
  auto given = reg.give();
  ASSERT_TRUE(given) << given.error().to_string();
  EXPECT_EQ(given->offset, 64u);
  EXPECT_FALSE(memory->given_to_client(reg.client)) << "nobody else writes there";
  struct stat facts{};
  const int descriptor = given->descriptor.get();
  ASSERT_EQ(::fstat(descriptor, &facts), 0);
  EXPECT_EQ(static_cast<uint64_t>(facts.st_size), kPageBytes) << "one page and nothing beside it";

  TheirView theirs(given->descriptor);
  EXPECT_EQ(theirs.at(64), 5u);
  word(page + 64) = 6;
  EXPECT_EQ(theirs.at(64), 6u);

  const auto maps = [](int file) {
    void* at = ::mmap(nullptr, kPageBytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (at != MAP_FAILED) ::munmap(at, kPageBytes);
    return at != MAP_FAILED;
  };
  EXPECT_FALSE(maps(descriptor));
  EXPECT_NE(::mprotect(theirs.base, kPageBytes, PROT_READ | PROT_WRITE), 0);
  // Opened anew by whoever has it: still the same file, with the same seals.
  const Descriptor anew(::open(("/proc/self/fd/" + std::to_string(descriptor)).c_str(), O_RDWR | O_CLOEXEC));
  for (const int file : {descriptor, anew.get()}) {
    if (file < 0) continue;
    EXPECT_FALSE(maps(file));
    EXPECT_LT(::pwrite(file, "x", 1, 64), 0);
    EXPECT_NE(::fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, kPageBytes), 0);
    EXPECT_NE(::ftruncate(file, 0), 0);
    EXPECT_NE(::ftruncate(file, 1 << 20), 0);
    EXPECT_NE(::fcntl(file, F_ADD_SEALS, F_SEAL_WRITE), 0);
  }
  void* twin = ::mremap(theirs.base, 0, kPageBytes, MREMAP_MAYMOVE);
  ASSERT_NE(twin, MAP_FAILED);
  EXPECT_NE(::mprotect(twin, kPageBytes, PROT_READ | PROT_WRITE), 0);
  ::munmap(twin, kPageBytes);
  EXPECT_EQ(theirs.at(64), 6u);
}

// The driver's later views, and its device's, are made as ever: they write, and the client sees it.
TEST_P(Registers, DriverAndDeviceGoOnWriting) {
  const KernelAddress page = *memory->allocate_contiguous({.bytes = kPageBytes}, kMmCached);
  const PhysicalAddress physical = *memory->physical_address(page);
  auto before = memory->dma();
  ASSERT_TRUE(before->store<uint32_t>(physical, 1));
  Register reg(*memory, page);
  auto given = reg.give();
  ASSERT_TRUE(given);
  TheirView theirs(given->descriptor);

  ASSERT_TRUE(before->store<uint32_t>(physical, 2));
  EXPECT_EQ(theirs.at(0), 2u);
  auto after = memory->dma();
  ASSERT_TRUE(after->store<uint32_t>(physical, 3));
  EXPECT_EQ(theirs.at(0), 3u);
  const KernelAddress view = *memory->map_physical(physical, kPageBytes, kMmCached);
  word(view) = 4;
  EXPECT_EQ(theirs.at(0), 4u);
  ASSERT_TRUE(memory->unmap_physical(view, kPageBytes));

  const PMDL mdl = *memory->allocate_mdl(page, kPageBytes);
  ASSERT_TRUE(memory->lock_pages(mdl, ViewAccess::kReadWrite));
  for (const ViewAccess access : {ViewAccess::kReadWrite, ViewAccess::kReadOnly}) {
    auto mapped = memory->map(mdl, kMmCached, MapRequester::kMm, access);
    ASSERT_TRUE(mapped);
    EXPECT_EQ(can_write(*mapped), access == ViewAccess::kReadWrite);
    ASSERT_TRUE(memory->unmap(*mapped, mdl, MapRequester::kMm));
  }
  EXPECT_EQ(theirs.at(0) & 0xFF, 0x5Au);
  ASSERT_TRUE(memory->unlock_pages(mdl));
  ASSERT_TRUE(memory->free_mdl(mdl));

  // A second register on the page, for another client or the same one.
  Register other(*memory, page + 8);
  auto again = other.give();
  ASSERT_TRUE(again) << again.error().to_string();
  word(page + 8) = 7;
  EXPECT_EQ(TheirView(again->descriptor).at(8), 7u);
  // Not for writing, whoever asks.
  Register writable(*memory, page, ViewAccess::kReadWrite);
  EXPECT_EQ(why_not(memory->give_to_client(writable.client, 4)), MemoryReason::kNotLocked);
}

// The client's memory stays, and nothing that comes later is to be seen in it.
TEST_P(Registers, APageThatWasFreedServesNothingElse) {
  const uint64_t segments = memory->stats().segments;
  std::optional<TheirView> theirs;
  KernelAddress page = *memory->allocate_contiguous({.bytes = kPageBytes}, kMmCached);
  {
    Register reg(*memory, page);
    auto given = reg.give();
    ASSERT_TRUE(given);
    theirs.emplace(given->descriptor);
    word(page) = 77;
    ASSERT_TRUE(memory->free_contiguous(page)) << "the driver may, with the pin open still";
    EXPECT_EQ(theirs->at(0), 77u);
  }
  EXPECT_EQ(memory->stats().segments, segments);
  for (int i = 0; i < 8; ++i) {
    page = *memory->allocate_contiguous({.bytes = kPageBytes}, kMmCached);
    word(page) = 88;
    EXPECT_EQ(theirs->at(0), 77u);
  }
}

TEST_P(Registers, PoolOfAPageAndPagesOfAnMdlHaveTheSame) {
  const KernelAddress pool = *memory->arena_allocate(kPageBytes, 0, Beside::kNothing);
  const PMDL mdl = pages(kPageBytes, MdlOrigin::kMmAllocatePages);
  const KernelAddress view = map(mdl, kMmCached, MapRequester::kMm);
  for (const KernelAddress page : {pool, view}) {
    Register reg(*memory, page + 4092);
    auto given = reg.give();
    ASSERT_TRUE(given) << given.error().to_string();
    word(page + 4092) = 9;
    EXPECT_EQ(TheirView(given->descriptor).at(4092), 9u);
  }
  ASSERT_TRUE(memory->arena_free(pool));
  ASSERT_TRUE(memory->unmap(view, mdl, MapRequester::kMm));
  ASSERT_TRUE(memory->free_pages(mdl, MdlOrigin::kMmAllocatePages));
  // Where MDLs' segments are kept for the next one: not this one.
  const PMDL next = pages(kPageBytes, MdlOrigin::kMmAllocatePages);
  EXPECT_TRUE(can_write(map(next, kMmCached, MapRequester::kMm)));
  auto stream = memory->map_to_client(next);
  ASSERT_TRUE(stream);
  EXPECT_TRUE(memory->give_to_client(stream->address(), kPageBytes));
}

TEST_P(Registers, WhatLiesBesideOtherThingsIsTheHostsToRead) {
  const KernelAddress among_others = *memory->arena_allocate(kPageBytes);
  const KernelAddress two_pages = *memory->allocate_contiguous({.bytes = 2 * kPageBytes}, kMmCached);
  for (const KernelAddress page : {among_others, two_pages}) {
    Register reg(*memory, page);
    EXPECT_EQ(why_not(reg.give()), MemoryReason::kNotLocked);
  }
  const KernelAddress page = *memory->allocate_contiguous({.bytes = kPageBytes}, kMmCached);
  Register last(*memory, page + 4092), writable(*memory, page, ViewAccess::kReadWrite);
  EXPECT_EQ(why_not(last.give(8)), MemoryReason::kNotLocked) << "beyond its end";
  EXPECT_EQ(why_not(writable.give()), MemoryReason::kNotLocked) << "no register is mapped for writing";
  EXPECT_EQ(why_not(memory->give_to_client(last.client, 4)), MemoryReason::kNotLocked);
  EXPECT_TRUE(last.give());
}

// A register in a buffer that its client writes to as well: no seal could take that back.
TEST_P(Registers, ABufferThatWasGivenForWritingIsNoRegistersPage) {
  const PMDL mdl = pages(kPageBytes);
  const KernelAddress view = map(mdl);
  auto buffer = memory->map_to_client(mdl);
  ASSERT_TRUE(buffer);
  ASSERT_TRUE(memory->give_to_client(buffer->address(), kPageBytes));
  Register reg(*memory, view);
  EXPECT_EQ(why_not(reg.give()), MemoryReason::kNotLocked);
  EXPECT_TRUE(memory->give_to_client(buffer->address(), kPageBytes)) << "as before";
}

TEST_P(Registers, ADriverOfManyPagesCostsTheHostFewDescriptors) {
  const uint64_t segments = memory->stats().segments;
  std::vector<KernelAddress> blocks;
  for (int i = 0; i < 200; ++i) blocks.push_back(*memory->arena_allocate(kPageBytes, 0, Beside::kNothing));
  EXPECT_EQ(memory->stats().segments, segments + 64);
  EXPECT_EQ(why_not(Register(*memory, blocks.back()).give()), MemoryReason::kNotLocked);
  for (const KernelAddress block : blocks) ASSERT_TRUE(memory->arena_free(block));
  EXPECT_EQ(memory->stats().segments, segments);
  EXPECT_TRUE(Register(*memory, *memory->arena_allocate(kPageBytes, 0, Beside::kNothing)).give())
      << "there is room again";
}

TEST(RegistersInSharedRam, AreTheHostsToRead) {
  auto memory = *Memory::create({.ram = *Segment::create("test-ram", 16 << 20)});
  for (const KernelAddress page : {*memory->allocate_contiguous({.bytes = kPageBytes}, kMmCached),
                                   *memory->arena_allocate(kPageBytes, 0, Beside::kNothing)}) {
    Register reg(*memory, page);
    EXPECT_EQ(why_not(reg.give()), MemoryReason::kNotLocked);
  }
}

}  // namespace
}  // namespace portside::memory
