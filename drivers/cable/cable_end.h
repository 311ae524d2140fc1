// CableEnd: one end of the cable, which is the part of a stream that the "DMA engine" works with.
//
// A stream owns its end; the cable's lock guards everything in it, as the engine runs in a DPC.
#pragma once

#include "formats.h"
#include "level.h"

// An event to signal, and its place in the list of an end's events.
struct EventEntry {
  LIST_ENTRY link;
  PKEVENT event;
};

struct CableEnd {
  CableEnd(bool is_capture, const Level& end_level) : capture(is_capture), level(end_level) {
    InitializeListHead(&events);
  }

  const bool capture;
  const Level& level;  // of the topology filter behind this end
  SampleFormat format = {};

  UCHAR* buffer = nullptr;  // the driver's view of the cyclic buffer
  ULONG buffer_frames = 0;
  ULONG notification_frames = 0;  // an event every so many frames; 0 for a basic stream
  LIST_ENTRY events;

  LONGLONG clock_frame = 0;  // what the frame clock said when the engine last moved this end
  LONGLONG position = 0;     // frames moved since STOP; never wraps

  ULONG offset_frames() const { return static_cast<ULONG>(position % buffer_frames); }
  UCHAR* at(LONGLONG frame) const {
    return buffer + static_cast<ULONG>(frame % buffer_frames) * static_cast<SIZE_T>(format.bytes_per_frame());
  }
  // How many frames from `frame` on lie in one piece.
  ULONG contiguous(LONGLONG frame) const { return buffer_frames - static_cast<ULONG>(frame % buffer_frames); }
};
