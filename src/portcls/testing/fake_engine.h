#pragma once
// For tests: a subdevice "Engine" beside the fake adapter's two: a wave filter with a host pin, an offload pin, a
// loopback pin and a bridge, an audio-engine node, packets in both directions and hardware registers. What a test sets in
// FakeEngine is what the miniport answers; what the port asked stands in FakeEngine::calls.

#include <portcls.h>
#include <wdm.h>

#include <cstring>
#include <string>
#include <vector>

#include "portcls/testing/fake_adapter.h"

namespace portside::portcls::testing {

enum EnginePin : ULONG { kHostPin, kOffloadPin, kLoopbackPin, kBridgePin };
constexpr ULONG kEngineNode = 0;

struct FakeEngine {
  // What the miniport answers.
  static inline bool engine_node = true;           // IMiniportAudioEngineNode and IMiniportStreamAudioEngineNode
  static inline bool last_buffer = true;           // IMiniportStreamAudioEngineNode2
  static inline bool packets = true;               // the packet interfaces
  static inline NTSTATUS status = STATUS_SUCCESS;  // of every engine method
  static inline KSAUDIOENGINE_DESCRIPTOR descriptor{};
  static inline BOOL gfx = FALSE, lfx = FALSE;
  static inline bool gfx_kept = true;  // what SetGfxState sets, GetGfxState tells
  static inline LONG volume[2] = {}, stream_volume[2] = {}, peak = 0;
  static inline BOOL mute[2] = {}, stream_mute[2] = {};
  static inline UINT32 channels = 2;
  static inline ULONG format_bytes = sizeof(KSDATAFORMAT_WAVEFORMATEX);
  static inline DWORD mix_rate = 48000, device_rate = 48000;
  static inline ULONGLONG linear = 0;
  static inline KSAUDIO_PRESENTATION_POSITION presented{};
  static inline NTSTATUS packet_status = STATUS_SUCCESS, gfx_status = STATUS_SUCCESS;
  static inline ULONG packet_number = 0, formats = 2;
  static inline BOOL more = FALSE;
  static inline KSRTAUDIO_HWREGISTER position_register{}, clock_register{};
  // What the port asked, with its arguments: "SetGfxState 0 1".
  static inline std::vector<std::string> calls;

  static void reset() {
    engine_node = last_buffer = packets = gfx_kept = true;
    status = packet_status = gfx_status = STATUS_SUCCESS;
    descriptor = {kHostPin, kOffloadPin, kLoopbackPin};
    gfx = lfx = FALSE;
    peak = 0;
    for (int i = 0; i < 2; ++i) volume[i] = stream_volume[i] = 0, mute[i] = stream_mute[i] = FALSE;
    channels = 2;
    format_bytes = sizeof(KSDATAFORMAT_WAVEFORMATEX);
    mix_rate = device_rate = 48000;
    formats = 2;
    linear = 0;
    presented = {};
    packet_number = 0;
    more = FALSE;
    position_register = clock_register = {};
    calls.clear();
  }
  template <class... Arguments>
  static NTSTATUS called(const char* name, Arguments... arguments) {
    std::string text = name;
    ((text += ' ', text += std::to_string(arguments)), ...);
    calls.push_back(text);
    return status;
  }
};

// KSMULTIPLE_ITEM, Remarks: each item begins at a multiple of eight bytes.
inline constexpr size_t kFormatPitch = (sizeof(KSDATAFORMAT_WAVEFORMATEX) + 7) / 8 * 8;
inline KSDATAFORMAT_WAVEFORMATEX engine_format(DWORD rate) {
  KSDATAFORMAT_WAVEFORMATEX format{};
  format.DataFormat.FormatSize = sizeof format;
  format.DataFormat.MajorFormat = KSDATAFORMAT_TYPE_AUDIO;
  format.DataFormat.SubFormat = KSDATAFORMAT_SUBTYPE_PCM;
  format.DataFormat.Specifier = KSDATAFORMAT_SPECIFIER_WAVEFORMATEX;
  format.WaveFormatEx = {WAVE_FORMAT_PCM, 2, rate, rate * 4, 4, 16, 0};
  return format;
}

class FakeEngineStream final : public IMiniportWaveRTStreamNotification,
                               public IMiniportWaveRTOutputStream,
                               public IMiniportWaveRTInputStream,
                               public IMiniportStreamAudioEngineNode,
                               public IMiniportStreamAudioEngineNode2,
                               public IDrmAudioStream {
 public:
  FakeEngineStream(PPORTWAVERTSTREAM port, ULONG pin) : port_(port), pin_(pin) {}
  virtual ~FakeEngineStream() = default;

  // The port alone is to choose by direction: this stream offers both packet interfaces on every pin.
  STDMETHODIMP_(NTSTATUS) QueryInterface(REFIID iid, PVOID* object) override {
    *object = nullptr;
    if (is_iunknown(iid) || IsEqualGUID(iid, IID_IMiniportWaveRTStream) ||
        IsEqualGUID(iid, IID_IMiniportWaveRTStreamNotification))
      *object = static_cast<IMiniportWaveRTStreamNotification*>(this);
    if (FakeEngine::packets && IsEqualGUID(iid, IID_IMiniportWaveRTOutputStream))
      *object = static_cast<IMiniportWaveRTOutputStream*>(this);
    if (FakeEngine::packets && IsEqualGUID(iid, IID_IMiniportWaveRTInputStream))
      *object = static_cast<IMiniportWaveRTInputStream*>(this);
    if (pin_ == kOffloadPin && FakeEngine::engine_node) {
      if (IsEqualGUID(iid, IID_IMiniportStreamAudioEngineNode))
        *object = static_cast<IMiniportStreamAudioEngineNode*>(this);
      if (FakeEngine::last_buffer && IsEqualGUID(iid, IID_IMiniportStreamAudioEngineNode2))
        *object = static_cast<IMiniportStreamAudioEngineNode2*>(this);
    }
    if (pin_ == kOffloadPin && IsEqualGUID(iid, IID_IDrmAudioStream)) *object = static_cast<IDrmAudioStream*>(this);
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

  STDMETHODIMP_(NTSTATUS) SetFormat(PKSDATAFORMAT format) override {
    return FakeEngine::called("SetFormat",
                              reinterpret_cast<KSDATAFORMAT_WAVEFORMATEX*>(format)->WaveFormatEx.nSamplesPerSec);
  }
  STDMETHODIMP_(NTSTATUS) SetState(KSSTATE) override { return STATUS_SUCCESS; }
  STDMETHODIMP_(NTSTATUS) GetPosition(PKSAUDIO_POSITION position) override {
    *position = {FakeEngine::linear, FakeEngine::linear + 1};
    return FakeEngine::status;
  }
  STDMETHODIMP_(NTSTATUS)
  AllocateAudioBuffer(ULONG bytes, PMDL* mdl, ULONG* actual, ULONG* offset, MEMORY_CACHING_TYPE* cache) override {
    PHYSICAL_ADDRESS high;
    high.QuadPart = -1;
    *mdl = port_->AllocatePagesForMdl(high, bytes);
    *actual = bytes;
    *offset = 0;
    *cache = MmCached;
    return *mdl ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
  }
  STDMETHODIMP_(VOID) FreeAudioBuffer(PMDL mdl, ULONG) override { port_->FreePagesFromMdl(mdl); }
  STDMETHODIMP_(VOID) GetHWLatency(PKSRTAUDIO_HWLATENCY latency) override { *latency = {1, 2, 3}; }
  STDMETHODIMP_(NTSTATUS) GetPositionRegister(PKSRTAUDIO_HWREGISTER reg) override {
    *reg = FakeEngine::position_register;
    return reg->Register ? STATUS_SUCCESS : STATUS_NOT_SUPPORTED;
  }
  STDMETHODIMP_(NTSTATUS) GetClockRegister(PKSRTAUDIO_HWREGISTER reg) override {
    *reg = FakeEngine::clock_register;
    return reg->Register ? STATUS_SUCCESS : STATUS_NOT_SUPPORTED;
  }
  STDMETHODIMP_(NTSTATUS)
  AllocateBufferWithNotification(ULONG, ULONG bytes, PMDL* mdl, ULONG* actual, ULONG* offset,
                                 MEMORY_CACHING_TYPE* cache) override {
    return AllocateAudioBuffer(bytes, mdl, actual, offset, cache);
  }
  STDMETHODIMP_(VOID) FreeBufferWithNotification(PMDL mdl, ULONG bytes) override { FreeAudioBuffer(mdl, bytes); }
  STDMETHODIMP_(NTSTATUS) RegisterNotificationEvent(PKEVENT) override { return STATUS_SUCCESS; }
  STDMETHODIMP_(NTSTATUS) UnregisterNotificationEvent(PKEVENT) override { return STATUS_SUCCESS; }

  STDMETHODIMP_(NTSTATUS) SetWritePacket(ULONG number, ULONG flags, ULONG end) override {
    FakeEngine::called("SetWritePacket", number, flags, end);
    return FakeEngine::packet_status;
  }
  STDMETHODIMP_(NTSTATUS) GetOutputStreamPresentationPosition(KSAUDIO_PRESENTATION_POSITION* position) override {
    *position = FakeEngine::presented;
    return FakeEngine::packet_status;
  }
  STDMETHODIMP_(NTSTATUS) GetPacketCount(ULONG* count) override {
    *count = FakeEngine::packet_number;
    return FakeEngine::packet_status;
  }
  STDMETHODIMP_(NTSTATUS) GetReadPacket(ULONG* number, ULONG* flags, ULONG64* counter, BOOL* more) override {
    FakeEngine::called("GetReadPacket");
    *number = FakeEngine::packet_number;
    *flags = 0;
    *counter = FakeEngine::presented.u64QPCPosition;
    *more = FakeEngine::more;
    return FakeEngine::packet_status;
  }

  STDMETHODIMP_(NTSTATUS) GetLfxState(BOOL* on) override {
    *on = FakeEngine::lfx;
    return FakeEngine::called("GetLfxState");
  }
  STDMETHODIMP_(NTSTATUS) SetLfxState(BOOL on) override {
    FakeEngine::lfx = on;
    return FakeEngine::called("SetLfxState", on);
  }
  STDMETHODIMP_(NTSTATUS) GetStreamChannelCount(eChannelTargetType type, UINT32* count) override {
    *count = FakeEngine::channels;
    return FakeEngine::called("GetStreamChannelCount", int{type});
  }
  STDMETHODIMP_(NTSTATUS)
  GetStreamAttributeSteppings(eChannelTargetType type, PKSPROPERTY_STEPPING_LONG steppings, UINT32 bytes) override {
    for (UINT32 i = 0; i < bytes / sizeof *steppings; ++i) steppings[i].SteppingDelta = 100 + i;
    return FakeEngine::called("GetStreamAttributeSteppings", int{type}, bytes);
  }
  STDMETHODIMP_(NTSTATUS) GetStreamChannelVolume(UINT32 channel, LONG* value) override {
    *value = FakeEngine::stream_volume[channel % 2];
    return FakeEngine::called("GetStreamChannelVolume", channel);
  }
  STDMETHODIMP_(NTSTATUS)
  SetStreamChannelVolume(UINT32 channel, LONG value, AUDIO_CURVE_TYPE curve, ULONGLONG duration) override {
    FakeEngine::stream_volume[channel % 2] = value;
    return FakeEngine::called("SetStreamChannelVolume", channel, value, int{curve}, duration);
  }
  STDMETHODIMP_(NTSTATUS) GetStreamChannelMute(UINT32 channel, BOOL* value) override {
    *value = FakeEngine::stream_mute[channel % 2];
    return FakeEngine::called("GetStreamChannelMute", channel);
  }
  STDMETHODIMP_(NTSTATUS) SetStreamChannelMute(UINT32 channel, BOOL value) override {
    FakeEngine::stream_mute[channel % 2] = value;
    return FakeEngine::called("SetStreamChannelMute", channel, value);
  }
  STDMETHODIMP_(NTSTATUS) GetStreamChannelPeakMeter(UINT32 channel, LONG* value) override {
    *value = FakeEngine::peak;
    return FakeEngine::called("GetStreamChannelPeakMeter", channel);
  }
  STDMETHODIMP_(NTSTATUS) GetStreamPresentationPosition(KSAUDIO_PRESENTATION_POSITION* position) override {
    *position = FakeEngine::presented;
    return FakeEngine::called("GetStreamPresentationPosition");
  }
  STDMETHODIMP_(NTSTATUS) SetStreamCurrentWritePosition(ULONG position) override {
    return FakeEngine::called("SetStreamCurrentWritePosition", position);
  }
  STDMETHODIMP_(NTSTATUS) GetStreamLinearBufferPosition(ULONGLONG* position) override {
    *position = FakeEngine::linear;
    return FakeEngine::called("GetStreamLinearBufferPosition");
  }
  STDMETHODIMP_(NTSTATUS) SetStreamLoopbackProtection(CONSTRICTOR_OPTION option) override {
    return FakeEngine::called("SetStreamLoopbackProtection", int{option});
  }
  STDMETHODIMP_(NTSTATUS) SetStreamCurrentWritePositionForLastBuffer(ULONG position) override {
    return FakeEngine::called("SetStreamCurrentWritePositionForLastBuffer", position);
  }
  STDMETHODIMP_(NTSTATUS) SetContentId(ULONG id, PCDRMRIGHTS rights) override {
    return FakeEngine::called("SetContentId", id, rights->CopyProtect, rights->DigitalOutputDisable);
  }

 private:
  PPORTWAVERTSTREAM port_;
  const ULONG pin_;
  ULONG references_ = 1;
};

// ---- The filter ----
inline const PCPIN_DESCRIPTOR kEnginePins[] = {
    {1, 1, 0, nullptr, make_pin(2, kWaveRanges, KSPIN_DATAFLOW_IN, KSPIN_COMMUNICATION_SINK, &KSCATEGORY_AUDIO)},
    {2, 2, 0, nullptr, make_pin(2, kWaveRanges, KSPIN_DATAFLOW_IN, KSPIN_COMMUNICATION_SINK, &KSCATEGORY_AUDIO)},
    {1, 1, 0, nullptr,
     make_pin(2, kWaveRanges, KSPIN_DATAFLOW_OUT, KSPIN_COMMUNICATION_SINK, &KSNODETYPE_AUDIO_LOOPBACK)},
    {0, 0, 0, nullptr, make_pin(1, kBridgeRanges, KSPIN_DATAFLOW_OUT, KSPIN_COMMUNICATION_NONE, &KSCATEGORY_AUDIO)}};
inline const PCNODE_DESCRIPTOR kEngineNodes[] = {{0, nullptr, &KSNODETYPE_AUDIO_ENGINE, nullptr},
                                                 {0, nullptr, &KSNODETYPE_VOLUME, nullptr}};
inline const PCCONNECTION_DESCRIPTOR kEngineConnections[] = {{PCFILTER_NODE, kHostPin, 0, 1},
                                                             {0, 0, PCFILTER_NODE, kBridgePin}};
inline PCFILTER_DESCRIPTOR kEngineFilter = {0,
                                            nullptr,
                                            sizeof(PCPIN_DESCRIPTOR),
                                            4,
                                            kEnginePins,
                                            sizeof(PCNODE_DESCRIPTOR),
                                            2,
                                            kEngineNodes,
                                            2,
                                            kEngineConnections,
                                            3,
                                            kWaveCategories};

class FakeEngineWave final : public IMiniportWaveRT, public IMiniportAudioEngineNode {
 public:
  virtual ~FakeEngineWave() {
    if (port_) port_->Release();
  }
  STDMETHODIMP_(NTSTATUS) QueryInterface(REFIID iid, PVOID* object) override {
    *object = nullptr;
    if (is_iunknown(iid) || IsEqualGUID(iid, IID_IMiniport) || IsEqualGUID(iid, IID_IMiniportWaveRT))
      *object = static_cast<IMiniportWaveRT*>(this);
    if (FakeEngine::engine_node && IsEqualGUID(iid, IID_IMiniportAudioEngineNode))
      *object = static_cast<IMiniportAudioEngineNode*>(this);
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
    *description = &kEngineFilter;
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(NTSTATUS) DataRangeIntersection(ULONG, PKSDATARANGE, PKSDATARANGE, ULONG, PVOID, PULONG) override {
    return STATUS_NOT_IMPLEMENTED;
  }
  STDMETHODIMP_(NTSTATUS)
  NewStream(PMINIPORTWAVERTSTREAM* stream, PPORTWAVERTSTREAM port, ULONG pin, BOOLEAN, PKSDATAFORMAT) override {
    *stream = new FakeEngineStream(port, pin);
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(NTSTATUS) GetDeviceDescription(PDEVICE_DESCRIPTION) override { return STATUS_NOT_IMPLEMENTED; }

  STDMETHODIMP_(NTSTATUS) GetAudioEngineDescriptor(ULONG node, KSAUDIOENGINE_DESCRIPTOR* out) override {
    *out = FakeEngine::descriptor;
    return FakeEngine::called("GetAudioEngineDescriptor", node);
  }
  STDMETHODIMP_(NTSTATUS) GetGfxState(ULONG node, BOOL* on) override {
    *on = FakeEngine::gfx;
    return FakeEngine::called("GetGfxState", node);
  }
  STDMETHODIMP_(NTSTATUS) SetGfxState(ULONG node, BOOL on) override {
    if (FakeEngine::gfx_status != STATUS_SUCCESS) return FakeEngine::gfx_status;
    if (FakeEngine::gfx_kept) FakeEngine::gfx = on;
    return FakeEngine::called("SetGfxState", node, on);
  }
  STDMETHODIMP_(NTSTATUS) GetEngineFormatSize(ULONG node, eEngineFormatType type, ULONG* bytes) override {
    *bytes = type == eSupportedDeviceFormats
                 ? static_cast<ULONG>(sizeof(KSMULTIPLE_ITEM) + FakeEngine::formats * kFormatPitch)
                 : FakeEngine::format_bytes;
    return FakeEngine::called("GetEngineFormatSize", node, int{type});
  }
  STDMETHODIMP_(NTSTATUS) GetMixFormat(ULONG node, KSDATAFORMAT_WAVEFORMATEX* format, ULONG bytes) override {
    *format = engine_format(FakeEngine::mix_rate);
    return FakeEngine::called("GetMixFormat", node, bytes);
  }
  STDMETHODIMP_(NTSTATUS) GetDeviceFormat(ULONG node, KSDATAFORMAT_WAVEFORMATEX* format, ULONG bytes) override {
    *format = engine_format(FakeEngine::device_rate);
    return FakeEngine::called("GetDeviceFormat", node, bytes);
  }
  STDMETHODIMP_(NTSTATUS) SetDeviceFormat(ULONG node, KSDATAFORMAT_WAVEFORMATEX* format, ULONG bytes) override {
    FakeEngine::device_rate = format->WaveFormatEx.nSamplesPerSec;
    return FakeEngine::called("SetDeviceFormat", node, bytes);
  }
  STDMETHODIMP_(NTSTATUS) GetSupportedDeviceFormats(ULONG node, KSMULTIPLE_ITEM* list, ULONG bytes) override {
    list->Size = bytes;
    list->Count = FakeEngine::formats;
    for (ULONG i = 0; i < FakeEngine::formats; ++i) {
      const auto format = engine_format(44100 * (i + 1));
      std::memcpy(reinterpret_cast<std::byte*>(list + 1) + i * kFormatPitch, &format, sizeof format);
    }
    return FakeEngine::called("GetSupportedDeviceFormats", node, bytes);
  }
  STDMETHODIMP_(NTSTATUS) GetDeviceChannelCount(ULONG node, eChannelTargetType type, UINT32* count) override {
    *count = FakeEngine::channels;
    return FakeEngine::called("GetDeviceChannelCount", node, int{type});
  }
  STDMETHODIMP_(NTSTATUS)
  GetDeviceAttributeSteppings(ULONG node, eChannelTargetType type, PKSPROPERTY_STEPPING_LONG steppings,
                              UINT32 bytes) override {
    for (UINT32 i = 0; i < bytes / sizeof *steppings; ++i) steppings[i].SteppingDelta = 10 + i;
    return FakeEngine::called("GetDeviceAttributeSteppings", node, int{type}, bytes);
  }
  STDMETHODIMP_(NTSTATUS) GetDeviceChannelVolume(ULONG, UINT32 channel, LONG* value) override {
    *value = FakeEngine::volume[channel % 2];
    return FakeEngine::called("GetDeviceChannelVolume", channel);
  }
  STDMETHODIMP_(NTSTATUS) SetDeviceChannelVolume(ULONG, UINT32 channel, LONG value) override {
    FakeEngine::volume[channel % 2] = value;
    return FakeEngine::called("SetDeviceChannelVolume", channel, value);
  }
  STDMETHODIMP_(NTSTATUS) GetDeviceChannelMute(ULONG, UINT32 channel, BOOL* value) override {
    *value = FakeEngine::mute[channel % 2];
    return FakeEngine::called("GetDeviceChannelMute", channel);
  }
  STDMETHODIMP_(NTSTATUS) SetDeviceChannelMute(ULONG, UINT32 channel, BOOL value) override {
    FakeEngine::mute[channel % 2] = value;
    return FakeEngine::called("SetDeviceChannelMute", channel, value);
  }
  STDMETHODIMP_(NTSTATUS) GetDeviceChannelPeakMeter(ULONG, UINT32 channel, LONG* value) override {
    *value = FakeEngine::peak;
    return FakeEngine::called("GetDeviceChannelPeakMeter", channel);
  }
  STDMETHODIMP_(NTSTATUS)
  GetBufferSizeRange(ULONG node, KSDATAFORMAT_WAVEFORMATEX* format, KSAUDIOENGINE_BUFFER_SIZE_RANGE* range) override {
    *range = {format->WaveFormatEx.nAvgBytesPerSec / 100, format->WaveFormatEx.nAvgBytesPerSec};
    return FakeEngine::called("GetBufferSizeRange", node);
  }

 private:
  IPortWaveRT* port_ = nullptr;
  ULONG references_ = 1;
};

// For FakeDriver::on_start.
inline void install_engine(PDEVICE_OBJECT device, PRESOURCELIST resources) {
  PPORT port = nullptr;
  if (PcNewPort(&port, CLSID_PortWaveRT) < 0) return;
  auto* miniport = new FakeEngineWave;
  if (port->Init(device, nullptr, static_cast<IMiniportWaveRT*>(miniport), nullptr, resources) >= 0)
    (void)PcRegisterSubdevice(device, const_cast<PWSTR>(u"Engine"), port);
  miniport->Release();
  port->Release();
}

}  // namespace portside::portcls::testing
