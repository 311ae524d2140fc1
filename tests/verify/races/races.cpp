// races.sys: a small WaveRT render driver with one race, which RACE chooses; 0 is the good twin. Each is a mistake of a
// common shape that a run of an application as good as never shows: its window is some instructions wide, or needs a
// DPC that is held up.
#include <initguid.h>
#include <portcls.h>

#include "com_object.h"

namespace {

enum : int {
  kNone = 0,
  kClosedUnderDpc = 1,   // the timer is cancelled and its DPC not waited for: it may still be about to use the voice
  kCheckedThenUsed = 2,  // a pointer is looked at, time passes, and it is used; a DPC frees what it points at
  kEventGone = 3,        // an event is unregistered while the DPC is about to signal it
  kArmedAgain = 4,       // the DPC arms its timer again although the stream was stopped meanwhile
  kUpdateLost = 5,       // two write the head of a list with plain loads and stores, no kernel call in between
};
constexpr int kRace = RACE;

constexpr ULONG kEvents = 4;
constexpr ULONG kBytesPerMs = 48 * 4;

class Guard {
 public:
  Guard(KSPIN_LOCK& lock, bool really) : lock_(really ? &lock : nullptr) {
    if (lock_) KeAcquireSpinLock(lock_, &old_);
  }
  ~Guard() {
    if (lock_) KeReleaseSpinLock(lock_, old_);
  }
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;

 private:
  KSPIN_LOCK* lock_;
  KIRQL old_ = 0;
};

// What happened lately: written by streams and their DPCs, freed with the miniport.
struct Record {
  Record* next;
  LONGLONG when;
};
struct Journal {
  KSPIN_LOCK lock;
  Record* newest;
  LONG count;

  void write(LONGLONG when) {
    if (InterlockedIncrement(&count) > 200000) return;
    auto* record = static_cast<Record*>(ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(Record), kPoolTag));
    if (!record) return;
    record->when = when;
    Guard guard(lock, kRace != kUpdateLost);
    record->next = newest;
    newest = record;
  }
  void clear() {
    while (newest) {
      Record* record = newest;
      newest = record->next;
      ExFreePoolWithTag(record, kPoolTag);
    }
  }
};

struct Statistics {
  LONGLONG last_asked;
};

LONGLONG now() { return KeQueryPerformanceCounter(nullptr).QuadPart; }

// The engine of one stream, in pool of its own.
struct Voice {
  KTIMER timer;
  KDPC dpc;
  KSPIN_LOCK lock;
  PKEVENT events[kEvents];
  volatile LONG running, stopped;
  LONG ticks;
  LONGLONG started, last_tick;
  volatile LONGLONG played;  // ticks of RUN before `started`
  ULONG period_ms, buffer_bytes;
  Statistics* statistics;
  Journal* journal;

  void arm() {
    LARGE_INTEGER due;
    due.QuadPart = -10000LL * period_ms;
    if (kRace == kArmedAgain) KeSetTimer(&timer, due, &dpc);
    else KeSetTimerEx(&timer, due, static_cast<LONG>(period_ms), &dpc);
  }
};

KDEFERRED_ROUTINE tick;
void tick(KDPC*, void* context, void*, void*) {
  auto* voice = static_cast<Voice*>(context);
  if (kRace == kNone || kRace == kUpdateLost) voice->journal->write(now());
  // Before anybody is woken: an application that stops the stream at an event comes too late for the window.
  if (kRace == kArmedAgain && voice->running) voice->arm();
  // What was counted is of no use after the second period.
  if ((kRace == kNone || kRace == kCheckedThenUsed) && ++voice->ticks == 2) {
    Statistics* old;
    {
      Guard guard(voice->lock, kRace != kCheckedThenUsed);
      old = voice->statistics;
      voice->statistics = nullptr;
    }
    if (old) ExFreePoolWithTag(old, kPoolTag);
  }
  {
    Guard guard(voice->lock, kRace != kEventGone);
    for (PKEVENT& slot : voice->events)
      if (PKEVENT event = slot) KeSetEvent(event, 0, FALSE);
  }
  if (kRace == kClosedUnderDpc && voice->stopped) return;
  if (kRace == kNone || kRace == kClosedUnderDpc) voice->last_tick = now();
}

class Stream final : public ComObject<Stream, IMiniportWaveRTStreamNotification> {
 public:
  static Stream* create(PPORTWAVERTSTREAM port, IUnknown* miniport, Journal& journal, LONG& streams) {
    auto* voice = static_cast<Voice*>(ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(Voice), kPoolTag));
    if (!voice) return nullptr;
    KeInitializeTimerEx(&voice->timer, SynchronizationTimer);
    KeInitializeDpc(&voice->dpc, tick, voice);
    KeInitializeSpinLock(&voice->lock);
    voice->journal = &journal;
    Stream* stream = new Stream(port, miniport, voice, streams);
    if (!stream) ExFreePoolWithTag(voice, kPoolTag);
    return stream;
  }
  ~Stream() {
    halt();
    if (voice_->statistics) ExFreePoolWithTag(voice_->statistics, kPoolTag);
    ExFreePoolWithTag(voice_, kPoolTag);
    InterlockedDecrement(&streams_);
    miniport_->Release();
  }

  STDMETHODIMP QueryInterface(REFIID iid, PVOID* result) override {
    if (IsEqualGUID(iid, IID_IUnknown) || IsEqualGUID(iid, IID_IMiniportWaveRTStream) ||
        IsEqualGUID(iid, IID_IMiniportWaveRTStreamNotification))
      return hand_out(this, result);
    *result = nullptr;
    return STATUS_INVALID_PARAMETER;
  }
  STDMETHODIMP_(NTSTATUS) SetFormat(PKSDATAFORMAT) override { return STATUS_NOT_SUPPORTED; }
  STDMETHODIMP_(NTSTATUS) SetState(KSSTATE state) override {
    if (state == KSSTATE_RUN && !voice_->running) {
      if (!voice_->statistics)
        voice_->statistics =
            static_cast<Statistics*>(ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(Statistics), kPoolTag));
      voice_->ticks = 0;
      voice_->started = now();
      if (kRace == kNone || kRace == kUpdateLost) voice_->journal->write(voice_->started);
      voice_->stopped = 0;
      voice_->running = 1;
      voice_->arm();
    } else if (state != KSSTATE_RUN && voice_->running) {
      voice_->played += now() - voice_->started;
      halt();
    }
    if (state == KSSTATE_STOP) voice_->played = 0;
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(NTSTATUS) GetPosition(PKSAUDIO_POSITION position) override {
    const LONGLONG ticks = voice_->played + (voice_->running ? now() - voice_->started : 0);
    const LONGLONG bytes = ticks * 1000 / frequency() * kBytesPerMs;
    position->PlayOffset = position->WriteOffset =
        voice_->buffer_bytes ? static_cast<ULONGLONG>(bytes) % voice_->buffer_bytes : 0;
    Guard guard(voice_->lock, kRace != kCheckedThenUsed);
    if (Statistics* statistics = voice_->statistics) statistics->last_asked = now();
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(NTSTATUS)
  AllocateAudioBuffer(ULONG requested, PMDL* mdl, ULONG* actual, ULONG* offset, MEMORY_CACHING_TYPE* cache) override {
    return AllocateBufferWithNotification(1, requested, mdl, actual, offset, cache);
  }
  STDMETHODIMP_(VOID) FreeAudioBuffer(PMDL mdl, ULONG) override { port_->FreePagesFromMdl(mdl); }
  STDMETHODIMP_(NTSTATUS)
  AllocateBufferWithNotification(ULONG count, ULONG requested, PMDL* mdl, ULONG* actual, ULONG* offset,
                                 MEMORY_CACHING_TYPE* cache) override {
    PHYSICAL_ADDRESS high;
    high.QuadPart = 0xFFFFFFFF;
    PMDL pages = port_->AllocatePagesForMdl(high, requested);
    if (!pages) return STATUS_INSUFFICIENT_RESOURCES;
    if (MmGetMdlByteCount(pages) < requested) {
      port_->FreePagesFromMdl(pages);
      return STATUS_INSUFFICIENT_RESOURCES;
    }
    voice_->buffer_bytes = requested;
    voice_->period_ms = requested / kBytesPerMs / count;
    if (!voice_->period_ms) voice_->period_ms = 1;
    *mdl = pages;
    *actual = requested;
    *offset = 0;
    *cache = MmCached;
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(VOID) FreeBufferWithNotification(PMDL mdl, ULONG) override { port_->FreePagesFromMdl(mdl); }
  STDMETHODIMP_(NTSTATUS) RegisterNotificationEvent(PKEVENT event) override {
    Guard guard(voice_->lock, true);
    for (PKEVENT& slot : voice_->events)
      if (!slot) {
        slot = event;
        return STATUS_SUCCESS;
      }
    return STATUS_INSUFFICIENT_RESOURCES;
  }
  STDMETHODIMP_(NTSTATUS) UnregisterNotificationEvent(PKEVENT event) override {
    Guard guard(voice_->lock, kRace != kEventGone);
    for (PKEVENT& slot : voice_->events)
      if (slot == event) {
        slot = nullptr;
        return STATUS_SUCCESS;
      }
    return STATUS_NOT_FOUND;
  }
  STDMETHODIMP_(VOID) GetHWLatency(KSRTAUDIO_HWLATENCY* latency) override { *latency = {}; }
  STDMETHODIMP_(NTSTATUS) GetPositionRegister(KSRTAUDIO_HWREGISTER*) override { return STATUS_NOT_SUPPORTED; }
  STDMETHODIMP_(NTSTATUS) GetClockRegister(KSRTAUDIO_HWREGISTER*) override { return STATUS_NOT_SUPPORTED; }

 private:
  Stream(PPORTWAVERTSTREAM port, IUnknown* miniport, Voice* voice, LONG& streams)
      : port_(port), miniport_(miniport), voice_(voice), streams_(streams) {
    miniport_->AddRef();
    InterlockedIncrement(&streams_);
  }
  static LONGLONG frequency() {
    LARGE_INTEGER f;
    KeQueryPerformanceCounter(&f);
    return f.QuadPart;
  }
  void halt() {
    voice_->stopped = 1;
    voice_->running = 0;
    KeCancelTimer(&voice_->timer);
    if (kRace != kClosedUnderDpc && kRace != kArmedAgain) KeFlushQueuedDpcs();
  }

  PPORTWAVERTSTREAM port_;
  IUnknown* miniport_;
  Voice* voice_;
  LONG& streams_;
};

const KSDATARANGE_AUDIO kRange = {
    {sizeof(KSDATARANGE_AUDIO), 0, 0, 0, STATICGUIDOF(KSDATAFORMAT_TYPE_AUDIO), STATICGUIDOF(KSDATAFORMAT_SUBTYPE_PCM),
     STATICGUIDOF(KSDATAFORMAT_SPECIFIER_WAVEFORMATEX)},
    2,
    16,
    16,
    48000,
    48000};
const PKSDATARANGE kRanges[] = {reinterpret_cast<PKSDATARANGE>(const_cast<KSDATARANGE_AUDIO*>(&kRange))};
const KSDATARANGE kBridgeRange = {sizeof(KSDATARANGE),
                                  0,
                                  0,
                                  0,
                                  STATICGUIDOF(KSDATAFORMAT_TYPE_AUDIO),
                                  STATICGUIDOF(KSDATAFORMAT_SUBTYPE_ANALOG),
                                  STATICGUIDOF(KSDATAFORMAT_SPECIFIER_NONE)};
const PKSDATARANGE kBridgeRanges[] = {const_cast<PKSDATARANGE>(&kBridgeRange)};
const PCPIN_DESCRIPTOR kPins[] = {
    {2,
     2,
     0,
     nullptr,
     {0, nullptr, 0, nullptr, 1, kRanges, KSPIN_DATAFLOW_IN, KSPIN_COMMUNICATION_SINK, &KSCATEGORY_AUDIO, nullptr, 0}},
    {0,
     0,
     0,
     nullptr,
     {0, nullptr, 0, nullptr, 1, kBridgeRanges, KSPIN_DATAFLOW_OUT, KSPIN_COMMUNICATION_NONE, &KSCATEGORY_AUDIO,
      nullptr, 0}}};
const PCCONNECTION_DESCRIPTOR kConnections[] = {{PCFILTER_NODE, 0, PCFILTER_NODE, 1}};
PCFILTER_DESCRIPTOR filter_descriptor = {
    0, nullptr, sizeof(PCPIN_DESCRIPTOR), 2, kPins, sizeof(PCNODE_DESCRIPTOR), 0, nullptr, 1, kConnections, 0, nullptr};

class Miniport final : public ComObject<Miniport, IMiniportWaveRT> {
 public:
  Miniport() { KeInitializeSpinLock(&journal_.lock); }
  ~Miniport() { journal_.clear(); }
  STDMETHODIMP QueryInterface(REFIID iid, PVOID* result) override {
    if (IsEqualGUID(iid, IID_IUnknown) || IsEqualGUID(iid, IID_IMiniport) || IsEqualGUID(iid, IID_IMiniportWaveRT))
      return hand_out(this, result);
    *result = nullptr;
    return STATUS_INVALID_PARAMETER;
  }
  STDMETHODIMP_(NTSTATUS) GetDescription(PPCFILTER_DESCRIPTOR* description) override {
    *description = &filter_descriptor;
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(NTSTATUS) DataRangeIntersection(ULONG, PKSDATARANGE, PKSDATARANGE, ULONG, PVOID, PULONG) override {
    return STATUS_NOT_IMPLEMENTED;
  }
  STDMETHODIMP_(NTSTATUS) Init(PUNKNOWN, PRESOURCELIST, PPORTWAVERT) override { return STATUS_SUCCESS; }
  STDMETHODIMP_(NTSTATUS)
  NewStream(PMINIPORTWAVERTSTREAM* stream, PPORTWAVERTSTREAM port, ULONG, BOOLEAN, PKSDATAFORMAT) override {
    Stream* made = Stream::create(port, this, journal_, streams_);
    if (!made) return STATUS_INSUFFICIENT_RESOURCES;
    *stream = made;
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(NTSTATUS) GetDeviceDescription(PDEVICE_DESCRIPTION description) override {
    RtlZeroMemory(description, sizeof(*description));
    return STATUS_SUCCESS;
  }

 private:
  Journal journal_{};
  LONG streams_ = 0;
};

NTSTATUS start_device(PDEVICE_OBJECT device, PIRP irp, PRESOURCELIST resources) {
  PPORT port = nullptr;
  NTSTATUS status = PcNewPort(&port, CLSID_PortWaveRT);
  if (!NT_SUCCESS(status)) return status;
  Miniport* miniport = new Miniport;
  status = miniport ? port->Init(device, irp, miniport, nullptr, resources) : STATUS_INSUFFICIENT_RESOURCES;
  WCHAR name[] = L"Wave";
  if (NT_SUCCESS(status)) status = PcRegisterSubdevice(device, name, port);
  if (miniport) miniport->Release();
  port->Release();
  return status;
}

NTSTATUS add_device(PDRIVER_OBJECT driver, PDEVICE_OBJECT physical) {
  return PcAddAdapterDevice(driver, physical, reinterpret_cast<PCPFNSTARTDEVICE>(start_device), 2, 0);
}

}  // namespace

extern "C" NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING registry_path) {
  DbgPrint("race %d ", RACE);
  DbgPrint("is on\n");
  return PcInitializeAdapterDriver(driver, registry_path, add_device);
}
