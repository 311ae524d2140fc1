#pragma once
// A report with every field filled, hostile strings among them: what the renderers are tested with.

#include <string>

#include "report/campaign.h"

namespace portside::report {

inline constexpr const char* kHostile = "<script>alert(1)</script> \"quoted\" & 'so' \x01 \xFF ]]> \xF0\x9F\x94\x8A";

// `source` is a file that can be read, and is long enough: its lines 10, 20 and 30 are the places.
inline CampaignReport full_report(const std::string& source) {
  CampaignReport report;
  report.portside_version = "0.9";
  report.command = "portside verify --driver 'my driver.inf'";
  report.driver = "hostile<driver>.sys";
  report.inf = "hostile.inf";
  report.endpoints = {"Speaker", kHostile};
  report.seed = 7;
  report.wall_seconds = 12.5;
  report.budget_seconds = 60;
  report.machine_time = std::chrono::seconds(93);
  report.runs = 12'345;

  const auto frame = [&](const char* function, uint32_t line) {
    return SourceFrame{"hostile.sys", function, source, line, 0x1000 + line, line == 20};
  };
  const SourceFrame unknown{"hostile.sys", "", "", 0, 0xBEEF, false};
  const SourceFrame elsewhere{"hostile.sys", "Stream::<lambda>(int)", "C:\\build\\driver\\stream.cpp", 12, 0x77, false};

  Problem freed;
  freed.rule_id = verifier::RuleId::kFreedWhileMapped;
  freed.what = "FreePagesFromMdl: MDL 0x200000061fc0 (#1) was freed while its view 0x200000064000 was mapped.";
  freed.stacks = {{"freed by", {frame("Stream::free_buffer(_MDL*)", 10), unknown}},
                  {"allocated by", {frame("Stream::allocate_buffer", 20), elsewhere}},
                  {"mapped by", {}}};
  freed.facts = {{"object", "MDL #1: 4096 bytes in 1 pages"}, {kHostile, kHostile}};
  freed.when = std::chrono::microseconds(12'345);
  freed.thread = kHostile;
  freed.irql = 0;
  freed.times = 6, freed.runs = 2;
  freed.first = {"rules", "each endpoint, twice", 7, "",
                 "portside verify --driver 'my driver.inf' --checks rules --seed 7"};
  freed.timeline = 0;

  Problem crash;
  crash.rule_id = verifier::RuleId::kBugCheck;
  crash.what = "a read of address 0x18 (a null pointer) at DISPATCH_LEVEL";
  crash.stacks = {{"stopped in", {frame("Stream::on_timer", 30), frame("Stream::advance", 20)}}};
  crash.facts = {{"bug check", "0xD1 DRIVER_IRQL_NOT_LESS_OR_EQUAL (0x18, 0x2, 0x0, 0x7ff612341000)"}};
  crash.when = std::chrono::microseconds(20'000);
  crash.thread = "client", crash.irql = 2;
  crash.first = {"schedules", "open and close while notifications fire", 4711, "",
                 "portside verify --driver 'my driver.inf' --checks schedules --seed 4711"};
  crash.bug_check = BugCheckPage{0xD1,
                                 "DRIVER_IRQL_NOT_LESS_OR_EQUAL",
                                 {0x18, 2, 0, 0x7ff612341000},
                                 crash.what,
                                 "client",
                                 1,
                                 2,
                                 crash.when,
                                 crash.stacks[0]};
  crash.timeline = 1;

  // Without frames: what a check found, and no place in the driver.
  Problem tag;
  tag.rule_id = verifier::RuleId::kPoolWrongTag;
  tag.what = "a block was allocated with one tag and freed with another";
  tag.first = {"faults", "play", 9, "pool, stack 17",
               "portside verify --driver 'my driver.inf' --checks faults --seed 9"};
  // In the same function as the first one.
  Problem again = freed;
  again.stacks = {{"freed by", {frame("Stream::free_buffer(_MDL*)", 11)}}};
  again.timeline.reset();
  report.problems = {tag, freed, again, crash};

  report.assertions = {
      {"conformance",
       "drift and jitter",
       "Speaker, 48000/16/2, default, 10 ms",
       Outcome::kPassed,
       "",
       {{"rate error", 0.01, "%", 1.0}, {"jitter", 0.2, "ms", std::nullopt}},
       "",
       0.5},
      {"conformance",
       "drift and jitter",
       kHostile,
       Outcome::kFailed,
       kHostile,
       {{"rate error", 3.5, "%", 1.0}},
       "audio/low-latency-audio",
       0.25},
      {"conformance", "latency", "Microphone", Outcome::kWarned, "position above the run time", {}, "", 0},
      {"conformance", "packets", "Microphone", Outcome::kNotApplicable, "the driver has no packet mode", {}, "", 0},
      {"life", "surprise removal", "RUN", Outcome::kNotRun, "the budget ended", {}, "", 0}};
  for (int rate = 1; rate <= 12; ++rate)
    report.assertions.push_back(
        {"conformance", "position moves", std::to_string(rate * 8000) + "/16/2", Outcome::kPassed, "", {}, "", 0});
  report.checks = {{"rules", 4, 4, 0.1, ""},
                   {"conformance", 40, 40, 3, ""},
                   {"faults", 240, 120, 5, "the budget ended after 120 of 240 faults"},
                   {"schedules", 200, 200, 4, ""},
                   {"life", 9, 0, 0, ""}};

  TopologyFilter wave{"Wave",
                      {{0, true, true, "Speaker", "KSCATEGORY_AUDIO", std::nullopt, 0},
                       {1, false, false, "", "KSCATEGORY_AUDIO", "Topology", 0}},
                      {{0, "KSNODETYPE_VOLUME"}, {1, kHostile}},
                      {}};
  wave.connections = {{{std::nullopt, 0}, {0, 1}}, {{0, 0}, {1, 1}}, {{1, 0}, {std::nullopt, 1}}};
  TopologyFilter topology{"Topology",
                          {{0, true, false, "From wave", "", "Wave", 1},
                           {1, false, false, kHostile, "KSNODETYPE_SPEAKER", std::nullopt, 0}},
                          {},
                          {}};
  topology.connections = {{{std::nullopt, 0}, {std::nullopt, 1}}};
  report.topology = {wave, topology};

  StreamPicture stream{kHostile, "48000/16/2", "event", 192'000, 3840, {}, {}, std::chrono::milliseconds(10)};
  for (int i = 0; i <= 100; ++i) {
    stream.positions.push_back({std::chrono::milliseconds(i), static_cast<uint64_t>(i * 192 + (i % 7) * 3)});
    if (i % 10 == 0)
      stream.notifications.push_back(std::chrono::milliseconds(i) + std::chrono::microseconds((i * 37) % 90));
  }
  report.streams = {stream, {"Silent", "44100/16/2", "timer", 176'400, 0, {}, {}, {}}};

  using Kind = TimelineEvent::Kind;
  const auto at = [](int microseconds) { return Nanoseconds(std::chrono::microseconds(microseconds)); };
  Timeline rules{freed.first, {{1, "client"}, {2, kHostile}, {3, ""}}, {}, true};
  rules.events = {{Kind::kDpcEnd, at(1), 1, 0, 2, "", 1},
                  {Kind::kSwitch, at(2), 1, 0, 0, "client", 1},
                  {Kind::kCall, at(3), 1, 0, 0, "KeSetTimer", 0},
                  {Kind::kCall, at(4), 1, 0, 0, "KeSetTimer", 0},
                  {Kind::kIrql, at(5), 1, 0, 2, "", 0},
                  {Kind::kDpcStart, at(10'005), 1, 0, 2, "", 2},
                  {Kind::kCall, at(10'006), 1, 0, 2, kHostile, 0},
                  {Kind::kDpcEnd, at(10'007), 1, 0, 2, "", 2},
                  {Kind::kIrql, at(10'008), 1, 0, 0, "", 2},
                  {Kind::kSwitch, at(10'009), 2, 1, 0, kHostile, 2},
                  {Kind::kFinding, at(12'345), 2, 1, 0, "FreedWhileMapped", 0},
                  {Kind::kThreadEnd, at(12'346), 2, 1, 0, "", 2}};
  Timeline schedules{crash.first, {{1, "client"}}, {}, false};
  for (int i = 0; i < 300; ++i)
    schedules.events.push_back({Kind::kCall, at(i * 10), 1, 1, static_cast<uint8_t>(i % 40 == 0 ? 5 : 0),
                                i % 2 ? "KeQueryPerformanceCounter" : "KeAcquireSpinLockRaiseToDpc", 0});
  schedules.events.push_back({Kind::kDpcStart, at(19'990), 1, 1, 2, "", 3});
  schedules.events.push_back({Kind::kBugCheck, at(20'000), 1, 1, 2, "", 0xD1});
  report.timelines = {rules, schedules};

  report.coverage = {{source, {std::nullopt, 3, 0, 1'234'567, std::nullopt}},
                     {"C:\\build\\driver\\stream.cpp", {0, 0, 1}}};
  return report;
}

}  // namespace portside::report
