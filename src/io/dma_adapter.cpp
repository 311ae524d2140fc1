#include "io/dma_adapter.h"

#include <fmt/format.h>

#include "io/io.h"
#include "kernel/services.h"

namespace portside::io {
namespace {

PDMA_ADAPTER refuse(std::string reason) {
  current<kernel::Services>().log().print({.component = DPFLTR_DEFAULT_ID,
                                           .level = DPFLTR_ERROR_LEVEL,
                                           .text = fmt::format("IoGetDmaAdapter gives NULL: {}\n", reason)});
  current<kernel::Services>().refusals().note("IoGetDmaAdapter gave NULL: " + reason);
  return nullptr;
}

// DEVICE_DESCRIPTION: what the flags say about the device's address lines.
PhysicalAddress highest_of(const DEVICE_DESCRIPTION& description) {
  if (description.Dma64BitAddresses) return PhysicalAddress(UINT64_MAX);
  return PhysicalAddress(description.Dma32BitAddresses ? 0xFFFF'FFFF : 0xFF'FFFF);
}

}  // namespace

PDMA_ADAPTER DmaAdapters::create(DEVICE_OBJECT* pdo, const DEVICE_DESCRIPTION* description, PULONG map_registers) {
  if (map_registers) *map_registers = 0;
  DeviceNode* node = io_.pnp().find(pdo);
  if (!node || !description || !map_registers) return refuse("an argument is missing, or is no physical device object");
  if (!node->spec.bus) return refuse("a root-enumerated device has no bus to be master of");
  if (!description->Master)
    return refuse("the device description names no bus master, and there is no system DMA controller here");
  if (description->Version > DEVICE_DESCRIPTION_VERSION2)
    return refuse("the operations of DEVICE_DESCRIPTION_VERSION3 are not there; those of versions 1 and 2 are");
  auto adapter = std::make_shared<DmaAdapter>();
  fill_dma_operations(adapter->operations);
  adapter->header.Version = 1;
  adapter->header.Size = sizeof(DMA_ADAPTER);
  adapter->header.DmaOperations = &adapter->operations;
  adapter->pdo = pdo;
  adapter->highest = highest_of(*description);
  // IoGetDmaAdapter, NumberOfMapRegisters: as many as a transfer of MaximumLength may need, whatever its offset in a page.
  adapter->map_registers = static_cast<ULONG>(pages_for(description->MaximumLength) + 1);
  if (io_.options().verify) adapter->made_at = capture_stack();
  *map_registers = adapter->map_registers;
  PDMA_ADAPTER given = &adapter->header;
  MutexLock lock(mutex_);
  adapters_.emplace(given, std::move(adapter));
  return given;
}

std::shared_ptr<DmaAdapter> DmaAdapters::find(const DMA_ADAPTER* adapter) {
  MutexLock lock(mutex_);
  const auto found = adapters_.find(adapter);
  return found == adapters_.end() ? nullptr : found->second;
}

void DmaAdapters::report_contents(DmaAdapter& adapter) {
  std::vector<DmaAdapter::CommonBuffer> buffers;
  std::vector<DmaAdapter::List> lists;
  {
    MutexLock lock(adapter.mutex);
    buffers.swap(adapter.buffers);
    lists.swap(adapter.lists);
  }
  for (const auto& buffer : buffers)
    io_.misuse(
        IoMisuse::kDmaBufferLeft, "PutDmaAdapter", buffer.address,
        fmt::format("the adapter is put, and a common buffer of {} bytes that it gave is not freed", buffer.bytes),
        {.made_at = buffer.allocated_at});
  for (const auto& list : lists) {
    io_.misuse(IoMisuse::kDmaListLeft, "PutDmaAdapter", list.list,
               "the adapter is put, and a scatter/gather list that it built is not put", {.made_at = list.built_at});
    if (!list.drivers_own)
      (void)current<kernel::Services>().pool().free(list.list, std::nullopt, "PutScatterGatherList");
  }
}

void DmaAdapters::put(DMA_ADAPTER* given) {
  std::shared_ptr<DmaAdapter> adapter = find(given);
  if (!adapter) {
    io_.misuse(IoMisuse::kBadArgument, "PutDmaAdapter", given, "not a DMA adapter of this machine, or put already");
    return;
  }
  report_contents(*adapter);
  MutexLock lock(mutex_);
  adapters_.erase(given);
}

void DmaAdapters::report_left(DEVICE_OBJECT* pdo) {
  std::vector<std::shared_ptr<DmaAdapter>> left;
  {
    MutexLock lock(mutex_);
    for (auto it = adapters_.begin(); it != adapters_.end();) {
      if (it->second->pdo != pdo) {
        ++it;
        continue;
      }
      left.push_back(std::move(it->second));
      it = adapters_.erase(it);
    }
  }
  for (const auto& adapter : left) {
    report_contents(*adapter);
    io_.misuse(IoMisuse::kDmaAdapterLeft, "IRP_MN_REMOVE_DEVICE", &adapter->header,
               "the device is removed, and the driver has not called PutDmaAdapter for its adapter",
               {.made_at = adapter->made_at});
  }
}

}  // namespace portside::io
