#include "plugins/alsa/hardware_limits.h"

#include <fmt/format.h>

#include <algorithm>

namespace portside::alsa {
namespace {

// No driver tells: a buffer of about a millisecond at the usual rates, and one that every driver of ours gives. Some
// programs take the largest that they can have, and nobody wants to wait for ten seconds of sound.
constexpr unsigned kLeastFrames = 64, kMostBytes = 512u << 10;

void add_once(std::vector<unsigned>& list, unsigned value) {
  const auto at = std::lower_bound(list.begin(), list.end(), value);
  if (at == list.end() || *at != value) list.insert(at, value);
}

// "S16_LE: 44100, 48000 Hz" of one channel count.
std::string rates_of(const std::vector<StreamFormat>& all, unsigned format, unsigned channels) {
  std::vector<unsigned> rates;
  for (const StreamFormat& f : all)
    if (static_cast<unsigned>(alsa_format(f.type)) == format && f.channels == channels) add_once(rates, f.rate);
  return rates.empty() ? std::string() : fmt::format("{} Hz", fmt::join(rates, ", "));
}

}  // namespace

snd_pcm_format_t alsa_format(SampleType type) {
  switch (type) {
    case SampleType::kUnsigned8: return SND_PCM_FORMAT_U8;
    case SampleType::kSigned16: return SND_PCM_FORMAT_S16_LE;
    case SampleType::kSigned24: return SND_PCM_FORMAT_S24_3LE;
    case SampleType::kSigned24In32:
    case SampleType::kSigned32: return SND_PCM_FORMAT_S32_LE;
    case SampleType::kFloat32: return SND_PCM_FORMAT_FLOAT_LE;
  }
  return SND_PCM_FORMAT_UNKNOWN;
}

HardwareLimits::HardwareLimits(const EndpointInfo& endpoint) : id_(endpoint.id), all_(endpoint.formats) {
  for (const StreamFormat& format : all_) {
    add_once(formats_, static_cast<unsigned>(alsa_format(format.type)));
    add_once(channels_, format.channels);
    add_once(rates_, format.rate);
    const unsigned bytes = format.frame_bytes();
    smallest_frame_ = smallest_frame_ == 0 ? bytes : std::min(smallest_frame_, bytes);
    largest_frame_ = std::max(largest_frame_, bytes);
  }
  minimum_frames_ = kLeastFrames;
  maximum_frames_ = std::max(minimum_frames_, kMostBytes / std::max(1u, largest_frame_));
}

Result<std::vector<StreamFormat>> HardwareLimits::match(snd_pcm_format_t format, unsigned channels,
                                                        unsigned rate) const {
  std::vector<StreamFormat> found;
  for (const bool part : {false, true})  // all of 32 bits before 24 of them
    for (const StreamFormat& f : all_)
      if (alsa_format(f.type) == format && f.channels == channels && f.rate == rate &&
          (f.type == SampleType::kSigned24In32) == part)
        found.push_back(f);
  if (!found.empty()) return found;
  std::string there;
  for (unsigned other : formats_)
    if (const std::string rates = rates_of(all_, other, channels); !rates.empty())
      there += fmt::format("{}{} at {}", there.empty() ? "" : "; ",
                           snd_pcm_format_name(static_cast<snd_pcm_format_t>(other)), rates);
  return fail(StatusCode::kNoMatch, fmt::format("'{}' takes no {} with {} channels at {} Hz, though it takes each of "
                                                "them in other combinations; with {} channels it takes {}",
                                                id_, snd_pcm_format_name(format), channels, rate, channels,
                                                there.empty() ? "nothing" : there));
}

std::vector<StreamFormat> HardwareLimits::layouts() const {
  std::vector<StreamFormat> found;
  for (const StreamFormat& format : all_) {
    const bool known = std::ranges::any_of(found, [&](const StreamFormat& f) {
      return f.channels == format.channels && f.channel_mask == format.channel_mask;
    });
    if (!known) found.push_back(format);
  }
  return found;
}

}  // namespace portside::alsa
