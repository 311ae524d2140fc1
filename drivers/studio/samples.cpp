// Samples. See samples.h. Nothing here is pageable: the mixer runs in a DPC.
#include "samples.h"

namespace {

constexpr double kFullScale = 2147483648.0;  // 2^31: integers are brought to the top of 32 bits

LONG load_integer(const UCHAR* p, USHORT bytes) {
  if (bytes == 1) return static_cast<LONG>(static_cast<ULONG>(p[0] ^ 0x80u) << 24);  // unsigned, 128 in the middle
  ULONG value = 0;
  for (USHORT i = 0; i < bytes; ++i) value |= static_cast<ULONG>(p[i]) << (8 * (4 - bytes + i));
  return static_cast<LONG>(value);
}

void store_integer(UCHAR* p, USHORT bytes, double sample) {
  // In units of the format's own last bit, so that what is cut off is less than one of them.
  const double scale = static_cast<double>(1ull << (8 * bytes - 1));
  LONGLONG value = static_cast<LONGLONG>(sample * scale);
  if (value > static_cast<LONGLONG>(scale) - 1) value = static_cast<LONGLONG>(scale) - 1;
  if (value < -static_cast<LONGLONG>(scale)) value = -static_cast<LONGLONG>(scale);
  if (bytes == 1) value += 128;
  for (USHORT i = 0; i < bytes; ++i) p[i] = static_cast<UCHAR>(value >> (8 * i));
}

}  // namespace

Frame load_frame(const UCHAR* bytes, const SampleFormat& format) {
  Frame frame = {};
  for (ULONG c = 0; c < format.channels; ++c, bytes += format.bytes_per_sample) {
    if (format.is_float) {
      float sample;
      RtlCopyMemory(&sample, bytes, sizeof(sample));
      frame.sample[c] = sample;
    } else {
      frame.sample[c] = load_integer(bytes, format.bytes_per_sample) / kFullScale;
    }
  }
  return frame;
}

void store_frame(UCHAR* bytes, const Frame& frame, const SampleFormat& format) {
  for (ULONG c = 0; c < format.channels; ++c, bytes += format.bytes_per_sample) {
    if (format.is_float) {
      const float sample = static_cast<float>(frame.sample[c]);
      RtlCopyMemory(bytes, &sample, sizeof(sample));
    } else {
      store_integer(bytes, format.bytes_per_sample, frame.sample[c]);
    }
  }
}
