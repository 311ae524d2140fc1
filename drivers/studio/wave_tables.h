// WaveTables: a wave filter's descriptor, one copy a device: what it offers depends on the device's settings.
#pragma once

#include "wave_miniport.h"

struct WaveTables {
  KSDATARANGE_AUDIO integers, floats;
  // A range whose Flags say KSDATARANGE_ATTRIBUTES is followed, in the array, by the list of its attributes.
  PKSDATARANGE with_modes[4];
  PKSDATARANGE without_modes[2];
  PCPIN_DESCRIPTOR pins[WaveMiniport::kMaxPins];
  PCFILTER_DESCRIPTOR filter;
  KSDATARANGE_AUDIO plain_integers, plain_floats;

  void fill(bool capture, ULONG channels);
};

// What streams of this device can be.
constexpr ULONG kLowestRate = 44100;
constexpr ULONG kHighestRate = 192000;
constexpr ULONG kFewestBits = 16;
// How many streams a pin takes.
constexpr ULONG kOffloadStreams = 3;
