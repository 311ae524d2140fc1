#pragma once
// Clock: what time it is in a machine. Virtual time moves only when the kernel moves it; real time is CLOCK_MONOTONIC.

#include <chrono>
#include <cstdint>

namespace portside {

using Nanoseconds = std::chrono::nanoseconds;
// Windows' unit of time: 100 nanoseconds.
using Hns = std::chrono::duration<int64_t, std::ratio<1, 10'000'000>>;

class Clock {
 public:
  virtual ~Clock() = default;
  // Time since the machine started.
  virtual Nanoseconds now() const = 0;
};

}  // namespace portside
