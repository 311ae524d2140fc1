#include "verify/engine_test.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "client/filter.h"
#include "verify/bytes.h"
#include "verify/format_variants.h"
#include "verify/known_properties.h"
#include "verify/property_target.h"
#include "verify/test_stream.h"

namespace portside::verify {

using verifier::RuleId;
using Answer = PropertyTarget::Answer;

namespace {

constexpr const char* kPage = "audio/ksnodetype-audio-engine";
constexpr const char* kFormatsPage = "audio/ksproperty-audioengine-supporteddeviceformats";

const char* name_of(ULONG id) {
  const auto known = known_properties();
  const auto at = std::ranges::find_if(
      known, [&](const KnownProperty& p) { return p.id == id && IsEqualGUID(*p.set, KSPROPSETID_AudioEngine); });
  return at == known.end() ? "a property" : at->name;
}

// One rate, width and number of channels.
bool same_wave(const std::vector<std::byte>& a, const std::vector<std::byte>& b) {
  KSDATAFORMAT_WAVEFORMATEX x{}, y{};
  std::memcpy(&x, a.data(), std::min(a.size(), sizeof x));
  std::memcpy(&y, b.data(), std::min(b.size(), sizeof y));
  const WAVEFORMATEX &v = x.WaveFormatEx, &w = y.WaveFormatEx;
  return v.nSamplesPerSec == w.nSamplesPerSec && v.nChannels == w.nChannels && v.wBitsPerSample == w.wBitsPerSample;
}

class Engine {
 public:
  Engine(const client::KsFile& file, const client::FilterInfo& filter, Verdict& verdict)
      : target_(file, PropertyTarget::Kind::kNode, filter.engine->node), filter_(filter), verdict_(verdict) {}

  void pins() {
    const client::AudioEngineInfo& e = *filter_.engine;
    const auto is = [&](uint32_t pin, KSPIN_DATAFLOW flow, const char* role) {
      if (pin >= filter_.pins.size())
        fail(RuleId::kEngineNodeInconsistent,
             fmt::format("its {} pin is {}, and there are {}", role, pin, filter_.pins.size()));
      else if (filter_.pins[pin].dataflow != flow || !filter_.pins[pin].is_host_pin())
        fail(RuleId::kEngineNodeInconsistent, fmt::format("its {} pin is {}, which is none", role, pin));
    };
    is(e.host_pin, KSPIN_DATAFLOW_IN, "host");
    is(e.offload_pin, KSPIN_DATAFLOW_IN, "offload");
    is(e.loopback_pin, KSPIN_DATAFLOW_OUT, "loopback");
    if (e.host_pin == e.offload_pin)
      fail(RuleId::kEngineNodeInconsistent, fmt::format("pin {} is for host and offload", e.host_pin));
  }

  // Global effects: the state that it tells is one that it takes, and a state that it takes is the one that it tells.
  void effects() {
    const auto now = effects_on();
    if (!now) return verdict_.not_applicable("it does not say whether its effects are on");
    const NTSTATUS status = set_effects(*now);
    if (status == STATUS_NOT_SUPPORTED || status == STATUS_NOT_IMPLEMENTED)
      return verdict_.not_applicable("its effects are not to be set");
    if (status < 0)
      fail(RuleId::kEngineNodeInconsistent, fmt::format("its global effects are {}, and set to that it answers {}",
                                                        *now ? "on" : "off", status_name(status)));
    if (set_effects(!*now) < 0) return;  // it has none, or they cannot be switched off
    if (const auto then = effects_on(); then && *then == *now)
      fail(RuleId::kValueNotKept,
           fmt::format("its global effects are switched {}, and read as {}", *now ? "off" : "on", *now ? "on" : "off"));
    (void)set_effects(*now);
  }

  void device_formats() {
    const std::vector<std::byte> before = read(KSPROPERTY_AUDIOENGINE_DEVICEFORMAT);
    const std::vector<std::byte> list = read(KSPROPERTY_AUDIOENGINE_SUPPORTEDDEVICEFORMATS);
    if (before.size() < sizeof(KSDATAFORMAT_WAVEFORMATEX) || list.size() < sizeof(KSMULTIPLE_ITEM)) {
      if (!verdict_.objected()) verdict_.not_applicable("it does not name its device's formats");
      return;
    }
    const auto formats = client::data_range_items(list);  // each begins with its size, as ranges do
    verdict_.measure("formats", static_cast<double>(formats.size()), "");
    bool listed = false;
    for (const auto format : formats) {
      const std::vector<std::byte> bytes(format.begin(), format.end());
      listed |= same_wave(bytes, before);
      taken(bytes);
    }
    if (!listed) fail(RuleId::kEngineNodeInconsistent, "the device's format is not among those that it supports");
    refused(before, formats);
    (void)set(before);
    wave_range(before);
  }

 private:
  void taken(const std::vector<std::byte>& format) {
    if (const NTSTATUS status = set(format); status < 0)
      return fail(RuleId::kEngineNodeInconsistent,
                  fmt::format("a format of its list is refused: {}", status_name(status)));
    const std::vector<std::byte> now = read(KSPROPERTY_AUDIOENGINE_DEVICEFORMAT);
    if (!now.empty() && !same_wave(now, format))
      fail(RuleId::kValueNotKept, "the device's format is set to one of the list, and reads as another");
  }

  void refused(const std::vector<std::byte>& before, const std::vector<std::span<const std::byte>>& formats) {
    KSDATAFORMAT_WAVEFORMATEX known;
    std::memcpy(&known, before.data(), sizeof known);
    const WAVEFORMATEX& w = known.WaveFormatEx;
    client::AudioFormat base{.rate_hz = w.nSamplesPerSec, .bits = w.wBitsPerSample, .channels = w.nChannels};
    if (known.DataFormat.SubFormat == KSDATAFORMAT_SUBTYPE_IEEE_FLOAT) base.kind = client::SampleKind::kFloat;
    // The list, as ranges: what differs from each in rate, channels or bits is not declared.
    client::PinInfo pin;
    for (const auto item : formats) {
      KSDATAFORMAT_WAVEFORMATEX format{};
      std::memcpy(&format, item.data(), std::min(item.size(), sizeof format));
      const WAVEFORMATEX& f = format.WaveFormatEx;
      client::FormatRange range;
      range.sub = format.DataFormat.SubFormat;
      range.specifier = format.DataFormat.Specifier;
      range.is_audio = true;
      range.max_channels = f.nChannels;
      range.min_bits = range.max_bits = f.wBitsPerSample;
      range.min_rate = range.max_rate = f.nSamplesPerSec;
      pin.ranges.push_back(range);
    }
    for (const FormatVariant& variant : format_variants(base, pin)) {
      if (set(variant.bytes) < 0) continue;
      fail(variant.if_taken, fmt::format("{}, set as the device's format: STATUS_SUCCESS", variant.what));
      (void)set(before);
    }
    client::AudioFormat fewer = base;
    if (fewer.channels-- > 1 && set(client::format_block(fewer)) >= 0)
      fail(RuleId::kUndeclaredFormatTaken,
           fmt::format("{}, which its list does not have, set as the device's format: STATUS_SUCCESS",
                       format_name(fewer)));
  }

  // KSPROPERTY_AUDIOENGINE_BUFFER_SIZE_RANGE is asked with a format behind the node.
  void wave_range(const std::vector<std::byte>& format) {
    std::vector<std::byte> request =
        target_.forms(KSPROPSETID_AudioEngine, KSPROPERTY_AUDIOENGINE_BUFFER_SIZE_RANGE, KSPROPERTY_TYPE_GET).back();
    const size_t head = request.size();
    request.insert(request.end(), format.begin(), format.end());
    const Answer answer = target_.ask(request, sizeof(KSAUDIOENGINE_BUFFER_SIZE_RANGE));
    if (answer.is_unsupported()) return;
    KSAUDIOENGINE_BUFFER_SIZE_RANGE range{};
    if (!answer.ok() || answer.value.size() != sizeof range)
      return fail(
          RuleId::kEngineNodeInconsistent,
          fmt::format("asked for buffer sizes of the device's own format it answers {}", status_name(answer.status)));
    std::memcpy(&range, answer.value.data(), sizeof range);
    KSDATAFORMAT_WAVEFORMATEX wave;
    std::memcpy(&wave, format.data(), sizeof wave);
    if (range.MinBufferBytes == 0 || range.MinBufferBytes > range.MaxBufferBytes ||
        range.MinBufferBytes % std::max<WORD>(1, wave.WaveFormatEx.nBlockAlign))
      fail(RuleId::kEngineNodeInconsistent,
           fmt::format("buffers of {} to {} bytes, in frames of {}", range.MinBufferBytes, range.MaxBufferBytes,
                       wave.WaveFormatEx.nBlockAlign));
    // A format that is none has no buffers.
    wave.WaveFormatEx.nBlockAlign = static_cast<WORD>(wave.WaveFormatEx.nBlockAlign + 1);
    std::memcpy(request.data() + head, &wave, sizeof wave);
    if (target_.ask(request, sizeof range).ok())
      verdict_.advise(RuleId::kMalformedFormatTaken, filter_.name,
                      "buffer sizes of a format whose nBlockAlign is one more: STATUS_SUCCESS");
  }

  std::optional<bool> effects_on() {
    const Answer answer = target_.ask(
        target_.forms(KSPROPSETID_AudioEngine, KSPROPERTY_AUDIOENGINE_GFXENABLE, KSPROPERTY_TYPE_GET).back(),
        sizeof(BOOL));
    BOOL on = FALSE;
    if (!answer.ok() || answer.value.size() < sizeof on) return std::nullopt;
    std::memcpy(&on, answer.value.data(), sizeof on);
    return on != FALSE;
  }
  NTSTATUS set_effects(bool is_on) const {
    const BOOL on = is_on ? TRUE : FALSE;
    return target_
        .tell(target_.forms(KSPROPSETID_AudioEngine, KSPROPERTY_AUDIOENGINE_GFXENABLE, KSPROPERTY_TYPE_SET).back(),
              bytes_of(on))
        .status;
  }

  // Empty: it does not have the property, or refuses to say, which is told.
  std::vector<std::byte> read(ULONG id) {
    const auto request = target_.forms(KSPROPSETID_AudioEngine, id, KSPROPERTY_TYPE_GET).back();
    const Answer size = target_.ask(request, 0);
    const bool told = (size.status == STATUS_BUFFER_OVERFLOW || size.status == STATUS_BUFFER_TOO_SMALL) &&
                      size.information > 0 && size.information <= (1 << 16);
    const Answer answer = told ? target_.ask(request, size.information) : size;
    if (told && answer.ok()) return answer.value;
    if (!answer.is_unsupported())
      fail(RuleId::kEngineNodeInconsistent, fmt::format("asked for {} it answers {}{}", name_of(id),
                                                        status_name(answer.status), told ? "" : ", and no size"));
    return {};
  }
  NTSTATUS set(const std::vector<std::byte>& format) const {
    return target_
        .tell(target_.forms(KSPROPSETID_AudioEngine, KSPROPERTY_AUDIOENGINE_DEVICEFORMAT, KSPROPERTY_TYPE_SET).back(),
              format)
        .status;
  }
  void fail(RuleId rule, std::string what) { verdict_.fail(rule, filter_.name, std::move(what)); }

  const PropertyTarget target_;
  const client::FilterInfo& filter_;
  Verdict& verdict_;
};

}  // namespace

void test_engine(Verdicts& verdicts, const client::FilterInfo& filter) {
  if (!filter.engine) return;
  const auto file = client::KsFile::open(filter.symbolic_link);
  if (!file) return;  // told by the topology's test
  {
    Verdict verdict(verdicts, "audio engine", filter.name, kPage);
    Engine(*file, filter, verdict).pins();
  }
  {
    Verdict verdict(verdicts, "global effects", filter.name, "audio/ksproperty-audioengine-gfx-enable");
    Engine(*file, filter, verdict).effects();
  }
  Verdict verdict(verdicts, "device formats", filter.name, kFormatsPage);
  Engine(*file, filter, verdict).device_formats();
}

}  // namespace portside::verify
