#include "ks/format_contradiction.h"

#include <ks.h>
#include <ksmedia.h>
#include <wdm.h>

#include <bit>
#include <cstring>
#include <optional>

#include <fmt/format.h>

#include "ks/data_format.h"
#include "ks/property_request.h"

namespace portside::ks {
namespace {

constexpr size_t kWaveAt = sizeof(KSDATAFORMAT);
constexpr size_t kExtension = sizeof(WAVEFORMATEXTENSIBLE) - sizeof(WAVEFORMATEX);

template <class T>
std::optional<T> read(std::span<const std::byte> bytes, size_t at) {
  if (bytes.size() < at + sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

// Names both GUIDs that the tags of linear samples stand for.
bool is_linear(const GUID& sub_format) {
  return same_guid(sub_format, KSDATAFORMAT_SUBTYPE_PCM) || same_guid(sub_format, KSDATAFORMAT_SUBTYPE_IEEE_FLOAT);
}

// KSDATAFORMAT. What follows FormatSize bytes can only be attributes, and these say so.
std::string header_contradiction(std::span<const std::byte> format, const KSDATAFORMAT& header) {
  if (header.FormatSize < sizeof(KSDATAFORMAT) || header.FormatSize > format.size())
    return fmt::format("FormatSize is {}, and the format has {} bytes", header.FormatSize, format.size());
  if (!(header.Flags & KSDATAFORMAT_ATTRIBUTES) && header.FormatSize != format.size())
    return fmt::format("FormatSize is {}, and {} bytes were given", header.FormatSize, format.size());
  constexpr ULONG kKnownFlags = KSDATAFORMAT_TEMPORAL_COMPRESSION | KSDATAFORMAT_ATTRIBUTES;
  if (header.Flags & ~kKnownFlags) return fmt::format("Flags is 0x{:x}, which no page explains", header.Flags);
  if (header.Reserved) return fmt::format("Reserved is 0x{:x}, and is to be zero", header.Reserved);
  return {};
}

std::string extension_contradiction(const KSDATAFORMAT& header, const WAVEFORMATEXTENSIBLE& wave) {
  const WAVEFORMATEX& w = wave.Format;
  if (!same_guid(wave.SubFormat, header.SubFormat))
    return "the SubFormats of KSDATAFORMAT and WAVEFORMATEXTENSIBLE differ";
  const WORD valid = wave.Samples.wValidBitsPerSample;
  if (is_linear(wave.SubFormat) && (valid == 0 || valid > w.wBitsPerSample))
    return fmt::format("wValidBitsPerSample is {} in containers of {} bits", valid, w.wBitsPerSample);
  return {};
}

}  // namespace

std::string size_contradiction(std::span<const std::byte> format) {
  const auto header = read<KSDATAFORMAT>(format, 0);
  if (!header) return fmt::format("{} bytes hold no KSDATAFORMAT", format.size());
  if (header->FormatSize <= format.size()) return {};
  return fmt::format("FormatSize is {}, and the format has {} bytes", header->FormatSize, format.size());
}

std::string format_contradiction(std::span<const std::byte> format) {
  const auto header = read<KSDATAFORMAT>(format, 0);
  if (!header) return fmt::format("{} bytes hold no KSDATAFORMAT", format.size());
  if (std::string why = header_contradiction(format, *header); !why.empty()) return why;
  if (!same_guid(header->Specifier, KSDATAFORMAT_SPECIFIER_WAVEFORMATEX)) return {};
  const auto body = format.first(header->FormatSize);
  const auto wave = read<WAVEFORMATEX>(body, kWaveAt);
  if (!wave) return fmt::format("FormatSize is {}, too little for a WAVEFORMATEX", header->FormatSize);
  const WAVEFORMATEX& w = *wave;
  if (w.wFormatTag == WAVE_FORMAT_EXTENSIBLE) {
    // The size beyond WAVEFORMATEX is told twice.
    if (w.cbSize < kExtension || body.size() != kWaveAt + sizeof(WAVEFORMATEX) + w.cbSize)
      return fmt::format("cbSize is {} of a WAVEFORMATEXTENSIBLE in {} bytes", w.cbSize, body.size() - kWaveAt);
    const auto extension = read<WAVEFORMATEXTENSIBLE>(body, kWaveAt);
    if (std::string why = extension_contradiction(*header, *extension); !why.empty()) return why;
  } else if (w.cbSize > body.size() - kWaveAt - sizeof(WAVEFORMATEX)) {
    return fmt::format("cbSize is {} of a WAVEFORMATEX in {} bytes", w.cbSize, body.size() - kWaveAt);
  }
  if (!is_linear(header->SubFormat)) return {};
  const bool is_float = same_guid(header->SubFormat, KSDATAFORMAT_SUBTYPE_IEEE_FLOAT);
  const WORD tag = is_float ? WAVE_FORMAT_IEEE_FLOAT : WAVE_FORMAT_PCM;
  if (w.wFormatTag != WAVE_FORMAT_EXTENSIBLE && w.wFormatTag != tag)
    return fmt::format("wFormatTag is {}, and SubFormat says {}", w.wFormatTag, tag);
  if (w.nChannels == 0 || w.nSamplesPerSec == 0 || w.wBitsPerSample == 0 || w.wBitsPerSample % 8)
    return fmt::format("{} channels, {} Hz, {} bits", w.nChannels, w.nSamplesPerSec, w.wBitsPerSample);
  const uint32_t block = w.nChannels * (w.wBitsPerSample / 8u);
  if (w.nBlockAlign != block)
    return fmt::format("nBlockAlign is {}: {} channels of {} bits make {}", w.nBlockAlign, w.nChannels,
                       w.wBitsPerSample, block);
  if (w.nAvgBytesPerSec != uint64_t{w.nSamplesPerSec} * block)
    return fmt::format("nAvgBytesPerSec is {}: {} blocks of {} bytes a second make {}", w.nAvgBytesPerSec,
                       w.nSamplesPerSec, block, uint64_t{w.nSamplesPerSec} * block);
  // "or zero" stands for samples of no fixed size, and is what many drivers leave there.
  if (header->SampleSize && header->SampleSize != block)
    return fmt::format("SampleSize is {}, nBlockAlign {}", header->SampleSize, block);
  return {};
}

std::string speakers_unnamed(std::span<const std::byte> format) {
  const auto wave = wave_format_of(format);
  if (!wave || wave->tag != WAVE_FORMAT_EXTENSIBLE || format.size() < kWaveAt + sizeof(WAVEFORMATEXTENSIBLE)) return {};
  const int named = std::popcount(wave->channel_mask);
  if (named == wave->channels || named == 0) return {};
  return fmt::format("dwChannelMask 0x{:x} names {} speakers for {} channels", wave->channel_mask, named,
                     wave->channels);
}

}  // namespace portside::ks
