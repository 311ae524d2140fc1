#include "verify/format_variants.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "client/stream.h"
#include "verify/bytes.h"

namespace portside::verify {

using verifier::RuleId;

namespace {

constexpr GUID kNoFormat = {0x7d0c2f51, 0x93ab, 0x4e06, {0xb8, 0x14, 0x5a, 0xc3, 0x60, 0x2e, 0x9f, 0x47}};
constexpr size_t kWave = sizeof(KSDATAFORMAT) + sizeof(WAVEFORMATEX);
constexpr WORD kMp3 = 0x0055;

using Extensible = KSDATAFORMAT_WAVEFORMATEXTENSIBLE;

Extensible extensible(const client::AudioFormat& format) {
  Extensible out;
  const std::vector<std::byte> bytes = client::format_block(format);
  std::memcpy(&out, bytes.data(), sizeof out);
  return out;
}
class Variants {
 public:
  Variants(const client::AudioFormat& base, const client::PinInfo& pin) : base_(base), pin_(pin) {}

  std::vector<FormatVariant> make() {
    sizes();
    names();
    numbers();
    outside();
    return std::move(list_);
  }

 private:
  void sizes() {
    for (const ULONG size :
         {ULONG{0}, ULONG{sizeof(KSDATAFORMAT) - 1}, ULONG{sizeof(KSDATAFORMAT)}, ULONG{kWave - 9}, ULONG{kWave - 1}}) {
      Extensible f = extensible(base_);
      f.DataFormat.FormatSize = size;
      malformed(fmt::format("FormatSize {}", size), copy_of(f));
      // ... and in truth no longer than that.
      if (size >= sizeof(KSDATAFORMAT)) malformed(fmt::format("{} bytes", size), copy_of(f, size));
    }
    for (const ULONG size : {ULONG{sizeof(Extensible) + 1}, ULONG{0xFFFFFFFF}}) {
      Extensible f = extensible(base_);
      f.DataFormat.FormatSize = size;
      malformed(fmt::format("FormatSize {} in {} bytes", size, sizeof f), copy_of(f));
    }
    // A WAVEFORMATEX without its end, where one is enough.
    for (const size_t bytes : {kWave - 9, kWave - 1}) {
      std::vector<std::byte> plain = plain_format(base_);
      if (plain.empty()) break;
      const auto size = static_cast<ULONG>(bytes);
      std::memcpy(plain.data() + offsetof(KSDATAFORMAT, FormatSize), &size, sizeof size);
      malformed(fmt::format("a WAVEFORMATEX with FormatSize {}", bytes), plain);
      plain.resize(bytes);
      malformed(fmt::format("a WAVEFORMATEX in {} bytes", bytes), std::move(plain));
    }
    for (const size_t bytes : {kWave, sizeof(Extensible) - 20, sizeof(Extensible) - 1}) {
      Extensible f = extensible(base_);
      f.DataFormat.FormatSize = static_cast<ULONG>(bytes);
      malformed(fmt::format("a WAVEFORMATEXTENSIBLE of {} bytes", bytes - sizeof(KSDATAFORMAT)), copy_of(f, bytes));
    }
    for (const WORD extra : {0, 11, 21}) {
      Extensible f = extensible(base_);
      f.WaveFormatExt.Format.cbSize = extra;
      malformed(fmt::format("cbSize {} of a WAVEFORMATEXTENSIBLE", extra), copy_of(f));
    }
  }

  void names() {
    changed(RuleId::kUndeclaredFormatTaken, "a major format that nobody has",
            [](Extensible& f) { f.DataFormat.MajorFormat = kNoFormat; });
    changed(RuleId::kUndeclaredFormatTaken, "KSDATAFORMAT_SPECIFIER_NONE",
            [](Extensible& f) { f.DataFormat.Specifier = KSDATAFORMAT_SPECIFIER_NONE; });
    changed(RuleId::kUndeclaredFormatTaken, "a specifier that nobody has",
            [](Extensible& f) { f.DataFormat.Specifier = kNoFormat; });
    changed(RuleId::kUndeclaredFormatTaken, "a sub-format that nobody has",
            [](Extensible& f) { f.DataFormat.SubFormat = f.WaveFormatExt.SubFormat = kNoFormat; });
    changed(RuleId::kMalformedFormatTaken, "wFormatTag 0x55 with a sub-format of samples",
            [](Extensible& f) { f.WaveFormatExt.Format.wFormatTag = kMp3; });
  }

  void numbers() {
    changed(RuleId::kMalformedFormatTaken, "nBlockAlign one more",
            [](Extensible& f) { ++f.WaveFormatExt.Format.nBlockAlign; });
    changed(RuleId::kMalformedFormatTaken, "nBlockAlign one less",
            [](Extensible& f) { --f.WaveFormatExt.Format.nBlockAlign; });
    changed(RuleId::kMalformedFormatTaken, "wBitsPerSample 8 more, with nBlockAlign as it was",
            [](Extensible& f) { f.WaveFormatExt.Format.wBitsPerSample += 8; });
    changed(RuleId::kMalformedFormatTaken, "nAvgBytesPerSec one more",
            [](Extensible& f) { ++f.WaveFormatExt.Format.nAvgBytesPerSec; });
    changed(RuleId::kMalformedFormatTaken, "nAvgBytesPerSec 0",
            [](Extensible& f) { f.WaveFormatExt.Format.nAvgBytesPerSec = 0; });
    changed(RuleId::kMalformedFormatTaken, "more valid bits than the container has", [](Extensible& f) {
      f.WaveFormatExt.Samples.wValidBitsPerSample = f.WaveFormatExt.Format.wBitsPerSample + 1;
    });
    changed(RuleId::kMalformedFormatTaken, "no channels", [](Extensible& f) {
      WAVEFORMATEX& w = f.WaveFormatExt.Format;
      w.nChannels = w.nBlockAlign = 0;
      w.nAvgBytesPerSec = 0;
    });
    changed(RuleId::kMalformedFormatTaken, "no samples a second",
            [](Extensible& f) { f.WaveFormatExt.Format.nSamplesPerSec = f.WaveFormatExt.Format.nAvgBytesPerSec = 0; });
    // "Any integer multiple of 8."
    for (const WORD bits : {WORD{0}, WORD{12}}) {
      client::AudioFormat odd = base_;
      odd.bits = bits;
      odd.valid_bits = 0;
      malformed(fmt::format("containers of {} bits", bits), client::format_block(odd));
    }
  }

  // Well formed, and in none of the pin's ranges.
  void outside() {
    uint32_t low = ~0u, high = 0, most = 0;
    for (const client::FormatRange& r : pin_.ranges) {
      if (!r.is_audio) continue;
      low = std::min(low, r.min_rate), high = std::max(high, r.max_rate), most = std::max(most, r.max_channels);
    }
    for (const uint32_t rate : {low - 1, high + 1}) {
      if (rate == 0 || rate > 10'000'000) continue;
      client::AudioFormat f = base_;
      f.rate_hz = rate;
      undeclared(f);
    }
    if (most < 64) {
      client::AudioFormat f = base_;
      f.channels = static_cast<uint16_t>(most + 1);
      f.channel_mask = 0;
      undeclared(f);
    }
    for (const uint16_t bits : {8, 16, 24, 32, 40, 64}) {
      for (const client::SampleKind kind : {client::SampleKind::kInteger, client::SampleKind::kFloat}) {
        client::AudioFormat f = base_;
        f.bits = bits;
        f.valid_bits = 0;
        f.kind = kind;
        undeclared(f);
      }
    }
  }
  void undeclared(const client::AudioFormat& format) {
    if (std::ranges::any_of(pin_.ranges, [&](const client::FormatRange& r) { return r.admits(format); })) return;
    list_.push_back({format.to_string() + (format.kind == client::SampleKind::kFloat ? ", floating point" : ""),
                     client::format_block(format), RuleId::kUndeclaredFormatTaken});
  }

  template <class Change>
  void changed(RuleId if_taken, std::string what, Change change) {
    Extensible f = extensible(base_);
    change(f);
    list_.push_back({std::move(what), copy_of(f), if_taken});
  }
  void malformed(std::string what, std::vector<std::byte> bytes) {
    list_.push_back({std::move(what), std::move(bytes), RuleId::kMalformedFormatTaken});
  }

  const client::AudioFormat& base_;
  const client::PinInfo& pin_;
  std::vector<FormatVariant> list_;
};

}  // namespace

std::vector<FormatVariant> format_variants(const client::AudioFormat& base, const client::PinInfo& pin) {
  return Variants(base, pin).make();
}

std::vector<FormatVariant> attribute_variants(const client::AudioFormat& base) {
  struct Attributed {
    Extensible format;
    KSMULTIPLE_ITEM list;
    KSATTRIBUTE_AUDIOSIGNALPROCESSING_MODE mode;
  };
  static_assert(sizeof(Extensible) % 8 == 0);
  Attributed good{};
  good.format = extensible(base);
  good.format.DataFormat.Flags |= KSDATAFORMAT_ATTRIBUTES;
  good.list = {sizeof good.list + sizeof good.mode, 1};
  good.mode.AttributeHeader.Size = sizeof good.mode;
  good.mode.AttributeHeader.Attribute = KSATTRIBUTEID_AUDIOSIGNALPROCESSING_MODE;
  good.mode.SignalProcessingMode = AUDIO_SIGNALPROCESSINGMODE_DEFAULT;
  std::vector<FormatVariant> list;
  const auto add = [&](std::string what, const Attributed& f, size_t bytes = sizeof(Attributed)) {
    const auto all = std::as_bytes(std::span(&f, 1)).first(bytes);
    list.push_back({std::move(what), {all.begin(), all.end()}, RuleId::kMalformedFormatTaken});
  };
  add("attributes that are not there", good, sizeof(Extensible));
  add("a list of attributes of 4 bytes", good, sizeof(Extensible) + 4);
  Attributed f = good;
  f.list.Size = sizeof f.list + sizeof f.mode + 8;
  add("a list of attributes that is longer than what is there", f);
  f = good;
  f.list.Size = sizeof f.list + 8;
  add("a list of attributes that ends in its first", f);
  f = good;
  f.list.Count = 2;
  f.mode.AttributeHeader.Attribute = kNoFormat;  // so that the second is looked for
  add("two attributes in the room of one", f);
  for (const ULONG size :
       {ULONG{0}, ULONG{sizeof(KSATTRIBUTE) - 1}, ULONG{sizeof(KSATTRIBUTE)}, ULONG{sizeof good.mode + 8}}) {
    f = good;
    f.mode.AttributeHeader.Size = size;
    add(fmt::format("a mode's attribute of {} bytes", size), f);
  }
  return list;
}

std::vector<std::byte> plain_format(const client::AudioFormat& base) {
  const bool is_float = base.kind == client::SampleKind::kFloat;
  const bool fits = base.channels <= 2 && (is_float || base.bits <= 16) && base.effective_valid_bits() == base.bits;
  if (!fits) return {};
  Extensible f = extensible(base);
  f.DataFormat.FormatSize = static_cast<ULONG>(kWave);
  f.WaveFormatExt.Format.wFormatTag = is_float ? WAVE_FORMAT_IEEE_FLOAT : WAVE_FORMAT_PCM;
  f.WaveFormatExt.Format.cbSize = 0;
  return copy_of(f);
}

}  // namespace portside::verify
