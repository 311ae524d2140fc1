#pragma once
// For tests: an application beside the wayward driver, and what the conformance tests say of it.

#include <gtest/gtest.h>

#include <devpropdef.h>

#include <algorithm>

#include "client/packet_constraints.h"
#include "portcls/testing/portcls_fixture.h"
#include "verify/test_stream.h"
#include "verify/tolerances.h"
#include "verify/verdicts.h"
#include "wayward_miniport.h"

namespace portside::verify::testing {

using report::Outcome;
using verifier::RuleId;

inline constexpr client::AudioFormat kFormat{.rate_hz = 48000, .bits = 16, .channels = 2};

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
      EXPECT_EQ(a.outcome, outcome) << a.name << ", " << a.subject << ": " << report::name_of(a.outcome) << ": "
                                    << a.sentence;
  }
  // Of an assertion that breaks it.
  static Outcome outcome_of(RuleId rule) {
    return verifier::rule(rule).grade == verifier::Grade::kViolation ? Outcome::kFailed : Outcome::kWarned;
  }
  void expect_broken(std::string_view name, RuleId rule) {
    EXPECT_EQ(only(name).outcome, outcome_of(rule)) << only(name).sentence;
    EXPECT_FALSE(only(name).sentence.empty());
    EXPECT_TRUE(broke(rule)) << verifier::rule(rule).name << " is not broken: " << only(name).sentence;
    for (const BrokenRule& b : verdicts_.broken)
      EXPECT_EQ(b.rule, rule) << verifier::rule(b.rule).name << " is broken too: " << b.what;
  }
  double measured(std::string_view assertion, std::string_view name) {
    for (const report::Measurement& m : only(assertion).measurements)
      if (m.name == name) return m.value;
    ADD_FAILURE() << name << " was not measured";
    return 0;
  }
  void declare_packets(ULONG least_hns, ULONG most_bytes, ULONG default_frames = 0,
                       const DEVPROPKEY& key = DEVPKEY_KsAudio_PacketSize_Constraints2) {
    KSAUDIO_PACKETSIZE_CONSTRAINTS2 constraints{};
    constraints.MinPacketPeriodInHns = least_hns;
    constraints.PacketSizeFileAlignment = 3;
    constraints.MaxPacketSizeInBytes = most_bytes;
    constraints.NumProcessingModeConstraints = default_frames ? 1 : 0;
    constraints.ProcessingModeConstraints[0] = {AUDIO_SIGNALPROCESSINGMODE_DEFAULT, default_frames, 0};
    io_->interface_properties().set(filter_.symbolic_link, key, 0, DEVPROP_TYPE_BINARY, bytes_of(constraints));
  }

  client::FilterInfo filter_;
  Subject render_, capture_;
  Verdicts verdicts_;
  Tolerances published_;
};

}  // namespace portside::verify::testing
