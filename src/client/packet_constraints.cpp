#include "client/packet_constraints.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>

#include "base/machine_context.h"
#include "io/io.h"

namespace portside::client {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;

uint64_t frames_in(Nanoseconds time, uint32_t rate_hz) {
  return static_cast<uint64_t>((static_cast<unsigned __int128>(time.count()) * rate_hz + kSecond - 1) / kSecond);
}

std::optional<PacketConstraints> parse(std::span<const std::byte> bytes) {
  constexpr size_t kHead = offsetof(KSAUDIO_PACKETSIZE_CONSTRAINTS2, ProcessingModeConstraints);
  if (bytes.size() < kHead) return std::nullopt;
  ULONG head[4];
  std::memcpy(head, bytes.data(), sizeof head);
  PacketConstraints out;
  out.least_period = Nanoseconds(int64_t{head[0]} * 100);
  out.alignment_bytes = head[1] + 1;  // FILE_LONG_ALIGNMENT is 3
  out.most_bytes = head[2];
  if (head[3] > (bytes.size() - kHead) / sizeof(KSAUDIO_PACKETSIZE_PROCESSINGMODE_CONSTRAINT)) return std::nullopt;
  for (ULONG i = 0; i < head[3]; ++i) {
    KSAUDIO_PACKETSIZE_PROCESSINGMODE_CONSTRAINT mode;
    std::memcpy(&mode, bytes.data() + kHead + i * sizeof mode, sizeof mode);
    out.modes.push_back({mode.ProcessingMode, mode.SamplesPerProcessingPacket,
                         Nanoseconds(int64_t{mode.ProcessingPacketDurationInHns} * 100)});
  }
  return out;
}

}  // namespace

uint64_t PacketConstraints::least_frames(const AudioFormat& format, const std::optional<GUID>& processing) const {
  uint64_t frames = std::max<uint64_t>(1, frames_in(least_period, format.rate_hz));
  if (processing) {
    for (const Mode& mode : modes) {
      if (mode.processing != *processing) continue;
      // The mode works in pieces of this size: the smallest packet is as many of them as the least period asks for.
      const uint64_t piece = mode.frames ? mode.frames : frames_in(mode.duration, format.rate_hz);
      if (piece) frames = (frames + piece - 1) / piece * piece;
    }
  }
  const uint64_t frame = format.frame_bytes();
  for (uint32_t tries = 0; frame && frames * frame % alignment_bytes && tries < alignment_bytes; ++tries) ++frames;
  return frames;
}

uint64_t PacketConstraints::most_frames(const AudioFormat& format) const {
  return format.frame_bytes() ? most_bytes / format.frame_bytes() : 0;
}

std::optional<PacketConstraints> read_packet_constraints(std::u16string_view filter) {
  io::Io& io = current<io::Io>();
  const auto own = io.interfaces().find(filter);
  if (!own) return std::nullopt;
  for (const io::DeviceInterface& i : io.interfaces().all()) {
    if (i.reference != own->reference || i.symbolic_link.substr(0, i.symbolic_link.find(u"#{")) !=
                                             own->symbolic_link.substr(0, own->symbolic_link.find(u"#{")))
      continue;
    if (const auto value = io.interface_properties().find(i.symbolic_link, DEVPKEY_KsAudio_PacketSize_Constraints2))
      if (auto parsed = parse(value->bytes)) return parsed;
    // The older property, which knows no largest packet: its third word is reserved.
    if (const auto value = io.interface_properties().find(i.symbolic_link, DEVPKEY_KsAudio_PacketSize_Constraints))
      if (auto parsed = parse(value->bytes)) {
        parsed->most_bytes = 0;
        return parsed;
      }
  }
  return std::nullopt;
}

}  // namespace portside::client
