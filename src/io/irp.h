#pragma once
// IrpTable: IRPs from allocation to their end. Dispatch and completion are in io/irp_flow.h.

#include <wdm.h>

#include <atomic>
#include <bitset>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "base/stack.h"

namespace portside::io {

class Io;

enum class IrpOrigin : uint8_t {
  kAllocated,    // IoAllocateIrp, IoBuildAsynchronousFsdRequest: its creator takes it back and frees it
  kInitialized,  // IoInitializeIrp over a driver's own memory
  kThreaded,     // IoBuildDeviceIoControlRequest, IoBuildSynchronousFsdRequest: freed when it has completed
  kManager,      // a request of our own: a client's, plug and play's. Freed by whoever sent it
};

enum class IrpState : uint8_t { kFree, kLive, kCompleted };

// What is known of an IRP beside what a driver sees. A record stays where it is as long as the machine lives; `id` tells the
// lives of an address apart.
struct IrpRecord {
  IRP* irp = nullptr;
  uint8_t stack_count = 0;
  IrpOrigin origin = IrpOrigin::kAllocated;
  std::atomic<uint64_t> id{0};
  std::atomic<IrpState> state{IrpState::kFree};

  // By stack location: what its driver returned and what completion found, for the comparison of the two.
  Mutex mutex;
  std::bitset<128> returned GUARDED_BY(mutex);          // the dispatch routine has returned
  std::bitset<128> returned_pending GUARDED_BY(mutex);  // with STATUS_PENDING
  std::bitset<128> passed GUARDED_BY(mutex);            // completion has come by
  std::bitset<128> marked GUARDED_BY(mutex);            // and found SL_PENDING_RETURNED
  NTSTATUS final_status GUARDED_BY(mutex) = 0;
  StackTrace allocated GUARDED_BY(mutex);
  StackTrace completed GUARDED_BY(mutex);
  StackTrace freed GUARDED_BY(mutex);

  uint32_t output_bytes = 0;  // of the requestor's buffer, for what is copied out under buffered I/O
  bool own_memory = false;    // the block is this layer's
};

class IrpTable {
 public:
  static constexpr int kDeepestStack = 126;  // locations are counted in a CCHAR, one of them beyond the last

  explicit IrpTable(Io& io);
  ~IrpTable();

  // IoAllocateIrp, up to DISPATCH_LEVEL. STATUS_INVALID_PARAMETER unless 1 <= stack_size <= kDeepestStack.
  Result<IRP*> allocate(int stack_size, IrpOrigin origin = IrpOrigin::kAllocated);
  // IoInitializeIrp over memory of at least IoSizeOfIrp(stack_size) bytes.
  Result<> initialize(IRP* irp, uint16_t bytes, int stack_size);
  // IoReuseIrp.
  Result<> reuse(IRP* irp, NTSTATUS status);
  // IoFreeIrp.
  Result<> free(IRP* irp, std::string_view function = "IoFreeIrp");

  // The record of an IRP, live or not; null for a pointer that never was one.
  IrpRecord* find(const IRP* irp);
  // IRPs that have been allocated and not freed, in order of allocation.
  std::vector<IRP*> live();

  static constexpr uint64_t bytes_for(int stack_size) {
    return sizeof(IRP) + static_cast<uint64_t>(stack_size) * sizeof(IO_STACK_LOCATION);
  }
  // The first of the IRP's stack locations.
  static IO_STACK_LOCATION* locations(IRP* irp) { return reinterpret_cast<IO_STACK_LOCATION*>(irp + 1); }

 private:
  void fill(IRP* irp, uint16_t bytes, int stack_size);
  void begin(IrpRecord& record, IrpOrigin origin);

  Io& io_;
  Mutex mutex_;
  std::unordered_map<const IRP*, std::unique_ptr<IrpRecord>> records_ GUARDED_BY(mutex_);
  // Freed blocks by stack size, the oldest first; a block rests here for a while before it is used again.
  std::vector<std::deque<IrpRecord*>> resting_ GUARDED_BY(mutex_);
  std::deque<const IRP*> initialized_ GUARDED_BY(mutex_);
  std::atomic<uint64_t> next_id_{1};
};

}  // namespace portside::io
