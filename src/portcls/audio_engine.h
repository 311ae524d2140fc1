#pragma once
// The audio-engine node (KSNODETYPE_AUDIO_ENGINE) of a wave filter whose hardware mixes: "PortCls can handle all the
// offload-related kernel streaming properties" and calls the miniport "for hardware and/or driver-specific operations"
// (Portcls Helper Interfaces for Offloaded Audio Processing). Through the filter it is IMiniportAudioEngineNode that is
// called, through a pin IMiniportStreamAudioEngineNode, /2 of its stream.
//
// KSPROPERTY_AUDIOENGINE_DEVICECONTROLS has no method in either interface: a driver's own automation table answers it.

#include <fmt/format.h>

#include <cstring>
#include <functional>

#include "portcls/method_place.h"
#include "portcls/property_sets.h"

namespace portside::portcls {

// Whether the node is of that type.
bool is_audio_engine(const Port& port, uint32_t node);

// What the port answers at such a node: through the filter (audio_engine_filter.cpp), through a pin
// (audio_engine_stream.cpp).
std::span<const FilterSet> audio_engine_filter_sets();
std::span<const PinSet> audio_engine_pin_sets();

// --- What the two share ---

// KSNODEPROPERTY_AUDIO_CHANNEL's Channel, or nothing when the descriptor is shorter.
std::optional<uint32_t> channel_of(const ks::PropertyRequest& request);

// KSPROPERTY_TYPE_BASICSUPPORT of a volume, mute or peak meter: the access flags, or a KSPROPERTY_DESCRIPTION with a
// stepping for each channel.
struct ChannelSteppings {
  uint32_t access = 0;
  uint32_t variant_type = 0;  // VT_I4 or VT_BOOL
  const char* method_name = "";
  StackTrace method{};  // where that method begins
  std::function<NTSTATUS(eChannelTargetType, UINT32* channels)> count;
  std::function<NTSTATUS(eChannelTargetType, PKSPROPERTY_STEPPING_LONG, UINT32 bytes)> steppings;
};
Status answer_channel_support(ks::PropertyRequest& request, eChannelTargetType type, const ChannelSteppings& source);

// Tells that an audio-engine node contradicts itself. The status is the request's.
Status tell_inconsistent(const char* method_name, std::string sentence, const StackTrace& method);

// What a miniport's getter writes to. A getter that succeeds and leaves it as it was is told.
template <class T>
class GetterOutput {
 public:
  GetterOutput() { std::memset(static_cast<void*>(&value_), kUnset, sizeof value_); }
  T* pointer() { return &value_; }
  Status answer(ks::PropertyRequest& request, NTSTATUS status, const char* interface_name) {
    if (status < 0) return Status::from_nt(status);
    T unset;
    std::memset(static_cast<void*>(&unset), kUnset, sizeof unset);
    if (std::memcmp(&value_, &unset, sizeof unset) == 0) {
      (void)tell_inconsistent(interface_name,
                              fmt::format("a getter of {} bytes succeeded and has written nothing", sizeof unset), {});
      std::memset(static_cast<void*>(&value_), 0, sizeof value_);
    }
    return request.answer(value_);
  }

 private:
  static constexpr int kUnset = 0xC7;
  T value_;
};

constexpr uint32_t kChannelBytes = sizeof(KSNODEPROPERTY_AUDIO_CHANNEL);
constexpr uint32_t kGetOnly = KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_BASICSUPPORT;
constexpr uint32_t kGetAndSet = kGetOnly | KSPROPERTY_TYPE_SET;
// <wtypes.h>: the variant types of KSPROPTYPESETID_General.
constexpr uint32_t kVariantLong = 3, kVariantBool = 11;

}  // namespace portside::portcls
