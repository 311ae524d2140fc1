#pragma once
// SoundCopy: a buffer of the client's own where the driver's cannot be given to it, and what is carried between the two:
// what was written goes to the device's, what was recorded comes from there.

#include "portside/client.h"
#include "wire/shared_memory.h"

namespace portside::service {

class SoundCopy {
 public:
  // `device`: the driver's buffer, whole frames.
  static Result<SoundCopy> create(std::span<std::byte> device, uint64_t frame_bytes, Direction direction);

  int descriptor() const { return client_.descriptor(); }
  // The device is done with `frames`, and the client with `written`, which may be any number.
  void move(uint64_t frames, uint64_t written);
  // Frames begin anew.
  void reset() { copied_ = 0; }

 private:
  std::span<std::byte> device_;
  wire::SharedMemory client_;
  uint64_t frame_bytes_ = 0, ring_ = 0, copied_ = 0;
  bool render_ = true;
};

}  // namespace portside::service
