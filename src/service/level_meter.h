#pragma once
// LevelMeter: how loud a stream is, for who watches: peak and mean square of each channel over about a tenth of a
// second.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "portside/client.h"

namespace portside::service {

struct Level {
  double peak = 0, rms = 0;  // of full scale
};

class LevelMeter {
 public:
  explicit LevelMeter(const StreamFormat& format);

  // Frames that follow those of the last call.
  void add(std::span<const std::byte> frames);
  // Of the last tenth of a second that was whole; empty before there was one.
  const std::vector<Level>& levels() const { return levels_; }
  // What was heard long ago is not what is heard.
  void clear();

 private:
  StreamFormat format_;
  std::vector<double> peaks_, squares_;
  uint64_t frames_ = 0;
  std::vector<Level> levels_;
};

}  // namespace portside::service
