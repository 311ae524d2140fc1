#include "memory/frame_words.h"

#include <sys/mman.h>

#include <bit>

namespace portside::memory {
namespace {
// Of an array, as many words at random places touch all pages that there are for 2 GiB of RAM.
constexpr size_t kMostInTable = 4096;
}  // namespace

FrameWords::~FrameWords() {
  if (array_) ::munmap(array_, frames_ * sizeof(uint64_t));
}

void FrameWords::set(uint64_t index, uint64_t word) {
  if (!array_) {
    Slot& slot = slots_[place_of(index)];
    if (slot.index == index) return void(slot.word = word);
    if (used_ >= kMostInTable) become_array();
  }
  if (array_) return void(array_[index] = word);
  if (++used_ * 2 > slots_.size()) grow();
  slots_[place_of(index)] = {index, word};
}

size_t FrameWords::place_of(uint64_t index) const {
  const size_t mask = slots_.size() - 1;
  size_t at = (index * 0x9E3779B97F4A7C15) >> (64 - std::bit_width(mask));
  while (slots_[at].index != index && slots_[at].index != kEmpty) at = (at + 1) & mask;
  return at;
}

void FrameWords::grow() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  for (const Slot& slot : old)
    if (slot.index != kEmpty) slots_[place_of(slot.index)] = slot;
}

void FrameWords::become_array() {
  void* array = ::mmap(nullptr, frames_ * sizeof(uint64_t), PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (array == MAP_FAILED) return;  // a host short of addresses: the table grows on
  array_ = static_cast<uint64_t*>(array);
  for (const Slot& slot : slots_)
    if (slot.index != kEmpty) array_[slot.index] = slot.word;
  slots_ = {};
}

}  // namespace portside::memory
