#include "verify/proposal_test.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "client/offered_formats.h"
#include "client/stream.h"
#include "verify/bytes.h"
#include "verify/format_variants.h"
#include "verify/property_target.h"

namespace portside::verify {

using verifier::RuleId;

namespace {

constexpr const char* kPage = "stream/ksproperty-pin-proposedataformat";
constexpr size_t kMostOffered = 48;  // of the formats that the ranges admit

class Proposals {
 public:
  Proposals(const client::KsFile& file, const Subject& subject, Verdict& verdict)
      : file_(file), endpoint_(subject.endpoint), verdict_(verdict), cause_(subject.endpoint.name) {}

  void run(const client::AudioFormat& usual) {
    const std::vector<std::byte> as_usual = client::format_block(usual);
    const bool offered = offers_set();
    const Status proposed = offered ? propose(as_usual) : Status();
    answers_ = offered && proposed.is_ok();
    // Whoever offers proposals and refuses them all has none.
    if (offered && !proposed.is_ok() && open(as_usual).is_ok())
      verdict_.fail(RuleId::kRefusedFormatOpened, cause_,
                    fmt::format("{}: refused as a proposal with {}, and a pin opens with it", format_name(usual),
                                proposed.to_string()));
    std::vector<client::AudioFormat> bases{usual};
    add_bases(bases);
    for (const client::AudioFormat& base : bases) try_all(base);
    if (answers_) {
      misdirected(usual);
      cut_short(usual);
      declared();
    }
    verdict_.measure("formats offered", static_cast<double>(offered_), "");
  }

 private:
  // One of integers and one in floating point, one with bits to spare, one with all channels: each way through a check.
  void add_bases(std::vector<client::AudioFormat>& bases) {
    const auto add = [&](auto fits) {
      for (const client::AudioFormat& format : client::formats_of(endpoint_.pin)) {
        if (!fits(format) || std::ranges::count(bases, format)) continue;
        const std::vector<std::byte> bytes = client::format_block(format);
        if (!(answers_ ? propose(bytes) : open(bytes)).is_ok()) continue;
        bases.push_back(format);
        return;
      }
    };
    add([](const client::AudioFormat& f) {
      return f.kind == client::SampleKind::kInteger && f.bits <= 16 && f.channels <= 2;
    });
    add([](const client::AudioFormat& f) { return f.kind == client::SampleKind::kFloat && f.channels <= 2; });
    add([](const client::AudioFormat& f) { return f.effective_valid_bits() < f.bits; });
  }

  void try_all(const client::AudioFormat& base) {
    const std::vector<std::byte> good = client::format_block(base);
    const bool opens = open(good).is_ok(), sets = opens && set(base, good).is_ok();
    for (const FormatVariant& variant : format_variants(base, endpoint_.pin)) {
      Status proposed(StatusCode::kNotSupported);
      if (answers_) {
        proposed = propose(variant.bytes);
        judge("as a proposal", variant, proposed);
        deny(variant, proposed);
      }
      if (opens) {
        const Status opened = open(variant.bytes);
        judge("for a new stream", variant, opened);
        if (answers_ && opened.is_ok() && !proposed.is_ok() && !(proposed == StatusCode::kBufferTooSmall))
          verdict_.fail(RuleId::kRefusedFormatOpened, cause_,
                        fmt::format("{}: refused as a proposal, and a pin opens with it", variant.what));
      }
      if (sets) judge("set on an open pin", variant, set(base, variant.bytes));
    }
    // Attributes are for pins that know modes.
    if (answers_ && !endpoint_.pin.modes.empty())
      for (const FormatVariant& variant : attribute_variants(base))
        judge("as a proposal", variant, propose(variant.bytes));
    plain(base, opens);
  }

  void judge(const char* way, const FormatVariant& variant, const Status& status) {
    if (!status.is_ok()) return;
    verdict_.fail(variant.if_taken, cause_, fmt::format("{}, {}: STATUS_SUCCESS", variant.what, way));
  }
  // A refusal that says that there are no proposals, of a property that is offered.
  void deny(const FormatVariant& variant, const Status& status) {
    PropertyTarget::Answer answer;
    answer.status = status.nt();
    if (variant.if_taken == RuleId::kUndeclaredFormatTaken && !status.is_ok() && answer.is_unsupported())
      verdict_.advise(RuleId::kRefusalDeniesProperty, cause_,
                      fmt::format("{}, as a proposal: {}, which says that there are no proposals", variant.what,
                                  status.to_string()));
  }

  void plain(const client::AudioFormat& base, bool opens) {
    const std::vector<std::byte> bytes = plain_format(base);
    if (bytes.empty()) return;
    if ((answers_ && !propose(bytes).is_ok()) || (opens && !open(bytes).is_ok()))
      verdict_.advise(
          RuleId::kPlainFormatRefused, cause_,
          fmt::format("{} is taken in a WAVEFORMATEXTENSIBLE, and refused in a WAVEFORMATEX", format_name(base)));
  }

  // Pins that take no streams, and such as there are not.
  void misdirected(const client::AudioFormat& base) {
    std::vector<uint32_t> pins{~0u};
    const auto count = file_.get<ULONG>(client::pin_request(KSPROPSETID_Pin, KSPROPERTY_PIN_CTYPES, 0));
    for (uint32_t pin = 0; count && pin <= *count; ++pin) {
      const auto communication =
          file_.get<KSPIN_COMMUNICATION>(client::pin_request(KSPROPSETID_Pin, KSPROPERTY_PIN_COMMUNICATION, pin));
      if (!communication || *communication == KSPIN_COMMUNICATION_NONE || *communication == KSPIN_COMMUNICATION_BRIDGE)
        pins.push_back(pin);
    }
    for (const uint32_t pin : pins)
      if (propose_to(bytes_of(request(pin)), client::format_block(base)).is_ok())
        verdict_.fail(RuleId::kWrongTargetTaken, cause_,
                      fmt::format("{} proposed to pin {}, which takes no streams: STATUS_SUCCESS", format_name(base),
                                  static_cast<int32_t>(pin)));
  }

  void cut_short(const client::AudioFormat& base) {
    const KSP_PIN whole = request(endpoint_.pin.id);
    for (const size_t bytes :
         {sizeof(KSPROPERTY), sizeof(KSPROPERTY) + 1, sizeof(KSPROPERTY) + 2, sizeof(KSPROPERTY) + 3})
      if (propose_to(bytes_of(whole).first(bytes), client::format_block(base)).is_ok())
        verdict_.fail(
            RuleId::kShortDescriptorTaken, cause_,
            fmt::format("a proposal with a descriptor of {} bytes, which name no pin: STATUS_SUCCESS", bytes));
    for (const size_t bytes : {size_t{0}, size_t{1}, sizeof(KSDATAFORMAT) / 2, sizeof(KSDATAFORMAT) - 1}) {
      std::vector<std::byte> format = client::format_block(base);
      format.resize(bytes);
      if (propose(format).is_ok())
        verdict_.fail(RuleId::kShortBufferTaken, cause_,
                      fmt::format("a proposal of {} bytes, where a KSDATAFORMAT has {}: STATUS_SUCCESS", bytes,
                                  sizeof(KSDATAFORMAT)));
    }
  }

  // What the ranges admit and a proposal refuses, does not open.
  void declared() {
    const std::vector<client::AudioFormat> formats = client::formats_of(endpoint_.pin);
    const size_t stride = std::max<size_t>(1, formats.size() / kMostOffered);
    for (size_t i = 0; i < formats.size(); i += stride) {
      const std::vector<std::byte> bytes = client::format_block(formats[i]);
      const Status proposed = propose(bytes);
      if (proposed.is_ok() || !open(bytes).is_ok()) continue;
      verdict_.fail(RuleId::kRefusedFormatOpened, cause_,
                    fmt::format("{}: refused as a proposal, and a pin opens with it", format_name(formats[i])));
    }
  }

  bool offers_set() const {
    ULONG access = 0;
    KSP_PIN support = request(endpoint_.pin.id);
    support.Property.Flags = KSPROPERTY_TYPE_BASICSUPPORT;
    const auto outcome = file_.property(bytes_of(support), std::as_writable_bytes(std::span(&access, 1)));
    return outcome && outcome->ok() && (access & KSPROPERTY_TYPE_SET);
  }
  static KSP_PIN request(uint32_t pin) {
    return client::pin_request(KSPROPSETID_Pin, KSPROPERTY_PIN_PROPOSEDATAFORMAT, pin, KSPROPERTY_TYPE_SET);
  }
  Status propose(const std::vector<std::byte>& format) {
    return propose_to(bytes_of(request(endpoint_.pin.id)), format);
  }
  Status propose_to(std::span<const std::byte> descriptor, std::vector<std::byte> format) {
    ++offered_;
    const auto outcome = file_.property(descriptor, format);
    return outcome ? Status::from_nt(outcome->status) : outcome.error();
  }
  Result<client::KsFile> open_pin(const std::vector<std::byte>& format) {
    ++offered_;
    std::vector<std::byte> connect =
        client::connect_request(endpoint_, {.rate_hz = 48000, .bits = 16, .channels = 2}, {});
    connect.resize(sizeof(KSPIN_CONNECT));
    connect.insert(connect.end(), format.begin(), format.end());
    return file_.open_pin(connect);
  }
  Status open(const std::vector<std::byte>& format) {
    const auto pin = open_pin(format);
    return pin ? Status::ok() : pin.error();
  }
  Status set(const client::AudioFormat& base, std::vector<std::byte> format) {
    const auto pin = open_pin(client::format_block(base));
    if (!pin) return pin.error();
    const KSPROPERTY request =
        client::property_request(KSPROPSETID_Connection, KSPROPERTY_CONNECTION_DATAFORMAT, KSPROPERTY_TYPE_SET);
    const auto outcome = pin->property(bytes_of(request), format);
    return outcome ? Status::from_nt(outcome->status) : outcome.error();
  }

  const client::KsFile& file_;
  const client::Endpoint& endpoint_;
  Verdict& verdict_;
  const std::string cause_;
  bool answers_ = false;  // the driver knows proposals
  uint64_t offered_ = 0;
};

}  // namespace

void test_proposals(Verdicts& verdicts, const Subject& subject) {
  Verdict verdict(verdicts, "proposed formats",
                  fmt::format("{}, pin {}", subject.endpoint.name, subject.endpoint.pin.id), kPage);
  const auto file = client::KsFile::open(subject.endpoint.filter);
  if (!file) return verdict.fail(file.error().to_string());
  Proposals(*file, subject, verdict).run(subject.format);
}

}  // namespace portside::verify
