#pragma once
// IrpTable: IRPs from allocation to their end. Dispatch and completion are in io/irp_flow.h.

#include <wdm.h>

#include <functional>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "base/stack.h"

namespace portside::io {

class Io;

enum class IrpOrigin : uint8_t {
  kAllocated,    // IoAllocateIrp: its creator frees it
  kInitialized,  // IoInitializeIrp over a driver's own memory
  kThreaded,     // IoBuildDeviceIoControlRequest and the like: the I/O manager frees it when it completes
  kAsynchronous, // IoBuildAsynchronousFsdRequest
  kManager,      // a request of our own: a client's, plug and play's
};

struct IrpRecord {
  uint64_t id = 0;
  IrpOrigin origin = IrpOrigin::kAllocated;
  bool completed = false;       // reached its creator
  int32_t dispatch_depth = 0;   // dispatch routines of it that have not returned yet
  StackTrace allocated;
  StackTrace completed_at;
  // What the I/O manager does when the IRP has reached the top: copying out, freeing buffers.
  IO_STATUS_BLOCK last_status{};
};

class IrpTable {
 public:
  explicit IrpTable(Io& io);
  ~IrpTable();

  // IoAllocateIrp. Null-like failure: STATUS_INSUFFICIENT_RESOURCES; stack_size 1..126.
  Result<IRP*> allocate(int stack_size, IrpOrigin origin = IrpOrigin::kAllocated);
  // IoInitializeIrp over memory of IoSizeOfIrp(stack_size) bytes.
  Result<> initialize(IRP* irp, uint16_t bytes, int stack_size);
  // IoReuseIrp.
  Result<> reuse(IRP* irp, NTSTATUS status);
  // IoFreeIrp.
  Result<> free(IRP* irp);

  std::optional<IrpRecord> find(const IRP* irp);
  // Runs `change` on the live record of `irp`; false when there is none.
  bool update(const IRP* irp, const std::function<void(IrpRecord&)>& change);
  // IRPs whose current stack location belongs to `device` and which have not ended.
  size_t live_count();
  std::vector<const IRP*> live();

  static constexpr uint64_t bytes_for(int stack_size) {
    return sizeof(IRP) + static_cast<uint64_t>(stack_size) * sizeof(IO_STACK_LOCATION);
  }

 private:
  Io& io_;
  Mutex mutex_;
  std::unordered_map<const IRP*, IrpRecord> records_ GUARDED_BY(mutex_);
  uint64_t next_id_ GUARDED_BY(mutex_) = 1;
};

}  // namespace portside::io
