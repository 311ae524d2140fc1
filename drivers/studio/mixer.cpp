// Mixer. See mixer.h.
#include "mixer.h"

#include "spin_lock_guard.h"

namespace {

// How far the mixer may lag behind the clock between two packets, as a fraction of a second.
constexpr ULONG kLongestLag = 100;  // 1/100 s

void meter(LONG* peaks, const Frame& frame) {
  for (ULONG c = 0; c < kMaxChannels; ++c) {
    const double size = frame.sample[c] < 0 ? -frame.sample[c] : frame.sample[c];
    const LONG peak = size >= 1 ? MAXLONG : static_cast<LONG>(size * 2147483648.0);
    if (peak > peaks[c]) peaks[c] = peak;
  }
}

void apply_level(Frame& frame, const Level& level) {
  for (ULONG c = 0; c < kMaxChannels; ++c) {
    const LONG gain = level.gain(c);
    if (gain != Level::kUnity) frame.sample[c] *= static_cast<double>(gain) / Level::kUnity;
  }
}

void add(Frame& sum, const Frame& frame) {
  for (ULONG c = 0; c < kMaxChannels; ++c) sum.sample[c] += frame.sample[c];
}

// The largest frame: 8 channels of 32 bits.
constexpr ULONG kMaxFrameBytes = kMaxChannels * sizeof(ULONG);

}  // namespace

#pragma code_seg("PAGE")

NTSTATUS Mixer::create(ULONG rate) {
  PAGED_CODE();
  KeInitializeSpinLock(&lock_);
  rate_ = rate;
  rate_frame_ = clock_.frames_at(clock_.now(), rate_);
  timer_ = ExAllocateTimer(&Mixer::on_timer, this, EX_TIMER_HIGH_RESOLUTION);
  return timer_ ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

void Mixer::destroy() {
  PAGED_CODE();
  // Cancel, and wait until a callback that is under way has returned: it uses this object.
  if (timer_) ExDeleteTimer(timer_, TRUE, TRUE, nullptr);
}

#pragma code_seg()

NTSTATUS Mixer::claim_clock(ULONG rate) {
  SpinLockGuard guard(lock_);
  if (claims_ != 0 && rate != rate_) return STATUS_DEVICE_BUSY;
  if (claims_++ == 0) {
    rate_ = rate;
    rate_frame_ = clock_.frames_at(clock_.now(), rate_);
  }
  return STATUS_SUCCESS;
}

void Mixer::release_clock() {
  SpinLockGuard guard(lock_);
  --claims_;
}

NTSTATUS Mixer::set_rate(ULONG rate) {
  SpinLockGuard guard(lock_);
  if (claims_ != 0 && rate != rate_) return STATUS_DEVICE_BUSY;
  rate_ = rate;
  return STATUS_SUCCESS;
}

LONG Mixer::take_peak(bool input, ULONG channel) {
  SpinLockGuard guard(lock_);
  return InterlockedExchange(&peaks_[input][channel], 0);
}

LONG Mixer::take_peak(Voice& voice, ULONG channel) {
  SpinLockGuard guard(lock_);
  return InterlockedExchange(&voice.peaks[channel], 0);
}

void Mixer::set_patched(bool patched) {
  SpinLockGuard guard(lock_);
  advance_locked();  // what was played before the plug was pulled was heard
  patched_ = patched;
}

void Mixer::attach_buffer(Voice& voice, ULONG frames, ULONG packet_count) {
  SpinLockGuard guard(lock_);
  voice.buffer_frames = frames;
  voice.packets.set_layout(packet_count, packet_count ? frames / packet_count : 0);
  voice.packets.reset();
}

void Mixer::detach_buffer(Voice& voice) {
  SpinLockGuard guard(lock_);
  halt_locked(voice);
  voice.buffer_frames = 0;
  voice.packets.set_layout(0, 0);
}

NTSTATUS Mixer::run(Voice& voice) {
  SpinLockGuard guard(lock_);
  if (voice.buffer_frames == 0 || voice.running) return STATUS_INVALID_DEVICE_STATE;
  advance_locked();  // the others come to this instant: from here on all move in step
  for (Voice*& place : running_) {
    if (place) continue;
    place = &voice;
    voice.running = true;
    voice.clock_at_zero = clock_frame_ - voice.position;
    set_timer_locked();
    return STATUS_SUCCESS;
  }
  return STATUS_INSUFFICIENT_RESOURCES;
}

void Mixer::pause(Voice& voice) {
  SpinLockGuard guard(lock_);
  halt_locked(voice);
}

void Mixer::stop(Voice& voice) {
  SpinLockGuard guard(lock_);
  halt_locked(voice);
  voice.position = 0;
  voice.packets.reset();
  if (voice.registers) voice.registers->position = 0;
}

LONGLONG Mixer::position(Voice& voice, LONGLONG* counter) {
  SpinLockGuard guard(lock_);
  advance_locked();
  if (counter) *counter = KeQueryPerformanceCounter(nullptr).QuadPart;
  return voice.position;
}

void Mixer::add_event(Voice& voice, EventEntry& event) {
  SpinLockGuard guard(lock_);
  InsertTailList(&voice.events, &event.link);
}

EventEntry* Mixer::remove_event(Voice& voice, PKEVENT event) {
  SpinLockGuard guard(lock_);
  for (LIST_ENTRY* link = voice.events.Flink; link != &voice.events; link = link->Flink) {
    EventEntry* entry = CONTAINING_RECORD(link, EventEntry, link);
    if (!event || entry->event == event) {
      RemoveEntryList(link);
      return entry;
    }
  }
  return nullptr;
}

NTSTATUS Mixer::write_packet(Voice& voice, ULONG number, ULONG flags, ULONG end_bytes) {
  SpinLockGuard guard(lock_);
  advance_locked();
  return voice.packets.write(number, flags, Packets::frames_of(end_bytes, voice.format.bytes_per_frame()),
                             voice.position, voice.running);
}

void Mixer::end_stream_at(Voice& voice, ULONG offset_bytes) {
  SpinLockGuard guard(lock_);
  advance_locked();
  if (voice.buffer_frames == 0) return;
  // The next time that the mixer comes to this place of the buffer.
  const ULONG here = static_cast<ULONG>(voice.position % voice.buffer_frames);
  const ULONG there = offset_bytes / voice.format.bytes_per_frame() % voice.buffer_frames;
  voice.packets.end_at(voice.position + (there + voice.buffer_frames - here) % voice.buffer_frames);
}

NTSTATUS Mixer::read_packet(Voice& voice, ULONG* number, ULONG64* counter, BOOL* more) {
  SpinLockGuard guard(lock_);
  advance_locked();
  const NTSTATUS status = voice.packets.read(voice.position, number, more);
  if (!NT_SUCCESS(status)) return status;
  // "the performance counter value corresponding to the sampling instant of the first sample in the packet"
  const LONGLONG first = voice.clock_at_zero + static_cast<LONGLONG>(*number) * voice.packets.frames();
  *counter = static_cast<ULONG64>(clock_.counter_at(clock_.ticks_of(first - clock_frame_ + rate_frame_, rate_)));
  return STATUS_SUCCESS;
}

void Mixer::set_recorder(Recorder* recorder) {
  SpinLockGuard guard(lock_);
  recorder_ = recorder;
}

// At DISPATCH_LEVEL.
void Mixer::on_timer(PEX_TIMER, PVOID context) {
  Mixer* mixer = static_cast<Mixer*>(context);
  SpinLockGuard guard(mixer->lock_);
  mixer->advance_locked();
  mixer->set_timer_locked();
}

void Mixer::advance_locked() {
  if (claims_ == 0) return;
  const LONGLONG now = clock_.frames_at(clock_.now(), rate_);
  for (LONGLONG due = now - rate_frame_; due > 0; --due) {
    mix_frame_locked();
    ++clock_frame_;
  }
  rate_frame_ = now;
  for (Voice* voice : running_) {
    if (!voice || !voice->registers) continue;
    voice->registers->position = voice->offset_of(voice->position);
    voice->registers->word_clock = static_cast<ULONGLONG>(clock_frame_);
  }
}

// One tick of the word clock. The sound first, then positions and events: who is told of a position finds it there.
void Mixer::mix_frame_locked() {
  UCHAR bytes[kMaxFrameBytes];
  Frame output = {}, loopback = {};
  bool rendering = false;
  for (Voice* voice : running_) {
    if (!voice || !voice->renders()) continue;
    rendering = true;
    if (voice->packets.underrun_at(voice->position)) ++underruns_;
    if (!voice->packets.audible(voice->position)) continue;
    voice->pages.read(voice->offset_of(voice->position), bytes, voice->format.bytes_per_frame());
    Frame frame = load_frame(bytes, voice->format);
    if (voice->mode != Mode::kRaw && voice->effect_enabled) apply_trim(frame, voice->trim);
    apply_level(frame, voice->level);
    meter(voice->peaks, frame);
    add(output, frame);
    if (!voice->keep_from_loopback) add(loopback, frame);
  }
  apply_level(output, levels_[0]);
  meter(peaks_[0], output);
  if (recorder_ && rendering) recorder_->put(output);

  Frame input = {};
  if (patched_) input = output;
  apply_level(input, levels_[1]);
  meter(peaks_[1], input);
  for (Voice* voice : running_) {
    if (!voice) continue;
    if (!voice->renders()) {
      Frame frame = voice->source == Source::kLoopback ? loopback : input;
      if (voice->source == Source::kInput) apply_capture_effect(frame, voice->mode);
      store_frame(bytes, frame, voice->format);
      voice->pages.write(voice->offset_of(voice->position), bytes, voice->format.bytes_per_frame());
    }
    ++voice->position;
    signal_locked(*voice, voice->position - 1);
  }
}

void Mixer::signal_locked(Voice& voice, LONGLONG before) {
  // The end of a packet; or of the stream, "when the last valid byte in the buffer has been rendered"
  // (SetStreamCurrentWritePositionForLastBuffer).
  const bool packet_done = voice.packets.completed(before) != voice.packets.completed(voice.position);
  if (!packet_done && voice.position != voice.packets.end_frame()) return;
  for (LIST_ENTRY* link = voice.events.Flink; link != &voice.events; link = link->Flink) {
    KeSetEvent(CONTAINING_RECORD(link, EventEntry, link)->event, IO_NO_INCREMENT, FALSE);
  }
}

void Mixer::halt_locked(Voice& voice) {
  advance_locked();
  voice.running = false;
  for (Voice*& place : running_) {
    if (place == &voice) place = nullptr;
  }
  // The timer finds out, and with no voice running is not set again.
}

// One shot, computed anew each time, so that no error adds up: to the nearest end of a packet, or a few milliseconds
// on.
void Mixer::set_timer_locked() {
  LONGLONG frames = 0;
  for (const Voice* voice : running_) {
    if (!voice) continue;
    LONGLONG next = rate_ / kLongestLag;
    if (voice->packets.frames() != 0) {
      const LONGLONG to_end = voice->packets.frames() - voice->position % voice->packets.frames();
      if (to_end < next) next = to_end;
    } else if (voice->buffer_frames / 4 < next) {
      next = voice->buffer_frames / 4 ? voice->buffer_frames / 4 : 1;
    }
    if (frames == 0 || next < frames) frames = next;
  }
  if (frames == 0) return;
  const LONGLONG delay = clock_.ticks_of(rate_frame_ + frames, rate_) - clock_.now();
  ExSetTimer(timer_, delay > 0 ? -clock_.hundred_ns(delay) : -1, 0, nullptr);
}
