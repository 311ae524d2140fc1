// RegisterBlock. See register_block.h.
#include "register_block.h"

#include "registers.h"

#pragma code_seg("PAGE")

NTSTATUS RegisterBlock::map(const CM_PARTIAL_RESOURCE_DESCRIPTOR& resource) {
  PAGED_CODE();
  // The global registers, at the least; start() knows then how many stream descriptors follow.
  if (resource.u.Memory.Length < reg::kStreams) return STATUS_DEVICE_CONFIGURATION_ERROR;
  PVOID base = MmMapIoSpace(resource.u.Memory.Start, resource.u.Memory.Length, MmNonCached);
  if (!base) return STATUS_INSUFFICIENT_RESOURCES;
  base_ = static_cast<volatile UCHAR*>(base);
  bytes_ = resource.u.Memory.Length;
  return STATUS_SUCCESS;
}

void RegisterBlock::unmap() {
  PAGED_CODE();
  if (!base_) return;
  volatile UCHAR* base = base_;
  base_ = nullptr;
  MmUnmapIoSpace(const_cast<UCHAR*>(base), bytes_);
}

#pragma code_seg()

namespace {

constexpr ULONG kPollMicroseconds = 10;

// The count of polls is what bounds a wait: time itself may stand still for a driver, a counter does not.
template <class Read>
bool poll(Read read, ULONG mask, ULONG value, ULONG microseconds) {
  for (ULONG polls = microseconds / kPollMicroseconds + 1; polls > 0; --polls) {
    if ((read() & mask) == value) return true;
    KeStallExecutionProcessor(kPollMicroseconds);
  }
  return (read() & mask) == value;
}

}  // namespace

// A bit that is waited for to become 1 reads so of a controller that is gone: asked for when the wait succeeds.
bool RegisterBlock::wait8(ULONG offset, UCHAR mask, UCHAR value, ULONG microseconds) const {
  return poll([&] { return ULONG{read8(offset)}; }, mask, value, microseconds) && !gone();
}

bool RegisterBlock::wait16(ULONG offset, USHORT mask, USHORT value, ULONG microseconds) const {
  return poll([&] { return ULONG{read16(offset)}; }, mask, value, microseconds) && !gone();
}

bool RegisterBlock::wait32(ULONG offset, ULONG mask, ULONG value, ULONG microseconds) const {
  return poll([&] { return read32(offset); }, mask, value, microseconds) && !gone();
}
