#include "loader/image_list.h"

#include "loader/image.h"

namespace portside::loader {

bool ImageList::add(Image& image) {
  for (size_t i = 0; i < kCapacity; ++i) {
    Slot& slot = slots_[i];
    if (slot.image.load(std::memory_order_relaxed)) continue;
    slot.image.store(&image, std::memory_order_relaxed);
    slot.begin.store(image.base(), std::memory_order_relaxed);
    slot.end.store(image.end(), std::memory_order_release);
    if (i >= used_.load(std::memory_order_relaxed)) used_.store(i + 1, std::memory_order_release);
    return true;
  }
  return false;
}

void ImageList::remove(Image& image) {
  for (Slot& slot : slots_) {
    if (slot.image.load(std::memory_order_relaxed) != &image) continue;
    slot.end.store(0, std::memory_order_relaxed);
    slot.begin.store(0, std::memory_order_relaxed);
    slot.image.store(nullptr, std::memory_order_release);
  }
}

Image* ImageList::find(uint64_t address) const {
  const size_t used = used_.load(std::memory_order_acquire);
  for (size_t i = 0; i < used; ++i) {
    const Slot& slot = slots_[i];
    if (address < slot.end.load(std::memory_order_acquire) && address >= slot.begin.load(std::memory_order_relaxed))
      return slot.image.load(std::memory_order_relaxed);
  }
  return nullptr;
}

std::vector<Image*> ImageList::all() const {
  std::vector<Image*> images;
  for (const Slot& slot : slots_)
    if (Image* image = slot.image.load(std::memory_order_acquire)) images.push_back(image);
  return images;
}

}  // namespace portside::loader
