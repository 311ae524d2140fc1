// Voice: the part of a stream that the mixer works with. A stream owns its voice; the mixer's lock guards what is in
// it.
#pragma once

#include "effects.h"
#include "level.h"
#include "packets.h"
#include "scatter_list.h"

// An event to signal, and its place in the list of a voice's events.
struct EventEntry {
  LIST_ENTRY link;
  PKEVENT event;
};

// What a stream is a stream of.
enum class Source : ULONG { kHost, kOffload, kLoopback, kInput };

// Registers as a sound chip has them: a page of their own, which the port maps into the client.
struct RegisterPage {
  volatile ULONG position;  // where the mixer is in the buffer, in bytes
  ULONG reserved;
  volatile ULONGLONG word_clock;  // frames since the device started
};

struct Voice {
  explicit Voice(Source voice_source) : source(voice_source) { InitializeListHead(&events); }

  bool renders() const { return source == Source::kHost || source == Source::kOffload; }

  const Source source;
  SampleFormat format = {};
  Mode mode = Mode::kDefault;

  ScatterList pages;
  ULONG buffer_frames = 0;  // 0: no buffer yet
  LIST_ENTRY events;
  Packets packets;
  RegisterPage* registers = nullptr;

  bool running = false;
  LONGLONG position = 0;       // frames moved since STOP; never wraps
  LONGLONG clock_at_zero = 0;  // what the word clock said, or would have said, at position 0

  // Of render voices.
  LONG trim = kDefaultTrim;  // of its audio module
  bool effect_enabled = true;
  bool keep_from_loopback = false;
  ULONG write_offset = 0;  // of an offload stream: how far its client says it has written, in bytes
  Level level;             // volume and mute of an offload stream
  LONG peaks[kMaxChannels] = {};

  ULONG offset_of(LONGLONG frame) const { return static_cast<ULONG>(frame % buffer_frames) * format.bytes_per_frame(); }
};
