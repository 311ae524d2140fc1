// The stream of faulty.sys, and what it shares with the rest of the driver: one source includes this.
#pragma once
#include <portcls.h>

#include "com_object.h"

namespace {

constexpr ULONG kTag = 'ytlF';
constexpr ULONG kRate = 48000;

WCHAR case_buffer[64];
UNICODE_STRING case_name = {0, sizeof(case_buffer), case_buffer};

bool mistake(const WCHAR* name) {
  UNICODE_STRING text;
  RtlInitUnicodeString(&text, name);
  return RtlEqualUnicodeString(&text, &case_name, FALSE) != FALSE;
}

void* pool(SIZE_T bytes) { return ExAllocatePool2(POOL_FLAG_NON_PAGED, bytes, kTag); }
void give_back(void* block) {
  if (block) ExFreePoolWithTag(block, kTag);
}

// An allocator of its own: what goes wrong in it is its callers' mistake. The count keeps it from being a tail call.
volatile LONG freed = 0;
__declspec(noinline) void free_as(void* block, ULONG tag) {
  if (block) ExFreePoolWithTag(block, tag);
  freed = freed + 1;
}
__declspec(noinline) void forget_one() {
  free_as(pool(16), 'enOF');
  freed = freed + 1;
}
__declspec(noinline) void forget_another() {
  free_as(pool(32), 'owTF');
  freed = freed + 1;
}

// What the driver takes for its device when it starts.
struct Device {
  ULONG registers[16];  // the device, as it were
};
Device* device_memory = nullptr;
bool asleep = false, woken_for_good = true;
UNICODE_STRING link_name = RTL_CONSTANT_STRING(L"\\DosDevices\\PortsideFaulty");
UNICODE_STRING link_target = RTL_CONSTANT_STRING(L"\\Device\\Null");
bool linked = false;
bool busy = false;  // until the device sleeps

class Stream final : public ComObject<Stream, IMiniportWaveRTStreamNotification> {
 public:
  Stream(PPORTWAVERTSTREAM port, ULONG frame_bytes) : port_(port), frame_bytes_(frame_bytes) {}
  ~Stream() { give_back(history_); }

  NTSTATUS init() {
    history_ = static_cast<ULONG*>(pool(256));
    if (mistake(L"PoolUnchecked")) history_[0] = 1;
    return history_ ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
  }

  STDMETHODIMP QueryInterface(REFIID iid, PVOID* result) override {
    if (IsEqualGUID(iid, IID_IUnknown) || IsEqualGUID(iid, IID_IMiniportWaveRTStream)) return hand_out(this, result);
    if (IsEqualGUID(iid, IID_IMiniportWaveRTStreamNotification) && (mistake(L"NeedsEvents") || mistake(L"RunsNowhere")))
      return hand_out(this, result);
    *result = nullptr;
    return STATUS_INVALID_PARAMETER;
  }
  STDMETHODIMP_(NTSTATUS) SetFormat(PKSDATAFORMAT) override { return STATUS_NOT_SUPPORTED; }
  STDMETHODIMP_(NTSTATUS) SetState(KSSTATE state) override {
    // What only a client with notifications has given it.
    if (state == KSSTATE_RUN && (mistake(L"NeedsEvents") ? !with_events_ : mistake(L"RunsNowhere")))
      *static_cast<volatile ULONG*>(nullptr) = 1;
    if (state == KSSTATE_STOP && (mistake(L"TouchesGoneDevice") || mistake(L"GoesWhenAsked")))
      device_->registers[0] = 0;
    if (state == KSSTATE_STOP) played_ = reached_ = 0;
    if (state == KSSTATE_RUN) started_ = KeQueryPerformanceCounter(nullptr).QuadPart;
    if (state == KSSTATE_PAUSE && running_) played_ = reached_ = bytes();
    running_ = state == KSSTATE_RUN;
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(NTSTATUS) GetPosition(PKSAUDIO_POSITION position) override {
    position->PlayOffset = position->WriteOffset = buffer_bytes_ ? bytes() % buffer_bytes_ : 0;
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(NTSTATUS)
  AllocateAudioBuffer(ULONG requested, PMDL* mdl, ULONG* actual, ULONG* offset, MEMORY_CACHING_TYPE* cache) override {
    PHYSICAL_ADDRESS high;
    high.QuadPart = 0xFFFFFFFF;
    PMDL pages = port_->AllocatePagesForMdl(high, requested);
    if (!pages) return STATUS_INSUFFICIENT_RESOURCES;
    if (MmGetMdlByteCount(pages) < requested && !mistake(L"IgnoresShortPages")) {
      port_->FreePagesFromMdl(pages);
      return STATUS_INSUFFICIENT_RESOURCES;
    }
    view_ = port_->MapAllocatedPages(pages, MmCached);
    if (!view_ && !mistake(L"SwallowsMap")) {
      port_->FreePagesFromMdl(pages);
      return STATUS_INSUFFICIENT_RESOURCES;
    }
    buffer_bytes_ = requested;
    *mdl = pages;
    *actual = requested;
    *offset = 0;
    *cache = MmCached;
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(VOID) FreeAudioBuffer(PMDL mdl, ULONG) override {
    if (view_) port_->UnmapAllocatedPages(view_, mdl);
    view_ = nullptr;
    port_->FreePagesFromMdl(mdl);
  }
  STDMETHODIMP_(NTSTATUS)
  AllocateBufferWithNotification(ULONG, ULONG requested, PMDL* mdl, ULONG* actual, ULONG* offset,
                                 MEMORY_CACHING_TYPE* cache) override {
    with_events_ = true;
    return AllocateAudioBuffer(requested, mdl, actual, offset, cache);
  }
  STDMETHODIMP_(VOID) FreeBufferWithNotification(PMDL mdl, ULONG bytes) override { FreeAudioBuffer(mdl, bytes); }
  STDMETHODIMP_(NTSTATUS) RegisterNotificationEvent(PKEVENT) override { return STATUS_SUCCESS; }
  STDMETHODIMP_(NTSTATUS) UnregisterNotificationEvent(PKEVENT) override { return STATUS_SUCCESS; }
  STDMETHODIMP_(VOID) GetHWLatency(KSRTAUDIO_HWLATENCY* latency) override { *latency = {}; }
  STDMETHODIMP_(NTSTATUS) GetPositionRegister(KSRTAUDIO_HWREGISTER*) override { return STATUS_NOT_SUPPORTED; }
  STDMETHODIMP_(NTSTATUS) GetClockRegister(KSRTAUDIO_HWREGISTER*) override { return STATUS_NOT_SUPPORTED; }

 private:
  // Played since STOP. A device without its view plays nothing.
  ULONGLONG bytes() {
    if (!running_ || !view_ || asleep || !woken_for_good) return reached_;
    LARGE_INTEGER frequency;
    LONGLONG ticks = KeQueryPerformanceCounter(&frequency).QuadPart - started_;
    if (mistake(L"ComparesIn32Bits") && KeQueryPerformanceCounter(nullptr).LowPart < static_cast<ULONG>(started_))
      ticks = 0;
    return reached_ = played_ +
                      static_cast<ULONGLONG>(ticks) * kRate / static_cast<ULONGLONG>(frequency.QuadPart) * frame_bytes_;
  }

  PPORTWAVERTSTREAM port_;
  Device* const device_ = device_memory;
  PVOID view_ = nullptr;
  ULONG* history_ = nullptr;
  const ULONG frame_bytes_;
  ULONG buffer_bytes_ = 0;
  ULONGLONG played_ = 0;   // when RUN began
  ULONGLONG reached_ = 0;  // when it was asked for last, or stopped
  LONGLONG started_ = 0;
  bool running_ = false;
  bool with_events_ = false;
};

}  // namespace
