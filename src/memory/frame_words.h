#pragma once
// FrameWords: one word for each page frame, by its dense index. Frames are handed out all over RAM on purpose, so that an
// array of them touches a page of the host for nearly every frame: what a short run uses lies together in a hash table
// instead, and becomes an array when it grows. Not thread safe.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace portside::memory {

class FrameWords {
 public:
  explicit FrameWords(uint64_t frames) : frames_(frames) {}
  ~FrameWords();
  FrameWords(const FrameWords&) = delete;
  FrameWords& operator=(const FrameWords&) = delete;

  // 0: never set.
  uint64_t get(uint64_t index) const { return array_ ? array_[index] : slots_[place_of(index)].word; }
  void set(uint64_t index, uint64_t word);

 private:
  static constexpr uint64_t kEmpty = UINT64_MAX;
  struct Slot {
    uint64_t index = kEmpty;
    uint64_t word = 0;
  };

  // Where the index is, or would be put. There is always room.
  size_t place_of(uint64_t index) const;
  void grow();
  void become_array();

  const uint64_t frames_;
  std::vector<Slot> slots_ = std::vector<Slot>(512);  // a power of two, at most half of it used
  size_t used_ = 0;
  uint64_t* array_ = nullptr;
};

}  // namespace portside::memory
