// Packets: the packet mode of a stream, as arithmetic: which packet is done, which may be written, which may be read.
//
// IMiniportWaveRTOutputStream and IMiniportWaveRTInputStream: the buffer holds NotificationCount packets of one size;
// packets are numbered from 0 since STOP, packet n lies at place n % NotificationCount, "the first sample of packet 0
// is block 0". Written apart from the streams so that it can be read, and tested, apart.
#pragma once

#include <portcls.h>

class Packets {
 public:
  // `count` is the NotificationCount, 0 for a buffer without notifications.
  void set_layout(ULONG count, ULONG frames) { count_ = count, frames_ = frames; }
  void reset() { written_ = read_ = 0, packet_mode_ = false, end_frame_ = -1; }

  // What is too long by a part of a frame is too long.
  static ULONG frames_of(ULONG bytes, ULONG frame_bytes) { return bytes / frame_bytes + (bytes % frame_bytes != 0); }

  ULONG count() const { return count_; }
  ULONG frames() const { return frames_; }
  ULONG written() const { return written_; }
  // Packets that are behind `position`, a number of frames.
  ULONG completed(LONGLONG position) const { return frames_ ? static_cast<ULONG>(position / frames_) : 0; }

  // IMiniportWaveRTOutputStream::SetWritePacket, with its statuses. `moving`: the stream is in RUN.
  NTSTATUS write(ULONG number, ULONG flags, ULONG end_frames, LONGLONG position, bool moving);
  // The stream ends at that frame: what lies behind it in the buffer is not sound.
  void end_at(LONGLONG frame) { end_frame_ = frame; }
  LONGLONG end_frame() const { return end_frame_; }
  // A client that never names a packet is one that works with positions: then all of its buffer is sound.
  bool audible(LONGLONG frame) const {
    return (end_frame_ < 0 || frame < end_frame_) && (!packet_mode_ || frame / frames_ < written_);
  }
  // A packet that began at `frame` without having been written, though more were to come.
  bool underrun_at(LONGLONG frame) const {
    return packet_mode_ && frame % frames_ == 0 && frame / frames_ >= written_ && end_frame_ < 0;
  }

  // IMiniportWaveRTInputStream::GetReadPacket: STATUS_DEVICE_NOT_READY when no new packet is complete.
  NTSTATUS read(LONGLONG position, ULONG* number, BOOL* more);

 private:
  ULONG count_ = 0;
  ULONG frames_ = 0;
  ULONG written_ = 0;         // one more than the highest packet that was written
  ULONG read_ = 0;            // the next packet to read
  bool packet_mode_ = false;  // SetWritePacket was called since STOP
  LONGLONG end_frame_ = -1;   // where the stream ends; -1: no end is known
};
