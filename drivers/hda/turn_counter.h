// TurnCounter: makes a count that never wraps from an offset that does.
//
// The controller says where in the cyclic buffer it is. How often it has been round nobody says; interrupts tell, but
// they may be late or fall together, and a stream without notifications has none. So time is asked: between two looks
// the offset has moved by some bytes and a number of whole turns, and the turns are those that fit the time that
// passed best. The error of that estimate would have to reach half a buffer to matter.
#pragma once

#include <wdm.h>

class TurnCounter {
 public:
  void reset(ULONG buffer_bytes, ULONG bytes_per_second) {
    buffer_bytes_ = buffer_bytes;
    bytes_per_second_ = bytes_per_second;
    total_ = 0;
    offset_ = 0;
  }
  // From here on time counts; in PAUSE it does not.
  void start(LONGLONG now_hns) { last_hns_ = now_hns; }

  LONGLONG total() const { return total_; }

  // `offset`: where in the buffer the controller is. Returns the bytes since reset().
  LONGLONG look(ULONG offset, LONGLONG now_hns) {
    if (buffer_bytes_ == 0) return 0;
    offset %= buffer_bytes_;
    const LONGLONG step = (offset + buffer_bytes_ - offset_) % buffer_bytes_;
    // Seconds and the rest apart: bytes per second times a day in 100 ns would pass 64 bits.
    constexpr LONGLONG kSecond = 10000000;
    const LONGLONG passed = now_hns - last_hns_;
    const LONGLONG expected = passed / kSecond * bytes_per_second_ + passed % kSecond * bytes_per_second_ / kSecond;
    LONGLONG turns = 0;
    if (expected > step) turns = (expected - step + buffer_bytes_ / 2) / buffer_bytes_;
    total_ += step + turns * buffer_bytes_;
    offset_ = offset;
    last_hns_ = now_hns;
    return total_;
  }

 private:
  ULONG buffer_bytes_ = 0;
  ULONG bytes_per_second_ = 0;
  LONGLONG total_ = 0;
  ULONG offset_ = 0;
  LONGLONG last_hns_ = 0;
};
