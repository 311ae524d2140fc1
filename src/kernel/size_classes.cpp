#include "kernel/size_classes.h"

#include <algorithm>
#include <array>

namespace portside::kernel {
namespace {

constexpr std::array<uint32_t, 22> kClasses = {16,  32,  48,  64,  80,  96,  112, 128,  160,  192,  224,
                                               256, 320, 384, 448, 512, 640, 768, 1024, 1360, 2048, 4096};

size_t class_index(uint64_t bytes) {
  return std::ranges::lower_bound(kClasses, std::max<uint64_t>(bytes, 1)) - kClasses.begin();
}

}  // namespace

SizeClasses::SizeClasses() : with_room_(kClasses.size()) {}

uint32_t SizeClasses::class_bytes(uint64_t bytes) { return kClasses[class_index(bytes)]; }

KernelAddress SizeClasses::address_of(const Slab& slab, uint32_t index) {
  return slab.base + index / slab.slots_per_page * kPageBytes + index % slab.slots_per_page * uint64_t{slab.slot_bytes};
}

std::optional<SizeClasses::Place> SizeClasses::take(uint64_t bytes) {
  auto& slabs = with_room_[class_index(bytes)];
  if (slabs.empty()) return std::nullopt;
  Slab& slab = *slabs.back();
  const uint32_t index = slab.first_free;
  Slot& slot = slab.slots[index];
  slab.first_free = slot.next_free;
  if (slab.first_free == kNone) {
    slab.listed = false;
    slabs.pop_back();
  }
  return Place{address_of(slab, index), &slot, true};
}

void SizeClasses::add_slab(KernelAddress base, uint64_t bytes) {
  const size_t index = class_index(bytes);
  auto slab = std::make_unique<Slab>();
  slab->base = base;
  slab->slot_bytes = kClasses[index];
  slab->slots_per_page = static_cast<uint32_t>(kPageBytes / slab->slot_bytes);
  slab->slots.resize(slab->slots_per_page * (kSlabBytes / kPageBytes));
  for (uint32_t i = 0; i < slab->slots.size(); ++i)
    slab->slots[i].next_free = i + 1 < slab->slots.size() ? i + 1 : kNone;
  slab->first_free = 0;
  slab->listed = true;
  for (uint64_t page = 0; page < kSlabBytes; page += kPageBytes)
    by_page_[(base + page).value >> kPageShift] = slab.get();
  with_room_[index].push_back(slab.get());
  slabs_.push_back(std::move(slab));
}

void SizeClasses::put_back(Place place) {
  Slab& slab = *by_page_.at(place.start.value >> kPageShift);
  place.slot->serial = 0;
  place.slot->next_free = slab.first_free;
  slab.first_free = static_cast<uint32_t>(place.slot - slab.slots.data());
  if (!slab.listed) {
    slab.listed = true;
    with_room_[class_index(slab.slot_bytes)].push_back(&slab);
  }
}

std::optional<SizeClasses::Place> SizeClasses::find(KernelAddress address) const {
  const auto it = by_page_.find(address.value >> kPageShift);
  if (it == by_page_.end()) return std::nullopt;
  Slab& slab = *it->second;
  const auto in_page = static_cast<uint32_t>(address.offset_in_page()) / slab.slot_bytes;
  if (in_page >= slab.slots_per_page) return std::nullopt;  // the rest of a page of 1360-byte slots
  const auto page = static_cast<uint32_t>((address - slab.base) >> kPageShift);
  const uint32_t index = page * slab.slots_per_page + in_page;
  const KernelAddress start = address_of(slab, index);
  return Place{start, &slab.slots[index], start == address};
}

void SizeClasses::for_each_live(const std::function<void(KernelAddress, const Slot&)>& visit) const {
  for (const auto& slab : slabs_)
    for (uint32_t i = 0; i < slab->slots.size(); ++i)
      if (slab->slots[i].serial) visit(address_of(*slab, i), slab->slots[i]);
}

}  // namespace portside::kernel
