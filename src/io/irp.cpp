#include "io/irp.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "io/io.h"

namespace portside::io {

namespace {

// A freed IRP's address is not given out before this many others of its size are free: a late touch meets a dead IRP.
constexpr size_t kResting = 32;
// Records of IRPs in drivers' own memory, whose end nobody tells us.
constexpr size_t kInitializedRemembered = 1024;

}  // namespace

IrpTable::IrpTable(Io& io) : io_(io), resting_(kDeepestStack + 1) {}

IrpTable::~IrpTable() {
  for (auto& [irp, record] : records_)
    if (record->own_memory) std::free(record->irp);
}

void IrpTable::fill(IRP* irp, uint16_t bytes, int stack_size) {
  std::memset(static_cast<void*>(irp), 0, bytes);
  irp->Type = IO_TYPE_IRP;
  irp->Size = bytes;
  irp->StackCount = static_cast<CHAR>(stack_size);
  irp->CurrentLocation = static_cast<CHAR>(stack_size + 1);
  irp->ThreadListEntry.Flink = irp->ThreadListEntry.Blink = &irp->ThreadListEntry;
  irp->Tail.Overlay.CurrentStackLocation = locations(irp) + stack_size;
}

void IrpTable::begin(IrpRecord& record, IrpOrigin origin) {
  MutexLock lock(record.mutex);
  record.origin = origin;
  record.returned.reset();
  record.returned_pending.reset();
  record.passed.reset();
  record.marked.reset();
  record.final_status = 0;
  record.output_bytes = 0;
  record.allocated = {};
  record.completed = {};
  record.freed = {};
  if (io_.options().verify && origin != IrpOrigin::kManager) record.allocated = capture_stack();
  record.id.store(next_id_.fetch_add(1, std::memory_order_relaxed), std::memory_order_relaxed);
  record.state.store(IrpState::kLive, std::memory_order_release);
}

Result<IRP*> IrpTable::allocate(int stack_size, IrpOrigin origin) {
  if (stack_size < 1 || stack_size > kDeepestStack) {
    io_.misuse(IoMisuse::kBadArgument, "IoAllocateIrp", nullptr, fmt::format("a stack size of {}", stack_size));
    return fail(StatusCode::kInvalidParameter, "an IRP has 1 to 126 stack locations");
  }
  IrpRecord* record = nullptr;
  {
    MutexLock lock(mutex_);
    auto& resting = resting_[static_cast<size_t>(stack_size)];
    if (resting.size() > kResting) {
      record = resting.front();
      resting.pop_front();
    }
  }
  auto bytes = static_cast<uint16_t>(bytes_for(stack_size));
  if (!record) {
    auto fresh = std::make_unique<IrpRecord>();
    fresh->irp = static_cast<IRP*>(std::aligned_alloc(16, (bytes + 15u) & ~15u));
    if (!fresh->irp) return fail(StatusCode::kInsufficientResources, "no memory for an IRP");
    fresh->stack_count = static_cast<uint8_t>(stack_size);
    fresh->own_memory = true;
    record = fresh.get();
    MutexLock lock(mutex_);
    records_.insert_or_assign(record->irp, std::move(fresh));
  }
  fill(record->irp, bytes, stack_size);
  begin(*record, origin);
  return record->irp;
}

Result<> IrpTable::initialize(IRP* irp, uint16_t bytes, int stack_size) {
  if (!irp || stack_size < 1 || stack_size > kDeepestStack || bytes < bytes_for(stack_size)) {
    io_.misuse(IoMisuse::kBadArgument, "IoInitializeIrp", irp,
               fmt::format("{} bytes for {} stack locations: IoSizeOfIrp gives {}", bytes, stack_size,
                           stack_size > 0 ? bytes_for(stack_size) : 0));
    return fail(StatusCode::kInvalidParameter, "IoInitializeIrp: bad size");
  }
  if (IrpRecord* known = find(irp); known && known->own_memory) {
    io_.misuse(IoMisuse::kBadArgument, "IoInitializeIrp", irp,
               "the IRP came from IoAllocateIrp; IoReuseIrp prepares such an IRP for another use");
    return fail(StatusCode::kInvalidParameter, "IoInitializeIrp of an IRP from IoAllocateIrp");
  }
  fill(irp, bytes, stack_size);
  IrpRecord* record = nullptr;
  {
    MutexLock lock(mutex_);
    auto& slot = records_[irp];
    if (!slot) {
      slot = std::make_unique<IrpRecord>();
      slot->irp = irp;
      initialized_.push_back(irp);
      if (initialized_.size() > kInitializedRemembered) {
        records_.erase(initialized_.front());
        initialized_.pop_front();
      }
    }
    record = records_[irp].get();
    record->stack_count = static_cast<uint8_t>(stack_size);
  }
  begin(*record, IrpOrigin::kInitialized);
  return {};
}

Result<> IrpTable::reuse(IRP* irp, NTSTATUS status) {
  IrpRecord* record = find(irp);
  if (!record || record->state == IrpState::kFree) {
    io_.misuse(record ? IoMisuse::kFreedIrp : IoMisuse::kUnknownIrp, "IoReuseIrp", irp, "not a live IRP");
    return fail(StatusCode::kInvalidParameter, "IoReuseIrp: not a live IRP");
  }
  // IoReuseIrp, Remarks: only for IRPs that the caller allocated by IoAllocateIrp.
  if (record->origin == IrpOrigin::kThreaded || record->origin == IrpOrigin::kManager) {
    io_.misuse(IoMisuse::kBadArgument, "IoReuseIrp", irp, "the IRP was not allocated by IoAllocateIrp");
    return fail(StatusCode::kInvalidParameter, "IoReuseIrp of an IRP that belongs to the I/O manager");
  }
  UCHAR flags = irp->AllocationFlags;
  fill(irp,
       irp->Size >= bytes_for(record->stack_count) ? irp->Size : static_cast<uint16_t>(bytes_for(record->stack_count)),
       record->stack_count);
  irp->AllocationFlags = flags;
  irp->IoStatus.Status = status;
  begin(*record, record->origin);
  return {};
}

Result<> IrpTable::free(IRP* irp, std::string_view function) {
  IrpRecord* record = find(irp);
  if (!record || record->state == IrpState::kFree) {
    io_.misuse(record ? IoMisuse::kFreedIrp : IoMisuse::kUnknownIrp, function, irp,
               record ? "the IRP was freed before" : "a pointer that is no IRP");
    return fail(StatusCode::kInvalidParameter, "not a live IRP");
  }
  if (!record->own_memory) {
    io_.misuse(IoMisuse::kBadArgument, function, irp, "the IRP lies in memory of the driver's own (IoInitializeIrp)");
    record->state = IrpState::kFree;
    return {};
  }
  // A driver below still has it: its stack location is the current one and completion has not come back.
  if (record->state == IrpState::kLive && irp->CurrentLocation <= irp->StackCount) {
    bool passed;
    {
      MutexLock lock(record->mutex);
      passed = record->passed.any();
    }
    if (!passed) {
      io_.misuse(IoMisuse::kIrpStillQueued, function, irp, "the IRP was sent to a driver that has not completed it");
      return fail(StatusCode::kInvalidDeviceState, "the IRP is still with a driver");
    }
  }
  {
    MutexLock lock(record->mutex);
    if (io_.options().verify && record->origin != IrpOrigin::kManager) record->freed = capture_stack();
  }
  record->state.store(IrpState::kFree, std::memory_order_release);
  irp->Type = 0;
  irp->CurrentLocation = static_cast<CHAR>(irp->StackCount + 2);
  irp->Tail.Overlay.CurrentStackLocation = nullptr;
  MutexLock lock(mutex_);
  resting_[record->stack_count].push_back(record);
  return {};
}

IrpRecord* IrpTable::find(const IRP* irp) {
  MutexLock lock(mutex_);
  auto it = records_.find(irp);
  return it == records_.end() ? nullptr : it->second.get();
}

std::vector<IRP*> IrpTable::live() {
  std::vector<std::pair<uint64_t, IRP*>> found;
  {
    MutexLock lock(mutex_);
    for (auto& [irp, record] : records_)
      if (record->state != IrpState::kFree && record->own_memory) found.emplace_back(record->id, record->irp);
  }
  std::ranges::sort(found);
  std::vector<IRP*> irps;
  for (const auto& [id, irp] : found) irps.push_back(irp);
  return irps;
}

}  // namespace portside::io
