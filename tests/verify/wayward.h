#pragma once
// Wayward: what a test makes wrong in the miniport of wayward_miniport.h, and what that has seen.

#include <portcls.h>
#include <wdm.h>
#include <wtypes.h>

#include <functional>
#include <vector>

#include "portcls/testing/fake_adapter.h"

namespace portside::verify::testing {

using namespace portside::portcls::testing;

struct Wayward {
  // Positions.
  static inline double rate = 1;      // of the format's
  static inline double grain_ms = 0;  // the position moves in steps of this
  static inline double jump_ms = 0;   // in the middle of the reads, once
  static inline double late_ms = 0;   // RUN begins so much later than it says
  static inline double ahead_ms = 0;  // and the position is so far ahead
  static inline double stands_after_ms = 1e9;
  static inline bool moves_in_pause = false;
  static inline bool keeps_in_stop = false;
  static inline bool runs_once = false;     // the second RUN does nothing
  static inline double forgets_ms = 0;      // of the position, with each RUN after PAUSE
  static inline double freezes_ms = 0;      // before PAUSE
  static inline bool pause_resets = false;  // the position
  // Registers: written by a timer, each millisecond.
  static inline bool registers = false;
  static inline ULONG register_unit = 1;            // bytes that it counts as one
  static inline ULONGLONG clock_told = 10'000'000;  // ticks a second; 10,000,000 there are
  // Notifications.
  static inline double late_event_ms = 0;
  static inline bool removes_another = false;    // of several events, when one is unregistered
  static inline bool whole_after_pause = false;  // the first event a whole packet after RUN, wherever the position is
  static inline bool ignores_format = false;     // takes another format, and goes on in the old one
  // Packets.
  static inline bool packets = false;
  static inline LONG count_off = 0, blocks_off = 0, read_off = 0;
  static inline bool always_more = false;
  // What is played is recorded.
  static inline bool loops = false, writes_nothing = false, ignores_volume = false;
  static inline ULONG lost_at_wrap = 0;      // frames
  static inline double gain_off = 1;         // of the decibels
  static inline bool breaks_wide = false;    // samples of more than 16 bits
  static inline bool clears_played = false;  // in the render buffer
  // Protected content: IDrmAudioStream is there; what may not be copied is refused, or taken and given back all the same.
  static inline bool protects = false, refuses_protected = false, records_protected = false;
  static inline std::vector<ULONG> contents;  // as they were named
  // Streams.
  static inline bool notification = true;
  static inline bool one_stream = false;  // a second stream beside the first is refused
  static inline ULONG least_buffer = 0, most_buffer = ~0u;
  static inline ULONG refused_rate = 0;  // NewStream
  // Packets of a capture pin that bursts: those that were captured before RUN are handed out at once, and there is no position.
  static inline bool bursts = false;
  static inline ULONG kept_packets = 10;
  static inline double counter_rate = 1;  // of the sampling instants against the format's rate
  static inline bool numbers_go_on = false;
  // Filter.
  static inline std::vector<GUID> modes;                                   // empty: the pins know none
  static inline std::function<NTSTATUS(PPCPROPERTY_REQUEST)> on_property;  // of the volume node
  static inline std::function<NTSTATUS(PPCPROPERTY_REQUEST)> on_format;    // KSPROPERTY_PIN_PROPOSEDATAFORMAT
  static inline std::function<NTSTATUS(PPCPROPERTY_REQUEST)> on_jack, on_jack_capabilities;
  static inline std::function<NTSTATUS(PPCPROPERTY_REQUEST)> on_microphones;  // KSPROPERTY_AUDIO_MIC_ARRAY_GEOMETRY
  static inline std::function<NTSTATUS(PPCPROPERTY_REQUEST)> on_detector;     // KSPROPSETID_SoundDetector
  // DataRangeIntersection: a status, and a change of the format that the port would make; none: left to the port.
  static inline std::function<NTSTATUS(const KSDATARANGE_AUDIO& client)> on_intersection;
  static inline std::function<NTSTATUS(const KSDATAFORMAT& format)> on_new_format;  // NewStream and SetFormat
  // The filter's jack event, and the volume node's peak meter: in the tables of a test that counts them in.
  static inline std::function<NTSTATUS(PPCEVENT_REQUEST)> on_event;
  static inline LONG peak = 0;
  static inline bool keeps_peak = false;  // when it is read
  // The volume node as a multiplexer of the pins 1 and 2.
  static inline ULONG source = 1, least_source = 1, most_source = 2;
  static inline IPortWaveRT* port = nullptr;
  static inline int streams = 0;
  static inline bool stays_busy = false;  // as if no stream were ever closed

  static void reset() {
    rate = 1;
    grain_ms = jump_ms = late_ms = ahead_ms = 0;
    stands_after_ms = 1e9;
    moves_in_pause = keeps_in_stop = runs_once = one_stream = false;
    registers = false;
    register_unit = 1;
    clock_told = 10'000'000;
    forgets_ms = freezes_ms = late_event_ms = 0;
    pause_resets = stays_busy = false;
    removes_another = ignores_format = whole_after_pause = packets = always_more = loops = writes_nothing =
        ignores_volume = breaks_wide = clears_played = false;
    count_off = blocks_off = read_off = 0;
    lost_at_wrap = 0;
    protects = refuses_protected = records_protected = false;
    contents.clear();
    gain_off = 1;
    volume = -5 * 65536;
    notification = true;
    least_buffer = 0;
    most_buffer = ~0u;
    refused_rate = 0;
    bursts = numbers_go_on = false;
    kept_packets = 10;
    counter_rate = 1;
    modes = {AUDIO_SIGNALPROCESSINGMODE_DEFAULT, AUDIO_SIGNALPROCESSINGMODE_RAW};
    on_property = on_format = on_jack = on_jack_capabilities = on_microphones = on_detector = {};
    on_description = {};
    on_event = {};
    source = least_source = 1;
    most_source = 2;
    peak = 0;
    keeps_peak = false;
    on_intersection = {};
    on_new_format = {};
    volumes[0] = volumes[1] = -5 * 65536;
    streams = 0;
  }
  static NTSTATUS NTAPI property(PPCPROPERTY_REQUEST request) {
    return on_property ? on_property(request) : volume_of(request);
  }
  static NTSTATUS NTAPI format(PPCPROPERTY_REQUEST request) {
    return on_format ? on_format(request) : STATUS_NOT_SUPPORTED;
  }
  static NTSTATUS NTAPI detector(PPCPROPERTY_REQUEST request) {
    return on_detector ? on_detector(request) : STATUS_NOT_SUPPORTED;
  }
  static NTSTATUS NTAPI microphones(PPCPROPERTY_REQUEST request) {
    return on_microphones ? on_microphones(request) : STATUS_NOT_SUPPORTED;
  }
  static NTSTATUS NTAPI event(PPCEVENT_REQUEST request) { return on_event ? on_event(request) : STATUS_SUCCESS; }
  static NTSTATUS NTAPI meter(PPCPROPERTY_REQUEST request) {
    if (request->ValueSize < sizeof(LONG)) return STATUS_BUFFER_TOO_SMALL;
    *static_cast<LONG*>(request->Value) = peak;
    request->ValueSize = sizeof(LONG);
    if (!keeps_peak) peak = 0;
    return STATUS_SUCCESS;
  }
  static NTSTATUS NTAPI multiplex(PPCPROPERTY_REQUEST request) {
    if (request->ValueSize < sizeof(ULONG)) return STATUS_BUFFER_TOO_SMALL;
    ULONG& value = *static_cast<ULONG*>(request->Value);
    if (request->Verb == KSPROPERTY_TYPE_SET) {
      if (value < least_source || value > most_source) return STATUS_INVALID_PARAMETER;
      source = value;
      return STATUS_SUCCESS;
    }
    value = source;
    request->ValueSize = sizeof(ULONG);
    return STATUS_SUCCESS;
  }
  static NTSTATUS NTAPI jack_capabilities(PPCPROPERTY_REQUEST request) {
    return on_jack_capabilities ? on_jack_capabilities(request) : STATUS_NOT_SUPPORTED;
  }
  static NTSTATUS NTAPI jack(PPCPROPERTY_REQUEST request) { return on_jack ? on_jack(request) : STATUS_NOT_SUPPORTED; }

  // A right handler: the volumes of two channels, from -96 to 0 dB in steps of a half.
  static constexpr ULONG kChannels = 2;
  static constexpr LONG kLowest = -96 * 65536, kStep = 32768;
  static inline LONG volumes[kChannels] = {-5 * 65536, -5 * 65536};
  static inline LONG& volume = volumes[0];
  struct Description {
    KSPROPERTY_DESCRIPTION head;
    KSPROPERTY_MEMBERSHEADER members;
    KSPROPERTY_STEPPING_LONG steps[kChannels];
  };
  static inline std::function<void(Description&)> on_description;  // before it is handed out
  static Description description() {
    Description d{};
    d.head.AccessFlags = KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_SET | KSPROPERTY_TYPE_BASICSUPPORT;
    d.head.DescriptionSize = sizeof d;
    d.head.PropTypeSet.Set = KSPROPTYPESETID_General;
    d.head.PropTypeSet.Id = VT_I4;
    d.head.MembersListCount = 1;
    d.members = {KSPROPERTY_MEMBER_STEPPEDRANGES, sizeof(KSPROPERTY_STEPPING_LONG), kChannels,
                 KSPROPERTY_MEMBER_FLAG_BASICSUPPORT_MULTICHANNEL};
    for (KSPROPERTY_STEPPING_LONG& step : d.steps) {
      step.SteppingDelta = kStep;
      step.Bounds.SignedMinimum = kLowest;
    }
    if (on_description) on_description(d);
    return d;
  }
  static NTSTATUS support_of(PPCPROPERTY_REQUEST request) {
    const Description d = description();
    const ULONG room = request->ValueSize;
    const ULONG bytes = room >= sizeof d ? sizeof d : room >= sizeof d.head ? sizeof d.head : sizeof(ULONG);
    if (room < sizeof(ULONG)) return STATUS_BUFFER_TOO_SMALL;
    std::memcpy(request->Value, &d, bytes);
    request->ValueSize = bytes;
    return STATUS_SUCCESS;
  }
  static NTSTATUS volume_of(PPCPROPERTY_REQUEST request) {
    if (request->Verb & KSPROPERTY_TYPE_BASICSUPPORT) return support_of(request);
    if (request->Verb != KSPROPERTY_TYPE_GET && request->Verb != KSPROPERTY_TYPE_SET) return STATUS_INVALID_PARAMETER;
    if (request->InstanceSize < sizeof(LONG)) return STATUS_INVALID_PARAMETER;
    const LONG channel = *static_cast<LONG*>(request->Instance);
    if (channel < -1 || channel >= static_cast<LONG>(kChannels)) return STATUS_INVALID_PARAMETER;
    if (request->ValueSize == 0 && request->Verb == KSPROPERTY_TYPE_GET) {
      request->ValueSize = sizeof(LONG);
      return STATUS_BUFFER_OVERFLOW;
    }
    if (request->ValueSize < sizeof(LONG)) return STATUS_BUFFER_TOO_SMALL;
    LONG& value = *static_cast<LONG*>(request->Value);
    if (request->Verb == KSPROPERTY_TYPE_GET) {
      value = volumes[std::max(channel, 0)];
    } else {
      const LONG applied = std::clamp(value, kLowest, LONG{0}) / kStep * kStep;
      for (LONG c = 0; c < static_cast<LONG>(kChannels); ++c)
        if (channel < 0 || channel == c) volumes[c] = applied;
    }
    request->ValueSize = sizeof(LONG);
    return STATUS_SUCCESS;
  }
};

}  // namespace portside::verify::testing
