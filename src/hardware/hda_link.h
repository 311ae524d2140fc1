#pragma once
// HdaLink: the link between a controller's streams and the codecs' converters (HDA 1.0a §5): frames go by stream
// number.

#include <cstddef>
#include <cstdint>
#include <span>

namespace portside::hardware {

class HdaLink {
 public:
  virtual ~HdaLink() = default;
  // Whole frames of an output stream, in its format, that go over the link now.
  virtual void deliver(uint8_t number, uint16_t format, std::span<const std::byte> frames) = 0;
  // Frames of an input stream: what the converter with that number speaks; silence when there is none.
  virtual void collect(uint8_t number, uint16_t format, std::span<std::byte> frames) = 0;
};

}  // namespace portside::hardware
