#pragma once
// CampaignReport: all that `portside verify` has to say of a driver, with nothing left of the machines it ran in: plain
// data, which the renderers of this layer (text, HTML, JUnit, SARIF, trace) turn into what a person or a program reads.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "report/symbols.h"
#include "verifier/finding.h"

namespace portside::report {

// One run of one machine, and how it is made again.
struct RunName {
  std::string check;     // "conformance", "life", "faults", "schedules"
  std::string scenario;  // "play Speaker 48000/16/2 by events"
  uint64_t seed = 1;
  std::string fault;   // what was made to fail: "pool, stack 17"; empty: nothing
  std::string replay;  // the command line that makes this run again
};

struct ResolvedStack {
  std::string label;  // "mapped by"
  std::vector<SourceFrame> frames;
};

// A bug check as `!analyze -v` would show it.
struct BugCheckPage {
  uint32_t code = 0;
  std::string name;  // "DRIVER_IRQL_NOT_LESS_OR_EQUAL"; may be empty
  std::array<uint64_t, 4> parameters{};
  std::string sentence;
  std::string thread;
  uint32_t processor = 0;
  unsigned irql = 0;
  Nanoseconds when{0};
  ResolvedStack stack;
};

// A cause: a rule broken at one place, however many runs saw it.
struct Problem {
  verifier::RuleId rule_id{};
  std::string what;                   // of the first time
  std::vector<ResolvedStack> stacks;  // the first is where the rule was broken
  std::vector<verifier::Fact> facts;
  Nanoseconds when{0};
  std::string thread;
  unsigned irql = 0;
  uint64_t times = 1;                     // in all runs together
  uint64_t runs = 1;                      // in which it was seen
  RunName first;                          // where it was seen first
  std::optional<BugCheckPage> bug_check;  // when it ended the machine
  std::optional<size_t> timeline;         // of CampaignReport::timelines: what happened around the first time

  const verifier::Rule& rule() const { return verifier::rule(rule_id); }
};

enum class Outcome : uint8_t {
  kPassed,
  kFailed,
  kWarned,         // it breaks no more than a deviation or advice
  kNotApplicable,  // the driver does not offer what would be tested, and need not
  kNotRun,         // the budget ended before it, or it needs what an earlier failure took away
};
const char* name_of(Outcome outcome);  // "passed"

struct Measurement {
  std::string name;  // "rate error"
  double value = 0;
  std::string unit;  // "%"
  std::optional<double> limit;
};

// One assertion about one subject.
struct Assertion {
  std::string check;    // "conformance"
  std::string name;     // "drift and jitter"
  std::string subject;  // "Speaker, 48000/16/2, default, 10 ms"
  Outcome outcome = Outcome::kPassed;
  std::string sentence;  // why it failed, warned, was left out; empty when it passed
  std::vector<Measurement> measurements;
  std::string page;  // that states it: a path as in rules.inc
  double wall_seconds = 0;
};

// How far a check went.
struct CheckSummary {
  std::string check;
  uint64_t planned = 0, run = 0;  // runs of machines
  double wall_seconds = 0;
  std::string note;  // "the budget ended after 120 of 240 faults"
};

// The driver's topology, to be drawn.
struct TopologyNode {
  uint32_t id = 0;
  std::string type;  // "KSNODETYPE_VOLUME"
};
struct TopologyPin {
  uint32_t id = 0;
  bool in = false, host = false;
  std::string name, category;
  std::optional<std::string> connected_filter;  // physical connection
  uint32_t connected_pin = 0;
};
struct TopologyEnd {
  std::optional<uint32_t> node;  // none: the filter's own pin
  uint32_t pin = 0;
};
struct TopologyFilter {
  std::string name;
  std::vector<TopologyPin> pins;
  std::vector<TopologyNode> nodes;
  std::vector<std::pair<TopologyEnd, TopologyEnd>> connections;
};

// A stream as a client saw it, to be drawn.
struct StreamPicture {
  std::string endpoint, format, mode;  // "48000/16/2", "event"
  uint64_t bytes_per_second = 0, buffer_bytes = 0;
  struct Point {
    Nanoseconds when{0};  // since RUN
    uint64_t bytes = 0;   // played or recorded since RUN
  };
  std::vector<Point> positions;
  std::vector<Nanoseconds> notifications;  // since RUN
  Nanoseconds period{0};                   // between notifications as it should be; 0: none were asked for
};

// What happened in one run, in order, for a timeline and for ui.perfetto.dev.
struct TimelineEvent {
  enum class Kind : uint8_t {
    kCall,
    kThreadStart,
    kThreadEnd,
    kSwitch,
    kDpcStart,
    kDpcEnd,
    kIrql,
    kTimer,
    kBugCheck,
    kFinding
  };
  Kind kind{};
  Nanoseconds when{0};
  uint64_t thread_id = 0;
  uint8_t processor = 0;
  uint8_t irql = 0;
  std::string name;  // of the call, the thread, the rule
  uint64_t detail = 0;
};
struct Timeline {
  RunName run;
  std::vector<std::pair<uint64_t, std::string>> threads;
  std::vector<TimelineEvent> events;
  bool truncated = false;
};

struct CoverageFile {
  std::string path;
  std::vector<std::optional<uint64_t>> counts;  // a line each, from line 1; none: no code
};

struct CampaignReport {
  std::string portside_version;
  std::string command;      // "portside verify --driver cable.inf"
  std::string driver, inf;  // file names
  std::vector<std::string> endpoints;
  uint64_t seed = 1;
  double wall_seconds = 0, budget_seconds = 0;
  Nanoseconds machine_time{0};
  uint64_t runs = 0;

  std::vector<Problem> problems;
  std::vector<Assertion> assertions;
  std::vector<CheckSummary> checks;

  std::vector<TopologyFilter> topology;
  std::vector<StreamPicture> streams;
  std::vector<Timeline> timelines;
  std::vector<CoverageFile> coverage;
  std::string coverage_note;  // why there is none though the driver was built for it
  bool strict = false;        // deviations fail it as well
  // What ended the campaign before its time: the driver does not install. Empty: nothing.
  std::string broken_off;

  // A violation, a failed assertion or what broke it off; where it is strict, a deviation too.
  bool failed() const;
  // "clean", "2 violations, 1 deviation; 3 of 120 assertions failed".
  std::string verdict() const;
};

}  // namespace portside::report
