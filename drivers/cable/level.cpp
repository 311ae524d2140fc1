// Level. See level.h. Nothing here is pageable: the DPC copies samples through it.
#include "level.h"

namespace {

// 10^(-0.5/20), half a decibel down, as a fraction of 2^32.
constexpr ULONGLONG kHalfDecibelDown = 4054710589u;

// Samples are read and written byte by byte: a frame of 24-bit samples is aligned to nothing.
LONG load(const UCHAR* p, USHORT bytes) {
  switch (bytes) {
    case 1: return static_cast<LONG>(p[0]) - 128;
    case 2: return static_cast<SHORT>(p[0] | p[1] << 8);
    case 3: return static_cast<LONG>(static_cast<ULONG>(p[0] | p[1] << 8 | p[2] << 16) << 8) >> 8;
    default: return static_cast<LONG>(p[0] | p[1] << 8 | p[2] << 16 | static_cast<ULONG>(p[3]) << 24);
  }
}

void store(UCHAR* p, USHORT bytes, LONG sample) {
  if (bytes == 1) {
    p[0] = static_cast<UCHAR>(sample + 128);
    return;
  }
  for (USHORT i = 0; i < bytes; ++i) p[i] = static_cast<UCHAR>(static_cast<ULONG>(sample) >> (8 * i));
}

// x64 drivers may use SSE floating point at any IRQL; only x86 had to save the state first.
void scale_float(UCHAR* to, const UCHAR* from, LONG gain) {
  float sample;
  RtlCopyMemory(&sample, from, sizeof(sample));
  sample *= static_cast<float>(gain) / static_cast<float>(Level::kUnity);
  RtlCopyMemory(to, &sample, sizeof(sample));
}

LONG product(LONG a, LONG b) { return static_cast<LONG>(static_cast<LONGLONG>(a) * b / Level::kUnity); }

}  // namespace

Level::Level() {
  for (ULONG channel = 0; channel < kMaxChannels; ++channel) {
    volume_[channel] = kVolumeMax;
    muted_[channel] = false;
    update(channel);
  }
}

void Level::set_volume(ULONG channel, LONG volume) {
  if (volume < kVolumeMin) volume = kVolumeMin;
  if (volume > kVolumeMax) volume = kVolumeMax;
  // A node that moves in steps answers with the step it took, not with the wish (KSPROPERTY_STEPPING_LONG).
  volume_[channel] = (volume - kVolumeStep / 2) / kVolumeStep * kVolumeStep;
  update(channel);
}

void Level::set_muted(ULONG channel, bool muted) {
  muted_[channel] = muted;
  update(channel);
}

void Level::update(ULONG channel) {
  ULONGLONG gain = kUnity;
  for (LONG v = volume_[channel]; v < 0; v += kVolumeStep) gain = gain * kHalfDecibelDown >> 32;
  // The lowest volume is silence, as listeners expect of a slider at its end.
  gain_[channel] = muted_[channel] || volume_[channel] == kVolumeMin ? 0 : static_cast<LONG>(gain);
}

void copy_frames(UCHAR* to, const UCHAR* from, ULONG frames, const SampleFormat& format, const Level& sender,
                 const Level& receiver) {
  LONG gains[kMaxChannels];
  bool unity = true;
  for (ULONG c = 0; c < format.channels; ++c) {
    gains[c] = product(sender.gain(c), receiver.gain(c));
    unity = unity && gains[c] == Level::kUnity;
  }
  if (unity) {
    RtlCopyMemory(to, from, static_cast<SIZE_T>(frames) * format.bytes_per_frame());
    return;
  }
  for (ULONG frame = 0; frame < frames; ++frame) {
    for (ULONG c = 0; c < format.channels; ++c) {
      if (format.is_float) {
        scale_float(to, from, gains[c]);
      } else {
        store(to, format.bytes_per_sample, product(load(from, format.bytes_per_sample), gains[c]));
      }
      to += format.bytes_per_sample;
      from += format.bytes_per_sample;
    }
  }
}
