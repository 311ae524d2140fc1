// The audio-engine node through a pin: IMiniportStreamAudioEngineNode and IMiniportStreamAudioEngineNode2 of its stream.

#include <fmt/format.h>

#include "portcls/audio_engine.h"
#include "portcls/pin_file.h"

namespace portside::portcls {
namespace {

using Engine = IMiniportStreamAudioEngineNode;
using Engine2 = IMiniportStreamAudioEngineNode2;

constexpr uint32_t kSlotGetStreamChannelCount = 5;  // in IMiniportStreamAudioEngineNode's vtable

ComPtr<Engine> engine_of(PinFile& pin) {
  return ComPtr<Engine>::query(pin.stream().miniport_stream(), IID_IMiniportStreamAudioEngineNode);
}
ComPtr<Engine2> engine2_of(PinFile& pin) {
  return ComPtr<Engine2>::query(pin.stream().miniport_stream(), IID_IMiniportStreamAudioEngineNode2);
}
bool offered(PinFile& pin) { return static_cast<bool>(engine_of(pin)); }
bool offered2(PinFile& pin) { return static_cast<bool>(engine2_of(pin)); }

template <class T, auto kMethod>
Status get(PinFile& pin, ks::PropertyRequest& request) {
  GetterOutput<T> output;
  const NTSTATUS status = (engine_of(pin).get()->*kMethod)(output.pointer());
  return output.answer(request, status, "IMiniportStreamAudioEngineNode");
}

Status set_lfx(PinFile& pin, ks::PropertyRequest& request) {
  return Status::from_nt(engine_of(pin)->SetLfxState(*request.value_as<BOOL>()));
}

// "The input buffer is either set to CONSTRICTOR_OPTION_DISABLE or CONSTRICTOR_OPTION_MUTE"
// (KSPROPERTY_AUDIOENGINE_LOOPBACK_PROTECTION, Remarks).
Status set_protection(PinFile& pin, ks::PropertyRequest& request) {
  const ULONG option = *request.value_as<ULONG>();
  if (option != CONSTRICTOR_OPTION_DISABLE && option != CONSTRICTOR_OPTION_MUTE)
    return Status(StatusCode::kInvalidParameter, fmt::format("{} is no CONSTRICTOR_OPTION", option));
  return Status::from_nt(engine_of(pin)->SetStreamLoopbackProtection(static_cast<CONSTRICTOR_OPTION>(option)));
}

template <class T, auto kMethod>
Status get_channel(PinFile& pin, ks::PropertyRequest& request) {
  GetterOutput<T> output;
  const NTSTATUS status = (engine_of(pin).get()->*kMethod)(*channel_of(request), output.pointer());
  return output.answer(request, status, "IMiniportStreamAudioEngineNode");
}

Status set_mute(PinFile& pin, ks::PropertyRequest& request) {
  return Status::from_nt(engine_of(pin)->SetStreamChannelMute(*channel_of(request), *request.value_as<BOOL>()));
}

// KSPROPERTY_AUDIOENGINE_VOLUMELEVEL: a GET's value is a LONG, a SET's a KSAUDIOENGINE_VOLUMELEVEL.
Status set_ramp(PinFile& pin, ks::PropertyRequest& request) {
  const auto* level = request.value_as<KSAUDIOENGINE_VOLUMELEVEL>();
  if (!level)
    return Status(StatusCode::kBufferTooSmall, fmt::format("the value has {} bytes, a KSAUDIOENGINE_VOLUMELEVEL {}",
                                                           request.value.size(), sizeof(KSAUDIOENGINE_VOLUMELEVEL)));
  if (level->CurveType != AUDIO_CURVE_TYPE_NONE && level->CurveType != AUDIO_CURVE_TYPE_WINDOWS_FADE)
    return Status(StatusCode::kInvalidParameter,
                  fmt::format("{} is no AUDIO_CURVE_TYPE", static_cast<int>(level->CurveType)));
  return Status::from_nt(engine_of(pin)->SetStreamChannelVolume(*channel_of(request), level->TargetVolume,
                                                                level->CurveType, level->CurveDuration));
}

// KSPROPERTY_AUDIO_VOLUMELEVEL of the stream: at once, without a curve.
Status set_volume(PinFile& pin, ks::PropertyRequest& request) {
  return Status::from_nt(engine_of(pin)->SetStreamChannelVolume(*channel_of(request), *request.value_as<LONG>(),
                                                                AUDIO_CURVE_TYPE_NONE, 0));
}

// Both write positions are byte offsets into the buffer, which may be named to its end ("a value of ... 3840 would
// indicate the full buffer size", KSPROPERTY_AUDIO_WAVERT_CURRENT_WRITE_POSITION, Remarks). Beyond it the miniport, which
// would write there, is not asked.
Status check_write_position(PinFile& pin, ULONG position) {
  if (!pin.stream().has_buffer()) return Status(StatusCode::kDeviceNotReady, "the pin has no buffer");
  if (position > pin.stream().buffer_bytes())
    return Status(StatusCode::kInvalidParameter,
                  fmt::format("write position {} in a buffer of {} bytes", position, pin.stream().buffer_bytes()));
  return Status::ok();
}

Status set_write_position(PinFile& pin, ks::PropertyRequest& request) {
  const ULONG position = *request.value_as<ULONG>();
  if (Status status = check_write_position(pin, position); !status.is_ok()) return status;
  return Status::from_nt(engine_of(pin)->SetStreamCurrentWritePosition(position));
}

Status set_last_position(PinFile& pin, ks::PropertyRequest& request) {
  const ULONG position = *request.value_as<ULONG>();
  if (Status status = check_write_position(pin, position); !status.is_ok()) return status;
  return Status::from_nt(engine2_of(pin)->SetStreamCurrentWritePositionForLastBuffer(position));
}

template <eChannelTargetType kType, uint32_t kAccess, uint32_t kVariant>
Status support(PinFile& pin, ks::PropertyRequest& request) {
  const auto engine = engine_of(pin);
  return answer_channel_support(
      request, kType,
      {.access = kAccess,
       .variant_type = kVariant,
       .method_name = "IMiniportStreamAudioEngineNode::GetStreamChannelCount",
       .method = method_place(engine.get(), kSlotGetStreamChannelCount),
       .count = [&](eChannelTargetType t, UINT32* n) { return engine->GetStreamChannelCount(t, n); },
       .steppings = [&](eChannelTargetType t, PKSPROPERTY_STEPPING_LONG s,
                        UINT32 bytes) { return engine->GetStreamAttributeSteppings(t, s, bytes); }});
}

constexpr uint32_t kNode = sizeof(KSP_NODE);

const PinItem kEngineItems[] = {
    {{.id = KSPROPERTY_AUDIOENGINE_LFXENABLE, .descriptor_bytes = kNode, .value_bytes = sizeof(BOOL)},
     get<BOOL, &Engine::GetLfxState>,
     set_lfx,
     offered},
    {{.id = KSPROPERTY_AUDIOENGINE_LOOPBACK_PROTECTION, .descriptor_bytes = kNode, .value_bytes = sizeof(ULONG)},
     nullptr,
     set_protection,
     offered},
    {{.id = KSPROPERTY_AUDIOENGINE_VOLUMELEVEL, .descriptor_bytes = kChannelBytes, .value_bytes = sizeof(LONG)},
     get_channel<LONG, &Engine::GetStreamChannelVolume>,
     set_ramp,
     offered,
     support<eVolumeAttribute, kGetAndSet, kVariantLong>},
};

const PinItem kAudioItems[] = {
    {{.id = KSPROPERTY_AUDIO_VOLUMELEVEL, .descriptor_bytes = kChannelBytes, .value_bytes = sizeof(LONG)},
     get_channel<LONG, &Engine::GetStreamChannelVolume>,
     set_volume,
     offered,
     support<eVolumeAttribute, kGetAndSet, kVariantLong>},
    {{.id = KSPROPERTY_AUDIO_MUTE, .descriptor_bytes = kChannelBytes, .value_bytes = sizeof(BOOL)},
     get_channel<BOOL, &Engine::GetStreamChannelMute>,
     set_mute,
     offered,
     support<eMuteAttribute, kGetAndSet, kVariantBool>},
    {{.id = KSPROPERTY_AUDIO_PEAKMETER2, .descriptor_bytes = kChannelBytes, .value_bytes = sizeof(LONG)},
     get_channel<LONG, &Engine::GetStreamChannelPeakMeter>,
     nullptr,
     offered,
     support<ePeakMeterAttribute, kGetOnly, kVariantLong>},
    {{.id = KSPROPERTY_AUDIO_PRESENTATION_POSITION,
      .descriptor_bytes = kNode,
      .value_bytes = sizeof(KSAUDIO_PRESENTATION_POSITION)},
     get<KSAUDIO_PRESENTATION_POSITION, &Engine::GetStreamPresentationPosition>,
     nullptr,
     offered},
    // The page's value type, "ULONGULONG", is read as the method's ULONGLONG.
    {{.id = KSPROPERTY_AUDIO_LINEAR_BUFFER_POSITION, .descriptor_bytes = kNode, .value_bytes = sizeof(ULONGLONG)},
     get<ULONGLONG, &Engine::GetStreamLinearBufferPosition>,
     nullptr,
     offered},
    {{.id = KSPROPERTY_AUDIO_WAVERT_CURRENT_WRITE_POSITION, .descriptor_bytes = kNode, .value_bytes = sizeof(ULONG)},
     nullptr,
     set_write_position,
     offered},
    // BASICSUPPORT with success "confirms that the driver supports the newly added" property: by its second interface.
    {{.id = KSPROPERTY_AUDIO_WAVERT_CURRENT_WRITE_LASTBUFFER_POSITION,
      .descriptor_bytes = kNode,
      .value_bytes = sizeof(ULONG)},
     nullptr,
     set_last_position,
     offered2},
};

}  // namespace

std::span<const PinSet> audio_engine_pin_sets() {
  static const PinSet kSets[] = {{&KSPROPSETID_AudioEngine, kEngineItems}, {&KSPROPSETID_Audio, kAudioItems}};
  return kSets;
}

}  // namespace portside::portcls
