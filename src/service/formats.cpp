#include "service/formats.h"

#include "wire/message.h"

namespace portside::service {

client::AudioFormat driver_format(const StreamFormat& format) {
  client::AudioFormat out;
  out.rate_hz = format.rate;
  out.channels = static_cast<uint16_t>(format.channels);
  out.bits = static_cast<uint16_t>(format.sample_bytes() * 8);
  if (format.type == SampleType::kSigned24In32) out.valid_bits = 24;
  if (format.type == SampleType::kFloat32) out.kind = client::SampleKind::kFloat;
  if (format.channel_mask) out.channel_mask = format.channel_mask;
  return out;
}

std::optional<StreamFormat> client_format(const client::AudioFormat& format) {
  StreamFormat out;
  out.rate = format.rate_hz;
  out.channels = format.channels;
  out.channel_mask = format.channel_mask.value_or(0);
  if (format.channels == 0 || format.channels > wire::kMostChannels || format.rate_hz == 0 ||
      format.rate_hz > wire::kMostRate)
    return std::nullopt;
  const bool whole = format.effective_valid_bits() == format.bits;
  if (format.kind == client::SampleKind::kFloat) {
    if (format.bits != 32 || !whole) return std::nullopt;
    out.type = SampleType::kFloat32;
  } else if (format.bits == 32 && format.effective_valid_bits() == 24) {
    out.type = SampleType::kSigned24In32;
  } else if (!whole) {
    return std::nullopt;
  } else {
    switch (format.bits) {
      case 8: out.type = SampleType::kUnsigned8; break;
      case 16: out.type = SampleType::kSigned16; break;
      case 24: out.type = SampleType::kSigned24; break;
      case 32: out.type = SampleType::kSigned32; break;
      default: return std::nullopt;
    }
  }
  return out;
}

uint64_t distance_from_usual(const StreamFormat& format) {
  constexpr uint32_t kUsualRate = 48000, kUsualChannels = 2;
  // In the order of SampleType.
  constexpr uint32_t kTypes[] = {5, 0, 2, 3, 1, 4};
  const uint64_t rate = format.rate > kUsualRate ? format.rate - kUsualRate : kUsualRate - format.rate;
  const uint64_t channels =
      format.channels > kUsualChannels ? format.channels - kUsualChannels : kUsualChannels - format.channels;
  return rate << 16 | channels << 8 | kTypes[static_cast<size_t>(format.type)];
}

}  // namespace portside::service
