#pragma once
// WaywardStream: a stream of the wayward miniport, which renders or captures, and goes wrong as the test says.

#include <drmk.h>
#include <portcls.h>
#include <wdm.h>
#include <wtypes.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <vector>

#include "portcls/testing/fake_adapter.h"
#include "wayward.h"

namespace portside::verify::testing {

using namespace portside::portcls::testing;

class WaywardStream final : public IMiniportWaveRTStreamNotification,
                            public IMiniportWaveRTInputStream,
                            public IMiniportWaveRTOutputStream,
                            public IDrmAudioStream {
 public:
  WaywardStream(PPORTWAVERTSTREAM port, const WAVEFORMATEX& format, bool capture)
      : port_(port), rate_(format.nAvgBytesPerSec), frame_(format.nBlockAlign), bits_(format.wBitsPerSample),
        capture_(capture) {
    ++Wayward::streams;
    KeInitializeTimerEx(&timer_, SynchronizationTimer);
    KeInitializeDpc(&dpc_, on_timer, this);
    if (!Wayward::registers) return;
    registers_ = static_cast<Registers*>(ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(Registers), 'sgeR'));
    KeInitializeTimerEx(&register_timer_, SynchronizationTimer);
    KeInitializeDpc(&register_dpc_, on_register_timer, this);
    LARGE_INTEGER due;
    due.QuadPart = -10'000;
    KeSetTimerEx(&register_timer_, due, 1, &register_dpc_);
  }
  virtual ~WaywardStream() {
    if (registers_) {
      KeCancelTimer(&register_timer_);
      KeFlushQueuedDpcs();
      ExFreePoolWithTag(registers_, 'sgeR');
    }
    if (!Wayward::stays_busy) --Wayward::streams;
    for (WaywardStream*& end : ends_)
      if (end == this) end = nullptr;
  }

  STDMETHODIMP_(NTSTATUS) QueryInterface(REFIID iid, PVOID* object) override {
    const bool known = portcls::is_iunknown(iid) || IsEqualGUID(iid, IID_IMiniportWaveRTStream) ||
                       (Wayward::notification && IsEqualGUID(iid, IID_IMiniportWaveRTStreamNotification));
    *object = known ? static_cast<IMiniportWaveRTStreamNotification*>(this) : nullptr;
    if ((Wayward::bursts || Wayward::packets) && capture_ && IsEqualGUID(iid, IID_IMiniportWaveRTInputStream))
      *object = static_cast<IMiniportWaveRTInputStream*>(this);
    if (Wayward::packets && !capture_ && IsEqualGUID(iid, IID_IMiniportWaveRTOutputStream))
      *object = static_cast<IMiniportWaveRTOutputStream*>(this);
    if (Wayward::protects && !capture_ && IsEqualGUID(iid, IID_IDrmAudioStream))
      *object = static_cast<IDrmAudioStream*>(this);
    if (*object) AddRef();
    return *object ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
  }
  STDMETHODIMP_(ULONG) AddRef() override { return ++references_; }
  STDMETHODIMP_(ULONG) Release() override {
    const ULONG left = --references_;
    if (left == 0) delete this;
    return left;
  }

  STDMETHODIMP_(NTSTATUS) SetFormat(PKSDATAFORMAT format) override {
    if (Wayward::on_new_format) return Wayward::on_new_format(*format);
    if (Wayward::ignores_format) return STATUS_SUCCESS;
    if (bytes_) return STATUS_INVALID_DEVICE_STATE;
    const auto& wave = reinterpret_cast<KSDATAFORMAT_WAVEFORMATEX*>(format)->WaveFormatEx;
    rate_ = wave.nAvgBytesPerSec;
    frame_ = wave.nBlockAlign;
    bits_ = wave.wBitsPerSample;
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(NTSTATUS) SetState(KSSTATE state) override {
    const double time = now();  // one for both ends
    if (ends_[1]) ends_[1]->record(time);
    if (state == KSSTATE_RUN && state_ != KSSTATE_RUN && !(Wayward::runs_once && ran_)) {
      halted_at_ -= std::min(halted_at_, static_cast<uint64_t>(Wayward::forgets_ms * rate_ / 1000) / frame_ * frame_);
      began_ = time;
      first_packet_ = next_packet_;
      const LONGLONG packet = packet_bytes();
      const LONGLONG left =
          packet && !Wayward::whole_after_pause ? packet - static_cast<LONGLONG>(halted_at_) % packet : packet;
      running_ = ran_ = true;
      ends_[capture_] = this;
      recorded_ = position_at(time) / frame_;
      LARGE_INTEGER due;
      due.QuadPart = -hns_of(left) - static_cast<LONGLONG>(Wayward::late_event_ms * 10'000);
      KeSetTimerEx(&timer_, due, static_cast<LONG>(std::max<LONGLONG>(1, hns_of(packet) / 10'000)), &dpc_);
    } else if (state != KSSTATE_RUN && state_ == KSSTATE_RUN) {
      const uint64_t here = position_at(time);
      running_ = Wayward::moves_in_pause;
      if (!running_) {
        halted_at_ = here - std::min(here, static_cast<uint64_t>(Wayward::freezes_ms * rate_ / 1000) / frame_ * frame_);
        if (Wayward::pause_resets) halted_at_ = 0;
        if (ends_[capture_] == this) ends_[capture_] = nullptr;
      }
      KeCancelTimer(&timer_);
      KeFlushQueuedDpcs();
    }
    if (state == KSSTATE_RUN && !capture_ && view_ && Wayward::clears_played) std::memset(view_, 0, frame_);
    if (state == KSSTATE_STOP) {
      if (!Wayward::numbers_go_on) next_packet_ = 0;
      running_ = false;
      given_ = 0;
      if (ends_[capture_] == this) ends_[capture_] = nullptr;
      if (!Wayward::keeps_in_stop) halted_at_ = 0;
    }
    state_ = state;
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(NTSTATUS) GetPosition(PKSAUDIO_POSITION out) override {
    if (capture_ && Wayward::bursts) return STATUS_NOT_SUPPORTED;
    const uint64_t at = bytes_ ? position() % bytes_ : 0;
    record(now());
    *out = {at, at};
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(NTSTATUS)
  AllocateAudioBuffer(ULONG bytes, PMDL* mdl, ULONG* actual, ULONG* offset, MEMORY_CACHING_TYPE* cache) override {
    if (bytes == 0 || bytes < Wayward::least_buffer || bytes > Wayward::most_buffer) return STATUS_INVALID_PARAMETER;
    if (bytes > 64 * 1024 * 1024) return STATUS_INSUFFICIENT_RESOURCES;
    PHYSICAL_ADDRESS high;
    high.QuadPart = -1;
    *mdl = port_->AllocatePagesForMdl(high, bytes);
    if (!*mdl) return STATUS_INSUFFICIENT_RESOURCES;
    // Whole frames, as many in each packet.
    const ULONG unit = frame_ * std::max<ULONG>(1, count_);
    if (bytes % unit) {
      port_->FreePagesFromMdl(*mdl);
      *mdl = port_->AllocatePagesForMdl(high, bytes = bytes / unit * unit + unit);
      if (!*mdl) return STATUS_INSUFFICIENT_RESOURCES;
    }
    if (Wayward::loops) view_ = static_cast<std::byte*>(port_->MapAllocatedPages(*mdl, MmCached));
    bytes_ = *actual = bytes;
    *offset = 0;
    *cache = MmCached;
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(VOID) FreeAudioBuffer(PMDL mdl, ULONG) override {
    if (view_) port_->UnmapAllocatedPages(view_, mdl);
    view_ = nullptr;
    port_->FreePagesFromMdl(mdl);
    bytes_ = 0;
  }
  STDMETHODIMP_(VOID) GetHWLatency(PKSRTAUDIO_HWLATENCY latency) override { *latency = {}; }
  STDMETHODIMP_(NTSTATUS) GetPositionRegister(PKSRTAUDIO_HWREGISTER out) override {
    if (!registers_) return STATUS_NOT_SUPPORTED;
    *out = {.Register = const_cast<ULONG*>(&registers_->position), .Width = 32};
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(NTSTATUS) GetClockRegister(PKSRTAUDIO_HWREGISTER out) override {
    if (!registers_) return STATUS_NOT_SUPPORTED;
    *out = {.Register = const_cast<ULONGLONG*>(&registers_->clock),
            .Width = 64,
            .Numerator = Wayward::clock_told,
            .Denominator = 1};
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(NTSTATUS)
  AllocateBufferWithNotification(ULONG count, ULONG bytes, PMDL* mdl, ULONG* actual, ULONG* offset,
                                 MEMORY_CACHING_TYPE* cache) override {
    count_ = count;
    const NTSTATUS status = AllocateAudioBuffer(bytes, mdl, actual, offset, cache);
    if (status < 0) count_ = 0;
    return status;
  }
  STDMETHODIMP_(VOID) FreeBufferWithNotification(PMDL mdl, ULONG bytes) override { FreeAudioBuffer(mdl, bytes); }
  STDMETHODIMP_(NTSTATUS) RegisterNotificationEvent(PKEVENT event) override {
    events_.push_back(event);
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(NTSTATUS) UnregisterNotificationEvent(PKEVENT event) override {
    const auto at = Wayward::removes_another ? events_.begin() : std::ranges::find(events_, event);
    if (at == events_.end()) return STATUS_NOT_FOUND;
    events_.erase(at);
    return STATUS_SUCCESS;
  }

  STDMETHODIMP_(NTSTATUS) SetContentId(ULONG id, PCDRMRIGHTS rights) override {
    if (Wayward::refuses_protected && rights->CopyProtect) return STATUS_NOT_IMPLEMENTED;
    Wayward::contents.push_back(id);
    not_copied_ = rights->CopyProtect != FALSE;
    return STATUS_SUCCESS;
  }

  STDMETHODIMP_(NTSTATUS) SetWritePacket(ULONG number, ULONG, ULONG) override {
    if (state_ == KSSTATE_RUN && number <= position() / packet_bytes()) return STATUS_DATA_LATE_ERROR;
    return number > position() / packet_bytes() + 1 ? STATUS_DATA_OVERRUN : STATUS_SUCCESS;
  }
  STDMETHODIMP_(NTSTATUS) GetOutputStreamPresentationPosition(KSAUDIO_PRESENTATION_POSITION* out) override {
    out->u64PositionInBlocks = position() / frame_ + (state_ == KSSTATE_RUN ? Wayward::blocks_off : 0);
    out->u64QPCPosition = static_cast<UINT64>(KeQueryPerformanceCounter(nullptr).QuadPart) - 1;
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(NTSTATUS) GetPacketCount(ULONG* count) override {
    *count = static_cast<ULONG>(position() / packet_bytes() + (state_ == KSSTATE_RUN ? Wayward::count_off : 0));
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(NTSTATUS) GetReadPacket(ULONG* number, ULONG* flags, ULONG64* counter, BOOL* more) override {
    if (Wayward::bursts) return read_burst(number, flags, counter, more);
    const auto whole = static_cast<ULONG>(position() / packet_bytes());
    if (given_ + Wayward::read_off >= whole) return STATUS_DEVICE_NOT_READY;
    *number = given_++;
    *flags = 0;
    *counter = static_cast<ULONG64>(KeQueryPerformanceCounter(nullptr).QuadPart) - 1;
    *more = Wayward::always_more || given_ < whole;
    return STATUS_SUCCESS;
  }

 private:
  NTSTATUS read_burst(ULONG* number, ULONG* flags, ULONG64* counter, BOOL* more) {
    const double packet_ms = static_cast<double>(hns_of(packet_bytes())) / 10'000;
    const auto there = Wayward::kept_packets + static_cast<ULONG>(running_ ? (now() - began_) / packet_ms : 0);
    if (Wayward::kept_packets == 0 || handed_out() >= there) return STATUS_DEVICE_NOT_READY;
    const double taken =
        began_ + (static_cast<double>(handed_out()) - Wayward::kept_packets) * packet_ms / Wayward::counter_rate;
    *counter = static_cast<ULONG64>(taken * 10'000);
    *number = next_packet_++;
    *flags = 0;
    *more = handed_out() < there;
    return STATUS_SUCCESS;
  }
  ULONG handed_out() const { return next_packet_ - first_packet_; }
  static void NTAPI on_timer(PKDPC, PVOID self, PVOID, PVOID) {
    const auto& stream = *static_cast<WaywardStream*>(self);
    for (PKEVENT event : stream.events_) KeSetEvent(event, 0, FALSE);
  }
  static void NTAPI on_register_timer(PKDPC, PVOID self, PVOID, PVOID) {
    auto& stream = *static_cast<WaywardStream*>(self);
    if (!stream.bytes_) return;
    stream.registers_->position = static_cast<ULONG>(stream.position() % stream.bytes_) / Wayward::register_unit;
    stream.registers_->clock = static_cast<ULONGLONG>(now() * 10'000);
  }
  LONGLONG packet_bytes() const { return LONGLONG{bytes_} / std::max<ULONG>(1, count_); }
  LONGLONG hns_of(LONGLONG bytes) const { return bytes * 10'000'000 / rate_; }
  static double now() {
    LARGE_INTEGER frequency;
    const LONGLONG ticks = KeQueryPerformanceCounter(&frequency).QuadPart;
    return static_cast<double>(ticks) * 1000 / static_cast<double>(frequency.QuadPart);
  }
  uint64_t position() const { return position_at(now()); }
  uint64_t position_at(double here) const {
    if (!running_) return halted_at_;
    // By one clock for all, so that two streams move by the same number of frames.
    const double per_ms = static_cast<double>(rate_) / frame_ / 1000;
    if (Wayward::loops)
      return halted_at_ + (static_cast<uint64_t>(here * per_ms) - static_cast<uint64_t>(began_ * per_ms)) * frame_;
    const double since = here - began_;
    double ms = std::min(since, Wayward::stands_after_ms) * Wayward::rate;
    if (since > 600) ms += Wayward::jump_ms;
    ms = since < Wayward::late_ms ? 0 : ms - Wayward::late_ms + Wayward::ahead_ms;
    if (Wayward::grain_ms > 0)
      ms = static_cast<double>(static_cast<uint64_t>(ms / Wayward::grain_ms)) * Wayward::grain_ms;
    return halted_at_ + static_cast<uint64_t>(ms * rate_ / 1000) / frame_ * frame_;
  }
  // Of a capture stream: what the render stream plays, up to now.
  void record(double time) {
    if (!capture_ || !running_ || !view_ || Wayward::writes_nothing) return;
    const WaywardStream* render = ends_[0];
    const uint64_t played = render ? render->position_at(time) / frame_ : 0, here = position_at(time) / frame_;
    const double unit = Wayward::ignores_volume ? 0 : Wayward::gain_off / 65536;  // of a decibel
    for (; recorded_ < here; ++recorded_) {
      std::byte* to = view_ + recorded_ * frame_ % bytes_;
      const uint64_t behind = here - recorded_;
      const bool is_secret = render && render->not_copied_ && !Wayward::records_protected;
      if (!render || !render->view_ || render->frame_ != frame_ || behind > played || is_secret) {
        std::memset(to, bits_ == 8 ? 0x80 : 0, frame_);
        continue;
      }
      uint64_t from = (played - behind) * frame_;
      from += from / render->bytes_ * Wayward::lost_at_wrap * frame_;
      std::memcpy(to, render->view_ + from % render->bytes_, frame_);
      if (Wayward::breaks_wide && bits_ > 16) to[0] ^= std::byte{0x40};
      if (unit == 0 || bits_ != 16) continue;
      for (ULONG i = 0; i < frame_; i += 2) {
        int16_t sample;
        std::memcpy(&sample, to + i, sizeof sample);
        sample = static_cast<int16_t>(sample * std::pow(10, Wayward::volumes[i / 2 % Wayward::kChannels] * unit / 20));
        std::memcpy(to + i, &sample, sizeof sample);
      }
    }
  }

  static inline WaywardStream* ends_[2] = {};  // that run: render, capture

  PPORTWAVERTSTREAM port_;
  ULONG rate_, frame_, bits_;
  const bool capture_;
  std::byte* view_ = nullptr;
  uint64_t recorded_ = 0;
  ULONG given_ = 0;
  ULONG first_packet_ = 0, next_packet_ = 0;  // of a pin that bursts
  ULONG references_ = 1, bytes_ = 0, count_ = 0;
  std::vector<PKEVENT> events_;
  KTIMER timer_{};
  KDPC dpc_{};
  struct Registers {
    volatile ULONG position;
    volatile ULONGLONG clock;
  };
  Registers* registers_ = nullptr;
  KTIMER register_timer_{};
  KDPC register_dpc_{};
  KSSTATE state_ = KSSTATE_STOP;
  bool running_ = false, ran_ = false;
  bool not_copied_ = false;  // its content
  double began_ = 0;
  uint64_t halted_at_ = 0;
};

}  // namespace portside::verify::testing
