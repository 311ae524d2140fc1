// Cable. See cable.h. Nothing here is pageable but create() and the end: the DPC and the spin lock live here.
#include "cable.h"

#include "spin_lock_guard.h"

// How often the engine looks between two notification points: a client that goes by its own clock may overwrite what
// has been played, so it has to be fetched soon after. Many drivers look a thousand times a second, and one build does.
#ifndef CABLE_LOOKS_PER_SECOND
#define CABLE_LOOKS_PER_SECOND 100
#endif

namespace {

// The frame, by the end's clock, at which the engine has to look after it again.
LONGLONG next_frame(const CableEnd& end) {
  ULONG frames = end.format.rate / CABLE_LOOKS_PER_SECOND;
  if (end.notification_frames != 0) {
    const ULONG to_event = end.notification_frames - static_cast<ULONG>(end.position % end.notification_frames);
    if (to_event < frames) frames = to_event;
  } else if (end.buffer_frames / 4 < frames) {
    frames = end.buffer_frames / 4;
  }
  return end.clock_frame + (frames ? frames : 1);
}

}  // namespace

#pragma code_seg("PAGE")

NTSTATUS Cable::create(Cable** result) {
  PAGED_CODE();
  Cable* cable = new Cable();
  if (!cable) return STATUS_INSUFFICIENT_RESOURCES;
  // High resolution: an ordinary timer fires on the system's tick, up to 15.6 ms late.
  cable->timer_ = ExAllocateTimer(&Cable::on_timer, cable, EX_TIMER_HIGH_RESOLUTION);
  if (!cable->timer_) {
    cable->Release();
    return STATUS_INSUFFICIENT_RESOURCES;
  }
  *result = cable;
  return STATUS_SUCCESS;
}

Cable::~Cable() {
  PAGED_CODE();
  // Cancel, and wait until a callback that is under way has returned: it uses this object.
  if (timer_) ExDeleteTimer(timer_, TRUE, TRUE, nullptr);
}

#pragma code_seg()

Cable::Cable() { KeInitializeSpinLock(&lock_); }

void Cable::attach_buffer(CableEnd& end, UCHAR* buffer, ULONG frames, ULONG notification_frames) {
  SpinLockGuard guard(lock_);
  end.buffer = buffer;
  end.buffer_frames = frames;
  end.notification_frames = notification_frames;
}

void Cable::detach_buffer(CableEnd& end) {
  SpinLockGuard guard(lock_);
  halt_locked(end);
  end.buffer = nullptr;
}

NTSTATUS Cable::run(CableEnd& end) {
  SpinLockGuard guard(lock_);
  if (!end.buffer || running_[end.capture]) return STATUS_INVALID_DEVICE_STATE;
  const LONGLONG now = clock_.now();
  // First bring the other end to this instant: from here on the two move in step.
  advance_locked(now);
  end.clock_frame = clock_.frames_at(now, end.format.rate);
  running_[end.capture] = &end;
  set_timer_locked(now);
  return STATUS_SUCCESS;
}

void Cable::pause(CableEnd& end) {
  SpinLockGuard guard(lock_);
  halt_locked(end);
}

void Cable::stop(CableEnd& end) {
  SpinLockGuard guard(lock_);
  halt_locked(end);
  end.position = 0;
}

ULONG Cable::offset_bytes(CableEnd& end) {
  SpinLockGuard guard(lock_);
  advance_locked(clock_.now());
  return end.buffer ? end.offset_frames() * end.format.bytes_per_frame() : 0;
}

void Cable::add_event(CableEnd& end, EventEntry& event) {
  SpinLockGuard guard(lock_);
  InsertTailList(&end.events, &event.link);
}

EventEntry* Cable::remove_event(CableEnd& end, PKEVENT event) {
  SpinLockGuard guard(lock_);
  for (LIST_ENTRY* link = end.events.Flink; link != &end.events; link = link->Flink) {
    EventEntry* entry = CONTAINING_RECORD(link, EventEntry, link);
    if (!event || entry->event == event) {
      RemoveEntryList(link);
      return entry;
    }
  }
  return nullptr;
}

// At DISPATCH_LEVEL.
void Cable::on_timer(PEX_TIMER, PVOID context) {
  Cable* cable = static_cast<Cable*>(context);
  SpinLockGuard guard(cable->lock_);
  const LONGLONG now = cable->clock_.now();
  cable->advance_locked(now);
  cable->set_timer_locked(now);
}

// The DMA engine.
void Cable::advance_locked(LONGLONG now) {
  LONGLONG due[2] = {};
  for (CableEnd* end : running_) {
    if (!end) continue;
    const LONGLONG clock_frame = clock_.frames_at(now, end->format.rate);
    due[end->capture] = clock_frame - end->clock_frame;
    end->clock_frame = clock_frame;
  }
  // Data first, then positions and events: who is told of a position finds the data there.
  if (CableEnd* capture = running_[1]) transfer_locked(*capture, due[1]);
  for (CableEnd* end : running_) {
    if (end) move_locked(*end, due[end->capture]);
  }
}

// Fills the next `frames` frames of the capture buffer.
void Cable::transfer_locked(CableEnd& capture, LONGLONG frames) {
  const CableEnd* render = running_[0];
  if (render && !(render->format == capture.format)) render = nullptr;
  // After a long gap (the machine slept) only the last turn of the buffer can still be seen.
  LONGLONG done = frames > capture.buffer_frames ? frames - capture.buffer_frames : 0;
  while (done < frames) {
    const LONGLONG to = capture.position + done;
    LONGLONG count = frames - done;
    if (count > capture.contiguous(to)) count = capture.contiguous(to);
    if (render) {
      const LONGLONG from = render->position + done;
      if (count > render->contiguous(from)) count = render->contiguous(from);
      copy_frames(capture.at(to), render->at(from), static_cast<ULONG>(count), capture.format, render->level,
                  capture.level);
    } else {
      RtlFillMemory(capture.at(to), static_cast<SIZE_T>(count) * capture.format.bytes_per_frame(),
                    capture.format.silence());
    }
    done += count;
  }
}

void Cable::move_locked(CableEnd& end, LONGLONG frames) {
  const LONGLONG before = end.position;
  end.position += frames;
  if (end.notification_frames == 0 || before / end.notification_frames == end.position / end.notification_frames)
    return;
  for (LIST_ENTRY* link = end.events.Flink; link != &end.events; link = link->Flink) {
    KeSetEvent(CONTAINING_RECORD(link, EventEntry, link)->event, IO_NO_INCREMENT, FALSE);
  }
}

void Cable::halt_locked(CableEnd& end) {
  advance_locked(clock_.now());
  running_[end.capture] = nullptr;
  // With one end still running the timer finds its own next time; with none there is nothing to wake for.
  if (!running_[0] && !running_[1]) ExCancelTimer(timer_, nullptr);
}

void Cable::set_timer_locked(LONGLONG now) {
  LONGLONG delay = 0;
  for (const CableEnd* end : running_) {
    if (!end) continue;
    const LONGLONG deadline = clock_.ticks_of(next_frame(*end), end->format.rate);
    const LONGLONG this_delay = deadline > now ? clock_.hundred_ns(deadline - now) : 1;
    if (delay == 0 || this_delay < delay) delay = this_delay;
  }
  // Negative: from now. One shot: each time is computed anew, so that no error adds up.
  if (delay != 0) ExSetTimer(timer_, -delay, 0, nullptr);
}
