#include "verify/timeline_recorder.h"

#include <gtest/gtest.h>

#include "verify/coverage_tally.h"

namespace portside::verify {
namespace {

using kernel::TraceEvent;
using kernel::TraceKind;
using Kind = report::TimelineEvent::Kind;

verifier::Finding finding_at(int64_t nanoseconds) {
  verifier::Finding finding;
  finding.rule_id = verifier::RuleId::kFreedWhileMapped;
  finding.when = Nanoseconds(nanoseconds);
  return finding;
}

void calls(TimelineRecorder& recorder, int64_t from, int64_t to) {
  for (int64_t i = from; i < to; ++i)
    recorder.on_event(TraceEvent{TraceKind::kApiCall, 0, 0, 4, Nanoseconds(i * 10), "KeSetTimer", 0});
}

TEST(TimelineRecorder, KeepsTheLastEventsAndSaysThatSomeAreGone) {
  TimelineRecorder recorder(100);
  calls(recorder, 0, 250);
  const report::Timeline timeline = recorder.timeline({}, {});
  ASSERT_EQ(timeline.events.size(), 100u);
  EXPECT_TRUE(timeline.truncated);
  EXPECT_EQ(timeline.events.front().when, Nanoseconds(1500));
  EXPECT_EQ(timeline.events.back().when, Nanoseconds(2490));
  recorder.clear();
  EXPECT_TRUE(recorder.timeline({}, {}).events.empty());
}

TEST(TimelineRecorder, TheWindowIsAroundTheFirstFinding) {
  TimelineRecorder recorder(1000);
  calls(recorder, 0, 1000);
  const verifier::Finding findings[] = {finding_at(5005), finding_at(9000)};
  const report::Timeline timeline = recorder.timeline({}, findings, 100);
  ASSERT_EQ(timeline.events.size(), 101u) << "a hundred, and the first finding among them; the second lies behind";
  EXPECT_TRUE(timeline.truncated);
  EXPECT_EQ(timeline.events.front().when, Nanoseconds(4260));
  const auto mark = std::ranges::find(timeline.events, Kind::kFinding, &report::TimelineEvent::kind);
  ASSERT_NE(mark, timeline.events.end());
  EXPECT_EQ(mark->name, "FreedWhileMapped");
  EXPECT_EQ(std::prev(mark)->when, Nanoseconds(5000));
  EXPECT_EQ(std::next(mark)->when, Nanoseconds(5010));
}

TEST(TimelineRecorder, ABugCheckIsShownWhateverWasFoundBefore) {
  TimelineRecorder recorder(1000);
  calls(recorder, 0, 900);
  recorder.on_event(
      TraceEvent{TraceKind::kBugCheck, 0, 2, 4, Nanoseconds(9000), "DRIVER_IRQL_NOT_LESS_OR_EQUAL", 0xD1});
  const verifier::Finding findings[] = {finding_at(1005), finding_at(9000)};
  const report::Timeline timeline = recorder.timeline({}, findings, 100);
  EXPECT_EQ(std::ranges::count(timeline.events, Kind::kBugCheck, &report::TimelineEvent::kind), 1);
  EXPECT_GE(timeline.events.front().when, Nanoseconds(7900));
}

TEST(TimelineRecorder, AFindingAtTheVeryEndIsShown) {
  TimelineRecorder recorder(100);
  calls(recorder, 0, 50);
  const verifier::Finding findings[] = {finding_at(1'000'000)};
  EXPECT_EQ(recorder.timeline({}, findings).events.back().kind, Kind::kFinding);
  EXPECT_FALSE(recorder.timeline({}, findings).truncated);
}

TEST(TimelineRecorder, ThreadsHaveTheirNamesThoughTheyAreGone) {
  TimelineRecorder recorder(100);
  {
    const std::string name = "a thread that ends before the report is made";
    recorder.on_event(TraceEvent{TraceKind::kThreadSwitch, 1, 0, 3, Nanoseconds(5), name.c_str(), 7});
  }
  recorder.on_event(TraceEvent{TraceKind::kWait, 1, 0, 7, Nanoseconds(6), "", 1});
  const report::Timeline timeline = recorder.timeline({}, {});
  ASSERT_EQ(timeline.events.size(), 1u) << "waits show in the switches that follow them";
  EXPECT_EQ(timeline.events[0].thread_id, 7u) << "who runs from now on";
  EXPECT_EQ(timeline.events[0].name, "a thread that ends before the report is made");
  ASSERT_EQ(timeline.threads.size(), 1u);
}

TEST(ParseLcov, ReadsCountsByLineAndNothingElse) {
  const auto files = parse_lcov(
      "SF:a.cpp\nFN:1,f\nDA:2,3\nDA:4,0\nDA:2,4\nend_of_record\nSF:b.cpp\nDA:99999999999,1\nDA:x,1\nDA:7\nDA:0,1\n");
  ASSERT_EQ(files.size(), 2u);
  EXPECT_EQ(files[0].path, "a.cpp");
  EXPECT_EQ(files[0].counts, (std::vector<std::optional<uint64_t>>{std::nullopt, 7, std::nullopt, 0}));
  EXPECT_TRUE(files[1].counts.empty()) << "lines that cannot be are no lines";
}

}  // namespace
}  // namespace portside::verify
