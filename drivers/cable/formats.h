// Formats: which sample formats the cable carries, and what a client's format says in the few numbers we need.
#pragma once

#include <portcls.h>

constexpr ULONG kMaxChannels = 8;
constexpr ULONG kMinRate = 8000;
constexpr ULONG kMaxRate = 192000;

// One sample format. Two ends of the cable are connected when theirs are equal.
struct SampleFormat {
  ULONG rate;  // frames a second
  USHORT channels;
  USHORT bytes_per_sample;  // of the container: 1, 2, 3 or 4
  BOOLEAN is_float;

  ULONG bytes_per_frame() const { return static_cast<ULONG>(channels) * bytes_per_sample; }
  // The byte that silence is made of: 8-bit PCM is unsigned with its middle at 128, all else is zero.
  UCHAR silence() const { return bytes_per_sample == 1 ? 0x80 : 0x00; }
  bool operator==(const SampleFormat& other) const {
    return rate == other.rate && channels == other.channels && bytes_per_sample == other.bytes_per_sample &&
           is_float == other.is_float;
  }
};

// Reads a client's KSDATAFORMAT. STATUS_NO_MATCH: well formed, and nothing the cable carries;
// STATUS_INVALID_PARAMETER: its numbers contradict each other.
NTSTATUS parse_format(const KSDATAFORMAT* format, SampleFormat* result);

// Writes a KSDATAFORMAT with its WAVEFORMATEXTENSIBLE, 104 bytes. `bits` is a multiple of 8.
void fill_format(KSDATAFORMAT* format, const GUID& sub_format, ULONG channels, ULONG bits, ULONG rate);

// The best format inside both a client's range and one of ours (IMiniport::DataRangeIntersection).
NTSTATUS intersect_ranges(const KSDATARANGE* client, const KSDATARANGE* ours, ULONG room, PVOID result, ULONG* length);
