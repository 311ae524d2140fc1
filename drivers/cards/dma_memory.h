// DmaMemory: memory that driver and controller share (AllocateCommonBuffer): the rings, the buffer descriptor lists and
// the DMA position buffer live in it. Whole pages, so that nothing else lies beside what a client may come to see.
#pragma once

#include <wdm.h>

class DmaMemory {
 public:
  DmaMemory() = default;
  ~DmaMemory() { free(); }
  DmaMemory(const DmaMemory&) = delete;
  DmaMemory& operator=(const DmaMemory&) = delete;

  // PASSIVE_LEVEL, both. The adapter has to outlive the memory.
  NTSTATUS allocate(PDMA_ADAPTER adapter, ULONG bytes);
  void free();

  template <class T>
  T* as() const {
    return static_cast<T*>(address_);
  }
  PHYSICAL_ADDRESS logical() const { return logical_; }
  ULONG bytes() const { return bytes_; }

 private:
  PDMA_ADAPTER adapter_ = nullptr;
  PVOID address_ = nullptr;
  PHYSICAL_ADDRESS logical_ = {};
  ULONG bytes_ = 0;
};
