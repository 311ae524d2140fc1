// Level: what a volume node and a mute node hold, for each channel, and what they do to samples.
#pragma once

#include <wdm.h>

#include "formats.h"

// Volume is in units of 1/65536 decibel (KSPROPERTY_AUDIO_VOLUMELEVEL), here in steps of half a decibel from -96 to 0.
constexpr LONG kDecibel = 0x10000;
constexpr LONG kVolumeStep = kDecibel / 2;
constexpr LONG kVolumeMin = -96 * kDecibel;
constexpr LONG kVolumeMax = 0;

class Level {
 public:
  // 1.0. At this gain samples are not computed but copied, so that 0 dB is exact to the bit in every format.
  static constexpr LONG kUnity = 0x40000000;

  Level();

  // Properties ask and change these at PASSIVE_LEVEL while the DPC reads the gains; each gain is one aligned LONG,
  // which the processor reads and writes whole, so no lock is needed for it.
  LONG volume(ULONG channel) const { return volume_[channel]; }
  bool muted(ULONG channel) const { return muted_[channel]; }
  void set_volume(ULONG channel, LONG volume);
  void set_muted(ULONG channel, bool muted);

  LONG gain(ULONG channel) const { return gain_[channel]; }

 private:
  void update(ULONG channel);

  LONG volume_[kMaxChannels];
  bool muted_[kMaxChannels];
  volatile LONG gain_[kMaxChannels];
};

// Copies `frames` frames from one buffer to another under two levels, the sender's and the receiver's.
void copy_frames(UCHAR* to, const UCHAR* from, ULONG frames, const SampleFormat& format, const Level& sender,
                 const Level& receiver);
