// Samples: frames on their way between a stream's bytes and the mixer's numbers.
//
// The mixer computes in double: it holds every 32-bit integer and every float exactly, so that a sample which nothing
// changes comes out as it went in, to the bit, whatever its format. (x64 drivers may use SSE at any IRQL.)
#pragma once

#include "formats.h"

// One frame of the mixer's bus, full scale being 1.
struct Frame {
  double sample[kMaxChannels];
};

// `bytes` is one frame in `format`. Channels that the format has not are silent.
Frame load_frame(const UCHAR* bytes, const SampleFormat& format);
// What lies beyond full scale is clipped; fractions are cut off, towards zero.
void store_frame(UCHAR* bytes, const Frame& frame, const SampleFormat& format);
