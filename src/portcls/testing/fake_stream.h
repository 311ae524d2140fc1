#pragma once
// For tests: a WaveRT stream as a driver's author would write it in host C++: a buffer, a clock of its own by a timer
// DPC, notification events, packets. What it does wrong is switched on by StreamFaults.

#include <portcls.h>
#include <wdm.h>

#include <vector>

#include "portcls/com_ptr.h"

namespace portside::portcls::testing {

struct StreamFaults {
  NTSTATUS new_stream = STATUS_SUCCESS;
  NTSTATUS set_state = STATUS_SUCCESS;
  KSSTATE fail_state = static_cast<KSSTATE>(-1);  // SetState to this one fails
  bool foreign_mdl = false;                       // the buffer's MDL is not one of the port's
  bool buffer_too_large = false;
  ULONG offset = 0;
  MEMORY_CACHING_TYPE cache = MmCached;
  bool forget_unmap = false;
  bool forget_free = false;
  bool add_ref_port_stream = false;
  bool use_after_free = false;  // one page call after the buffer is gone
};

// What the port asked of the stream, in order.
struct StreamLog {
  std::vector<KSSTATE> states;
  std::vector<std::string> calls;
  std::vector<PKEVENT> events;
  int live_streams = 0;
};

class FakeStream final : public IMiniportWaveRTStreamNotification,
                         public IMiniportWaveRTOutputStream,
                         public IMiniportWaveRTInputStream {
 public:
  FakeStream(PPORTWAVERTSTREAM port, bool notification, StreamFaults& faults, StreamLog& log, ULONG bytes_per_second)
      : port_(port), notification_(notification), faults_(faults), log_(log), bytes_per_second_(bytes_per_second) {
    ++log_.live_streams;
    if (faults_.add_ref_port_stream) port_->AddRef();
    KeInitializeTimerEx(&timer_, NotificationTimer);
    KeInitializeDpc(&dpc_, on_timer, this);
  }
  virtual ~FakeStream() {
    if (faults_.add_ref_port_stream) port_->Release();
    if (clock_) ExFreePoolWithTag(clock_, 'kcoF');
    --log_.live_streams;
  }

  STDMETHODIMP_(NTSTATUS) QueryInterface(REFIID iid, PVOID* object) override {
    if (iid == IID_IUnknown || iid == IID_IMiniportWaveRTStream ||
        (notification_ && iid == IID_IMiniportWaveRTStreamNotification)) {
      *object = static_cast<IMiniportWaveRTStreamNotification*>(this);
    } else if (notification_ && iid == IID_IMiniportWaveRTOutputStream) {
      *object = static_cast<IMiniportWaveRTOutputStream*>(this);
    } else if (notification_ && iid == IID_IMiniportWaveRTInputStream) {
      *object = static_cast<IMiniportWaveRTInputStream*>(this);
    } else {
      *object = nullptr;
      return STATUS_INVALID_PARAMETER;
    }
    AddRef();
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(ULONG) AddRef() override { return ++references_; }
  STDMETHODIMP_(ULONG) Release() override {
    const ULONG left = --references_;
    if (left == 0) delete this;
    return left;
  }

  STDMETHODIMP_(NTSTATUS) SetFormat(PKSDATAFORMAT) override {
    log_.calls.push_back("SetFormat");
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(NTSTATUS) SetState(KSSTATE state) override {
    if (state == faults_.fail_state) return faults_.set_state;
    log_.states.push_back(state);
    if (state == KSSTATE_RUN) {
      LARGE_INTEGER due;
      due.QuadPart = -kPeriodHns;
      KeSetTimerEx(&timer_, due, kPeriodHns / 10'000, &dpc_);
    } else if (state_ == KSSTATE_RUN) {
      KeCancelTimer(&timer_);
      KeFlushQueuedDpcs();
    }
    if (state == KSSTATE_STOP) position_ = packets_ = 0;
    state_ = state;
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(NTSTATUS) GetPosition(PKSAUDIO_POSITION position) override {
    position->PlayOffset = position->WriteOffset = bytes_ ? position_ % bytes_ : 0;
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(NTSTATUS)
  AllocateAudioBuffer(ULONG bytes, PMDL* mdl, ULONG* actual, ULONG* offset, MEMORY_CACHING_TYPE* cache) override {
    log_.calls.push_back("AllocateAudioBuffer");
    if (faults_.foreign_mdl) {
      static MDL foreign{};
      *mdl = &foreign;
    } else {
      PHYSICAL_ADDRESS high;
      high.QuadPart = 0xFFFFFFFF;
      mdl_ = *mdl = port_->AllocatePagesForMdl(high, bytes);
      if (!*mdl) return STATUS_INSUFFICIENT_RESOURCES;
      base_ = port_->MapAllocatedPages(*mdl, faults_.cache);
    }
    bytes_ = bytes;
    *actual = faults_.buffer_too_large ? bytes + 2 * PAGE_SIZE : bytes;
    *offset = faults_.offset;
    *cache = faults_.cache;
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(VOID) FreeAudioBuffer(PMDL mdl, ULONG) override {
    log_.calls.push_back("FreeAudioBuffer");
    if (!mdl_) return;
    if (!faults_.forget_unmap) port_->UnmapAllocatedPages(base_, mdl);
    if (!faults_.forget_free) port_->FreePagesFromMdl(mdl);
    if (faults_.use_after_free) (void)port_->GetPhysicalPagesCount(mdl);
    mdl_ = nullptr;
    bytes_ = 0;
  }
  STDMETHODIMP_(VOID) GetHWLatency(PKSRTAUDIO_HWLATENCY latency) override { *latency = {1, 2, 3}; }
  STDMETHODIMP_(NTSTATUS) GetPositionRegister(PKSRTAUDIO_HWREGISTER) override { return STATUS_NOT_SUPPORTED; }
  STDMETHODIMP_(NTSTATUS) GetClockRegister(PKSRTAUDIO_HWREGISTER reg) override {
    if (!clock_) clock_ = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(ULONG64), 'kcoF');
    *reg = {clock_, 64, 1'000'000, 1, 1};
    return STATUS_SUCCESS;
  }

  STDMETHODIMP_(NTSTATUS)
  AllocateBufferWithNotification(ULONG count, ULONG bytes, PMDL* mdl, ULONG* actual, ULONG* offset,
                                 MEMORY_CACHING_TYPE* cache) override {
    log_.calls.push_back("AllocateBufferWithNotification");
    count_ = count;
    const NTSTATUS status = AllocateAudioBuffer(bytes, mdl, actual, offset, cache);
    log_.calls.pop_back();
    return status;
  }
  STDMETHODIMP_(VOID) FreeBufferWithNotification(PMDL mdl, ULONG bytes) override {
    FreeAudioBuffer(mdl, bytes);
    log_.calls.back() = "FreeBufferWithNotification";
  }
  STDMETHODIMP_(NTSTATUS) RegisterNotificationEvent(PKEVENT event) override {
    log_.calls.push_back("RegisterNotificationEvent");
    log_.events.push_back(event);
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(NTSTATUS) UnregisterNotificationEvent(PKEVENT event) override {
    log_.calls.push_back("UnregisterNotificationEvent");
    std::erase(log_.events, event);
    return STATUS_SUCCESS;
  }

  STDMETHODIMP_(NTSTATUS) SetWritePacket(ULONG number, ULONG, ULONG) override {
    return number < packets_ ? STATUS_DATA_LATE_ERROR : STATUS_SUCCESS;
  }
  STDMETHODIMP_(NTSTATUS) GetOutputStreamPresentationPosition(KSAUDIO_PRESENTATION_POSITION* position) override {
    position->u64PositionInBlocks = position_ / 4;
    position->u64QPCPosition = 7;
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(NTSTATUS) GetPacketCount(ULONG* count) override {
    *count = packets_;
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(NTSTATUS) GetReadPacket(ULONG* number, ULONG* flags, ULONG64* counter, BOOL* more) override {
    if (packets_ == 0) return STATUS_DEVICE_NOT_READY;
    *number = packets_ - 1;
    *flags = 0;
    *counter = 9;
    *more = FALSE;
    return STATUS_SUCCESS;
  }

 private:
  static constexpr LONG kPeriodHns = 100'000;  // 10 ms

  static void NTAPI on_timer(PKDPC, PVOID self, PVOID, PVOID) {
    auto& stream = *static_cast<FakeStream*>(self);
    stream.position_ += stream.bytes_per_second_ / 100;
    ++stream.packets_;
    for (PKEVENT event : stream.log_.events) KeSetEvent(event, 0, FALSE);
  }

  PPORTWAVERTSTREAM port_;
  const bool notification_;
  StreamFaults& faults_;
  StreamLog& log_;
  const ULONG bytes_per_second_;
  ULONG references_ = 1;
  KTIMER timer_{};
  KDPC dpc_{};
  KSSTATE state_ = KSSTATE_STOP;
  PMDL mdl_ = nullptr;
  PVOID base_ = nullptr;
  ULONG bytes_ = 0;
  ULONG count_ = 0;
  ULONGLONG position_ = 0;
  ULONG packets_ = 0;
  PVOID clock_ = nullptr;
};

}  // namespace portside::portcls::testing
