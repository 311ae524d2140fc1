// Mixer: the hardware that this driver pretends to have. One word clock drives it, as it drives a studio: all streams
// that are open at one time have one rate, and move by the same number of frames.
//
//   host stream ----- trim --+                        +--> loopback stream
//   offload stream -- trim, volume, mute, meter --+---+--> output volume, mute, meter --> output jack
//                                                                                             | patch lead
//   input stream <-- effect of its mode <-- input volume, mute, meter <-- input jack <--------+
//
// A patch lead goes from the output jack to the input jack while both have their plugs in: what is played is heard.
//
// advance() looks at the clock, moves exactly the frames that are due, and signals the events whose points were passed.
// It runs in a DPC, from a high-resolution timer, and whenever somebody asks for a position. Which voice is which is
// decided by Voice::source. Nothing below is pageable but create() and the end.
#pragma once

#include "com_object.h"
#include "frame_clock.h"
#include "recorder.h"
#include "voice.h"

class Mixer {
 public:
  static constexpr ULONG kMaxVoices = 8;

  NTSTATUS create(ULONG rate);  // PASSIVE_LEVEL
  void destroy();

  // The word clock. A device follows the first stream; a second one of another rate is refused (STATUS_DEVICE_BUSY).
  NTSTATUS claim_clock(ULONG rate);
  void release_clock();
  ULONG rate() const { return rate_; }
  NTSTATUS set_rate(ULONG rate);  // STATUS_DEVICE_BUSY while a stream is open

  // The controls that the topology filters show.
  Level& level(bool input) { return levels_[input]; }
  LONG take_peak(bool input, ULONG channel);  // since it was last asked for
  LONG take_peak(Voice& voice, ULONG channel);
  void set_patched(bool patched);

  // All of these may be called up to DISPATCH_LEVEL.
  void attach_buffer(Voice& voice, ULONG frames, ULONG packet_count);
  void detach_buffer(Voice& voice);
  NTSTATUS run(Voice& voice);
  void pause(Voice& voice);
  void stop(Voice& voice);
  LONGLONG position(Voice& voice, LONGLONG* counter);  // frames since STOP; and the performance counter at that moment
  void add_event(Voice& voice, EventEntry& event);
  EventEntry* remove_event(Voice& voice, PKEVENT event);  // nullptr: not there; nullptr asks for any
  NTSTATUS write_packet(Voice& voice, ULONG number, ULONG flags, ULONG end_bytes);
  void end_stream_at(Voice& voice, ULONG offset_bytes);  // in the buffer: where the last sound ends
  NTSTATUS read_packet(Voice& voice, ULONG* number, ULONG64* counter, BOOL* more);

  ULONG underruns() const { return underruns_; }
  LONGLONG frames_clocked() const { return clock_frame_; }
  LONG streams() const { return claims_; }
  // Where what is played is written as well; nullptr: nowhere. On the return nobody uses the one before: a device that is stopped
  // to be rebalanced has streams that run.
  void set_recorder(Recorder* recorder);

 private:
  static EXT_CALLBACK on_timer;
  void advance_locked();
  void mix_frame_locked();
  void signal_locked(Voice& voice, LONGLONG before);
  void halt_locked(Voice& voice);
  void set_timer_locked();

  KSPIN_LOCK lock_ = 0;
  PEX_TIMER timer_ = nullptr;
  FrameClock clock_;
  ULONG rate_ = 48000;
  LONG claims_ = 0;
  LONGLONG clock_frame_ = 0;  // frames of the word clock, over all rates that it had
  LONGLONG rate_frame_ = 0;   // what the frame clock said, in frames of the present rate, when clock_frame_ was set
  Voice* running_[kMaxVoices] = {};
  bool patched_ = true;
  Level levels_[2];
  LONG peaks_[2][kMaxChannels] = {};
  ULONG underruns_ = 0;
  Recorder* recorder_ = nullptr;
};
