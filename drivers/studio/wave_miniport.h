// WaveMiniport: a wave filter of the studio: the render filter with its audio engine, or the capture filter with its
// keyword detector. Says what streams can be had, makes them, and answers what is asked of filter, pins and node.
//
// The descriptors are in wave_tables.cpp, properties in wave_properties.cpp, the audio module's in audio_module.cpp,
// the engine node's methods in audio_engine.cpp.
#pragma once

#include "studio.h"

struct WaveTables;

class WaveMiniport final
    : public ComObject<WaveMiniport, IMiniportWaveRT, IMiniportAudioEngineNode, IMiniportAudioSignalProcessing,
                       IMiniportPnpNotify, IPinCount, IPowerNotify> {
 public:
  // The pins and nodes of either filter, in the order of its descriptor.
  enum RenderPin : ULONG { kHostPin, kOffloadPin, kLoopbackPin, kRenderBridgePin };
  enum CapturePin : ULONG { kCaptureBridgePin, kInputPin, kKeywordPin };
  enum Node : ULONG { kEngineNode = 0, kAdcNode = 0 };
  static constexpr ULONG kMaxPins = 4;

  static NTSTATUS create(Studio& studio, bool capture, WaveMiniport** result);
  ~WaveMiniport();

  // The miniport that a request's MajorTarget is: the object's first interface.
  static WaveMiniport& of(PUNKNOWN major_target) {
    return *static_cast<WaveMiniport*>(reinterpret_cast<IMiniportWaveRT*>(major_target));
  }

  Studio& studio() { return *studio_.get(); }
  bool capture() const { return capture_; }
  void stream_opened(ULONG pin) { InterlockedIncrement(&streams_[pin]); }
  void stream_closed(ULONG pin) { InterlockedDecrement(&streams_[pin]); }
  // A trace event through the port (IPortClsEtwHelper). Up to DISPATCH_LEVEL.
  void trace(EPcMiniportEngineEvent event, ULONGLONG a, ULONGLONG b, ULONGLONG c);

  bool is_stream_pin(ULONG pin) const {
    return capture_ ? pin == kInputPin || pin == kKeywordPin : pin <= kLoopbackPin;
  }
  // The processing modes of a pin; none for a bridge, loopback and keyword pin, which have one way alone.
  GuidList modes_of(ULONG pin) const;
  bool has_mode(ULONG pin, const GUID& mode) const;
  // What a stream of that pin would be. STATUS_NO_MATCH, STATUS_INVALID_PARAMETER, STATUS_NOT_SUPPORTED.
  NTSTATUS check_format(ULONG pin, const KSDATAFORMAT* format, SampleFormat* parsed, Mode* mode);
  // IPortEvents::AddEventToEventList for a handler's ADD; yes to a question for support.
  NTSTATUS add_event(PPCEVENT_REQUEST request);
  // Tells applications that the audio module has changed (IPortClsNotifications).
  void notify_module_changed(LONG trim);

  STDMETHODIMP QueryInterface(REFIID iid, PVOID* result) override;

  // IMiniport
  STDMETHODIMP_(NTSTATUS) GetDescription(PPCFILTER_DESCRIPTOR* description) override;
  STDMETHODIMP_(NTSTATUS)
  DataRangeIntersection(ULONG pin, PKSDATARANGE client_range, PKSDATARANGE my_range, ULONG output_bytes,
                        PVOID resultant_format, PULONG resultant_format_bytes) override;

  // IMiniportWaveRT
  STDMETHODIMP_(NTSTATUS) Init(PUNKNOWN adapter, PRESOURCELIST resources, PPORTWAVERT port) override;
  STDMETHODIMP_(NTSTATUS)
  NewStream(PMINIPORTWAVERTSTREAM* stream, PPORTWAVERTSTREAM port_stream, ULONG pin, BOOLEAN capture,
            PKSDATAFORMAT format) override;
  STDMETHODIMP_(NTSTATUS) GetDeviceDescription(PDEVICE_DESCRIPTION description) override;

  // IMiniportAudioSignalProcessing
  STDMETHODIMP_(NTSTATUS) GetModes(ULONG pin, GUID* modes, ULONG* count) override;

  // IPinCount
  STDMETHODIMP_(VOID)
  PinCount(ULONG pin, PULONG filter_necessary, PULONG filter_current, PULONG filter_possible, PULONG global_current,
           PULONG global_possible) override;

  // IMiniportPnpNotify
  STDMETHODIMP_(VOID) PnpStop() override;

  // IPowerNotify
  STDMETHODIMP_(VOID) PowerChangeNotify(POWER_STATE state) override;

  // IMiniportAudioEngineNode, offered by the render filter
  IMP_IMiniportAudioEngineNode;

  // The handlers that the automation tables name.
  static NTSTATUS on_proposed_format(PPCPROPERTY_REQUEST request);
  static NTSTATUS on_preferred_format(PPCPROPERTY_REQUEST request);
  static NTSTATUS on_component_id(PPCPROPERTY_REQUEST request);
  static NTSTATUS on_device_controls(PPCPROPERTY_REQUEST request);
  static NTSTATUS on_effects(PPCPROPERTY_REQUEST request);
  static NTSTATUS on_word_clock(PPCPROPERTY_REQUEST request);
  static NTSTATUS on_statistics(PPCPROPERTY_REQUEST request);
  static NTSTATUS on_self_test(PPCPROPERTY_REQUEST request);
  static NTSTATUS on_stream_facts(PPCPROPERTY_REQUEST request);
  static NTSTATUS on_module_descriptors(PPCPROPERTY_REQUEST request);
  static NTSTATUS on_module_command(PPCPROPERTY_REQUEST request);
  static NTSTATUS on_module_notification_id(PPCPROPERTY_REQUEST request);

 private:
  explicit WaveMiniport(bool capture) : capture_(capture) {}

  const bool capture_;
  ComPointer<Studio> studio_;
  WaveTables* tables_ = nullptr;
  ComPointer<IPortEvents> port_events_;
  ComPointer<IPortClsEtwHelper> etw_;
  ComPointer<IPortClsNotifications> notifications_;
  volatile LONG streams_[kMaxPins] = {};
};
