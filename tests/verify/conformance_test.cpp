// The conformance check: each assertion fails on a driver made for it, and the good samples pass them all.

#include <devpropdef.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "client/packet_constraints.h"
#include "portcls/testing/portcls_fixture.h"
#include "verify/all_endpoints.h"
#include "verify/buffer_sizes.h"
#include "verify/campaign.h"
#include "verify/conformance_plan.h"
#include "verify/format_test.h"
#include "verify/latency_test.h"
#include "verify/pin_conformance.h"
#include "verify/pin_properties.h"
#include "verify/position_drift.h"
#include "verify/property_sweep.h"
#include "verify/state_control.h"
#include "verify/topology_test.h"
#include "wayward_miniport.h"

namespace portside::verify::testing {
namespace {

using report::Outcome;
using verifier::RuleId;

constexpr client::AudioFormat kFormat{.rate_hz = 48000, .bits = 16, .channels = 2};

TEST(Drift, OfAStraightLineThereIsNone) {
  std::vector<DriftPoint> points;
  for (int i = 0; i < 100; ++i) points.push_back({100.0 + i * 10, (100.0 + i * 10 - 3) * 192});
  const Drift drift = drift_of(points, 192000);
  EXPECT_NEAR(drift.rate_error_percent, 0, 1e-9);
  EXPECT_NEAR(drift.offset_ms, -3, 1e-9);
  EXPECT_NEAR(drift.largest_error_ms, 0, 1e-9);
}

TEST(Drift, ARateThatIsOffIsMeasured) {
  std::vector<DriftPoint> points;
  for (int i = 0; i < 100; ++i) points.push_back({i * 10.0, i * 10.0 * 192 * 1.02});
  EXPECT_NEAR(drift_of(points, 192000).rate_error_percent, 2, 1e-9);
}

TEST(Drift, ErrorsAreThoseAroundTheLine) {
  std::vector<DriftPoint> points;
  for (int i = 0; i < 100; ++i) points.push_back({i * 10.0, (i * 10.0 + (i % 2 ? 1 : -1)) * 192});
  const Drift drift = drift_of(points, 192000);
  EXPECT_NEAR(drift.rate_error_percent, 0, 0.01);
  EXPECT_NEAR(drift.deviation_ms, 1, 0.01);
  EXPECT_NEAR(drift.largest_error_ms, 1, 0.1);
}

class Conformance : public PortClsMachine {
 protected:
  Conformance() { Wayward::reset(); }

  // The body runs as an application beside the wayward driver.
  void with_driver(const std::function<void()>& body) {
    run([&] {
      FakeDriver::on_start = install_wayward;
      ASSERT_TRUE(start().is_ok());
      const auto filters = client::list_filters();
      ASSERT_TRUE(filters);
      for (const client::FilterInfo& f : *filters)
        if (f.name == "Wayward") filter_ = f;
      for (const client::Endpoint& e : client::endpoints_of(*filters))
        if (e.filter_name == "Wayward") (e.direction == client::Direction::kRender ? render_ : capture_).endpoint = e;
      ASSERT_FALSE(render_.endpoint.name.empty());
      ASSERT_FALSE(capture_.endpoint.name.empty());
      render_.format = capture_.format = kFormat;
      body();
    });
  }
  void clear() { verdicts_ = {}; }
  const report::Assertion& only(std::string_view name) {
    const report::Assertion* found = nullptr;
    for (const report::Assertion& a : verdicts_.assertions)
      if (a.name == name) found = &a;
    EXPECT_TRUE(found) << name;
    static const report::Assertion none;
    return found ? *found : none;
  }
  bool broke(RuleId rule) const {
    return std::ranges::any_of(verdicts_.broken, [&](const BrokenRule& b) { return b.rule == rule; });
  }
  void expect_all(Outcome outcome) {
    EXPECT_FALSE(verdicts_.assertions.empty());
    for (const report::Assertion& a : verdicts_.assertions)
      EXPECT_EQ(a.outcome, outcome) << a.name << ", " << a.subject << ": " << report::name_of(a.outcome) << ": " << a.sentence;
  }
  void expect_broken(std::string_view name, RuleId rule) {
    EXPECT_EQ(only(name).outcome, Outcome::kFailed) << only(name).sentence;
    EXPECT_FALSE(only(name).sentence.empty());
    EXPECT_TRUE(broke(rule)) << verifier::rule(rule).name << " is not broken: " << only(name).sentence;
    for (const BrokenRule& b : verdicts_.broken) EXPECT_EQ(b.rule, rule) << verifier::rule(b.rule).name << " is broken too: " << b.what;
  }
  double measured(std::string_view assertion, std::string_view name) {
    for (const report::Measurement& m : only(assertion).measurements)
      if (m.name == name) return m.value;
    ADD_FAILURE() << name << " was not measured";
    return 0;
  }
  void declare_packets(ULONG least_hns, ULONG most_bytes, ULONG default_frames = 0) {
    KSAUDIO_PACKETSIZE_CONSTRAINTS2 constraints{};
    constraints.MinPacketPeriodInHns = least_hns;
    constraints.PacketSizeFileAlignment = 3;
    constraints.MaxPacketSizeInBytes = most_bytes;
    constraints.NumProcessingModeConstraints = default_frames ? 1 : 0;
    constraints.ProcessingModeConstraints[0] = {AUDIO_SIGNALPROCESSINGMODE_DEFAULT, default_frames, 0};
    io_->interface_properties().set(filter_.symbolic_link, DEVPKEY_KsAudio_PacketSize_Constraints2, 0, DEVPROP_TYPE_BINARY, bytes_of(constraints));
  }

  client::FilterInfo filter_;
  Subject render_, capture_;
  Verdicts verdicts_;
  Tolerances published_;
};

// ---- Positions ----
TEST_F(Conformance, ARightDriverPassesAll) {
  with_driver([&] {
    Wayward::on_format = [](PPCPROPERTY_REQUEST r) { return r->Verb & KSPROPERTY_TYPE_SET ? STATUS_SUCCESS : STATUS_NOT_SUPPORTED; };
    const Tolerances tight = Tolerances::scaled(0.1);
    for (const Subject& subject : {render_, capture_}) {
      test_drift(verdicts_, subject, tight);
      test_latency(verdicts_, subject, tight);
      test_state_control(verdicts_, subject);
      test_buffer_sizes(verdicts_, subject, {});
      test_pin_conformance(verdicts_, subject, true);
      test_format(verdicts_, subject, client::Proposal::kTaken, tight);
    }
    test_all_endpoints(verdicts_, {render_, capture_});
    test_connections(verdicts_, filter_);
    test_node_properties(verdicts_, filter_);
    expect_all(Outcome::kPassed);
    EXPECT_TRUE(verdicts_.broken.empty());
  });
}

TEST_F(Conformance, AClockThatDriftsFails) {
  with_driver([&] {
    Wayward::rate = 1.02;
    test_drift(verdicts_, render_, published_);
    expect_broken("drift and jitter", RuleId::kPositionRateOff);
    EXPECT_NEAR(measured("drift and jitter", "rate error"), 2, 0.05);
    // Within one percent it may; not when the tolerance is tightened.
    clear();
    Wayward::rate = 1.0008;
    test_drift(verdicts_, capture_, published_);
    expect_all(Outcome::kPassed);
    clear();
    test_drift(verdicts_, capture_, Tolerances::scaled(0.05));
    expect_broken("drift and jitter", RuleId::kPositionRateOff);
  });
}

TEST_F(Conformance, APositionThatJumpsFails) {
  with_driver([&] {
    Wayward::jump_ms = 5;
    test_drift(verdicts_, render_, published_);
    expect_broken("drift and jitter", RuleId::kPositionJitters);
    EXPECT_GT(measured("drift and jitter", "largest error"), 2);
  });
}

TEST_F(Conformance, APositionInCoarseStepsFails) {
  with_driver([&] {
    Wayward::grain_ms = 7;
    test_drift(verdicts_, render_, published_);
    expect_broken("drift and jitter", RuleId::kPositionJitters);
    EXPECT_GT(measured("drift and jitter", "standard deviation"), 1);
    // Coarse enough for the earlier edition's case alone.
    clear();
    Wayward::grain_ms = 1.3;
    test_drift(verdicts_, render_, published_);
    EXPECT_EQ(only("drift and jitter").outcome, Outcome::kWarned) << only("drift and jitter").sentence;
    EXPECT_TRUE(verdicts_.broken.empty());
  });
}

TEST_F(Conformance, FiguresOfRealTimeAreToldAndNotJudged) {
  with_driver([&] {
    Wayward::rate = 1.02;
    verdicts_.figures_judged = false;
    test_drift(verdicts_, render_, published_);
    EXPECT_EQ(only("drift and jitter").outcome, Outcome::kNotApplicable);
    EXPECT_NE(only("drift and jitter").sentence.find("not judged"), std::string::npos) << only("drift and jitter").sentence;
    EXPECT_NEAR(measured("drift and jitter", "rate error"), 2, 0.05);
    EXPECT_TRUE(verdicts_.broken.empty());
    // A shape that does not depend on time is judged.
    Wayward::notification = false;
    test_pin_conformance(verdicts_, render_, true);
    EXPECT_EQ(only("pin conformance").outcome, Outcome::kFailed);
  });
}

TEST_F(Conformance, LatencyIsWarnedOf) {
  struct Case {
    double late_ms, ahead_ms;
    const char* says;
  };
  with_driver([&] {
    for (const Case& c : {Case{600, 0, "no position within 500 ms"}, Case{30, 0.5, "lags"}, Case{0, 5, "more than the stream has been in RUN"}}) {
      Wayward::late_ms = c.late_ms;
      Wayward::ahead_ms = c.ahead_ms;
      clear();
      test_latency(verdicts_, render_, published_);
      EXPECT_EQ(only("latency").outcome, Outcome::kWarned) << c.says;
      EXPECT_NE(only("latency").sentence.find(c.says), std::string::npos) << only("latency").sentence;
      EXPECT_TRUE(verdicts_.broken.empty());
    }
  });
}

// ---- States ----
TEST_F(Conformance, APositionThatStandsInRunFails) {
  with_driver([&] {
    Wayward::stands_after_ms = 300;
    test_state_control(verdicts_, render_);
    expect_broken("state control", RuleId::kPositionStandsInRun);
  });
}
TEST_F(Conformance, APositionThatMovesInPauseFails) {
  with_driver([&] {
    Wayward::moves_in_pause = true;
    test_state_control(verdicts_, capture_);
    expect_broken("state control", RuleId::kPositionMovesInPause);
  });
}
TEST_F(Conformance, APositionThatIsKeptInStopFails) {
  with_driver([&] {
    Wayward::keeps_in_stop = true;
    test_state_control(verdicts_, render_);
    expect_broken("state control", RuleId::kPositionKeptInStop);
  });
}
TEST_F(Conformance, AStreamThatRunsOnceFails) {
  with_driver([&] {
    Wayward::runs_once = true;
    test_state_control(verdicts_, render_);
    expect_broken("state control", RuleId::kNoRestart);
  });
}

// ---- Sizes and formats ----
TEST_F(Conformance, PacketsAreReadAsTheDriverDeclaresThem) {
  with_driver([&] {
    EXPECT_FALSE(client::read_packet_constraints(filter_.symbolic_link));
    declare_packets(20'000, 9600, 128);
    const auto constraints = client::read_packet_constraints(filter_.symbolic_link);
    ASSERT_TRUE(constraints);
    EXPECT_EQ(constraints->least_frames(kFormat, AUDIO_SIGNALPROCESSINGMODE_RAW), 96u) << "2 ms";
    EXPECT_EQ(constraints->least_frames(kFormat, AUDIO_SIGNALPROCESSINGMODE_DEFAULT), 128u) << "one processing packet";
    EXPECT_EQ(constraints->most_frames(kFormat), 2400u);
    // 8-bit mono: packets of whole 4 bytes.
    EXPECT_EQ(constraints->least_frames({.rate_hz = 11025, .bits = 8, .channels = 1}, std::nullopt) % 4, 0u);
  });
}
TEST_F(Conformance, ADeclaredPacketThatIsRefusedFails) {
  with_driver([&] {
    declare_packets(20'000, 9600);
    test_buffer_sizes(verdicts_, render_, client::read_packet_constraints(filter_.symbolic_link));
    EXPECT_EQ(only("smallest buffer").outcome, Outcome::kPassed) << only("smallest buffer").sentence;
    EXPECT_EQ(only("largest buffer").outcome, Outcome::kPassed) << only("largest buffer").sentence;
    clear();
    Wayward::least_buffer = 1000;
    test_buffer_sizes(verdicts_, render_, client::read_packet_constraints(filter_.symbolic_link));
    expect_broken("smallest buffer", RuleId::kDeclaredPacketRefused);
    clear();
    Wayward::least_buffer = 0;
    Wayward::most_buffer = 9600;
    test_buffer_sizes(verdicts_, render_, client::read_packet_constraints(filter_.symbolic_link));
    expect_broken("largest buffer", RuleId::kDeclaredPacketRefused);
  });
}
TEST_F(Conformance, TheEnginesPacketIsToBeTakenOthersNeedNot) {
  with_driver([&] {
    Wayward::least_buffer = 3840;
    Wayward::most_buffer = 3840;
    test_buffer_sizes(verdicts_, render_, {});
    EXPECT_EQ(only("10 ms packets").outcome, Outcome::kPassed);
    for (const char* other : {"small buffer", "large buffer", "odd buffer"}) EXPECT_EQ(only(other).outcome, Outcome::kNotApplicable) << only(other).sentence;
    clear();
    Wayward::most_buffer = 3000;
    test_buffer_sizes(verdicts_, render_, {});
    expect_broken("10 ms packets", RuleId::kEnginePacketRefused);
  });
}
TEST_F(Conformance, AFormatThatIsOfferedAndDoesNotStreamFails) {
  with_driver([&] {
    Wayward::refused_rate = 44100;
    render_.format.rate_hz = 44100;
    test_format(verdicts_, render_, client::Proposal::kNotAsked, published_);
    EXPECT_EQ(only("formats and modes").outcome, Outcome::kNotApplicable) << "a range promises nothing";
    clear();
    render_.endpoint.pin.modes.resize(1);
    test_format(verdicts_, render_, client::Proposal::kTaken, published_);
    expect_broken("formats and modes", RuleId::kProposedFormatRefused);
    clear();
    Wayward::refused_rate = 0;
    Wayward::stands_after_ms = 200;
    test_format(verdicts_, render_, client::Proposal::kTaken, published_);
    expect_broken("formats and modes", RuleId::kPositionStandsInRun);
  });
}

// ---- Pins ----
TEST_F(Conformance, APinWithoutEventsFails) {
  with_driver([&] {
    Wayward::notification = false;
    test_pin_conformance(verdicts_, render_, true);
    expect_broken("pin conformance", RuleId::kPinNotEventDriven);
    clear();
    test_pin_conformance(verdicts_, render_, false);
    expect_all(Outcome::kNotApplicable);
  });
}
TEST_F(Conformance, ModesWithoutRawAndDefaultFail) {
  with_driver([&] {
    const auto asked = [&] {
      clear();
      const auto filter = client::read_filter(filter_.symbolic_link);
      ASSERT_TRUE(filter);
      test_pin_properties(verdicts_, *filter, filter->pins[0]);
    };
    asked();
    EXPECT_EQ(only("processing modes").outcome, Outcome::kPassed) << only("processing modes").sentence;
    Wayward::modes = {AUDIO_SIGNALPROCESSINGMODE_COMMUNICATIONS};
    asked();
    expect_broken("processing modes", RuleId::kNoRawOrDefault);
    Wayward::modes = {AUDIO_SIGNALPROCESSINGMODE_RAW, GUID{}};
    asked();
    expect_broken("processing modes", RuleId::kModesMalformed);
    Wayward::modes = {AUDIO_SIGNALPROCESSINGMODE_RAW, AUDIO_SIGNALPROCESSINGMODE_RAW};
    asked();
    EXPECT_EQ(only("processing modes").outcome, Outcome::kWarned) << "no page forbids it";
    EXPECT_TRUE(verdicts_.broken.empty());
  });
}
TEST_F(Conformance, APreferredFormatThatIsNoneOfThePinsFails) {
  with_driver([&] {
    client::AudioFormat preferred = kFormat;
    Wayward::on_format = [&](PPCPROPERTY_REQUEST r) -> NTSTATUS {
      if (r->Verb & KSPROPERTY_TYPE_SET) return STATUS_SUCCESS;
      const std::vector<std::byte> block = client::format_block(preferred);
      if (r->ValueSize == 0) {
        r->ValueSize = static_cast<ULONG>(block.size());
        return STATUS_BUFFER_OVERFLOW;
      }
      if (r->ValueSize < block.size()) return STATUS_BUFFER_TOO_SMALL;
      std::memcpy(r->Value, block.data(), block.size());
      r->ValueSize = static_cast<ULONG>(block.size());
      return STATUS_SUCCESS;
    };
    test_pin_properties(verdicts_, filter_, filter_.pins[0]);
    EXPECT_EQ(only("preferred format").outcome, Outcome::kPassed) << only("preferred format").sentence;
    EXPECT_EQ(only("pin instances").outcome, Outcome::kPassed);
    clear();
    preferred.rate_hz = 96000;
    test_pin_properties(verdicts_, filter_, filter_.pins[0]);
    expect_broken("preferred format", RuleId::kPreferredFormatRefused);
  });
}
TEST_F(Conformance, EndpointsThatDoNotStreamTogetherFail) {
  with_driver([&] {
    Wayward::one_stream = true;
    test_all_endpoints(verdicts_, {render_, capture_});
    expect_broken("all endpoints at once", RuleId::kEndpointsNotTogether);
    clear();
    Wayward::one_stream = false;
    Wayward::stands_after_ms = 50;
    test_all_endpoints(verdicts_, {render_, capture_});
    expect_broken("all endpoints at once", RuleId::kEndpointsNotTogether);
  });
}

// ---- Topology ----
TEST_F(Conformance, ConnectionsThatLeadNowhereFail) {
  with_driver([&] {
    client::FilterInfo filter = filter_;
    filter.connections[0].to_node = 7;
    test_connections(verdicts_, filter);
    EXPECT_TRUE(broke(RuleId::kTopologyBroken)) << only("topology").sentence;
    clear();
    filter = filter_;
    std::swap(filter.connections[2].from_pin, filter.connections[2].to_pin);
    test_connections(verdicts_, filter);
    EXPECT_TRUE(broke(RuleId::kTopologyBroken)) << only("topology").sentence;
    clear();
    filter = filter_;
    filter.connections.pop_back();
    test_connections(verdicts_, filter);
    expect_broken("topology", RuleId::kPinUnreachable);
    clear();
    filter = filter_;
    filter.nodes.push_back({1, KSNODETYPE_MUTE});
    test_connections(verdicts_, filter);
    expect_broken("topology", RuleId::kTopologyBroken);
    clear();
    filter.nodes[0].type = KSNODETYPE_MUTE;
    filter.nodes.resize(1);
    test_node_properties(verdicts_, filter);
    expect_broken("node properties", RuleId::kNodePropertyMissing);
  });
}
TEST_F(Conformance, PhysicalConnectionsThatLeadNowhereFail) {
  with_driver([&] {
    for (const auto& [name, pin] : {std::pair<const char16_t*, uint32_t>{u"\\??\\x\\Nobody", 0}, {u"\\??\\x\\Wayward", 9}, {u"\\??\\x\\Wayward", 1}}) {
      client::FilterInfo filter = filter_;
      filter.pins[2].connection = client::PhysicalConnection{name, pin};
      clear();
      test_physical_connections(verdicts_, {filter});
      expect_broken("physical connection", RuleId::kPhysicalConnectionBroken);
    }
    client::FilterInfo filter = filter_;
    filter.pins[2].connection = client::PhysicalConnection{u"\\??\\x\\Wayward", 0};
    clear();
    test_physical_connections(verdicts_, {filter});
    expect_all(Outcome::kPassed);
  });
}
TEST_F(Conformance, JacksWithAWrongCountFail) {
  with_driver([&] {
    ULONG count = 1;
    Wayward::on_jack = [&](PPCPROPERTY_REQUEST r) -> NTSTATUS {
      struct {
        KSMULTIPLE_ITEM head;
        KSJACK_DESCRIPTION jack;
      } answer{};
      if (*static_cast<ULONG*>(r->Instance) != 2) return STATUS_NOT_SUPPORTED;
      answer.head = {sizeof answer, count};
      if (r->ValueSize < sizeof answer) {
        const bool asks = r->ValueSize == 0;
        r->ValueSize = sizeof answer;
        return asks ? STATUS_BUFFER_OVERFLOW : STATUS_BUFFER_TOO_SMALL;
      }
      std::memcpy(r->Value, &answer, sizeof answer);
      r->ValueSize = sizeof answer;
      return STATUS_SUCCESS;
    };
    client::FilterInfo filter = filter_;
    filter.pins.resize(3);
    test_jacks(verdicts_, filter);
    expect_all(Outcome::kPassed);
    clear();
    count = 2;
    test_jacks(verdicts_, filter);
    expect_broken("jack descriptions", RuleId::kJacksMalformed);
  });
}

// ---- Properties ----
class PropertyConformance : public Conformance {
 protected:
  void sweep_node(const std::function<void()>& judge) {
    with_driver([&] {
      const auto file = client::KsFile::open(filter_.symbolic_link);
      ASSERT_TRUE(file);
      sweep_properties(verdicts_, PropertyTarget(*file, PropertyTarget::Kind::kNode, 0, 1), "the node");
      judge();
    });
  }
  void expect_robustness_fails(RuleId rule) { sweep_node([&] { expect_broken("property robustness", rule); }); }
};

TEST_F(PropertyConformance, ARightHandlerPasses) {
  sweep_node([&] {
    expect_all(Outcome::kPassed);
    EXPECT_GE(measured("property robustness", "properties answered"), 1);
    EXPECT_GT(measured("property robustness", "requests"), 500);
    EXPECT_EQ(Wayward::volume, -5 * 65536) << "as it was";
  });
}
TEST_F(PropertyConformance, AHandlerThatDoesNotLookAtSizesFails) {
  Wayward::on_property = [](PPCPROPERTY_REQUEST r) -> NTSTATUS {
    if (r->Verb == KSPROPERTY_TYPE_SET && r->ValueSize < sizeof(LONG)) return STATUS_SUCCESS;
    return Wayward::volume_of(r);
  };
  expect_robustness_fails(RuleId::kShortBufferTaken);
}
TEST_F(PropertyConformance, AHandlerThatGivesHalfAValueFails) {
  Wayward::on_property = [](PPCPROPERTY_REQUEST r) -> NTSTATUS {
    if (r->Verb != KSPROPERTY_TYPE_GET || r->ValueSize == 0 || r->ValueSize >= sizeof(LONG)) return Wayward::volume_of(r);
    std::memcpy(r->Value, &Wayward::volume, r->ValueSize);
    return STATUS_SUCCESS;
  };
  expect_robustness_fails(RuleId::kShortBufferTaken);
}
TEST_F(PropertyConformance, ARefusalThatChangesTheValueFails) {
  Wayward::on_property = [](PPCPROPERTY_REQUEST r) -> NTSTATUS {
    if (r->Verb == KSPROPERTY_TYPE_SET && r->ValueSize < sizeof(LONG)) Wayward::volume -= 65536;
    return Wayward::volume_of(r);
  };
  expect_robustness_fails(RuleId::kRefusedSetChanged);
}
// What a port refuses before a handler sees it, a driver can still answer that takes requests out of PortCls' hands: drivers hook
// that table.
class HookedConformance : public PropertyConformance {
 protected:
  using Hook = std::function<std::optional<NTSTATUS>(const KSPROPERTY& request, ULONG in, void* value, ULONG out, ULONG_PTR& information)>;
  static inline Hook hook;

  static NTSTATUS NTAPI dispatch(PDEVICE_OBJECT device, PIRP irp) {
    const IO_STACK_LOCATION& at = *IoGetCurrentIrpStackLocation(irp);
    const auto& control = at.Parameters.DeviceIoControl;
    KSPROPERTY request{};
    std::memcpy(&request, control.Type3InputBuffer, std::min<size_t>(sizeof request, control.InputBufferLength));
    ULONG_PTR information = 0;
    if (control.IoControlCode == IOCTL_KS_PROPERTY)
      if (const auto status = hook(request, control.InputBufferLength, irp->UserBuffer, control.OutputBufferLength, information))
        return io::complete_with(irp, *status, information);
    return PcDispatchIrp(device, irp);
  }
  void with_hook(Hook with, const std::function<void()>& body) {
    with_driver([&] {
      hook = std::move(with);
      driver_->MajorFunction[IRP_MJ_DEVICE_CONTROL] = dispatch;
      body();
      driver_->MajorFunction[IRP_MJ_DEVICE_CONTROL] = PcDispatchIrp;
    });
  }
  void sweep_filter() {
    const auto file = client::KsFile::open(filter_.symbolic_link);
    ASSERT_TRUE(file);
    sweep_properties(verdicts_, PropertyTarget(*file, PropertyTarget::Kind::kFilter), "the filter");
  }
  static bool is(const KSPROPERTY& request, const GUID& set, ULONG id) { return request.Set == set && request.Id == id; }
};

TEST_F(HookedConformance, ADriverThatTakesAnyRequestFails) {
  const auto hook_it = [](const KSPROPERTY& r, ULONG, void*, ULONG, ULONG_PTR&) -> std::optional<NTSTATUS> {
    if (is(r, KSPROPSETID_Topology, KSPROPERTY_TOPOLOGY_NODES) && r.Flags == 0x40000000) return STATUS_SUCCESS;
    return std::nullopt;
  };
  with_hook(hook_it, [&] {
    sweep_filter();
    expect_broken("property robustness", RuleId::kUnknownRequestTaken);
  });
}
TEST_F(HookedConformance, ADriverThatKnowsEveryPropertyFails) {
  const auto hook_it = [](const KSPROPERTY& r, ULONG, void*, ULONG, ULONG_PTR&) -> std::optional<NTSTATUS> {
    if (r.Id == 0x7FFF && r.Set == KSPROPSETID_Topology) return STATUS_SUCCESS;
    return std::nullopt;
  };
  with_hook(hook_it, [&] {
    sweep_filter();
    expect_broken("property robustness", RuleId::kUnknownPropertyTaken);
  });
}
TEST_F(HookedConformance, ADriverThatDoesNotLookAtDescriptorsFails) {
  const auto hook_it = [](const KSPROPERTY& r, ULONG in, void*, ULONG, ULONG_PTR&) -> std::optional<NTSTATUS> {
    if (in == sizeof(KSPROPERTY) - 1 && r.Set == KSPROPSETID_Topology) return STATUS_SUCCESS;
    return std::nullopt;
  };
  with_hook(hook_it, [&] {
    sweep_filter();
    expect_broken("property robustness", RuleId::kShortDescriptorTaken);
  });
}
TEST_F(HookedConformance, AFilterThatAnswersWithMoreThanItSaysFails) {
  const auto hook_it = [](const KSPROPERTY& r, ULONG, void* value, ULONG out, ULONG_PTR& information) -> std::optional<NTSTATUS> {
    if (!is(r, KSPROPSETID_General, KSPROPERTY_GENERAL_COMPONENTID) || r.Flags != KSPROPERTY_TYPE_GET || out < 16) return std::nullopt;
    information = 8;
    std::memset(value, 0, 16);
    return STATUS_SUCCESS;
  };
  with_hook(hook_it, [&] {
    sweep_filter();
    EXPECT_TRUE(broke(RuleId::kAnswerBeyondBuffer)) << only("property robustness").sentence;
  });
}
TEST_F(HookedConformance, APinThatIsNotRealTimeFails) {
  const auto hook_it = [](const KSPROPERTY& r, ULONG, void*, ULONG, ULONG_PTR&) -> std::optional<NTSTATUS> {
    if (r.Set == KSPROPSETID_RtAudio) return STATUS_PROPSET_NOT_FOUND;
    return std::nullopt;
  };
  with_hook(hook_it, [&] {
    test_pin_conformance(verdicts_, render_, true);
    expect_broken("pin conformance", RuleId::kPinNotRealTime);
  });
}
TEST_F(HookedConformance, APinThatCannotCountItsInstancesFails) {
  bool answers = true;
  const auto hook_it = [&](const KSPROPERTY& r, ULONG, void* value, ULONG out, ULONG_PTR& information) -> std::optional<NTSTATUS> {
    if (!is(r, KSPROPSETID_Pin, KSPROPERTY_PIN_CINSTANCES) || out < sizeof(KSPIN_CINSTANCES)) return std::nullopt;
    if (!answers) return STATUS_NOT_IMPLEMENTED;
    const KSPIN_CINSTANCES count{1, 2};
    std::memcpy(value, &count, sizeof count);
    information = sizeof count;
    return STATUS_SUCCESS;
  };
  with_hook(hook_it, [&] {
    for (const bool says : {true, false}) {
      answers = says;
      clear();
      test_pin_properties(verdicts_, filter_, filter_.pins[2]);
      expect_broken("pin instances", RuleId::kPinInstancesWrong);
    }
  });
}
TEST_F(HookedConformance, APositionThatIsReadSlowlyFails) {
  const auto hook_it = [](const KSPROPERTY& r, ULONG, void*, ULONG, ULONG_PTR&) -> std::optional<NTSTATUS> {
    if (is(r, KSPROPSETID_Audio, KSPROPERTY_AUDIO_POSITION)) KeStallExecutionProcessor(1500);
    return std::nullopt;
  };
  with_hook(hook_it, [&] {
    test_drift(verdicts_, render_, published_);
    expect_broken("drift and jitter", RuleId::kPositionReadSlow);
  });
}
TEST_F(PropertyConformance, SupportThatDoesNotAgreeFails) {
  Wayward::on_property = [](PPCPROPERTY_REQUEST r) -> NTSTATUS {
    const NTSTATUS status = Wayward::volume_of(r);
    if ((r->Verb & KSPROPERTY_TYPE_BASICSUPPORT) && status == STATUS_SUCCESS) *static_cast<ULONG*>(r->Value) = KSPROPERTY_TYPE_SET;
    return status;
  };
  sweep_node([&] { expect_broken("property support", RuleId::kSupportInconsistent); });
}
TEST_F(PropertyConformance, SupportForWhatIsNotThereFails) {
  Wayward::on_property = [](PPCPROPERTY_REQUEST r) -> NTSTATUS { return r->Verb & KSPROPERTY_TYPE_BASICSUPPORT ? Wayward::volume_of(r) : STATUS_NOT_IMPLEMENTED; };
  sweep_node([&] { expect_broken("property support", RuleId::kSupportInconsistent); });
}
TEST_F(PropertyConformance, AHandlerThatAnswersForPinsThatAreNotThereFails) {
  with_driver([&] {
    Wayward::on_jack = [](PPCPROPERTY_REQUEST r) -> NTSTATUS {
      if (r->Verb & KSPROPERTY_TYPE_BASICSUPPORT) {
        if (r->ValueSize < sizeof(ULONG)) return STATUS_BUFFER_TOO_SMALL;
        *static_cast<ULONG*>(r->Value) = KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_BASICSUPPORT;
        r->ValueSize = sizeof(ULONG);
        return STATUS_SUCCESS;
      }
      if (r->Verb != KSPROPERTY_TYPE_GET) return STATUS_INVALID_PARAMETER;
      if (r->InstanceSize < sizeof(ULONG)) return STATUS_INVALID_PARAMETER;
      const KSMULTIPLE_ITEM none{sizeof none, 0};
      if (r->ValueSize < sizeof none) {
        const bool asks = r->ValueSize == 0;
        r->ValueSize = sizeof none;
        return asks ? STATUS_BUFFER_OVERFLOW : STATUS_BUFFER_TOO_SMALL;
      }
      std::memcpy(r->Value, &none, sizeof none);
      r->ValueSize = sizeof none;
      return STATUS_SUCCESS;
    };
    const auto file = client::KsFile::open(filter_.symbolic_link);
    ASSERT_TRUE(file);
    sweep_properties(verdicts_, PropertyTarget(*file, PropertyTarget::Kind::kPin, 2, 4), "the pin");
    expect_broken("property robustness", RuleId::kWrongTargetTaken);
  });
}

// ---- Whole checks ----
report::CampaignReport check(const host::InstallRequest& driver, Nanoseconds budget, double tolerance = 1) {
  Request request;
  request.driver = driver;
  request.checks = {"conformance"};
  request.budget = budget;
  request.tolerance = tolerance;
  request.command = "portside verify";
  Campaign campaign(request);
  campaign.run_checks();
  return std::move(campaign.report());
}

void expect_clean(const report::CampaignReport& report) {
  for (const report::Assertion& a : report.assertions)
    EXPECT_TRUE(a.outcome != Outcome::kFailed && a.outcome != Outcome::kWarned) << a.name << ", " << a.subject << ": " << a.sentence;
  for (const report::Problem& p : report.problems) ADD_FAILURE() << p.rule().name << ": " << p.what;
  EXPECT_FALSE(report.failed()) << report.broken_off;
}

TEST(ConformanceCheck, TheCablePassesTightTolerances) {
  const auto report = check({.driver = CABLE_SYS}, std::chrono::seconds(2), 0.1);
  expect_clean(report);
  EXPECT_FALSE(report.assertions.empty());
  // And is drawn.
  EXPECT_EQ(report.topology.size(), 4u);
  EXPECT_EQ(report.endpoints.size(), 2u);
  ASSERT_EQ(report.streams.size(), 2u);
  for (const report::StreamPicture& picture : report.streams) {
    EXPECT_EQ(picture.mode, "event");
    EXPECT_EQ(picture.period, std::chrono::milliseconds(10));
    ASSERT_GT(picture.positions.size(), 50u);
    EXPECT_NEAR(static_cast<double>(picture.positions.back().bytes), static_cast<double>(picture.bytes_per_second) / 5, static_cast<double>(picture.bytes_per_second) / 50);
    EXPECT_NEAR(static_cast<double>(picture.notifications.size()), 20, 2);
  }
}

TEST(ConformanceCheck, TheStudioPassesTightTolerances) {
  const auto report = check({.driver = STUDIO_SYS}, std::chrono::seconds(2), 0.1);
  expect_clean(report);
  EXPECT_EQ(report.streams.size(), 5u) << "the loopback's too";
}

TEST(ConformanceCheck, AfterABugCheckItGoesOnInAFreshMachine) {
  // Every stream of this driver ends Windows.
  const auto folder = std::filesystem::temp_directory_path() / "portside_conformance_test";
  std::filesystem::create_directories(folder);
  std::filesystem::copy_file(MISUSE_SYS, folder / "misuse.sys", std::filesystem::copy_options::overwrite_existing);
  std::ofstream(folder / "misuse.inf") << R"([Version]
Signature="$Windows NT$"
Class=MEDIA
ClassGuid={4d36e96c-e325-11ce-bfc1-08002be10318}
Provider="Portside"
DriverVer=11/22/2026,0.1.0.0
[Manufacturer]
"Portside"=Models,NTamd64
[Models.NTamd64]
"Misuse"=Misuse,ROOT\PortsideMisuse
[Misuse.NT]
CopyFiles=Files
[Files]
misuse.sys
[DestinationDirs]
Files=13
[SourceDisksNames]
1="Disk"
[SourceDisksFiles]
misuse.sys=1
[Misuse.NT.Services]
AddService=misuse,2,Service
[Service]
ServiceType=1
StartType=3
ErrorControl=1
ServiceBinary=%13%\misuse.sys
AddReg=Service.AddReg
[Service.AddReg]
HKR,Parameters,Case,,WritePastView
HKR,Parameters,Wrong,0x00010001,1
)";
  const auto report = check({.driver = folder / "misuse.inf"}, std::chrono::seconds(5));
  EXPECT_TRUE(report.broken_off.empty()) << report.broken_off;
  EXPECT_GT(report.runs, 4u);
  EXPECT_TRUE(report.failed());
  // The tests that open no stream are made all the same, and those behind the bug check too.
  const auto outcome = [&](std::string_view name) {
    const auto found = std::ranges::find(report.assertions, name, &report::Assertion::name);
    return found == report.assertions.end() ? Outcome::kNotRun : found->outcome;
  };
  EXPECT_EQ(outcome("topology"), Outcome::kPassed);
  EXPECT_EQ(outcome("state control"), Outcome::kFailed);
  EXPECT_EQ(outcome("formats and modes"), Outcome::kFailed);
  EXPECT_NE(outcome("property robustness"), Outcome::kNotRun);
  // One cause, however many machines it ended.
  EXPECT_EQ(std::ranges::count_if(report.problems, [](const report::Problem& p) { return p.bug_check.has_value(); }), 1);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace portside::verify::testing
