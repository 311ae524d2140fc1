#pragma once
// A wave filter with a render pin (0) and a capture pin (1) that runs by the machine's clock and has packets, as a
// driver's author would write it in host C++. What it does wrong, and when, is set in Clocked.

#include <portcls.h>
#include <wdm.h>

#include <cstring>
#include <vector>

#include "portcls/testing/fake_adapter.h"

namespace portside::client::testing {

using namespace portside::portcls::testing;

struct Clocked {
  static inline bool notification = true;
  static inline bool packets = true;
  static inline bool end_of_stream = true;   // takes KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM
  static inline bool silent_events = false;  // never signals one
  static inline uint64_t freeze_at = ~0ull;  // the device stands still from this many bytes on
  static inline uint64_t jump_at = ~0ull;    // and leaves out three quarters of a buffer from this many on, once
  static inline uint32_t drop_packet = ~0u;  // a packet counter that goes two steps behind this one
  static inline uint32_t burst = 0;          // capture: so many packets are ready at once, in the beginning
  static inline bool clock_backwards = false;
  static inline NTSTATUS refuse_format = STATUS_SUCCESS;
  // What happened.
  static inline std::vector<std::byte> played;  // the packets as they were when their time was over
  static inline std::vector<uint32_t> written;  // SetWritePacket's numbers
  static inline uint32_t end_bytes = ~0u;
  static inline GUID processing{};

  static void reset() {
    notification = packets = end_of_stream = true;
    silent_events = clock_backwards = false;
    freeze_at = jump_at = ~0ull;
    drop_packet = end_bytes = ~0u;
    burst = 0;
    refuse_format = STATUS_SUCCESS;
    played.clear();
    written.clear();
    processing = {};
  }
};

// What capture packet n is made of.
inline std::byte capture_byte(uint32_t packet, size_t at) { return static_cast<std::byte>(packet * 7 + at % 5 + 1); }

class ClockedStream final : public IMiniportWaveRTStreamNotification,
                            public IMiniportWaveRTOutputStream,
                            public IMiniportWaveRTInputStream {
 public:
  ClockedStream(PPORTWAVERTSTREAM port, bool capture, ULONG bytes_per_second)
      : port_(port), capture_(capture), rate_(bytes_per_second) {
    timer_ = ExAllocateTimer(on_timer, this, EX_TIMER_HIGH_RESOLUTION);  // a device does not wait for Windows' tick
  }
  virtual ~ClockedStream() { ExDeleteTimer(timer_, TRUE, TRUE, nullptr); }

  STDMETHODIMP_(NTSTATUS) QueryInterface(REFIID iid, PVOID* object) override {
    *object = nullptr;
    if (portcls::is_iunknown(iid) || IsEqualGUID(iid, IID_IMiniportWaveRTStream) ||
        (Clocked::notification && IsEqualGUID(iid, IID_IMiniportWaveRTStreamNotification)))
      *object = static_cast<IMiniportWaveRTStreamNotification*>(this);
    if (Clocked::packets && IsEqualGUID(iid, IID_IMiniportWaveRTOutputStream))
      *object = static_cast<IMiniportWaveRTOutputStream*>(this);
    if (Clocked::packets && IsEqualGUID(iid, IID_IMiniportWaveRTInputStream))
      *object = static_cast<IMiniportWaveRTInputStream*>(this);
    if (!*object) return STATUS_INVALID_PARAMETER;
    AddRef();
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(ULONG) AddRef() override { return ++references_; }
  STDMETHODIMP_(ULONG) Release() override {
    const ULONG left = --references_;
    if (left == 0) delete this;
    return left;
  }

  STDMETHODIMP_(NTSTATUS) SetFormat(PKSDATAFORMAT) override { return STATUS_SUCCESS; }
  STDMETHODIMP_(NTSTATUS) SetState(KSSTATE state) override {
    if (state == KSSTATE_RUN) {
      began_ = KeQueryPerformanceCounter(nullptr).QuadPart;
      if (capture_)
        for (uint32_t i = 0; i < Clocked::burst; ++i) finish_packet();
      if (packet_bytes()) ExSetTimer(timer_, -packet_hns(), packet_hns(), nullptr);
    } else if (state_ == KSSTATE_RUN) {
      ExCancelTimer(timer_, nullptr);
      KeFlushQueuedDpcs();
    }
    if (state == KSSTATE_STOP) packets_ = read_ = 0;
    state_ = state;
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(NTSTATUS) GetPosition(PKSAUDIO_POSITION position) override {
    const uint64_t at = bytes_ ? moved() % bytes_ : 0;
    *position = {at, at};
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(NTSTATUS)
  AllocateAudioBuffer(ULONG bytes, PMDL* mdl, ULONG* actual, ULONG* offset, MEMORY_CACHING_TYPE* cache) override {
    PHYSICAL_ADDRESS high;
    high.QuadPart = -1;
    *mdl = port_->AllocatePagesForMdl(high, bytes);
    base_ = static_cast<std::byte*>(port_->MapAllocatedPages(*mdl, MmCached));
    bytes_ = *actual = bytes;
    *offset = 0;
    *cache = MmCached;
    return base_ ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
  }
  STDMETHODIMP_(VOID) FreeAudioBuffer(PMDL mdl, ULONG) override {
    port_->UnmapAllocatedPages(base_, mdl);
    port_->FreePagesFromMdl(mdl);
    bytes_ = 0;
  }
  STDMETHODIMP_(VOID) GetHWLatency(PKSRTAUDIO_HWLATENCY latency) override { *latency = {}; }
  STDMETHODIMP_(NTSTATUS) GetPositionRegister(PKSRTAUDIO_HWREGISTER) override { return STATUS_NOT_SUPPORTED; }
  STDMETHODIMP_(NTSTATUS) GetClockRegister(PKSRTAUDIO_HWREGISTER) override { return STATUS_NOT_SUPPORTED; }
  STDMETHODIMP_(NTSTATUS)
  AllocateBufferWithNotification(ULONG count, ULONG bytes, PMDL* mdl, ULONG* actual, ULONG* offset,
                                 MEMORY_CACHING_TYPE* cache) override {
    count_ = count;
    return AllocateAudioBuffer(bytes, mdl, actual, offset, cache);
  }
  STDMETHODIMP_(VOID) FreeBufferWithNotification(PMDL mdl, ULONG bytes) override { FreeAudioBuffer(mdl, bytes); }
  STDMETHODIMP_(NTSTATUS) RegisterNotificationEvent(PKEVENT event) override {
    event_ = event;
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(NTSTATUS) UnregisterNotificationEvent(PKEVENT) override {
    event_ = nullptr;
    return STATUS_SUCCESS;
  }

  // The statuses of the reference page.
  STDMETHODIMP_(NTSTATUS) SetWritePacket(ULONG number, ULONG flags, ULONG end) override {
    if (ended_) return STATUS_INVALID_DEVICE_STATE;
    if (flags & ~ULONG{KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM}) return STATUS_INVALID_PARAMETER;
    if (flags && !Clocked::end_of_stream) return STATUS_INVALID_PARAMETER;
    const ULONG due = packets_ + (state_ == KSSTATE_RUN ? 1 : 0);
    if (number < due) return STATUS_DATA_LATE_ERROR;
    if (number > due) return STATUS_DATA_OVERRUN;
    Clocked::written.push_back(number);
    if (flags) {
      ended_ = true;
      Clocked::end_bytes = end;
    }
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(NTSTATUS) GetOutputStreamPresentationPosition(KSAUDIO_PRESENTATION_POSITION* position) override {
    *position = {};
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(NTSTATUS) GetPacketCount(ULONG* count) override {
    *count = packets_;
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(NTSTATUS) GetReadPacket(ULONG* number, ULONG* flags, ULONG64* counter, BOOL* more) override {
    if (read_ == packets_) return STATUS_DEVICE_NOT_READY;
    // Two packets have room: what is older is lost, unless the device has a memory of its own and hands out from there.
    if (!Clocked::burst && packets_ - read_ > 2) read_ = packets_ - 2;
    if (Clocked::burst) fill(read_);
    *number = read_++;
    *flags = 0;
    *counter = Clocked::clock_backwards ? 1000 - *number : uint64_t{*number} * 1000;
    *more = read_ < packets_;
    return STATUS_SUCCESS;
  }

 private:
  static void NTAPI on_timer(PEX_TIMER, PVOID self) {
    auto& stream = *static_cast<ClockedStream*>(self);
    if (uint64_t{stream.packets_} * stream.packet_bytes() >= Clocked::freeze_at) return;
    stream.finish_packet();
    if (stream.packets_ - 1 == Clocked::drop_packet) stream.finish_packet();
    if (stream.event_ && !Clocked::silent_events) KeSetEvent(stream.event_, 0, FALSE);
  }
  ULONG packet_bytes() const { return bytes_ / 2; }
  LONGLONG packet_hns() const { return LONGLONG{packet_bytes()} * 10'000'000 / rate_; }
  uint64_t moved() const {
    if (state_ != KSSTATE_RUN) return 0;
    LARGE_INTEGER frequency;
    const LONGLONG ticks = KeQueryPerformanceCounter(&frequency).QuadPart - began_;
    uint64_t at = static_cast<uint64_t>(ticks) * rate_ / static_cast<uint64_t>(frequency.QuadPart);
    at = std::min(at / 4 * 4, Clocked::freeze_at);
    return at >= Clocked::jump_at ? at + bytes_ * 3 / 4 : at;
  }
  void fill(uint32_t packet) {
    std::byte* at = base_ + packet % 2 * packet_bytes();
    for (size_t i = 0; i < packet_bytes(); ++i) at[i] = capture_byte(packet, i);
  }
  void finish_packet() {
    const std::byte* at = base_ + packets_ % 2 * packet_bytes();
    if (capture_) fill(packets_);
    else Clocked::played.insert(Clocked::played.end(), at, at + packet_bytes());
    ++packets_;
  }

  PPORTWAVERTSTREAM port_;
  const bool capture_;
  const ULONG rate_;
  ULONG references_ = 1, bytes_ = 0, count_ = 0, packets_ = 0, read_ = 0;
  std::byte* base_ = nullptr;
  PKEVENT event_ = nullptr;
  PEX_TIMER timer_ = nullptr;
  KSSTATE state_ = KSSTATE_STOP;
  LONGLONG began_ = 0;
  bool ended_ = false;
};

// ---- The filter ----
inline const PCPIN_DESCRIPTOR kClockedPins[] = {
    {1, 1, 0, nullptr, make_pin(2, kWaveRanges, KSPIN_DATAFLOW_IN, KSPIN_COMMUNICATION_SINK, &KSCATEGORY_AUDIO)},
    {1, 1, 0, nullptr, make_pin(2, kWaveRanges, KSPIN_DATAFLOW_OUT, KSPIN_COMMUNICATION_SINK, &KSCATEGORY_AUDIO)},
    {0, 0, 0, nullptr, make_pin(1, kBridgeRanges, KSPIN_DATAFLOW_OUT, KSPIN_COMMUNICATION_NONE, &KSCATEGORY_AUDIO)}};
inline const PCCONNECTION_DESCRIPTOR kClockedConnections[] = {{PCFILTER_NODE, 0, PCFILTER_NODE, 2},
                                                              {PCFILTER_NODE, 2, PCFILTER_NODE, 1}};
inline PCFILTER_DESCRIPTOR kClockedFilter = {
    0,       nullptr, sizeof(PCPIN_DESCRIPTOR), 3, kClockedPins,   sizeof(PCNODE_DESCRIPTOR), 0,
    nullptr, 2,       kClockedConnections,      3, kWaveCategories};

class ClockedWave final : public IMiniportWaveRT, public IMiniportAudioSignalProcessing {
 public:
  virtual ~ClockedWave() {
    if (port_) port_->Release();
  }
  STDMETHODIMP_(NTSTATUS) QueryInterface(REFIID iid, PVOID* object) override {
    *object = nullptr;
    if (portcls::is_iunknown(iid) || IsEqualGUID(iid, IID_IMiniport) || IsEqualGUID(iid, IID_IMiniportWaveRT))
      *object = static_cast<IMiniportWaveRT*>(this);
    if (IsEqualGUID(iid, IID_IMiniportAudioSignalProcessing))
      *object = static_cast<IMiniportAudioSignalProcessing*>(this);
    if (!*object) return STATUS_INVALID_PARAMETER;
    AddRef();
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(ULONG) AddRef() override { return ++references_; }
  STDMETHODIMP_(ULONG) Release() override {
    const ULONG left = --references_;
    if (left == 0) delete this;
    return left;
  }
  STDMETHODIMP_(NTSTATUS) Init(PUNKNOWN, PRESOURCELIST, IPortWaveRT* port) override {
    port_ = port;
    port_->AddRef();
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(NTSTATUS) GetDescription(PPCFILTER_DESCRIPTOR* description) override {
    *description = &kClockedFilter;
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(NTSTATUS) DataRangeIntersection(ULONG, PKSDATARANGE, PKSDATARANGE, ULONG, PVOID, PULONG) override {
    return STATUS_NOT_IMPLEMENTED;
  }
  STDMETHODIMP_(NTSTATUS)
  NewStream(PMINIPORTWAVERTSTREAM* stream, PPORTWAVERTSTREAM port, ULONG, BOOLEAN capture,
            PKSDATAFORMAT format) override {
    const auto& wave = reinterpret_cast<KSDATAFORMAT_WAVEFORMATEX*>(format)->WaveFormatEx;
    if (Clocked::refuse_format < 0 && wave.nSamplesPerSec == 44100) return Clocked::refuse_format;
    if (format->Flags & KSDATAFORMAT_ATTRIBUTES) {
      // The list of attributes follows the format on an 8-byte boundary.
      const auto* list = reinterpret_cast<const std::byte*>(format) + (format->FormatSize + 7) / 8 * 8;
      Clocked::processing =
          reinterpret_cast<const KSATTRIBUTE_AUDIOSIGNALPROCESSING_MODE*>(list + sizeof(KSMULTIPLE_ITEM))
              ->SignalProcessingMode;
    }
    *stream = new ClockedStream(port, capture, wave.nAvgBytesPerSec);
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(NTSTATUS) GetDeviceDescription(PDEVICE_DESCRIPTION) override { return STATUS_NOT_IMPLEMENTED; }
  STDMETHODIMP_(NTSTATUS) GetModes(ULONG pin, GUID* modes, ULONG* count) override {
    if (pin > 1) return STATUS_INVALID_DEVICE_REQUEST;
    if (modes && *count < 2) return STATUS_BUFFER_TOO_SMALL;
    if (modes) {
      modes[0] = AUDIO_SIGNALPROCESSINGMODE_RAW;
      modes[1] = AUDIO_SIGNALPROCESSINGMODE_DEFAULT;
    }
    *count = 2;
    return STATUS_SUCCESS;
  }

 private:
  IPortWaveRT* port_ = nullptr;
  ULONG references_ = 1;
};

inline void install_clocked(PDEVICE_OBJECT device, PRESOURCELIST resources) {
  PPORT port = nullptr;
  if (PcNewPort(&port, CLSID_PortWaveRT) < 0) return;
  auto* miniport = new ClockedWave;
  if (port->Init(device, nullptr, static_cast<IMiniportWaveRT*>(miniport), nullptr, resources) >= 0)
    (void)PcRegisterSubdevice(device, const_cast<PWSTR>(u"Clocked"), port);
  miniport->Release();
  port->Release();
}

}  // namespace portside::client::testing
