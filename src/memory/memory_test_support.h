#pragma once
// What the tests of this layer share: an observer that keeps what it was told, and a look at memory that may fault.

#include <gtest/gtest.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <vector>

#include "memory/memory.h"

namespace portside::memory {

constexpr uint32_t kMmNonCached = 0, kMmCached = 1, kMmWriteCombined = 2;

struct RecordingObserver : MemoryObserver {
  std::vector<MdlRecord> allocated, mapped, unmapped, freed;
  std::vector<MemoryMishap> mishaps;
  void on_pages_allocated(const MdlRecord& r) override { allocated.push_back(r); }
  void on_mapped(const MdlRecord& r) override { mapped.push_back(r); }
  void on_unmapped(const MdlRecord& r) override { unmapped.push_back(r); }
  void on_pages_freed(const MdlRecord& r) override { freed.push_back(r); }
  void on_mishap(const MemoryMishap& m) override { mishaps.push_back(m); }
};

// Reads or writes a byte through the kernel of the host, which answers instead of faulting.
inline bool can_read(KernelAddress at) {
  char byte;
  iovec local{&byte, 1}, remote{at.pointer(), 1};
  return ::process_vm_readv(::getpid(), &local, 1, &remote, 1, 0) == 1;
}
inline bool can_write(KernelAddress at) {
  char byte = 0x5A;
  iovec local{&byte, 1}, remote{at.pointer(), 1};
  return ::process_vm_writev(::getpid(), &local, 1, &remote, 1, 0) == 1;
}

struct MemoryTest : testing::Test {
  explicit MemoryTest(MemoryOptions options = {}) : memory(make(options)) { memory->observers().add(observer); }
  static std::unique_ptr<Memory> make(const MemoryOptions& options) {
    auto memory = Memory::create(options);
    if (!memory) ADD_FAILURE() << memory.error().to_string();
    return std::move(*memory);
  }
  PMDL pages(uint64_t bytes, MdlOrigin origin = MdlOrigin::kPortStream) {
    auto mdl = memory->allocate_pages({.bytes = bytes, .origin = origin});
    EXPECT_TRUE(mdl) << (mdl ? "" : mdl.error().to_string());
    return mdl ? *mdl : nullptr;
  }
  KernelAddress map(PMDL mdl, uint32_t cache = kMmCached, MapRequester requester = MapRequester::kPortStream) {
    auto view = memory->map(mdl, cache, requester);
    EXPECT_TRUE(view) << (view ? "" : view.error().to_string());
    return view ? *view : KernelAddress();
  }
  // The Status carries the reason, and the observer was told the same, once.
  template <class R>
  const MemoryMishap& expect_refused(const R& result, MemoryReason reason) {
    EXPECT_FALSE(result);
    static const MemoryMishap kNothing{};
    if (result) return kNothing;
    EXPECT_EQ(reason_name(reason_of(result.error())), reason_name(reason));
    EXPECT_FALSE(result.error().sentence().empty());
    EXPECT_EQ(observer.mishaps.size(), told + 1);
    if (observer.mishaps.size() <= told) return kNothing;
    told = observer.mishaps.size();
    const MemoryMishap& mishap = observer.mishaps.back();
    EXPECT_EQ(reason_name(mishap.reason), reason_name(reason));
    EXPECT_FALSE(mishap.carried_out);
    EXPECT_FALSE(mishap.stack.empty());
    return mishap;
  }

  RecordingObserver observer;
  size_t told = 0;
  std::unique_ptr<Memory> memory;
};

}  // namespace portside::memory
