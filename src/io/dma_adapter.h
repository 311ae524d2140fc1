#pragma once
// DmaAdapters: the adapter objects that IoGetDmaAdapter gives to drivers of bus masters, and what each has given out. There is no
// IOMMU and there are no bounce buffers here: a logical address is a physical one, and memory that a device cannot address is
// refused, with a sentence.

#include <wdm.h>

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/address.h"
#include "base/mutex.h"
#include "base/stack.h"

namespace portside::io {

class Io;

// What a driver holds is `header`, which comes first.
struct DmaAdapter {
  DMA_ADAPTER header{};
  DMA_OPERATIONS operations{};
  DEVICE_OBJECT* pdo = nullptr;
  PhysicalAddress highest;  // that the device can address
  ULONG map_registers = 0;
  StackTrace made_at;

  struct CommonBuffer {
    void* address = nullptr;
    ULONG bytes = 0;
    PhysicalAddress logical;
    StackTrace allocated_at;
  };
  struct List {
    SCATTER_GATHER_LIST* list = nullptr;
    bool drivers_own = false;  // BuildScatterGatherList: the memory is the caller's
    StackTrace built_at;
  };
  Mutex mutex;
  std::vector<CommonBuffer> buffers GUARDED_BY(mutex);
  std::vector<List> lists GUARDED_BY(mutex);
};

class DmaAdapters {
 public:
  explicit DmaAdapters(Io& io) : io_(io) {}

  // Null, with the reason in the log, for a device on no bus, for one that is no bus master, and for the operations of version 3.
  PDMA_ADAPTER create(DEVICE_OBJECT* pdo, const DEVICE_DESCRIPTION* description, PULONG map_registers);
  std::shared_ptr<DmaAdapter> find(const DMA_ADAPTER* adapter);
  // PutDmaAdapter.
  void put(DMA_ADAPTER* adapter);
  // Tells of adapters of a device that is removed.
  void report_left(DEVICE_OBJECT* pdo);

 private:
  void report_contents(DmaAdapter& adapter);

  Io& io_;
  Mutex mutex_;
  std::unordered_map<const DMA_ADAPTER*, std::shared_ptr<DmaAdapter>> adapters_ GUARDED_BY(mutex_);
};

// The functions behind a DMA_OPERATIONS (dma_operations.cpp).
void fill_dma_operations(DMA_OPERATIONS& operations);

}  // namespace portside::io
