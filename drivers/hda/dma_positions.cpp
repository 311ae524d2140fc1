// DmaPositions. See dma_positions.h. Not pageable: the timer's DPC, and whoever asks for a position.
#include "dma_positions.h"

#include "dma_engine.h"

DmaPositions::DmaPositions(const RegisterBlock& registers) : registers_(registers) {
  KeInitializeTimerEx(&timer_, SynchronizationTimer);
  KeInitializeDpc(&dpc_, &DmaPositions::on_timer, this);
}

NTSTATUS DmaPositions::create(PDMA_ADAPTER adapter, DmaEngine* engines) {
  engines_ = engines;
  return memory_.allocate(adapter, 2 * PAGE_SIZE);
}

void DmaPositions::start() {
  tell_controller();
  settle();
}

void DmaPositions::tell_controller() {
  PHYSICAL_ADDRESS page = memory_.logical();
  if (two_) page.QuadPart += PAGE_SIZE;
  registers_.write_address(reg::kDplBase, page);
  registers_.write32(reg::kDplBase, page.LowPart | dpl::kEnable);
}

bool DmaPositions::are_two_needed() const {
  for (ULONG i = 0; i < engine_count_; ++i)
    if (engines_[i].begins_elsewhere()) return true;
  return false;
}

bool DmaPositions::runs_any() const {
  for (ULONG i = 0; i < engine_count_; ++i)
    if (engines_[i].running()) return true;
  return false;
}

void DmaPositions::settle() {
  const bool two = are_two_needed();
  if (two != two_ && !runs_any()) {
    ULONG counts[reg::kMaxStreams];
    for (ULONG i = 0; i < engine_count_; ++i) counts[i] = counted(i);
    two_ = two;
    for (ULONG i = 0; i < engine_count_; ++i) counted(i) = counts[i];
    tell_controller();
  }
  if (two_) {
    show();
    LARGE_INTEGER due;
    due.QuadPart = -10000;
    KeSetTimerEx(&timer_, due, 1, &dpc_);
  } else {
    KeCancelTimer(&timer_);
  }
}

void DmaPositions::stop() {
  KeCancelTimer(&timer_);
  KeFlushQueuedDpcs();
}

void DmaPositions::on_timer(PKDPC, PVOID context, PVOID, PVOID) { static_cast<DmaPositions*>(context)->show(); }

void DmaPositions::show() {
  for (ULONG i = 0; two_ && i < engine_count_; ++i) shown(i) = engines_[i].offset();
}
