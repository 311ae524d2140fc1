// The audio-engine node through its filter: IMiniportAudioEngineNode.

#include <fmt/format.h>

#include "ks/data_format.h"
#include "ks/format_contradiction.h"
#include "portcls/audio_engine.h"
#include "portcls/filter_file.h"
#include "portcls/guarded_buffer.h"

namespace portside::portcls {
namespace {

// Places in IMiniportAudioEngineNode's vtable.
constexpr uint32_t kSlotGetEngineFormatSize = 6, kSlotGetMixFormat = 7, kSlotGetDeviceFormat = 8,
                   kSlotGetSupportedDeviceFormats = 10, kSlotGetDeviceChannelCount = 11, kSlotGetBufferSizeRange = 18;

ComPtr<IMiniportAudioEngineNode> engine_of(FilterFile& filter) {
  return ComPtr<IMiniportAudioEngineNode>::query(filter.port().miniport_unknown(), IID_IMiniportAudioEngineNode);
}
bool offered(FilterFile& filter) { return static_cast<bool>(engine_of(filter)); }

template <class T, auto kMethod>
Status get(FilterFile& filter, ks::PropertyRequest& request) {
  GetterOutput<T> output;
  const NTSTATUS status = (engine_of(filter).get()->*kMethod)(*request.node, output.pointer());
  return output.answer(request, status, "IMiniportAudioEngineNode");
}

Status set_gfx(FilterFile& filter, ks::PropertyRequest& request) {
  return Status::from_nt(engine_of(filter)->SetGfxState(*request.node, *request.value_as<BOOL>()));
}

// One format; or a KSMULTIPLE_ITEM and as many as it says, each by its FormatSize at a multiple of eight bytes.
template <eEngineFormatType kType>
void judge_formats(std::span<const std::byte> bytes, const StackTrace& place) {
  const auto tell = [&](const std::string& why) { (void)tell_inconsistent("IMiniportAudioEngineNode", why, place); };
  if constexpr (kType != eSupportedDeviceFormats) {
    if (const std::string why = ks::format_contradiction(bytes); !why.empty()) tell(why);
  } else {
    const auto& list = *reinterpret_cast<const KSMULTIPLE_ITEM*>(bytes.data());
    size_t at = sizeof list;
    for (ULONG i = 0; i < list.Count; ++i) {
      const size_t left = at < bytes.size() ? bytes.size() - at : 0;
      if (left < sizeof(KSDATAFORMAT))
        return tell(fmt::format("format {} of {} lies outside of the list", i, list.Count));
      const ULONG size = reinterpret_cast<const KSDATAFORMAT*>(bytes.data() + at)->FormatSize;
      if (const std::string why = ks::format_contradiction(bytes.subspan(at, std::min<size_t>(size, left)));
          !why.empty())
        return tell(fmt::format("format {} of {}: {}", i, list.Count, why));
      at += ks::align_quad(size);
    }
    if (list.Size != bytes.size() || at != ks::align_quad(list.Size))
      tell(fmt::format("a list of {} formats ends after {} bytes, and says {} of {}", list.Count, at, list.Size,
                       bytes.size()));
  }
}

constexpr uint32_t slot_of(eEngineFormatType type) {
  switch (type) {
    case eMixFormat: return kSlotGetMixFormat;
    case eDeviceFormat: return kSlotGetDeviceFormat;
    default: return kSlotGetSupportedDeviceFormats;
  }
}

// The formats and their list have the size that GetEngineFormatSize says.
template <eEngineFormatType kType, auto kMethod>
Status get_format(FilterFile& filter, ks::PropertyRequest& request) {
  const auto engine = engine_of(filter);
  ULONG bytes = 0;
  NTSTATUS status = engine->GetEngineFormatSize(*request.node, kType, &bytes);
  if (status < 0) return Status::from_nt(status);
  constexpr ULONG kLeast =
      kType == eSupportedDeviceFormats ? sizeof(KSMULTIPLE_ITEM) : sizeof(KSDATAFORMAT_WAVEFORMATEX);
  if (bytes < kLeast || bytes > (1u << 20))
    return tell_inconsistent("IMiniportAudioEngineNode::GetEngineFormatSize",
                             fmt::format("the miniport says its format has {} bytes", bytes),
                             method_place(engine.get(), kSlotGetEngineFormatSize));
  // Sizes are asked without a call for the value.
  if (request.value.empty()) {
    request.information = bytes;
    return Status(StatusCode::kBufferOverflow);
  }
  if (request.value.size() < bytes)
    return Status(StatusCode::kBufferTooSmall,
                  fmt::format("the format needs {} bytes, the buffer has {}", bytes, request.value.size()));
  auto block = GuardedBuffer::create_unset(bytes, "an audio engine's format");
  if (!block) return block.error();
  const std::span<const std::byte> given(static_cast<const std::byte*>(block->pointer()), bytes);
  using Format = std::conditional_t<kType == eSupportedDeviceFormats, KSMULTIPLE_ITEM, KSDATAFORMAT_WAVEFORMATEX>;
  status = (engine.get()->*kMethod)(*request.node, static_cast<Format*>(block->pointer()), bytes);
  if (status < 0) return Status::from_nt(status);
  const ULONG said = *reinterpret_cast<const ULONG*>(given.data());  // FormatSize, or the size of the list
  if (said > bytes)
    (void)tell_inconsistent("IMiniportAudioEngineNode::GetEngineFormatSize",
                            fmt::format("the miniport says {} bytes, and its format is one of {}", bytes, said),
                            method_place(engine.get(), kSlotGetEngineFormatSize));
  else judge_formats<kType>(given, method_place(engine.get(), slot_of(kType)));
  return request.answer(given);
}

Status set_device_format(FilterFile& filter, ks::PropertyRequest& request) {
  auto format = ks::DataFormat::parse(request.value);
  if (!format) return format.error();
  if (format->format_bytes().size() < sizeof(KSDATAFORMAT_WAVEFORMATEX) || !format->wave())
    return Status(StatusCode::kInvalidParameter, "the format is no KSDATAFORMAT_WAVEFORMATEX");
  return Status::from_nt(
      engine_of(filter)->SetDeviceFormat(*request.node, reinterpret_cast<KSDATAFORMAT_WAVEFORMATEX*>(format->pointer()),
                                         static_cast<ULONG>(format->format_bytes().size())));
}

// "The audio driver receives a KSP_NODE followed by a filled-in KSDATAFORMAT_WAVEFORMATEX structure from the caller"
// (KSPROPERTY_AUDIOENGINE_BUFFER_SIZE_RANGE, Remarks).
Status buffer_range(FilterFile& filter, ks::PropertyRequest& request) {
  auto format = ks::DataFormat::parse(request.descriptor.subspan(sizeof(KSP_NODE)));
  if (!format) return format.error();
  if (format->format_bytes().size() < sizeof(KSDATAFORMAT_WAVEFORMATEX) || !format->wave())
    return Status(StatusCode::kInvalidParameter, "the format is no KSDATAFORMAT_WAVEFORMATEX");
  GetterOutput<KSAUDIOENGINE_BUFFER_SIZE_RANGE> output;
  const KSAUDIOENGINE_BUFFER_SIZE_RANGE& range = *output.pointer();
  const auto engine = engine_of(filter);
  const NTSTATUS status = engine->GetBufferSizeRange(
      *request.node, reinterpret_cast<KSDATAFORMAT_WAVEFORMATEX*>(format->pointer()), output.pointer());
  if (status >= 0 && range.MinBufferBytes > range.MaxBufferBytes)
    (void)tell_inconsistent("IMiniportAudioEngineNode::GetBufferSizeRange",
                            fmt::format("buffers of {} to {} bytes", range.MinBufferBytes, range.MaxBufferBytes),
                            method_place(engine.get(), kSlotGetBufferSizeRange));
  return output.answer(request, status, "IMiniportAudioEngineNode::GetBufferSizeRange");
}

template <class T, auto kMethod>
Status get_channel(FilterFile& filter, ks::PropertyRequest& request) {
  GetterOutput<T> output;
  const NTSTATUS status = (engine_of(filter).get()->*kMethod)(*request.node, *channel_of(request), output.pointer());
  return output.answer(request, status, "IMiniportAudioEngineNode");
}
template <class T, auto kMethod>
Status set_channel(FilterFile& filter, ks::PropertyRequest& request) {
  return Status::from_nt(
      (engine_of(filter).get()->*kMethod)(*request.node, *channel_of(request), *request.value_as<T>()));
}

template <eChannelTargetType kType, uint32_t kAccess, uint32_t kVariant>
Status support(FilterFile& filter, ks::PropertyRequest& request) {
  const auto engine = engine_of(filter);
  const ULONG node = *request.node;
  return answer_channel_support(
      request, kType,
      {.access = kAccess,
       .variant_type = kVariant,
       .method_name = "IMiniportAudioEngineNode::GetDeviceChannelCount",
       .method = method_place(engine.get(), kSlotGetDeviceChannelCount),
       .count = [&](eChannelTargetType t, UINT32* n) { return engine->GetDeviceChannelCount(node, t, n); },
       .steppings = [&](eChannelTargetType t, PKSPROPERTY_STEPPING_LONG s,
                        UINT32 bytes) { return engine->GetDeviceAttributeSteppings(node, t, s, bytes); }});
}

using Engine = IMiniportAudioEngineNode;
constexpr uint32_t kNode = sizeof(KSP_NODE);

const FilterItem kEngineItems[] = {
    {{.id = KSPROPERTY_AUDIOENGINE_GFXENABLE, .descriptor_bytes = kNode, .value_bytes = sizeof(BOOL)},
     get<BOOL, &Engine::GetGfxState>,
     set_gfx,
     offered},
    {{.id = KSPROPERTY_AUDIOENGINE_MIXFORMAT, .descriptor_bytes = kNode},
     get_format<eMixFormat, &Engine::GetMixFormat>,
     nullptr,
     offered},
    {{.id = KSPROPERTY_AUDIOENGINE_DEVICEFORMAT, .descriptor_bytes = kNode},
     get_format<eDeviceFormat, &Engine::GetDeviceFormat>,
     set_device_format,
     offered},
    {{.id = KSPROPERTY_AUDIOENGINE_SUPPORTEDDEVICEFORMATS, .descriptor_bytes = kNode},
     get_format<eSupportedDeviceFormats, &Engine::GetSupportedDeviceFormats>,
     nullptr,
     offered},
    {{.id = KSPROPERTY_AUDIOENGINE_DESCRIPTOR,
      .descriptor_bytes = kNode,
      .value_bytes = sizeof(KSAUDIOENGINE_DESCRIPTOR)},
     get<KSAUDIOENGINE_DESCRIPTOR, &Engine::GetAudioEngineDescriptor>,
     nullptr,
     offered},
    {{.id = KSPROPERTY_AUDIOENGINE_BUFFER_SIZE_RANGE,
      .descriptor_bytes = kNode + sizeof(KSDATAFORMAT_WAVEFORMATEX),
      .value_bytes = sizeof(KSAUDIOENGINE_BUFFER_SIZE_RANGE)},
     buffer_range,
     nullptr,
     offered},
};

const FilterItem kAudioItems[] = {
    {{.id = KSPROPERTY_AUDIO_VOLUMELEVEL, .descriptor_bytes = kChannelBytes, .value_bytes = sizeof(LONG)},
     get_channel<LONG, &Engine::GetDeviceChannelVolume>,
     set_channel<LONG, &Engine::SetDeviceChannelVolume>,
     offered,
     support<eVolumeAttribute, kGetAndSet, kVariantLong>},
    {{.id = KSPROPERTY_AUDIO_MUTE, .descriptor_bytes = kChannelBytes, .value_bytes = sizeof(BOOL)},
     get_channel<BOOL, &Engine::GetDeviceChannelMute>,
     set_channel<BOOL, &Engine::SetDeviceChannelMute>,
     offered,
     support<eMuteAttribute, kGetAndSet, kVariantBool>},
    {{.id = KSPROPERTY_AUDIO_PEAKMETER2, .descriptor_bytes = kChannelBytes, .value_bytes = sizeof(LONG)},
     get_channel<LONG, &Engine::GetDeviceChannelPeakMeter>,
     nullptr,
     offered,
     support<ePeakMeterAttribute, kGetOnly, kVariantLong>},
};

}  // namespace

std::span<const FilterSet> audio_engine_filter_sets() {
  static const FilterSet kSets[] = {{&KSPROPSETID_AudioEngine, kEngineItems}, {&KSPROPSETID_Audio, kAudioItems}};
  return kSets;
}

}  // namespace portside::portcls
