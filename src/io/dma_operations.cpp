// DMA_OPERATIONS of a bus master, as its pages have them (wdm.h: PALLOCATE_COMMON_BUFFER and its kin).

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "io/dma_adapter.h"
#include "io/io.h"
#include "kernel/kernel.h"
#include "kernel/services.h"
#include "memory/memory.h"

namespace portside::io {
namespace {

using kernel::ApiScope;
using kernel::kDispatchLevel;
using kernel::kPassiveLevel;

std::shared_ptr<DmaAdapter> adapter_of(PDMA_ADAPTER given, const char* api) {
  Io& io = current<Io>();
  auto adapter = io.dma_adapters().find(given);
  if (!adapter) io.misuse(IoMisuse::kBadArgument, api, given, "not a DMA adapter of this machine, or put already");
  return adapter;
}

// One stretch of an MDL's pages, by the address that a driver names in it.
struct Stretch {
  const PFN_NUMBER* pfns = nullptr;
  uint64_t offset = 0;  // of the first byte in the MDL's first page
  uint64_t bytes = 0;
};
std::optional<Stretch> stretch_of(PMDL mdl, const void* va, ULONG bytes) {
  if (!mdl) return std::nullopt;
  const auto start = reinterpret_cast<uint64_t>(mdl->StartVa) + mdl->ByteOffset;
  const auto from = reinterpret_cast<uint64_t>(va);
  if (from < start || from - start > mdl->ByteCount || bytes > mdl->ByteCount - (from - start)) return std::nullopt;
  return Stretch{reinterpret_cast<const PFN_NUMBER*>(mdl + 1), mdl->ByteOffset + (from - start), bytes};
}

// Its pieces that lie together physically, in order.
std::vector<SCATTER_GATHER_ELEMENT> elements_of(const Stretch& stretch) {
  std::vector<SCATTER_GATHER_ELEMENT> elements;
  for (uint64_t done = 0; done < stretch.bytes;) {
    const uint64_t at = stretch.offset + done;
    const uint64_t physical = (static_cast<uint64_t>(stretch.pfns[at >> kPageShift]) << kPageShift) + at % kPageBytes;
    const uint64_t length = std::min(stretch.bytes - done, kPageBytes - at % kPageBytes);
    if (!elements.empty() &&
        static_cast<uint64_t>(elements.back().Address.QuadPart) + elements.back().Length == physical) {
      elements.back().Length += static_cast<ULONG>(length);
    } else {
      SCATTER_GATHER_ELEMENT element{};
      element.Address.QuadPart = static_cast<LONGLONG>(physical);
      element.Length = static_cast<ULONG>(length);
      elements.push_back(element);
    }
    done += length;
  }
  return elements;
}

bool in_reach(const DmaAdapter& adapter, const SCATTER_GATHER_ELEMENT& e) {
  return static_cast<uint64_t>(e.Address.QuadPart) + e.Length - 1 <= adapter.highest.value;
}

bool told_out_of_reach(const DmaAdapter& adapter, const char* api, PMDL mdl,
                       const std::vector<SCATTER_GATHER_ELEMENT>& elements) {
  const auto far = std::ranges::find_if(elements, [&](const auto& e) { return !in_reach(adapter, e); });
  if (far == elements.end()) return false;
  current<Io>().misuse(
      IoMisuse::kDmaOutOfReach, api, mdl,
      fmt::format(
          "the page at {:#x} is above {:#x}, the highest address that the device description allows, and there are no "
          "bounce buffers here",
          far->Address.QuadPart, adapter.highest.value));
  return true;
}

constexpr ULONG list_bytes(size_t elements) {
  return static_cast<ULONG>(offsetof(SCATTER_GATHER_LIST, Elements) + elements * sizeof(SCATTER_GATHER_ELEMENT));
}

void fill(SCATTER_GATHER_LIST* list, const std::vector<SCATTER_GATHER_ELEMENT>& elements) {
  list->NumberOfElements = static_cast<ULONG>(elements.size());
  list->Reserved = 0;
  std::copy(elements.begin(), elements.end(), list->Elements);
}

VOID NTAPI put_adapter(PDMA_ADAPTER given) {
  ApiScope scope("PutDmaAdapter", kPassiveLevel, kPassiveLevel);
  current<Io>().dma_adapters().put(given);
}

PVOID NTAPI allocate_common_buffer(PDMA_ADAPTER given, ULONG length, PPHYSICAL_ADDRESS logical, BOOLEAN cached) {
  ApiScope scope("AllocateCommonBuffer", kPassiveLevel, kPassiveLevel);
  const auto adapter = adapter_of(given, "AllocateCommonBuffer");
  if (!adapter || !logical || kernel::made_to_fail(kernel::FailureKind::kPages, "AllocateCommonBuffer")) return nullptr;
  memory::Memory& memory = current<memory::Memory>();
  memory::PageRequest request;
  request.high = adapter->highest;
  request.bytes = length;
  request.contiguous = true;
  const auto base = memory.allocate_contiguous(request, cached ? MmCached : MmNonCached);
  if (!base) return nullptr;
  const auto physical = memory.physical_address(*base);
  if (!physical) return nullptr;
  logical->QuadPart = static_cast<LONGLONG>(physical->value);
  MutexLock lock(adapter->mutex);
  adapter->buffers.push_back({base->pointer(), length, *physical, capture_stack()});
  return base->pointer();
}

VOID NTAPI free_common_buffer(PDMA_ADAPTER given, ULONG length, PHYSICAL_ADDRESS logical, PVOID address, BOOLEAN) {
  ApiScope scope("FreeCommonBuffer", kPassiveLevel, kPassiveLevel);
  const auto adapter = adapter_of(given, "FreeCommonBuffer");
  if (!adapter) return;
  std::optional<DmaAdapter::CommonBuffer> found;
  {
    MutexLock lock(adapter->mutex);
    const auto at = std::ranges::find(adapter->buffers, address, &DmaAdapter::CommonBuffer::address);
    if (at != adapter->buffers.end()) {
      found = *at;
      adapter->buffers.erase(at);
    }
  }
  if (!found) {
    current<Io>().misuse(IoMisuse::kDmaFreedWrong, "FreeCommonBuffer", address,
                         "not a common buffer of this adapter, or freed already");
    return;
  }
  if (found->bytes != length || found->logical.value != static_cast<uint64_t>(logical.QuadPart))
    current<Io>().misuse(
        IoMisuse::kDmaFreedWrong, "FreeCommonBuffer", address,
        fmt::format("the buffer has {} bytes at logical address {:#x}, and {} bytes at {:#x} were named", found->bytes,
                    found->logical.value, length, logical.QuadPart),
        {.made_at = found->allocated_at});
  (void)current<memory::Memory>().free_contiguous(KernelAddress(address));
}

NTSTATUS NTAPI allocate_channel(PDMA_ADAPTER given, PDEVICE_OBJECT device, ULONG map_registers, PDRIVER_CONTROL routine,
                                PVOID context) {
  ApiScope scope("AllocateAdapterChannel", kDispatchLevel, kDispatchLevel);
  const auto adapter = adapter_of(given, "AllocateAdapterChannel");
  if (!adapter || !routine || !device) return STATUS_INVALID_PARAMETER;
  if (map_registers > adapter->map_registers) return STATUS_INSUFFICIENT_RESOURCES;
  // A bus master's map registers are never short here. The action that it returns keeps or gives them: there is nothing to give.
  (void)routine(device, device->CurrentIrp, adapter.get(), context);
  return STATUS_SUCCESS;
}
VOID NTAPI free_channel(PDMA_ADAPTER given) {
  ApiScope scope("FreeAdapterChannel", kDispatchLevel, kDispatchLevel);
  (void)adapter_of(given, "FreeAdapterChannel");
}
VOID NTAPI free_map_registers(PDMA_ADAPTER given, PVOID, ULONG) {
  ApiScope scope("FreeMapRegisters", kDispatchLevel, kDispatchLevel);
  (void)adapter_of(given, "FreeMapRegisters");
}
// What the device wrote is in memory already.
BOOLEAN NTAPI flush_buffers(PDMA_ADAPTER given, PMDL, PVOID, PVOID, ULONG, BOOLEAN) {
  ApiScope scope("FlushAdapterBuffers", kPassiveLevel, kDispatchLevel);
  return adapter_of(given, "FlushAdapterBuffers") != nullptr;
}

// A struct returned by a plain function: in rax, as C has it.
PHYSICAL_ADDRESS NTAPI map_transfer(PDMA_ADAPTER given, PMDL mdl, PVOID, PVOID va, PULONG length, BOOLEAN) {
  ApiScope scope("MapTransfer", kPassiveLevel, kDispatchLevel);
  PHYSICAL_ADDRESS nowhere{};
  const auto adapter = adapter_of(given, "MapTransfer");
  const auto stretch = adapter && length ? stretch_of(mdl, va, *length) : std::nullopt;
  if (!stretch || stretch->bytes == 0) {
    if (adapter)
      current<Io>().misuse(IoMisuse::kBadArgument, "MapTransfer", mdl, "the address and length are not inside the MDL");
    if (length) *length = 0;
    return nowhere;
  }
  auto elements = elements_of(*stretch);
  elements.resize(1);
  if (told_out_of_reach(*adapter, "MapTransfer", mdl, elements)) {
    *length = 0;
    return nowhere;
  }
  *length = elements.front().Length;
  return elements.front().Address;
}

ULONG NTAPI get_alignment(PDMA_ADAPTER given) {
  ApiScope scope("GetDmaAlignment", kPassiveLevel, kPassiveLevel);
  return adapter_of(given, "GetDmaAlignment") ? 1 : 0;
}
// Of a system DMA controller: there is none.
ULONG NTAPI read_counter(PDMA_ADAPTER given) {
  ApiScope scope("ReadDmaCounter", kPassiveLevel, kDispatchLevel);
  (void)adapter_of(given, "ReadDmaCounter");
  return 0;
}

NTSTATUS NTAPI calculate_list(PDMA_ADAPTER given, PMDL, PVOID va, ULONG length, PULONG bytes, PULONG map_registers) {
  ApiScope scope("CalculateScatterGatherList", kPassiveLevel, kDispatchLevel);
  if (!adapter_of(given, "CalculateScatterGatherList") || !bytes) return STATUS_INVALID_PARAMETER;
  const auto pages = static_cast<ULONG>(pages_for(reinterpret_cast<uint64_t>(va) % kPageBytes + length));
  *bytes = list_bytes(pages);
  if (map_registers) *map_registers = pages;
  return STATUS_SUCCESS;
}

// `buffer`: the caller's memory for the list, or null for the pool's.
NTSTATUS give_list(const char* api, PDMA_ADAPTER given, PDEVICE_OBJECT device, PMDL mdl, PVOID va, ULONG length,
                   PDRIVER_LIST_CONTROL routine, PVOID context, void* buffer, ULONG buffer_bytes) {
  const auto adapter = adapter_of(given, api);
  if (!adapter || !device || !routine) return STATUS_INVALID_PARAMETER;
  const auto stretch = stretch_of(mdl, va, length);
  if (!stretch || length == 0)
    return STATUS_BUFFER_TOO_SMALL;  // GetScatterGatherList: "the MDL ... is too short for Length"
  const auto elements = elements_of(*stretch);
  if (told_out_of_reach(*adapter, api, mdl, elements)) return STATUS_INSUFFICIENT_RESOURCES;
  if (buffer && buffer_bytes < list_bytes(elements.size())) return STATUS_BUFFER_TOO_SMALL;
  auto* list = static_cast<SCATTER_GATHER_LIST*>(buffer);
  if (!list) {
    if (kernel::made_to_fail(kernel::FailureKind::kPool, api)) return STATUS_INSUFFICIENT_RESOURCES;
    kernel::PoolRequest request;
    request.bytes = list_bytes(elements.size());
    request.tag = 'lGcS';
    request.kind = kernel::PoolKind::kNonPaged;
    request.owner = kernel::PoolOwner::kRuntime;
    request.api = api;
    auto block = current<kernel::Services>().pool().allocate(request);
    if (!block) return STATUS_INSUFFICIENT_RESOURCES;
    list = static_cast<SCATTER_GATHER_LIST*>(*block);
  }
  fill(list, elements);
  {
    MutexLock lock(adapter->mutex);
    adapter->lists.push_back({list, buffer != nullptr, capture_stack()});
  }
  // "AdapterListControl": called at DISPATCH_LEVEL, once map registers are there; they are at once.
  kernel::IrqlScope raised(current<kernel::Kernel>(), kDispatchLevel);
  routine(device, device->CurrentIrp, list, context);
  return STATUS_SUCCESS;
}

NTSTATUS NTAPI get_list(PDMA_ADAPTER given, PDEVICE_OBJECT device, PMDL mdl, PVOID va, ULONG length,
                        PDRIVER_LIST_CONTROL routine, PVOID context, BOOLEAN) {
  ApiScope scope("GetScatterGatherList", kDispatchLevel, kDispatchLevel);
  return give_list("GetScatterGatherList", given, device, mdl, va, length, routine, context, nullptr, 0);
}
NTSTATUS NTAPI build_list(PDMA_ADAPTER given, PDEVICE_OBJECT device, PMDL mdl, PVOID va, ULONG length,
                          PDRIVER_LIST_CONTROL routine, PVOID context, BOOLEAN, PVOID buffer, ULONG buffer_bytes) {
  ApiScope scope("BuildScatterGatherList", kDispatchLevel, kDispatchLevel);
  if (!buffer) return STATUS_INVALID_PARAMETER;
  return give_list("BuildScatterGatherList", given, device, mdl, va, length, routine, context, buffer, buffer_bytes);
}

VOID NTAPI put_list(PDMA_ADAPTER given, PSCATTER_GATHER_LIST list, BOOLEAN) {
  ApiScope scope("PutScatterGatherList", kDispatchLevel, kDispatchLevel);
  const auto adapter = adapter_of(given, "PutScatterGatherList");
  if (!adapter) return;
  std::optional<DmaAdapter::List> found;
  {
    MutexLock lock(adapter->mutex);
    const auto at = std::ranges::find(adapter->lists, list, &DmaAdapter::List::list);
    if (at != adapter->lists.end()) {
      found = *at;
      adapter->lists.erase(at);
    }
  }
  if (!found)
    current<Io>().misuse(IoMisuse::kDmaFreedWrong, "PutScatterGatherList", list,
                         "not a scatter/gather list of this adapter, or put already");
  else if (!found->drivers_own)
    (void)current<kernel::Services>().pool().free(list, std::nullopt, "PutScatterGatherList");
}

// The MDL describes the same pages: nothing was copied.
NTSTATUS NTAPI mdl_of_list(PDMA_ADAPTER given, PSCATTER_GATHER_LIST list, PMDL original, PMDL* target) {
  ApiScope scope("BuildMdlFromScatterGatherList", kPassiveLevel, kDispatchLevel);
  if (!adapter_of(given, "BuildMdlFromScatterGatherList") || !list || !original || !target)
    return STATUS_INVALID_PARAMETER;
  *target = original;
  return STATUS_SUCCESS;
}

}  // namespace

void fill_dma_operations(DMA_OPERATIONS& operations) {
  operations = {};
  operations.Size = offsetof(DMA_OPERATIONS, GetDmaAdapterInfo);
  operations.PutDmaAdapter = put_adapter;
  operations.AllocateCommonBuffer = allocate_common_buffer;
  operations.FreeCommonBuffer = free_common_buffer;
  operations.AllocateAdapterChannel = allocate_channel;
  operations.FlushAdapterBuffers = flush_buffers;
  operations.FreeAdapterChannel = free_channel;
  operations.FreeMapRegisters = free_map_registers;
  operations.MapTransfer = map_transfer;
  operations.GetDmaAlignment = get_alignment;
  operations.ReadDmaCounter = read_counter;
  operations.GetScatterGatherList = get_list;
  operations.PutScatterGatherList = put_list;
  operations.CalculateScatterGatherList = calculate_list;
  operations.BuildScatterGatherList = build_list;
  operations.BuildMdlFromScatterGatherList = mdl_of_list;
}

}  // namespace portside::io
