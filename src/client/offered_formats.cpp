#include "client/offered_formats.h"

#include <algorithm>
#include <cstring>
#include <set>

#include "client/filter.h"
#include "client/processing_mode.h"
#include "client/stream.h"

namespace portside::client {
namespace {

constexpr uint32_t kRates[] = {8000,  11025, 16000, 22050,  24000,  32000,  44100,
                               48000, 88200, 96000, 176400, 192000, 352800, 384000};
constexpr uint32_t kChannels[] = {1, 2, 4, 6, 8};
constexpr uint32_t kMostRates = 1'536'000;

bool answers(NTSTATUS status) {
  switch (static_cast<StatusCode>(status)) {
    case StatusCode::kNotFound:
    case StatusCode::kPropsetNotFound:
    case StatusCode::kNotSupported:
    case StatusCode::kNotImplemented:
    case StatusCode::kInvalidDeviceRequest: return false;
    default: return true;
  }
}

std::optional<AudioFormat> read_format(std::span<const std::byte> bytes) {
  KSDATAFORMAT_WAVEFORMATEX plain;
  if (bytes.size() < sizeof plain) return std::nullopt;
  std::memcpy(&plain, bytes.data(), sizeof plain);
  if (plain.DataFormat.Specifier != KSDATAFORMAT_SPECIFIER_WAVEFORMATEX) return std::nullopt;
  AudioFormat format;
  format.rate_hz = plain.WaveFormatEx.nSamplesPerSec;
  format.channels = plain.WaveFormatEx.nChannels;
  format.bits = plain.WaveFormatEx.wBitsPerSample;
  format.kind =
      plain.DataFormat.SubFormat == KSDATAFORMAT_SUBTYPE_IEEE_FLOAT ? SampleKind::kFloat : SampleKind::kInteger;
  KSDATAFORMAT_WAVEFORMATEXTENSIBLE extended;
  if (plain.WaveFormatEx.wFormatTag == WAVE_FORMAT_EXTENSIBLE && bytes.size() >= sizeof extended) {
    std::memcpy(&extended, bytes.data(), sizeof extended);
    const WORD valid = extended.WaveFormatExt.Samples.wValidBitsPerSample;
    if (valid != format.bits) format.valid_bits = valid;
    if (extended.WaveFormatExt.dwChannelMask != format.effective_channel_mask())
      format.channel_mask = extended.WaveFormatExt.dwChannelMask;
  }
  const bool sane = format.rate_hz && format.rate_hz <= kMostRates && format.channels && format.channels <= 32 &&
                    (format.bits == 8 || format.bits == 16 || format.bits == 24 || format.bits == 32);
  return sane ? std::optional(format) : std::nullopt;
}

}  // namespace

std::vector<AudioFormat> formats_of(const PinInfo& pin) {
  std::vector<AudioFormat> formats;
  for (const FormatRange& range : pin.ranges) {
    if (!range.is_audio || range.min_rate > range.max_rate) continue;
    std::set<uint32_t> rates{range.min_rate, std::min(range.max_rate, kMostRates)};
    for (const uint32_t rate : kRates)
      if (rate >= range.min_rate && rate <= range.max_rate) rates.insert(rate);
    const uint32_t most = std::min<uint32_t>(range.max_channels, 32);
    std::set<uint32_t> channels;
    if (range.max_channels != 0xFFFFFFFF && most) channels.insert(most);
    for (const uint32_t count : kChannels)
      if (count <= most) channels.insert(count);
    for (const uint32_t rate : rates) {
      for (const uint32_t count : channels) {
        for (const auto& [bits, valid, kind] : {std::tuple<uint16_t, uint16_t, SampleKind>{8, 0, SampleKind::kInteger},
                                                {16, 0, SampleKind::kInteger},
                                                {24, 0, SampleKind::kInteger},
                                                {32, 24, SampleKind::kInteger},
                                                {32, 0, SampleKind::kInteger},
                                                {32, 0, SampleKind::kFloat}}) {
          AudioFormat format;
          format.rate_hz = rate;
          format.channels = static_cast<uint16_t>(count);
          format.bits = bits;
          format.valid_bits = valid;
          format.kind = kind;
          if (rate && range.admits(format) && std::ranges::find(formats, format) == formats.end())
            formats.push_back(format);
        }
      }
    }
  }
  return formats;
}

namespace {

Result<Proposal> propose(const KsFile& filter, uint32_t pin, const AudioFormat& format) {
  const KSP_PIN request = pin_request(KSPROPSETID_Pin, KSPROPERTY_PIN_PROPOSEDATAFORMAT, pin, KSPROPERTY_TYPE_SET);
  std::vector<std::byte> value = format_block(format);
  TRY_ASSIGN(const io::IoOutcome outcome, filter.property(std::as_bytes(std::span(&request, 1)), value));
  return outcome.ok() ? Proposal::kTaken : answers(outcome.status) ? Proposal::kRefused : Proposal::kNotAsked;
}

}  // namespace

Result<std::vector<OfferedFormat>> offered_formats(const Endpoint& endpoint) {
  TRY_ASSIGN(const KsFile filter, KsFile::open(endpoint.filter));
  std::vector<OfferedFormat> offered;
  for (const AudioFormat& format : formats_of(endpoint.pin)) {
    TRY_ASSIGN(const Proposal proposal, propose(filter, endpoint.pin.id, format));
    offered.push_back({format, proposal});
  }
  return offered;
}

std::optional<AudioFormat> preferred_format(const Endpoint& endpoint, std::optional<GUID> processing) {
  const auto filter = KsFile::open(endpoint.filter);
  if (!filter) return std::nullopt;
  if (!processing) processing = default_processing(endpoint.pin);
  if (processing) {
    struct {
      KSP_PIN pin;
      KSMULTIPLE_ITEM attributes;
      KSATTRIBUTE_AUDIOSIGNALPROCESSING_MODE mode;
    } request{};
    request.pin = pin_request(KSPROPSETID_Pin, KSPROPERTY_PIN_PROPOSEDATAFORMAT2, endpoint.pin.id);
    request.attributes = {sizeof request.attributes + sizeof request.mode, 1};
    request.mode.AttributeHeader.Size = sizeof request.mode;
    request.mode.AttributeHeader.Attribute = KSATTRIBUTEID_AUDIOSIGNALPROCESSING_MODE;
    request.mode.SignalProcessingMode = *processing;
    if (auto bytes = filter->get_bytes(request))
      if (auto format = read_format(*bytes)) return format;
  }
  if (auto bytes = filter->get_bytes(pin_request(KSPROPSETID_Pin, KSPROPERTY_PIN_PROPOSEDATAFORMAT, endpoint.pin.id)))
    return read_format(*bytes);
  return std::nullopt;
}

Result<AudioFormat> usual_format(const Endpoint& endpoint, const AudioFormat& wanted) {
  if (const auto preferred = preferred_format(endpoint)) return *preferred;
  TRY_ASSIGN(const KsFile filter, KsFile::open(endpoint.filter));
  std::optional<AudioFormat> admitted;
  for (const AudioFormat& format : candidates(endpoint, wanted)) {
    if (std::ranges::none_of(endpoint.pin.ranges, [&](const FormatRange& r) { return r.admits(format); })) continue;
    TRY_ASSIGN(const Proposal proposal, propose(filter, endpoint.pin.id, format));
    if (proposal != Proposal::kRefused) return format;
    if (!admitted) admitted = format;
  }
  // All that one would ask for first are refused: another that the ranges hold may be taken, a container of more bytes, say.
  if (const auto offered = offered_formats(endpoint)) {
    const auto taken = std::ranges::find(*offered, Proposal::kTaken, &OfferedFormat::proposal);
    if (taken != offered->end()) return taken->format;
  }
  // None is: who opens the pin is told so.
  return admitted.value_or(wanted);
}

}  // namespace portside::client
