// An audio engine's node, as `portside verify` asks it.

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "client/topology.h"
#include "portcls/testing/engine_fixture.h"
#include "verify/engine_test.h"

namespace portside::verify {
namespace {

using portcls::testing::FakeEngine;
using portcls::testing::kOffloadPin;
using Engine = portcls::testing::EngineMachine;

// What was said of the device's formats.
std::vector<std::string> told(const Verdicts& verdicts) {
  std::vector<std::string> sentences;
  for (const BrokenRule& broken : verdicts.broken)
    if (broken.rule == verifier::RuleId::kEngineNodeInconsistent) sentences.push_back(broken.what);
  return sentences;
}

std::optional<client::FilterInfo> find_engine() {
  const auto filters = client::list_filters();
  if (!filters) return std::nullopt;
  const auto engine = std::ranges::find_if(*filters, [](const client::FilterInfo& f) { return f.engine.has_value(); });
  return engine == filters->end() ? std::nullopt : std::optional(*engine);
}

bool refused(const std::vector<std::string>& sentences, const char* property) {
  return std::ranges::any_of(
      sentences, [&](const std::string& what) { return what.starts_with(std::string("asked for ") + property); });
}

TEST_F(Engine, ThatRefusesToSayItsFormatIsTold) {
  with_pin(kOffloadPin, [&] {
    const auto engine = find_engine();
    ASSERT_TRUE(engine);
    Verdicts before, verdicts;
    test_engine(before, *engine);
    EXPECT_FALSE(refused(told(before), "KSPROPERTY_AUDIOENGINE_DEVICEFORMAT"));
    FakeEngine::status = STATUS_UNSUCCESSFUL;
    test_engine(verdicts, *engine);
    EXPECT_TRUE(refused(told(verdicts), "KSPROPERTY_AUDIOENGINE_DEVICEFORMAT"));
    // The refusal is what is said, and nothing of a property that is not there.
    for (const report::Assertion& assertion : verdicts.assertions)
      EXPECT_EQ(assertion.sentence.find("does not name"), std::string::npos) << assertion.sentence;
  });
}

// What an assertion came to.
std::string outcome_of(const Verdicts& verdicts, std::string_view name) {
  for (const report::Assertion& assertion : verdicts.assertions)
    if (assertion.name == name) return assertion.outcome == report::Outcome::kPassed ? "passed" : assertion.sentence;
  return "not made";
}

TEST_F(Engine, WhoseEffectsAreNotWhatItTellsIsTold) {
  with_pin(kOffloadPin, [&] {
    const auto engine = find_engine();
    ASSERT_TRUE(engine);
    Verdicts right, forgets, refuses;
    test_engine(right, *engine);
    EXPECT_EQ(outcome_of(right, "global effects"), "passed");
    FakeEngine::gfx_kept = false;
    test_engine(forgets, *engine);
    EXPECT_NE(outcome_of(forgets, "global effects").find("are switched on, and read as off"), std::string::npos);
    FakeEngine::gfx_status = STATUS_INVALID_PARAMETER;
    test_engine(refuses, *engine);
    EXPECT_NE(outcome_of(refuses, "global effects").find("are off, and set to that it answers"), std::string::npos);
  });
}

}  // namespace
}  // namespace portside::verify
