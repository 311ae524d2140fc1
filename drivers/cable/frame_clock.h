// FrameClock: the sample clock of the cable, counted in whole frames since the cable was made.
//
// It must not drift: after an hour at 44.1 kHz the count has to be right to the frame. So nothing is ever added up:
// each reading is computed afresh from the performance counter, in integers,
//     frames(t) = floor(t * rate / frequency),   t = ticks since the epoch.
// The product passes 64 bits after some weeks, so whole seconds and the rest are multiplied apart; that is exact, as a
// second holds a whole number of frames.
//
// All streams of one rate count by the same clock. A stream that starts between two frames starts with the next one, as
// on a real converter, and two streams of one rate always move by the same number of frames.
#pragma once

#include <wdm.h>

class FrameClock {
 public:
  FrameClock() {
    LARGE_INTEGER frequency;
    epoch_ = KeQueryPerformanceCounter(&frequency).QuadPart;
    frequency_ = frequency.QuadPart;
  }

  // Ticks of the performance counter since the epoch.
  LONGLONG now() const { return KeQueryPerformanceCounter(nullptr).QuadPart - epoch_; }

  // What the performance counter itself says at such a tick.
  LONGLONG counter_at(LONGLONG ticks) const { return epoch_ + ticks; }

  LONGLONG frames_at(LONGLONG ticks, ULONG rate) const {
    return ticks / frequency_ * rate + ticks % frequency_ * rate / frequency_;
  }

  // The first tick at which frames_at() reaches `frames`.
  LONGLONG ticks_of(LONGLONG frames, ULONG rate) const {
    return frames / rate * frequency_ + (frames % rate * frequency_ + rate - 1) / rate;
  }

  // A duration in the unit of Windows' timers, 100 ns, rounded up: a timer must not come before its time.
  LONGLONG hundred_ns(LONGLONG ticks) const {
    constexpr LONGLONG kHundredNsPerSecond = 10000000;
    return ticks / frequency_ * kHundredNsPerSecond +
           (ticks % frequency_ * kHundredNsPerSecond + frequency_ - 1) / frequency_;
  }

 private:
  LONGLONG epoch_;
  LONGLONG frequency_;
};
