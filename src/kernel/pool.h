#pragma once
// Pool: the tagged memory that a driver takes by ExAllocatePool2 and its elders.
//
// Verifying, every block is "special": on pages of its own, its end against an inaccessible page (16-byte alignment
// leaves at most 15 bytes of slack, which hold a pattern that is checked when the block is freed), with the stacks of
// its allocation and of its free. A freed block's pages become inaccessible, and its history is kept for the last
// PoolOptions::remembered_blocks frees. Not verifying, blocks come from size classes, with no stacks.
//
// A driver's mistake changes nothing harmful, gives a Status and is told to the observers with the block's history.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/observer.h"
#include "base/result.h"
#include "base/stack.h"

namespace portside::memory {
class Memory;
}

namespace portside::kernel {

enum class PoolKind : uint8_t { kNonPaged, kNonPagedExecute, kPaged };
// Whose leak it is: blocks of kRuntime are ours, and never reported.
enum class PoolOwner : uint8_t { kDriver, kRuntime };
enum class PoolContents : uint8_t { kZeroed, kUninitialized };

struct PoolRequest {
  uint64_t bytes = 0;
  uint32_t tag = 0;
  PoolKind kind = PoolKind::kNonPaged;
  PoolContents contents = PoolContents::kZeroed;
  PoolOwner owner = PoolOwner::kDriver;
  bool quota = false;
  bool must_succeed = false;  // NonPagedPoolMustSucceed: Windows would rather stop, so that no failure is simulated
  const char* api = "";       // the function the driver called; a literal
  bool for_client = false;    // a part of a client's request: who passes that on has not asked for the block
};

// What is known about a block, alive or freed.
struct PoolBlock {
  KernelAddress address;
  uint64_t bytes = 0;
  uint32_t tag = 0;
  PoolKind kind = PoolKind::kNonPaged;
  PoolOwner owner = PoolOwner::kDriver;
  bool quota = false;
  bool special = false;  // its own pages and a guard page behind it
  bool freed = false;
  uint64_t serial = 0;  // the nth allocation of this machine
  const char* allocated_by = "";
  const char* freed_by = "";
  StackTrace allocated_at;  // empty when not verifying
  StackTrace freed_at;
};

enum class PoolFault : uint8_t {
  kDoubleFree,       // BAD_POOL_CALLER 0x7; block: its first life
  kWrongTag,         // freed all the same, as Windows does for a tag that is not protected
  kForeignPointer,   // not an address that the pool gave; BAD_POOL_CALLER 0x46
  kInteriorPointer,  // inside a live block
  kNullPointer,
  kOverrun,    // bytes behind the end were written; found at free
  kUnderrun,   // bytes before the start were written; found at free
  kZeroBytes,  // BAD_POOL_CALLER 0x0 under Driver Verifier
  kZeroTag,    // BAD_POOL_CALLER 0x9B
  kBadFlags,   // ExAllocatePool2: unknown or contradictory flags
  kLeak,       // alive when the driver unloads; 0xC4/0x62
};
const char* name_of(PoolFault);

// The evidence of a mistake.
struct PoolMistake {
  PoolFault fault{};
  const char* api = "";
  KernelAddress address;           // what the driver passed
  uint32_t tag = 0;                // what the driver passed
  std::optional<PoolBlock> block;  // the block it concerns, with its stacks
  uint64_t bad_offset = 0;         // kOverrun, kUnderrun: first changed byte, from the block's start or its end
  StackTrace stack;                // where the mistake was made
  std::string sentence;
};

class PoolObserver {
 public:
  virtual ~PoolObserver() = default;
  virtual void on_allocated(const PoolBlock&) {}
  virtual void on_freeing(const PoolBlock&) {}  // before its bytes are looked at
  virtual void on_freed(const PoolBlock&) {}
  virtual void on_allocation_failed(const PoolRequest&, const Status&) {}
  virtual void on_mistake(const PoolMistake&) {}
};

struct PoolOptions {
  bool verify = true;
  uint64_t limit_bytes = uint64_t{1} << 30;  // of live blocks; more is STATUS_INSUFFICIENT_RESOURCES
  uint32_t special_blocks = 16'000;          // alive at once (two host mappings each); more come from size classes
  uint32_t remembered_blocks = 4096;         // freed blocks whose history is kept
};

struct PoolTagUse {
  uint32_t tag = 0;
  uint64_t blocks = 0;
  uint64_t bytes = 0;
};

// An address near a block, for the report of a fault.
struct PoolAddress {
  enum class Where : uint8_t { kInside, kFreed, kBehind, kBefore };
  PoolBlock block;
  Where where{};
  int64_t offset = 0;  // from the block's start; kBehind: from its end
  std::string sentence;
};

class Pool {
 public:
  static Result<std::unique_ptr<Pool>> create(memory::Memory&, const PoolOptions&);
  virtual ~Pool() = default;

  // Zero bytes give a block of its own of length zero, and a mistake. Any thread, any IRQL.
  virtual Result<void*> allocate(const PoolRequest&) = 0;
  // `tag` empty: ExFreePool. `api` is a literal.
  virtual Result<> free(void* block, std::optional<uint32_t> tag, const char* api) = 0;

  // A mistake in the arguments that the exports find before the pool is asked.
  virtual void report(PoolFault, const char* api, uint32_t tag, std::string sentence) = 0;

  // The live block that begins at this address.
  virtual std::optional<PoolBlock> find(KernelAddress) const = 0;
  // Which block this address is in, was in, or stands just behind or before.
  virtual std::optional<PoolAddress> describe(KernelAddress) const = 0;

  virtual std::vector<PoolBlock> live_blocks(PoolOwner) const = 0;  // in order of allocation
  virtual std::vector<PoolTagUse> use_by_tag(PoolOwner) const = 0;  // in order of tag
  // Tells observers of each of the driver's live blocks (kLeak) and returns how many there are: when a driver unloads.
  virtual uint64_t report_leaks() = 0;

  // Low-resource simulation: asked before each of the driver's allocations, true makes it fail. Empty: never.
  using FailureHook = std::function<bool(const PoolRequest&)>;
  virtual void set_failure_hook(FailureHook) = 0;
  // The nth allocation of the driver from now (1: the next) fails, once.
  void fail_nth_allocation(uint64_t n);

  ObserverList<PoolObserver>& observers() { return observers_; }

 protected:
  ObserverList<PoolObserver> observers_;
};

// "Abcd" as a person reads it; unprintable bytes as '.'.
std::string pool_tag_text(uint32_t tag);

}  // namespace portside::kernel
