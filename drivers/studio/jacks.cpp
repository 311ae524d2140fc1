// Jacks: what Windows shows of the sockets (KSPROPSETID_Jack), asked of the topology filter for the pin that leads out.
// Whether a plug is in them changes while the device runs: IOCTL_STUDIO_SET_JACK, Studio::plug.
#include "control.h"
#include "property_values.h"
#include "topology_miniport.h"

#pragma code_seg("PAGE")

namespace {

constexpr DWORD kPink = 0x00FF69B4, kLime = 0x0000FF00;  // KSJACK_DESCRIPTION, Color: 0x00RRGGBB

// The request is for the pin that has the jack; the other pin leads inside.
bool names_jack(PPCPROPERTY_REQUEST request, ULONG jack_pin) {
  ULONG pin;
  return read_pin(request, &pin) && pin == jack_pin;
}

}  // namespace

NTSTATUS TopologyMiniport::on_jack_description(PPCPROPERTY_REQUEST request) {
  PAGED_CODE();
  TopologyMiniport& miniport = of(request->MajorTarget);
  if (!names_jack(request, miniport.jack_pin())) return STATUS_INVALID_PARAMETER;
  return answer_list(request, 1, sizeof(KSJACK_DESCRIPTION), [&](ULONG, PVOID item) {
    auto* jack = static_cast<KSJACK_DESCRIPTION*>(item);
    jack->ChannelMapping = KSAUDIO_SPEAKER_STEREO;
    jack->Color = miniport.input() ? kPink : kLime;
    jack->ConnectionType = miniport.input() ? eConnTypeXlrProfessional : eConnTypeQuarter;
    jack->GeoLocation = miniport.input() ? eGeoLocFront : eGeoLocRear;
    jack->GenLocation = eGenLocSeparate;
    jack->PortConnection = ePortConnJack;
    jack->IsConnected = miniport.studio_->plugged(miniport.jack_);
  });
}

NTSTATUS TopologyMiniport::on_jack_description2(PPCPROPERTY_REQUEST request) {
  PAGED_CODE();
  TopologyMiniport& miniport = of(request->MajorTarget);
  if (!names_jack(request, miniport.jack_pin())) return STATUS_INVALID_PARAMETER;
  return answer_list(request, 1, sizeof(KSJACK_DESCRIPTION2), [](ULONG, PVOID item) {
    static_cast<KSJACK_DESCRIPTION2*>(item)->JackCapabilities = JACKDESC2_PRESENCE_DETECT_CAPABILITY;
  });
}

NTSTATUS TopologyMiniport::on_jack_description3(PPCPROPERTY_REQUEST request) {
  PAGED_CODE();
  TopologyMiniport& miniport = of(request->MajorTarget);
  if (!names_jack(request, miniport.jack_pin())) return STATUS_INVALID_PARAMETER;
  return answer_list(request, 1, sizeof(KSJACK_DESCRIPTION3),
                     [&](ULONG, PVOID item) { static_cast<KSJACK_DESCRIPTION3*>(item)->ConfigId = miniport.jack_; });
}

// What is plugged into the output, as a display would say of itself. Nothing plugged, nothing to say.
NTSTATUS TopologyMiniport::on_jack_sink(PPCPROPERTY_REQUEST request) {
  PAGED_CODE();
  TopologyMiniport& miniport = of(request->MajorTarget);
  if (!names_jack(request, miniport.jack_pin())) return STATUS_INVALID_PARAMETER;
  if ((request->Verb & KSPROPERTY_TYPE_GET) && !miniport.studio_->plugged(miniport.jack_))
    return STATUS_DEVICE_NOT_CONNECTED;
  return answer_value<KSJACK_SINK_INFORMATION>(request, VT_ILLEGAL, [&] {
    KSJACK_SINK_INFORMATION sink = {};
    sink.ConnType = KSJACK_SINK_CONNECTIONTYPE_HDMI;
    sink.ManufacturerId = 0x5053;
    sink.ProductId = 1;
    // In milliseconds.
    sink.AudioLatency = static_cast<WORD>(miniport.studio_->settings().codec_delay_hns / 10000);
    const WCHAR* name = miniport.studio_->settings().name;
    while (name[sink.SinkDescriptionLength] && sink.SinkDescriptionLength < MAX_SINK_DESCRIPTION_NAME_LENGTH - 1) {
      sink.SinkDescription[sink.SinkDescriptionLength] = name[sink.SinkDescriptionLength];
      ++sink.SinkDescriptionLength;
    }
    return sink;
  });
}

// The container: which box the jack is on. One box, so both jacks name the same.
NTSTATUS TopologyMiniport::on_jack_container(PPCPROPERTY_REQUEST request) {
  PAGED_CODE();
  TopologyMiniport& miniport = of(request->MajorTarget);
  if (!names_jack(request, miniport.jack_pin())) return STATUS_INVALID_PARAMETER;
  return answer_value<GUID>(request, VT_CLSID, [&] { return miniport.studio_->notification_id(); });
}

#pragma code_seg()
