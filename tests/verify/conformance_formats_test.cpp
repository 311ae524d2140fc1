// The conformance check: each assertion of formats fails on a driver made for it: what data intersections give, what proposals and new
// streams take and refuse.

#include "conformance_fixture.h"
#include "ks/data_format.h"
#include "verify/intersection_test.h"
#include "verify/proposal_test.h"

namespace portside::verify::testing {
namespace {

class FormatConformance : public Conformance {
 protected:
  // What a right driver with Wayward's ranges takes.
  static NTSTATUS right(const KSDATAFORMAT* format, ULONG bytes) {
    if (bytes < sizeof(KSDATAFORMAT)) return STATUS_BUFFER_TOO_SMALL;
    constexpr ULONG kPlain = sizeof(KSDATAFORMAT) + sizeof(WAVEFORMATEX);
    if (format->FormatSize < kPlain || format->FormatSize > bytes) return STATUS_INVALID_PARAMETER;
    if (format->MajorFormat != KSDATAFORMAT_TYPE_AUDIO || format->SubFormat != KSDATAFORMAT_SUBTYPE_PCM ||
        format->Specifier != KSDATAFORMAT_SPECIFIER_WAVEFORMATEX)
      return STATUS_NO_MATCH;
    const auto& wave = *reinterpret_cast<const WAVEFORMATEX*>(format + 1);
    if (wave.wFormatTag != WAVE_FORMAT_PCM && wave.wFormatTag != WAVE_FORMAT_EXTENSIBLE) return STATUS_NO_MATCH;
    if (wave.wFormatTag == WAVE_FORMAT_EXTENSIBLE) {
      if (format->FormatSize < sizeof(KSDATAFORMAT_WAVEFORMATEXTENSIBLE) || wave.cbSize < 22)
        return STATUS_INVALID_PARAMETER;
      if (reinterpret_cast<const WAVEFORMATEXTENSIBLE&>(wave).Samples.wValidBitsPerSample > wave.wBitsPerSample)
        return STATUS_INVALID_PARAMETER;
    }
    const KSDATARANGE_AUDIO& range = kWaveRange;
    if (wave.nChannels == 0 || wave.nChannels > range.MaximumChannels ||
        wave.nSamplesPerSec < range.MinimumSampleFrequency || wave.nSamplesPerSec > range.MaximumSampleFrequency ||
        wave.wBitsPerSample < range.MinimumBitsPerSample || wave.wBitsPerSample > range.MaximumBitsPerSample ||
        wave.wBitsPerSample % 8)
      return STATUS_NO_MATCH;
    const ULONG block = wave.nChannels * (wave.wBitsPerSample / 8u);
    return wave.nBlockAlign == block && wave.nAvgBytesPerSec == block * wave.nSamplesPerSec ? STATUS_SUCCESS
                                                                                            : STATUS_INVALID_PARAMETER;
  }
  static NTSTATUS right_attributes(const KSDATAFORMAT* format, ULONG bytes) {
    if (!(format->Flags & KSDATAFORMAT_ATTRIBUTES)) return STATUS_SUCCESS;
    const auto list = std::as_bytes(std::span(reinterpret_cast<const std::byte*>(format), bytes))
                          .subspan((format->FormatSize + 7) / 8 * 8);
    const auto attributes = ks::walk_attributes(list);
    if (!attributes) return STATUS_INVALID_PARAMETER;
    const bool cut = std::ranges::any_of(*attributes, [](const KSATTRIBUTE* a) {
      return a->Attribute == KSATTRIBUTEID_AUDIOSIGNALPROCESSING_MODE &&
             a->Size < sizeof(KSATTRIBUTE_AUDIOSIGNALPROCESSING_MODE);
    });
    return cut ? STATUS_INVALID_PARAMETER : STATUS_SUCCESS;
  }
  static NTSTATUS right_proposal(PPCPROPERTY_REQUEST r) {
    if (r->Verb & KSPROPERTY_TYPE_BASICSUPPORT) {
      if (r->ValueSize < sizeof(ULONG)) return STATUS_BUFFER_TOO_SMALL;
      *static_cast<ULONG*>(r->Value) = KSPROPERTY_TYPE_SET | KSPROPERTY_TYPE_BASICSUPPORT;
      r->ValueSize = sizeof(ULONG);
      return STATUS_SUCCESS;
    }
    if (!(r->Verb & KSPROPERTY_TYPE_SET)) return STATUS_INVALID_DEVICE_REQUEST;
    if (r->InstanceSize < sizeof(ULONG) || *static_cast<ULONG*>(r->Instance) > 1) return STATUS_INVALID_PARAMETER;
    const auto* format = static_cast<const KSDATAFORMAT*>(r->Value);
    const NTSTATUS status = right(format, r->ValueSize);
    return status < 0 ? status : right_attributes(format, r->ValueSize);
  }
  void use_right() {
    Wayward::on_format = right_proposal;
    Wayward::on_new_format = [](const KSDATAFORMAT& format) { return right(&format, ~0u); };
  }
  void expect_proposals_fail(RuleId rule) {
    clear();
    test_proposals(verdicts_, render_);
    EXPECT_TRUE(broke(rule)) << verifier::rule(rule).name << ": " << only("proposed formats").sentence;
    EXPECT_EQ(only("proposed formats").outcome, outcome_of(rule)) << only("proposed formats").sentence;
    use_right();
  }
  // The proposals of a driver that is right but for what `mends` says of the format.
  template <class Mend>
  void with_blind_spot(Mend mend) {
    Wayward::on_format = [mend](PPCPROPERTY_REQUEST r) -> NTSTATUS {
      if ((r->Verb & KSPROPERTY_TYPE_SET) && r->ValueSize >= sizeof(KSDATAFORMAT_WAVEFORMATEXTENSIBLE))
        mend(*static_cast<KSDATAFORMAT_WAVEFORMATEXTENSIBLE*>(r->Value));
      return right_proposal(r);
    };
  }
  void expect_intersections_fail(RuleId rule, std::function<NTSTATUS(const KSDATARANGE_AUDIO&)> handler) {
    Wayward::on_intersection = std::move(handler);
    clear();
    test_intersections(verdicts_, filter_, filter_.pins[0]);
    expect_broken("data intersection", rule);
    Wayward::on_intersection = {};
  }
};

TEST_F(FormatConformance, ARightDriverPasses) {
  with_driver([&] {
    use_right();
    for (const client::PinInfo& pin : filter_.pins) test_intersections(verdicts_, filter_, pin);
    test_proposals(verdicts_, render_);
    test_proposals(verdicts_, capture_);
    expect_all(Outcome::kPassed);
    EXPECT_TRUE(verdicts_.broken.empty());
    EXPECT_GT(measured("proposed formats", "formats offered"), 60);
    EXPECT_EQ(Wayward::streams, 0) << "all are closed";
  });
}
TEST_F(FormatConformance, RangesThatAreDeclaredAndNotFoundFail) {
  with_driver([&] {
    use_right();
    // The end that is not part of it.
    expect_intersections_fail(RuleId::kIntersectionRefused, [](const KSDATARANGE_AUDIO& client) -> NTSTATUS {
      return client.MinimumSampleFrequency >= kWaveRange.MaximumSampleFrequency ? STATUS_NO_MATCH
                                                                                : STATUS_NOT_IMPLEMENTED;
    });
    // The search that ends too early.
    expect_intersections_fail(RuleId::kIntersectionRefused, [](const KSDATARANGE_AUDIO& client) -> NTSTATUS {
      return client.MinimumSampleFrequency > kWaveRange.MaximumSampleFrequency ? STATUS_INVALID_DEVICE_REQUEST
                                                                               : STATUS_NOT_IMPLEMENTED;
    });
    // What comes out is not taken.
    Wayward::on_format = [](PPCPROPERTY_REQUEST r) -> NTSTATUS {
      return r->Verb & KSPROPERTY_TYPE_SET ? STATUS_NO_MATCH : right_proposal(r);
    };
    expect_intersections_fail(RuleId::kIntersectionNotTaken, {});
  });
}
TEST_F(FormatConformance, FormatsThatAreNotDeclaredAreRefused) {
  with_driver([&] {
    use_right();
    with_blind_spot([](auto& f) {
      f.WaveFormatExt.Format.nSamplesPerSec = 48000,
      f.WaveFormatExt.Format.nAvgBytesPerSec = 48000u * f.WaveFormatExt.Format.nBlockAlign;
    });
    expect_proposals_fail(RuleId::kUndeclaredFormatTaken);
    with_blind_spot([](auto& f) { f.DataFormat.Specifier = KSDATAFORMAT_SPECIFIER_WAVEFORMATEX; });
    expect_proposals_fail(RuleId::kUndeclaredFormatTaken);
    // The proposal is refused, and the stream looks less closely.
    Wayward::on_new_format = [](const KSDATAFORMAT&) { return STATUS_SUCCESS; };
    expect_proposals_fail(RuleId::kRefusedFormatOpened);
    Wayward::on_format = [](PPCPROPERTY_REQUEST r) -> NTSTATUS {
      const NTSTATUS status = right_proposal(r);
      return status == STATUS_NO_MATCH ? STATUS_INVALID_DEVICE_REQUEST : status;
    };
    expect_proposals_fail(RuleId::kRefusalDeniesProperty);
    Wayward::on_format = [](PPCPROPERTY_REQUEST r) -> NTSTATUS {
      if (r->InstanceSize >= sizeof(ULONG)) *static_cast<ULONG*>(r->Instance) = 0;
      return right_proposal(r);
    };
    expect_proposals_fail(RuleId::kWrongTargetTaken);
  });
}
TEST_F(FormatConformance, FormatsThatContradictThemselvesAreWarnedOf) {
  with_driver([&] {
    use_right();
    with_blind_spot([](auto& f) { f.DataFormat.FormatSize = sizeof f; });
    expect_proposals_fail(RuleId::kMalformedFormatTaken);
    with_blind_spot([](auto& f) { f.WaveFormatExt.Format.cbSize = 22; });
    expect_proposals_fail(RuleId::kMalformedFormatTaken);
    with_blind_spot([](auto& f) {
      f.WaveFormatExt.Format.nAvgBytesPerSec =
          f.WaveFormatExt.Format.nSamplesPerSec * f.WaveFormatExt.Format.nBlockAlign;
    });
    expect_proposals_fail(RuleId::kMalformedFormatTaken);
    with_blind_spot([](auto& f) { f.WaveFormatExt.Samples.wValidBitsPerSample = 1; });
    expect_proposals_fail(RuleId::kMalformedFormatTaken);
    with_blind_spot([](auto& f) { f.DataFormat.Flags = 0; });
    expect_proposals_fail(RuleId::kMalformedFormatTaken);
    Wayward::on_format = [](PPCPROPERTY_REQUEST r) -> NTSTATUS {
      const bool plain = r->ValueSize >= sizeof(KSDATAFORMAT) && static_cast<KSDATAFORMAT*>(r->Value)->FormatSize < 104;
      return (r->Verb & KSPROPERTY_TYPE_SET) && plain ? STATUS_INVALID_PARAMETER : right_proposal(r);
    };
    expect_proposals_fail(RuleId::kPlainFormatRefused);
  });
}

}  // namespace
}  // namespace portside::verify::testing
