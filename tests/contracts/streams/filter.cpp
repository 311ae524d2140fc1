// The filter. See filter.h.
#include "filter.h"

#include "stream.h"

namespace {

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

PDEVICE_OBJECT functional_device = nullptr;
IPortEvents* events_of(PUNKNOWN miniport);

NTSTATUS answer_at_once(
    PPCPROPERTY_REQUEST
        request) {  // answers PropertyValueTooLong PropertyValueUnwritten PropertyOverflowWithoutSize PropertySlow
  if (CASE_IS(PowerIrp)) {
    POWER_STATE state;
    state.DeviceState = PowerDeviceD0;
    if (!WRONG(PowerIrp)) PcRequestNewPowerState(functional_device, PowerDeviceD0);
    else
      PoRequestPowerIrp(functional_device, IRP_MN_SET_POWER, state, nullptr, nullptr,  // breaks PowerIrpRequested
                        nullptr);
  }
  if (CASE_IS(EventOfNobody)) {
    IPortEvents* events = events_of(request->MajorTarget);
    GUID set = kPropertySet;
    const ULONG id = WRONG(EventOfNobody) ? 2 : 1;
    events->GenerateEventList(&set, id, FALSE, 0, FALSE, 0);  // breaks EventUndeclared
  }
  if (CASE_IS(SlowProperty)) {
    LARGE_INTEGER time;
    time.QuadPart = WRONG(SlowProperty) ? -12'000'000 : -5'000'000;  // 1.2 s, 0.5 s
    KeDelayExecutionThread(KernelMode, FALSE, &time);
  }
  if (request->ValueSize == 0) {
    if (!WRONG(OverflowWithoutSize)) request->ValueSize = sizeof(ULONG);
    return STATUS_BUFFER_OVERFLOW;
  }
  if (request->ValueSize < sizeof(ULONG)) return STATUS_BUFFER_TOO_SMALL;
  if (!WRONG(ValueUnwritten)) *static_cast<ULONG*>(request->Value) = 7;
  if (!WRONG(ValueSizeKept)) request->ValueSize = WRONG(ValueTooLong) ? 4096 : sizeof(ULONG);
  return STATUS_SUCCESS;
}

// Completed by the next request, or never.
PPCPROPERTY_REQUEST held = nullptr;
volatile NTSTATUS completion = 0;

NTSTATUS answer_later(PPCPROPERTY_REQUEST request) {  // answers PropertyNeverCompleted
  held = request;
  return STATUS_PENDING;
}

NTSTATUS complete_held(PPCPROPERTY_REQUEST request) {
  PPCPROPERTY_REQUEST first = held;
  held = nullptr;
  request->ValueSize = 0;
  if (!first) return STATUS_SUCCESS;
  if (WRONG(PendingWithPending))
    completion = PcCompletePendingPropertyRequest(first, STATUS_PENDING);  // breaks PropertyCompletedWithPending
  *static_cast<ULONG*>(first->Value) = 7;
  first->ValueSize = sizeof(ULONG);
  completion = PcCompletePendingPropertyRequest(first, STATUS_SUCCESS);
  if (WRONG(CompletesTwice))
    completion = PcCompletePendingPropertyRequest(first, STATUS_SUCCESS);  // breaks PropertyNotPending
  return STATUS_SUCCESS;
}

NTSTATUS answer_event(PPCEVENT_REQUEST request) {  // answers EventNotAdded
  if (request->Verb == PCEVENT_VERB_ADD && !WRONG(EventForgotten))
    events_of(request->MajorTarget)->AddEventToEventList(request->EventEntry);
  return STATUS_SUCCESS;
}
const PCEVENT_ITEM kEvents[] = {{&kPropertySet, 1, PCEVENT_ITEM_FLAG_ENABLE, answer_event}};

const PCPROPERTY_ITEM kProperties[] = {
    {&kPropertySet, 1, PCPROPERTY_ITEM_FLAG_GET, reinterpret_cast<PCPFNPROPERTY_HANDLER>(answer_at_once)},
    {&kPropertySet, 2, PCPROPERTY_ITEM_FLAG_GET, reinterpret_cast<PCPFNPROPERTY_HANDLER>(answer_later)},
    {&kPropertySet, 3, PCPROPERTY_ITEM_FLAG_GET, reinterpret_cast<PCPFNPROPERTY_HANDLER>(complete_held)}};
PCAUTOMATION_TABLE automation = {sizeof(PCPROPERTY_ITEM), 3, kProperties, 0, 0, nullptr,
                                 sizeof(PCEVENT_ITEM),    1, kEvents,     0};
PCAUTOMATION_TABLE odd_automation = {sizeof(PCPROPERTY_ITEM) + 4, 1, kProperties, 0, 0, nullptr, 0, 0, nullptr, 0};

const PCPIN_DESCRIPTOR kPins[] = {
    {1,
     1,
     0,
     nullptr,
     {0, nullptr, 0, nullptr, 1, kRanges, KSPIN_DATAFLOW_IN, KSPIN_COMMUNICATION_SINK, &KSCATEGORY_AUDIO, nullptr, 0}},
    {0,
     0,
     0,
     nullptr,
     {0, nullptr, 0, nullptr, 1, kBridgeRanges, KSPIN_DATAFLOW_OUT, KSPIN_COMMUNICATION_NONE, &KSCATEGORY_AUDIO,
      nullptr, 0}},
    {1,
     1,
     0,
     nullptr,
     {0, nullptr, 0, nullptr, 1, kRanges, KSPIN_DATAFLOW_OUT, KSPIN_COMMUNICATION_SINK, &KSCATEGORY_AUDIO, nullptr, 0}},
    {0,
     0,
     0,
     nullptr,
     {0, nullptr, 0, nullptr, 1, kBridgeRanges, KSPIN_DATAFLOW_IN, KSPIN_COMMUNICATION_NONE, &KSCATEGORY_AUDIO, nullptr,
      0}}};
PCCONNECTION_DESCRIPTOR connections[] = {{PCFILTER_NODE, 0, PCFILTER_NODE, 1}, {PCFILTER_NODE, 3, PCFILTER_NODE, 2}};
PCFILTER_DESCRIPTOR filter_descriptor = {
    0, &automation, sizeof(PCPIN_DESCRIPTOR), 4, kPins, sizeof(PCNODE_DESCRIPTOR), 0, nullptr, 2, connections,
    0, nullptr};

NTSTATUS extensible(ULONG room, PVOID result, PULONG length) {
  *length = sizeof(KSDATAFORMAT_WAVEFORMATEXTENSIBLE);
  if (room == 0) return STATUS_BUFFER_OVERFLOW;
  if (room < *length) return STATUS_BUFFER_TOO_SMALL;
  auto* format = static_cast<KSDATAFORMAT_WAVEFORMATEXTENSIBLE*>(result);
  RtlZeroMemory(format, sizeof(*format));
  format->DataFormat = kRange.DataRange;
  format->DataFormat.FormatSize = sizeof(*format);
  format->WaveFormatExt.Format = {
      WAVE_FORMAT_EXTENSIBLE, 2, 48000, 192000, 4, 16, sizeof(WAVEFORMATEXTENSIBLE) - sizeof(WAVEFORMATEX)};
  format->WaveFormatExt.Samples.wValidBitsPerSample = 16;
  format->WaveFormatExt.dwChannelMask = WRONG(OneSpeaker) ? SPEAKER_FRONT_LEFT : KSAUDIO_SPEAKER_STEREO;
  format->WaveFormatExt.SubFormat = kRange.DataRange.SubFormat;
  return STATUS_SUCCESS;
}

class Miniport final : public ComObject<Miniport, IMiniportWaveRT> {
 public:
  ~Miniport() {
    if (events_) events_->Release();
    if (held_stream_) held_stream_->Release();
  }
  STDMETHODIMP QueryInterface(REFIID iid, PVOID* result) override {
    if (IsEqualGUID(iid, IID_IUnknown) || IsEqualGUID(iid, IID_IMiniport) || IsEqualGUID(iid, IID_IMiniportWaveRT))
      return hand_out(this, result);
    *result = nullptr;
    return STATUS_INVALID_PARAMETER;
  }

  STDMETHODIMP_(NTSTATUS) GetDescription(PPCFILTER_DESCRIPTOR* description) override {
    // answers DescriptorMalformed DescriptorItemSize ConnectionOutOfRange
    if (WRONG(BadDescriptor)) filter_descriptor.PinSize = 8;
    if (WRONG(OddItemSize)) filter_descriptor.AutomationTable = &odd_automation;
    if (WRONG(BadConnection)) connections[1].ToNodePin = 9;
    *description = &filter_descriptor;
    return STATUS_SUCCESS;
  }

  STDMETHODIMP_(NTSTATUS)
  DataRangeIntersection(ULONG pin, PKSDATARANGE client, PKSDATARANGE, ULONG room, PVOID result,
                        PULONG length) override {
    // answers IntersectionSizeQuery IntersectionTooLong IntersectionOutsideRange IntersectionEndsSearch FormatContradicts SpeakersUnnamed
    if (pin % 2) return STATUS_NOT_IMPLEMENTED;  // the bridges
    if (reinterpret_cast<KSDATARANGE_AUDIO*>(client)->MaximumSampleFrequency < 48000)
      return WRONG(NoMatchMisnamed) ? STATUS_INVALID_DEVICE_REQUEST : STATUS_NO_MATCH;
    if (CASE_IS(OneSpeaker)) return extensible(room, result, length);
    *length = sizeof(KSDATAFORMAT_WAVEFORMATEX);
    if (room == 0) return WRONG(SizeQueryAnswered) ? STATUS_SUCCESS : STATUS_BUFFER_OVERFLOW;
    if (room < *length) return STATUS_BUFFER_TOO_SMALL;
    auto* format = static_cast<KSDATAFORMAT_WAVEFORMATEX*>(result);
    RtlZeroMemory(format, sizeof(*format));
    format->DataFormat = *client;
    format->DataFormat.FormatSize = sizeof(*format);
    format->WaveFormatEx = {WAVE_FORMAT_PCM, 2, WRONG(IntersectionOutside) ? 96000u : 48000u, 192000, 4, 16, 0};
    if (WRONG(FormatDisagrees)) format->WaveFormatEx.nBlockAlign = 8;
    if (WRONG(IntersectionLong)) *length = room + 100;
    return STATUS_SUCCESS;
  }

  IPortEvents* events() const { return events_; }
  STDMETHODIMP_(NTSTATUS) Init(PUNKNOWN, PRESOURCELIST, PPORTWAVERT port) override {
    return port->QueryInterface(IID_IPortEvents, reinterpret_cast<PVOID*>(&events_));
  }

  STDMETHODIMP_(NTSTATUS)
  NewStream(PMINIPORTWAVERTSTREAM* stream, PPORTWAVERTSTREAM port, ULONG, BOOLEAN capture, PKSDATAFORMAT) override {
    // answers StreamNotGiven
    *stream = nullptr;
    if (WRONG(NoStream)) return STATUS_SUCCESS;
    Stream* made = new Stream(port, capture);
    if (!made) return STATUS_INSUFFICIENT_RESOURCES;
    *stream = made;
    if (WRONG(StreamHeld) && !held_stream_) {
      made->AddRef();
      held_stream_ = made;
    }
    return STATUS_SUCCESS;
  }

  STDMETHODIMP_(NTSTATUS)
  GetDeviceDescription(PDEVICE_DESCRIPTION description) override {  // answers DeviceDescriptionWrong
    RtlZeroMemory(description, WRONG(HalfDescribed) ? sizeof(*description) / 2 : sizeof(*description));
    description->Master = TRUE;
    description->ScatterGather = TRUE;
    description->InterfaceType = PCIBus;
    description->MaximumLength = WRONG(MovesNothing) ? 0 : 0xFFFFFFFF;
    return STATUS_SUCCESS;
  }

 private:
  IPortEvents* events_ = nullptr;
  Stream* held_stream_ = nullptr;
};

IPortEvents* events_of(PUNKNOWN miniport) {
  return static_cast<Miniport*>(static_cast<IMiniportWaveRT*>(miniport))->events();
}

}  // namespace

PMINIPORT new_miniport(PDEVICE_OBJECT device) {
  functional_device = device;
  return new Miniport;
}
