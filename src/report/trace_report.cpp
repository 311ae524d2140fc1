#include "report/trace_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "report/problem_text.h"

namespace portside::report {
namespace {

using nlohmann::json;
using Kind = TimelineEvent::Kind;

// Tracks within a run's process: threads keep their own numbers, processors come far below them.
constexpr uint64_t kProcessorTrack = 1'000'000, kDpcTrack = 2'000'000;

double microseconds(Nanoseconds time) { return static_cast<double>(time.count()) / 1000.0; }

class Run {
 public:
  Run(json& events, const Timeline& timeline, size_t number) : events_(events), timeline_(timeline), pid_(number) {}

  void write() {
    name("process_name", 0, run_text(timeline_.run));
    for (const auto& [id, thread] : timeline_.threads)
      name("thread_name", id, thread.empty() ? fmt::format("thread {}", id) : fmt::format("{} ({})", thread, id));
    for (const TimelineEvent& event : timeline_.events) add(event);
    // What is open where the recording ends, ends there: every slice that is begun is ended.
    const Nanoseconds end = timeline_.events.empty() ? Nanoseconds(0) : timeline_.events.back().when;
    for (auto& [track, open] : open_)
      if (open) close(track, end);
  }

 private:
  void name(const char* what, uint64_t tid, const std::string& text) {
    events_.push_back({{"ph", "M"}, {"name", what}, {"pid", pid_}, {"tid", tid}, {"args", {{"name", text}}}});
  }

  void open(uint64_t track, const std::string& track_name, const std::string& what, const char* category,
            Nanoseconds when) {
    if (named_.insert({track, true}).second) name("thread_name", track, track_name);
    if (open_[track]) close(track, when);
    events_.push_back(
        {{"ph", "B"}, {"name", what}, {"cat", category}, {"pid", pid_}, {"tid", track}, {"ts", microseconds(when)}});
    open_[track] = what;
  }

  void close(uint64_t track, Nanoseconds when) {
    events_.push_back(
        {{"ph", "E"}, {"name", *open_[track]}, {"pid", pid_}, {"tid", track}, {"ts", microseconds(when)}});
    open_[track].reset();
  }

  void instant(const TimelineEvent& event, const std::string& what, const char* category, const char* scope) {
    events_.push_back({{"ph", "i"},
                       {"s", scope},
                       {"name", what},
                       {"cat", category},
                       {"pid", pid_},
                       {"tid", event.thread_id},
                       {"ts", microseconds(event.when)},
                       {"args", {{"processor", event.processor}, {"irql", event.irql}}}});
  }

  void add(const TimelineEvent& event) {
    const uint64_t processor = kProcessorTrack + event.processor, dpcs = kDpcTrack + event.processor;
    switch (event.kind) {
      case Kind::kCall: return instant(event, event.name, "call", "t");
      case Kind::kThreadStart: return instant(event, "thread starts", "thread", "t");
      case Kind::kThreadEnd: return instant(event, "thread ends", "thread", "t");
      case Kind::kTimer: return instant(event, "timer expires", "timer", "t");
      case Kind::kBugCheck: return instant(event, fmt::format("bug check 0x{:X}", event.detail), "finding", "g");
      case Kind::kFinding: return instant(event, event.name, "finding", "p");
      case Kind::kSwitch:
        return open(processor, fmt::format("processor {}", event.processor),
                    event.name.empty() ? fmt::format("thread {}", event.thread_id) : event.name, "running", event.when);
      case Kind::kDpcStart:
        return open(dpcs, fmt::format("processor {}: DPCs", event.processor), "DPC", "dpc", event.when);
      case Kind::kDpcEnd:
        // One that had begun before the recording is not known.
        if (open_[dpcs]) close(dpcs, event.when);
        return;
      case Kind::kIrql:
        events_.push_back({{"ph", "C"},
                           {"name", fmt::format("IRQL of processor {}", event.processor)},
                           {"pid", pid_},
                           {"tid", 0},
                           {"ts", microseconds(event.when)},
                           {"args", {{"IRQL", event.irql}}}});
        return;
    }
  }

  json& events_;
  const Timeline& timeline_;
  size_t pid_;
  std::map<uint64_t, std::optional<std::string>> open_;
  std::map<uint64_t, bool> named_;
};

}  // namespace

std::string to_trace(const CampaignReport& report) {
  json events = json::array();
  for (size_t i = 0; i < report.timelines.size(); ++i) Run(events, report.timelines[i], i + 1).write();
  const json trace = {{"traceEvents", std::move(events)},
                      {"displayTimeUnit", "ns"},
                      {"otherData", {{"driver", report.driver}, {"portside", report.portside_version}}}};
  return trace.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace portside::report
