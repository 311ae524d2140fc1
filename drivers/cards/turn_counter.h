// TurnCounter: makes a count that never wraps from an offset that does.
//
// The controller says where in the cyclic buffer it is. How often it has been round nobody says; interrupts tell, but
// they may be late or fall together, and a stream without notifications has none. So time is asked: of all counts that
// the offset allows, the one that lies nearest to what the time since RUN makes of the stream's rate. The error of that
// would have to reach half a buffer to matter, and then only until the controller has caught up: a count is never built
// on the one before.
//
// The controller's clock is not the processor's. Their difference is followed, some seconds behind: so fast that no
// drift comes to half a buffer, so slowly that a controller that stands still for some milliseconds takes nobody with
// it.
#pragma once

#include <wdm.h>

class TurnCounter {
 public:
  void reset(ULONG buffer_bytes, ULONG bytes_per_second) {
    buffer_bytes_ = buffer_bytes;
    bytes_per_second_ = bytes_per_second;
    offset_ = 0;
    total_ = told_ = 0;
  }
  // From here on time counts; in PAUSE it does not.
  void start(LONGLONG now_hns) {
    start_hns_ = last_hns_ = now_hns;
    base_ = total_;
    lean_ = 0;
  }

  // Bytes since reset(), as the last look found; it never goes back.
  LONGLONG total() const { return told_; }
  ULONG offset() const { return offset_; }

  // `offset`: where in the buffer the controller is. Returns total().
  LONGLONG look(ULONG offset, LONGLONG now_hns) {
    if (buffer_bytes_ == 0) return 0;
    offset %= buffer_bytes_;
    const LONGLONG expected = base_ + bytes_in(now_hns - start_hns_);
    const LONGLONG least = total_ - offset_ + offset;  // congruent to the offset; some turns more or fewer are right
    LONGLONG count = least + round_to_turns(expected - least);
    if (count < 0) count = offset;
    follow(count - expected, now_hns - last_hns_);
    offset_ = offset;
    last_hns_ = now_hns;
    total_ = count;
    if (told_ < total_) told_ = total_;
    return told_;
  }

 private:
  static constexpr LONGLONG kSecond = 10000000;
  static constexpr LONGLONG kFollow = 8 * kSecond;

  // Seconds and the rest apart: bytes per second times a day in 100 ns would pass 64 bits.
  LONGLONG bytes_in(LONGLONG hns) const {
    return hns / kSecond * bytes_per_second_ + hns % kSecond * bytes_per_second_ / kSecond;
  }
  // To the nearest whole number of turns, in bytes.
  LONGLONG round_to_turns(LONGLONG bytes) const {
    const LONGLONG turn = buffer_bytes_, up = bytes + turn / 2;
    return (up >= 0 ? up / turn : -((turn - 1 - up) / turn)) * turn;
  }
  void follow(LONGLONG error, LONGLONG passed_hns) {
    lean_ += error * (passed_hns < kFollow ? passed_hns : kFollow);
    base_ += lean_ / kFollow;
    lean_ %= kFollow;
  }

  ULONG buffer_bytes_ = 0;
  ULONG bytes_per_second_ = 0;
  ULONG offset_ = 0;
  LONGLONG total_ = 0;  // what the last look made of it
  LONGLONG told_ = 0;   // the highest of these
  LONGLONG start_hns_ = 0, last_hns_ = 0;
  LONGLONG base_ = 0;  // what total_ was at the start, by the controller's clock
  LONGLONG lean_ = 0;  // of base_: bytes times 100 ns that have not come to a byte
};
