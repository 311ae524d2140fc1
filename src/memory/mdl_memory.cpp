#include "memory/mdl_memory.h"

#include <wdm.h>

#include <algorithm>
#include <bit>
#include <cstring>

namespace portside::memory {
namespace {
// The pool keeps 16 bytes' alignment on x64, and so does a descriptor.
constexpr uint64_t kAlignment = 16;
uint64_t* pfn_array(PMDL mdl) { return reinterpret_cast<uint64_t*>(mdl + 1); }
}  // namespace

static_assert(sizeof(MDL) == 48);
static_assert(kMdlMappedToSystemVa == MDL_MAPPED_TO_SYSTEM_VA && kMdlPagesLocked == MDL_PAGES_LOCKED &&
              kMdlSourceIsNonpagedPool == MDL_SOURCE_IS_NONPAGED_POOL && kMdlPartial == MDL_PARTIAL &&
              kMdlPartialHasBeenMapped == MDL_PARTIAL_HAS_BEEN_MAPPED && kMdlWriteOperation == MDL_WRITE_OPERATION);

uint64_t MdlMemory::bytes_for(uint64_t pages) { return sizeof(MDL) + pages * sizeof(uint64_t); }

unsigned MdlMemory::size_class(uint64_t bytes) {
  return bytes <= 64 ? 0 : static_cast<unsigned>(std::bit_width(bytes - 1)) - 6;
}

Result<PMDL> MdlMemory::allocate(uint64_t pages, uint64_t mdl_id, const StackTrace& stack) {
  const uint64_t bytes = bytes_for(pages);
  const unsigned which = size_class(bytes);
  if (!verify_ && which < std::size(free_)) {
    auto& free = free_[which];
    const uint64_t each = 64ull << which;
    if (free.empty()) {
      KernelRange slab;
      slab.kind = AddressKind::kBlock;
      TRY_ASSIGN(KernelRange * range, blocks_.allocate(kSlabBytes, std::move(slab)));
      for (uint64_t at = kSlabBytes; at >= each; at -= each) free.push_back(range->base + (at - each));
    }
    const auto mdl = static_cast<PMDL>(free.back().pointer());
    free.pop_back();
    std::memset(static_cast<void*>(mdl), 0, bytes);
    return mdl;
  }
  KernelRange range;
  range.kind = AddressKind::kDescriptor;
  range.mdl_id = mdl_id;
  range.obtained_at = stack;
  TRY_ASSIGN(KernelRange * placed, blocks_.allocate(bytes, std::move(range)));
  const uint64_t end = placed->base.value + placed->bytes;
  placed->mdl = reinterpret_cast<PMDL>((end - bytes) & ~(kAlignment - 1));
  return placed->mdl;
}

void MdlMemory::free(PMDL mdl, uint64_t pages, const StackTrace& stack) {
  const unsigned which = size_class(bytes_for(pages));
  if (!verify_ && which < std::size(free_)) {
    free_[which].push_back(KernelAddress(mdl));
    return;
  }
  if (KernelRange* range = arena_.ranges().find(KernelAddress(mdl))) (void)blocks_.free(*range, stack);
}

void MdlMemory::initialize(PMDL mdl, KernelAddress address, uint64_t bytes, uint64_t pages) {
  *mdl = MDL{};
  // A CSHORT, as on Windows: it wraps for descriptors of more than 4,000 pages.
  mdl->Size = static_cast<int16_t>(bytes_for(pages));
  mdl->StartVa = address.page().value ? reinterpret_cast<void*>(address.page().value) : nullptr;
  mdl->ByteOffset = static_cast<uint32_t>(address.offset_in_page());
  mdl->ByteCount = static_cast<uint32_t>(bytes);
}

void MdlMemory::set_pages(PMDL mdl, std::span<const uint64_t> pfns) { std::ranges::copy(pfns, pfn_array(mdl)); }
void MdlMemory::set_flags(PMDL mdl, uint16_t set, uint16_t clear) {
  mdl->MdlFlags = static_cast<int16_t>((static_cast<uint16_t>(mdl->MdlFlags) & ~clear) | set);
}
void MdlMemory::set_system_address(PMDL mdl, KernelAddress view) { mdl->MappedSystemVa = view.pointer(); }

void MdlMemory::show_view(PMDL mdl, KernelAddress view) {
  set_system_address(mdl, view);
  // MmPrepareMdlForReuse looks at the second flag: a partial MDL's own view, not one it shares with its source.
  set_flags(mdl, kMdlMappedToSystemVa | (mdl->MdlFlags & kMdlPartial ? kMdlPartialHasBeenMapped : 0), 0);
}

void MdlMemory::hide_view(PMDL mdl) {
  set_flags(mdl, 0, kMdlMappedToSystemVa | kMdlPartialHasBeenMapped);
  set_system_address(mdl, {});
}

MdlMemory::Claim MdlMemory::read(PMDL mdl) {
  return {KernelAddress(reinterpret_cast<uint64_t>(mdl->StartVa) + mdl->ByteOffset), mdl->ByteCount,
          static_cast<uint16_t>(mdl->MdlFlags)};
}

}  // namespace portside::memory
