// StreamPosition: where a stream is, and what follows from it: how many packets are through, which may be written or
// read, whom to wake. Its own spin lock guards it, as the DPC, GetPosition and the packet methods all come here; so it
// is a class of its own, and not pageable.
#pragma once

#include "frame_clock.h"
#include "notification_events.h"
#include "packets.h"
#include "turn_counter.h"

class StreamPosition {
 public:
  // Where the device is in the buffer, in bytes. Called up to DISPATCH_LEVEL.
  typedef ULONG (*Offset)(void* device);
  struct Layout {
    ULONG bytes;
    ULONG packets;  // 0: none
    ULONG frame_bytes;
    ULONG rate;
  };

  StreamPosition();
  ~StreamPosition();

  // All up to DISPATCH_LEVEL.
  // The buffer: `view` is the driver's mapping of it.
  void attach(Offset offset, void* device, UCHAR* view, const Layout& layout);
  void detach();
  void reset();
  // RUN, and its end.
  void start();
  void halt();

  ULONG offset_bytes();
  ULONGLONG frames(ULONGLONG* counter);  // since STOP, and the performance counter then
  // In the DPC: the device has completed a packet.
  void packet_completed();

  // IMiniportWaveRTOutputStream, IMiniportWaveRTInputStream.
  NTSTATUS write_packet(ULONG number, ULONG flags, ULONG end_bytes);
  NTSTATUS read_packet(ULONG* number, ULONG64* counter, BOOL* more);
  ULONG packets_completed();

  void add_event(NotificationEvents::Entry& entry);
  NotificationEvents::Entry* remove_event(PKEVENT event);

 private:
  LONGLONG look_locked(LONGLONG* ticks);
  LONGLONG frames_locked(LONGLONG* ticks);
  UCHAR* packet_locked(ULONG number) const {
    return view_ + number % packets_.count() * static_cast<SIZE_T>(packet_bytes_);
  }
  void silence_behind_end_locked();

  FrameClock clock_;
  KSPIN_LOCK lock_;  // of all that follows
  Offset offset_ = nullptr;
  void* device_ = nullptr;
  UCHAR* view_ = nullptr;
  ULONG bytes_ = 0;
  ULONG packet_bytes_ = 0;
  ULONG frame_bytes_ = 1;
  ULONG rate_ = 1;
  bool running_ = false;
  TurnCounter turns_;
  Packets packets_;
  NotificationEvents events_;
};
