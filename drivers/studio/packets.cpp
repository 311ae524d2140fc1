// Packets. See packets.h. Not pageable: used under the mixer's lock.
#include "packets.h"

NTSTATUS Packets::write(ULONG number, ULONG flags, ULONG end_frames, LONGLONG position, bool moving) {
  if (flags & ~static_cast<ULONG>(KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM)) return STATUS_INVALID_PARAMETER;
  if (count_ == 0) return STATUS_INVALID_DEVICE_STATE;      // the buffer has no packets
  if (end_frame_ >= 0) return STATUS_INVALID_DEVICE_STATE;  // after the end of the stream
  const bool last = flags & KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM;
  if (last && end_frames > frames_) return STATUS_INVALID_PARAMETER;

  // "a packet number that has already transferred or is currently transferring". Before the first frame has moved,
  // nothing is under way, and packet 0 is filled in advance.
  const ULONG current = completed(position);
  const bool under_way = moving || position % frames_ != 0;
  if (number < current || (number == current && under_way)) return STATUS_DATA_LATE_ERROR;
  if (number - current >= count_) return STATUS_DATA_OVERRUN;

  packet_mode_ = true;
  if (number + 1 > written_) written_ = number + 1;
  if (last) end_frame_ = static_cast<LONGLONG>(number) * frames_ + end_frames;
  return STATUS_SUCCESS;
}

NTSTATUS Packets::read(LONGLONG position, ULONG* number, BOOL* more) {
  const ULONG done = completed(position);
  if (count_ == 0 || done <= read_) return STATUS_DEVICE_NOT_READY;
  // Of a buffer of n packets one is being overwritten: n - 1 are whole. With n = 1 the one that is just done has to do.
  // "The audio driver drops or overwrites oldest data first."
  const ULONG whole = count_ > 1 ? count_ - 1 : 1;
  if (done - read_ > whole) read_ = done - whole;
  *number = read_++;
  *more = done > read_;
  return STATUS_SUCCESS;
}
