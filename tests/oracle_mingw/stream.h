// A stream: one end of the wire.
#pragma once

#include "wire.h"

class Stream final : public Counted<IMiniportWaveRTStreamNotification> {
 public:
  Stream(Wire& wire, IPortWaveRTStream* port, bool capture, const WAVEFORMATEX& wave)
      : wire_(wire), port_(port), capture_(capture), end_() {
    InterlockedIncrement(&wire_.references);
    end_.block = wave.nBlockAlign;
    end_.rate = wave.nSamplesPerSec;
  }

  NTSTATUS STDMETHODCALLTYPE QueryInterface(REFIID iid, PVOID* result) override {
    if (IsEqualGUID(iid, IID_IUnknown) || IsEqualGUID(iid, IID_IMiniportWaveRTStream) ||
        IsEqualGUID(iid, IID_IMiniportWaveRTStreamNotification)) {
      return give(result);
    }
    *result = nullptr;
    return STATUS_INVALID_PARAMETER;
  }

  NTSTATUS STDMETHODCALLTYPE SetFormat(PKSDATAFORMAT) override { return STATUS_NOT_SUPPORTED; }

  NTSTATUS STDMETHODCALLTYPE SetState(KSSTATE state) override {
    Lock lock(wire_);
    wire_.advance_locked();
    if (state == KSSTATE_RUN) {
      if (!end_.buffer) return STATUS_INVALID_DEVICE_STATE;
      if (!wire_.ends[0] && !wire_.ends[1]) wire_.start_timer();
      end_.clock_frame = wire_.frame(wire_.ticks(), end_.rate);
      wire_.ends[capture_] = &end_;
      return STATUS_SUCCESS;
    }
    if (wire_.ends[capture_] == &end_) {
      wire_.ends[capture_] = nullptr;
      if (!wire_.ends[!capture_]) wire_.stop_timer();
    }
    if (state == KSSTATE_STOP) end_.position = 0;
    return STATUS_SUCCESS;
  }

  NTSTATUS STDMETHODCALLTYPE GetPosition(PKSAUDIO_POSITION position) override {
    Lock lock(wire_);
    wire_.advance_locked();
    position->PlayOffset = position->WriteOffset = end_.bytes ? end_.position % end_.bytes : 0;
    return STATUS_SUCCESS;
  }

  NTSTATUS STDMETHODCALLTYPE AllocateAudioBuffer(ULONG requested, PMDL* mdl, ULONG* actual, ULONG* offset,
                                                 MEMORY_CACHING_TYPE* cache) override {
    return allocate(0, requested, mdl, actual, offset, cache);
  }
  VOID STDMETHODCALLTYPE FreeAudioBuffer(PMDL mdl, ULONG) override { release_buffer(mdl); }

  VOID STDMETHODCALLTYPE GetHWLatency(KSRTAUDIO_HWLATENCY* latency) override {
    RtlZeroMemory(latency, sizeof(*latency));
  }
  NTSTATUS STDMETHODCALLTYPE GetPositionRegister(KSRTAUDIO_HWREGISTER*) override { return STATUS_NOT_SUPPORTED; }
  NTSTATUS STDMETHODCALLTYPE GetClockRegister(KSRTAUDIO_HWREGISTER*) override { return STATUS_NOT_SUPPORTED; }

  NTSTATUS STDMETHODCALLTYPE AllocateBufferWithNotification(ULONG count, ULONG requested, PMDL* mdl, ULONG* actual,
                                                            ULONG* offset, MEMORY_CACHING_TYPE* cache) override {
    return allocate(count, requested, mdl, actual, offset, cache);
  }
  VOID STDMETHODCALLTYPE FreeBufferWithNotification(PMDL mdl, ULONG) override { release_buffer(mdl); }

  NTSTATUS STDMETHODCALLTYPE RegisterNotificationEvent(PKEVENT event) override {
    Lock lock(wire_);
    if (end_.event) return STATUS_INSUFFICIENT_RESOURCES;
    end_.event = event;
    return STATUS_SUCCESS;
  }
  NTSTATUS STDMETHODCALLTYPE UnregisterNotificationEvent(PKEVENT event) override {
    Lock lock(wire_);
    if (end_.event != event) return STATUS_INVALID_PARAMETER;
    end_.event = nullptr;
    return STATUS_SUCCESS;
  }

 private:
  void destroy() override {
    Wire& wire = wire_;
    {
      Lock lock(wire);
      if (wire.ends[capture_] == &end_) wire.ends[capture_] = nullptr;
    }
    delete this;
    wire.release();
  }

  NTSTATUS allocate(ULONG count, ULONG requested, PMDL* mdl, ULONG* actual, ULONG* offset, MEMORY_CACHING_TYPE* cache) {
    ULONG unit = end_.block * (count ? count : 1);
    ULONG bytes = (requested + unit - 1) / unit * unit;
    PHYSICAL_ADDRESS high;
    high.QuadPart = 0xFFFFFFFF;
    PMDL pages = port_->AllocatePagesForMdl(high, bytes);
    if (!pages) return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS status = MmGetMdlByteCount(pages) < bytes ? STATUS_INSUFFICIENT_RESOURCES : check_pages(pages);
    PVOID view = NT_SUCCESS(status) ? port_->MapAllocatedPages(pages, MmCached) : nullptr;
    if (!view) {
      port_->FreePagesFromMdl(pages);
      return NT_SUCCESS(status) ? STATUS_INSUFFICIENT_RESOURCES : status;
    }
    Lock lock(wire_);
    end_.buffer = static_cast<UCHAR*>(view);
    end_.bytes = bytes;
    end_.notification_bytes = count ? bytes / count : 0;
    *mdl = pages;
    *actual = bytes;
    *offset = 0;
    *cache = MmCached;
    return STATUS_SUCCESS;
  }

  // What the port says of the pages is what the MDL says: by this compiler's way to return a structure, too.
  NTSTATUS check_pages(PMDL pages) {
    ULONG count = port_->GetPhysicalPagesCount(pages);
    if (count != ADDRESS_AND_SIZE_TO_SPAN_PAGES(MmGetMdlVirtualAddress(pages), MmGetMdlByteCount(pages))) {
      return STATUS_DATA_ERROR;
    }
    for (ULONG i = 0; i < count; ++i) {
      PHYSICAL_ADDRESS page = port_->GetPhysicalPageAddress(pages, i);
      if (page.QuadPart != static_cast<LONGLONG>(MmGetMdlPfnArray(pages)[i]) << PAGE_SHIFT) return STATUS_DATA_ERROR;
      if (page.QuadPart > 0xFFFFFFFFLL) return STATUS_DATA_ERROR;
    }
    return STATUS_SUCCESS;
  }

  void release_buffer(PMDL mdl) {
    PVOID view;
    {
      Lock lock(wire_);
      view = end_.buffer;
      end_.buffer = nullptr;
      end_.bytes = 0;
    }
    if (view) port_->UnmapAllocatedPages(view, mdl);
    port_->FreePagesFromMdl(mdl);
  }

  Wire& wire_;
  IPortWaveRTStream* port_;
  bool capture_;
  End end_;
};
