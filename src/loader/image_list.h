#pragma once
// ImageList: the loaded images, found by address. Lookup takes no lock and may be done in a signal handler.

#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

namespace portside::loader {

class Image;

class ImageList {
 public:
  static constexpr size_t kCapacity = 64;

  // False when the list is full. Not while a driver of the machine runs on another host thread.
  bool add(Image& image);
  void remove(Image& image);
  // The image that holds the address, or null.
  Image* find(uint64_t address) const;
  Image* find(const void* address) const { return find(reinterpret_cast<uint64_t>(address)); }
  std::vector<Image*> all() const;

 private:
  struct Slot {
    std::atomic<uint64_t> begin{0};
    std::atomic<uint64_t> end{0};
    std::atomic<Image*> image{nullptr};
  };
  std::array<Slot, kCapacity> slots_;
  std::atomic<size_t> used_{0};
};

}  // namespace portside::loader
