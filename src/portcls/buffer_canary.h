#pragma once
// BufferCanary: a pattern in the bytes of a stream's pages that lie outside its buffer: behind its end, to the end of
// the last page, and in the first page before its offset. Nobody plays or records there.
//
// Which bytes are whose: decision 0010. In short: the pages come zeroed, so the pattern is written once the miniport
// has handed the buffer over; a driver that asked the port for more bytes than it hands out uses the rest as it likes,
// and has no canary; and a stretch that is filled with one value was cleared with the page, and is not told.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace portside::portcls {

class BufferCanary {
 public:
  // `pages`: the whole pages that the MDL describes, [offset, offset + bytes) of which is the buffer. The driver asked
  // the port for `asked_for` bytes.
  static std::optional<BufferCanary> place(std::byte* pages, uint64_t page_bytes, uint64_t offset, uint64_t bytes,
                                           uint64_t asked_for);

  struct Change {
    bool before = false;
    uint64_t first = 0;    // from the buffer's end; before: from the page's start
    uint64_t changed = 0;  // bytes
  };
  // What was written since; what it finds is forgotten, so that it is found once.
  std::vector<Change> look();

 private:
  struct Stretch {
    std::byte* at = nullptr;
    uint64_t bytes = 0;
    bool before = false;
    bool told = false;
  };
  std::vector<Stretch> stretches_;
};

}  // namespace portside::portcls
