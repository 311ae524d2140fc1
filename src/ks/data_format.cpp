#include "ks/data_format.h"

#include <cstring>

#include <fmt/format.h>

#include "ks/property_request.h"

namespace portside::ks {

Result<Attributes> walk_attributes(std::span<const std::byte> bytes) {
  if (bytes.size() < sizeof(KSMULTIPLE_ITEM))
    return fail(StatusCode::kInvalidBufferSize, "no room for the attribute list");
  const auto& list = *reinterpret_cast<const KSMULTIPLE_ITEM*>(bytes.data());
  if (list.Size < sizeof(KSMULTIPLE_ITEM) || list.Size > bytes.size())
    return fail(StatusCode::kInvalidBufferSize,
                fmt::format("the attribute list says {} bytes, there are {}", list.Size, bytes.size()));
  Attributes attributes;
  size_t at = sizeof(KSMULTIPLE_ITEM);
  for (ULONG i = 0; i < list.Count; ++i) {
    if (at > list.Size || list.Size - at < sizeof(KSATTRIBUTE))
      return fail(StatusCode::kInvalidParameter,
                  fmt::format("attribute {} of {} lies outside its list", i, list.Count));
    const auto* attribute = reinterpret_cast<const KSATTRIBUTE*>(bytes.data() + at);
    if (attribute->Size < sizeof(KSATTRIBUTE) || attribute->Size > list.Size - at)
      return fail(StatusCode::kInvalidParameter, fmt::format("attribute {} says {} bytes", i, attribute->Size));
    attributes.push_back(attribute);
    at += align_quad(attribute->Size);
  }
  return attributes;
}

Result<DataFormat> DataFormat::parse(std::span<const std::byte> bytes) {
  if (bytes.size() < sizeof(KSDATAFORMAT))
    return fail(StatusCode::kInvalidBufferSize, fmt::format("{} bytes hold no KSDATAFORMAT", bytes.size()));
  KSDATAFORMAT header;
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.FormatSize < sizeof(KSDATAFORMAT) || header.FormatSize > bytes.size())
    return fail(StatusCode::kInvalidBufferSize,
                fmt::format("KSDATAFORMAT.FormatSize is {}, and {} bytes were given", header.FormatSize, bytes.size()));
  size_t used = header.FormatSize;
  if (header.Flags & KSDATAFORMAT_ATTRIBUTES) {
    // "Set Flags to KSDATAFORMAT_ATTRIBUTES to indicate that the KSDATAFORMAT is followed in memory by a
    // KSMULTIPLE_ITEM of KSATTRIBUTE structures" (KSDATAFORMAT union), at the next quad boundary.
    const size_t at = align_quad(header.FormatSize);
    if (at > bytes.size()) return fail(StatusCode::kInvalidBufferSize, "KSDATAFORMAT_ATTRIBUTES, and nothing follows");
    std::vector<uint64_t> aligned((bytes.size() - at + 7) / 8);
    if (!aligned.empty()) std::memcpy(aligned.data(), bytes.data() + at, bytes.size() - at);
    const std::span list(reinterpret_cast<const std::byte*>(aligned.data()), bytes.size() - at);
    TRY(walk_attributes(list));
    used = at + reinterpret_cast<const KSMULTIPLE_ITEM*>(list.data())->Size;
  }
  DataFormat format;
  format.block_.resize((used + 7) / 8);
  format.used_ = used;
  std::memcpy(format.block_.data(), bytes.data(), used);
  return format;
}

Attributes DataFormat::attributes() const {
  if (!(header().Flags & KSDATAFORMAT_ATTRIBUTES)) return {};
  return walk_attributes(bytes().subspan(align_quad(header().FormatSize))).value_or(Attributes{});
}

std::optional<WaveFormat> DataFormat::wave() const { return wave_format_of(format_bytes()); }

std::optional<WaveFormat> wave_format_of(std::span<const std::byte> format) {
  if (format.size() < sizeof(KSDATAFORMAT)) return std::nullopt;
  const auto& header = *reinterpret_cast<const KSDATAFORMAT*>(format.data());
  size_t at = sizeof(KSDATAFORMAT);
  if (same_guid(header.Specifier, KSDATAFORMAT_SPECIFIER_DSOUND)) {
    at = offsetof(KSDATAFORMAT_DSOUND, BufferDesc) + offsetof(KSDSOUND_BUFFERDESC, WaveFormatEx);
  } else if (!same_guid(header.Specifier, KSDATAFORMAT_SPECIFIER_WAVEFORMATEX)) {
    return std::nullopt;
  }
  // WAVEFORMATEX without cbSize is a PCMWAVEFORMAT; cbSize is there from 18 bytes on.
  if (format.size() < at + sizeof(WAVEFORMATEX)) return std::nullopt;
  WAVEFORMATEX wave;
  std::memcpy(&wave, format.data() + at, sizeof wave);
  WaveFormat result{.tag = wave.wFormatTag,
                    .channels = wave.nChannels,
                    .rate = wave.nSamplesPerSec,
                    .average_bytes = wave.nAvgBytesPerSec,
                    .frame_bytes = wave.nBlockAlign,
                    .bits = wave.wBitsPerSample,
                    .valid_bits = wave.wBitsPerSample};
  if (wave.wFormatTag == WAVE_FORMAT_EXTENSIBLE && format.size() >= at + sizeof(WAVEFORMATEXTENSIBLE)) {
    WAVEFORMATEXTENSIBLE extensible;
    std::memcpy(&extensible, format.data() + at, sizeof extensible);
    result.valid_bits = extensible.Samples.wValidBitsPerSample;
    result.channel_mask = extensible.dwChannelMask;
  }
  return result;
}

}  // namespace portside::ks
