// Jack, and the topology miniport's handlers for it. See jack.h.
#include "jack.h"

#include "property_values.h"
#include "topology_miniport.h"
#include "verbs.h"

#pragma code_seg("PAGE")

const GUID* node_type_of_jack(ULONG config) {
  PAGED_CODE();
  switch (configuration::device(config)) {
    case configuration::kHeadphone: return &KSNODETYPE_HEADPHONES;
    case configuration::kSpeaker: return &KSNODETYPE_SPEAKER;
    case configuration::kMicrophone: return &KSNODETYPE_MICROPHONE;
    case configuration::kLineOut:
    case configuration::kLineIn: return &KSNODETYPE_LINE_CONNECTOR;
    case configuration::kCd: return &KSNODETYPE_CD_PLAYER;
    case configuration::kTelephony: return &KSNODETYPE_PHONE_LINE;
    default: return &KSNODETYPE_ANALOG_CONNECTOR;
  }
}

namespace {

EPcxConnectionType connection_of(ULONG config) {
  switch (configuration::connection(config)) {  // table "Connection Type"
    case 0x1: return eConnType3Point5mm;
    case 0x2: return eConnTypeQuarter;
    case 0x3: return eConnTypeAtapiInternal;
    case 0x4: return eConnTypeRCA;
    case 0x5: return eConnTypeOptical;
    case 0x6: return eConnTypeOtherDigital;
    case 0x7: return eConnTypeOtherAnalog;
    case 0x8: return eConnTypeMultichannelAnalogDIN;
    case 0x9: return eConnTypeXlrProfessional;
    case 0xA: return eConnTypeRJ11Modem;
    case 0xB: return eConnTypeCombination;
    default: return eConnTypeUnknown;
  }
}

// The upper two bits: which box; the lower four: where on it. Windows' second enumeration follows the same order.
EPcxGeoLocation place_of(ULONG config) {
  const ULONG place = configuration::location(config) & 0xF;
  if (place >= 1 && place <= 6) return static_cast<EPcxGeoLocation>(place);
  if (place == 7) return eGeoLocRearPanel;  // special, on the external box
  return eGeoLocNotApplicable;
}

EPcxGenLocation box_of(ULONG config) { return static_cast<EPcxGenLocation>(configuration::location(config) >> 4 & 3); }

// KSJACK_DESCRIPTION, Color: 0x00RRGGBB; 0 for a jack without one.
DWORD color_of(ULONG config) {
  constexpr DWORD kColors[] = {0,        0x000000, 0x808080, 0x0000FF, 0x00FF00, 0xFF0000, 0xFFA500, 0xFFFF00,
                               0x800080, 0xFF69B4, 0,        0,        0,        0,        0xFFFFFF, 0};
  return kColors[configuration::color(config)];
}

bool names_pin(PPCPROPERTY_REQUEST request, ULONG jack_pin) {
  ULONG pin;
  return read_pin(request, &pin) && pin == jack_pin;
}

}  // namespace

KSJACK_DESCRIPTION describe_jack(ULONG config, ULONG channel_mask) {
  PAGED_CODE();
  KSJACK_DESCRIPTION jack = {};
  jack.ChannelMapping = channel_mask;
  jack.Color = color_of(config);
  jack.ConnectionType = connection_of(config);
  jack.GeoLocation = place_of(config);
  jack.GenLocation = box_of(config);
  switch (configuration::connectivity(config)) {
    case configuration::kJack: jack.PortConnection = ePortConnJack; break;
    case configuration::kFixed: jack.PortConnection = ePortConnIntegratedDevice; break;
    case configuration::kBoth: jack.PortConnection = ePortConnBothIntegratedAndJack; break;
    default: jack.PortConnection = ePortConnUnknown;
  }
  return jack;
}

NTSTATUS TopologyMiniport::on_jack_description(PPCPROPERTY_REQUEST request) {
  PAGED_CODE();
  TopologyMiniport& miniport = of(request->MajorTarget);
  if (!names_pin(request, miniport.jack_pin())) return STATUS_INVALID_PARAMETER;
  return answer_list(request, 1, sizeof(KSJACK_DESCRIPTION), [&](ULONG, PVOID item) {
    const Endpoint& endpoint = miniport.endpoint_;
    // "ChannelMapping ... valid only for analog speakers" and zero for a microphone (KSJACK_DESCRIPTION).
    KSJACK_DESCRIPTION jack =
        describe_jack(endpoint.pin().configuration, endpoint.capture() ? 0 : KSAUDIO_SPEAKER_STEREO);
    jack.IsConnected = endpoint.plugged();
    *static_cast<KSJACK_DESCRIPTION*>(item) = jack;
  });
}

NTSTATUS TopologyMiniport::on_jack_description2(PPCPROPERTY_REQUEST request) {
  PAGED_CODE();
  TopologyMiniport& miniport = of(request->MajorTarget);
  if (!names_pin(request, miniport.jack_pin())) return STATUS_INVALID_PARAMETER;
  return answer_list(request, 1, sizeof(KSJACK_DESCRIPTION2), [&](ULONG, PVOID item) {
    if (miniport.endpoint_.detects_presence())
      static_cast<KSJACK_DESCRIPTION2*>(item)->JackCapabilities = JACKDESC2_PRESENCE_DETECT_CAPABILITY;
  });
}

NTSTATUS TopologyMiniport::on_jack_event(PPCEVENT_REQUEST request) {
  PAGED_CODE();
  TopologyMiniport& miniport = of(request->MajorTarget);
  if (request->Verb != PCEVENT_VERB_ADD)
    return request->Verb == PCEVENT_VERB_REMOVE || request->Verb == PCEVENT_VERB_SUPPORT ? STATUS_SUCCESS
                                                                                         : STATUS_INVALID_PARAMETER;
  if (!miniport.port_events_) return STATUS_UNSUCCESSFUL;
  miniport.port_events_->AddEventToEventList(request->EventEntry);
  return STATUS_SUCCESS;
}

#pragma code_seg()
