// Cable: the device that this driver pretends to have. What goes into its render end comes out of its capture end.
//
// A real WaveRT driver programs a DMA engine, which then moves samples between the cyclic buffer and the converter with
// no help from the driver; the driver reads a position register and, at the notification points, gets an interrupt.
// Here the engine is advance(): it looks at the clock, moves exactly the frames that are due, and signals the events
// whose points were passed. It runs
//   - in a DPC, from a high-resolution timer set to the next notification point (or a few milliseconds ahead), and
//   - whenever somebody asks for a position, so that a position never runs ahead of the data.
//
// What the capture end hears:
//   - while the render end runs in the same format, its frames, in order, none lost and none twice. No sample waits
//     anywhere: a frame goes from buffer to buffer at the instant both ends' clocks tick;
//   - otherwise silence: nothing is rendered, or it is rendered in another format. A wire does not convert.
// What is rendered while nobody captures is lost, as on any wire.
#pragma once

#include "cable_end.h"
#include "com_object.h"
#include "frame_clock.h"

class Cable final : public Counted<Cable> {
 public:
  // PASSIVE_LEVEL. The cable comes with one reference.
  static NTSTATUS create(Cable** result);
  ~Cable();

  // The volume and mute of either end, for the topology filters.
  Level& level(bool capture) { return levels_[capture]; }

  // All of these may be called up to DISPATCH_LEVEL.
  void attach_buffer(CableEnd& end, UCHAR* buffer, ULONG frames, ULONG notification_frames);
  void detach_buffer(CableEnd& end);
  NTSTATUS run(CableEnd& end);
  void pause(CableEnd& end);          // the position stays where it is
  void stop(CableEnd& end);           // the position returns to zero
  ULONG offset_bytes(CableEnd& end);  // where in its buffer the end is now
  void add_event(CableEnd& end, EventEntry& event);
  EventEntry* remove_event(CableEnd& end, PKEVENT event);  // nullptr when it is not there; nullptr asks for any

 private:
  Cable();
  static EXT_CALLBACK on_timer;

  // Functions named _locked are called with lock_ held.
  void advance_locked(LONGLONG now);
  void transfer_locked(CableEnd& capture, LONGLONG frames);
  void move_locked(CableEnd& end, LONGLONG frames);
  void halt_locked(CableEnd& end);
  void set_timer_locked(LONGLONG now);

  KSPIN_LOCK lock_;
  PEX_TIMER timer_ = nullptr;
  FrameClock clock_;
  Level levels_[2];
  CableEnd* running_[2] = {};  // render, capture
};
