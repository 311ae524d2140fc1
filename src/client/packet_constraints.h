#pragma once
// PacketConstraints: the packets that a driver says it can do (DEVPKEY_KsAudio_PacketSize_Constraints2, or the older
// DEVPKEY_KsAudio_PacketSize_Constraints: properties of a wave filter's device interface), from which Windows' audio engine chooses its periods.

#include <ks.h>
#include <ksmedia.h>
#include <wdm.h>
#include <windef.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "client/audio_format.h"

namespace portside::client {

struct PacketConstraints {
  struct Mode {
    GUID processing{};
    uint32_t frames = 0;      // of one processing packet
    Nanoseconds duration{0};  // instead of frames, when these are 0
  };
  Nanoseconds least_period{0};  // 0: none
  uint32_t alignment_bytes = 1;
  uint64_t most_bytes = 0;  // of a packet; 0: no limit
  std::vector<Mode> modes;

  // The smallest packet in that format and mode that the driver says it can do: whole frames, aligned.
  uint64_t least_frames(const AudioFormat& format, const std::optional<GUID>& processing) const;
  // The largest; 0: no limit.
  uint64_t most_frames(const AudioFormat& format) const;
};

// Of the filter that the symbolic link leads to, whichever of its interfaces bears the property. None: it declares
// nothing, or what it declares is cut short. On a simulated thread.
std::optional<PacketConstraints> read_packet_constraints(std::u16string_view filter);

}  // namespace portside::client
