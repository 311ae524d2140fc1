#include "report/timeline_steps.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace portside::report {

std::vector<Step> steps_of(const Timeline& timeline) {
  using Kind = TimelineEvent::Kind;
  std::map<uint64_t, std::string> names;
  for (const auto& [id, name] : timeline.threads) names[id] = name.empty() ? fmt::format("thread {}", id) : name;
  std::map<uint8_t, unsigned> in_dpc;  // nesting, a processor each
  std::vector<Step> out;
  for (const TimelineEvent& event : timeline.events) {
    Step step{event.when,
              event.processor,
              event.irql,
              in_dpc[event.processor] > 0 ? std::string("DPC") : names[event.thread_id],
              "",
              1,
              Step::Kind::kEvent};
    switch (event.kind) {
      case Kind::kCall: step.text = event.name, step.kind = Step::Kind::kCall; break;
      case Kind::kThreadStart: step.text = "thread starts"; break;
      case Kind::kThreadEnd: step.text = "thread ends"; break;
      case Kind::kTimer: step.text = "timer expires"; break;
      case Kind::kDpcStart:
        ++in_dpc[event.processor];
        step.text = "DPC begins", step.lane = "DPC";
        break;
      case Kind::kDpcEnd:
        if (in_dpc[event.processor] > 0) --in_dpc[event.processor];
        step.text = "DPC ends", step.lane = "DPC";
        break;
      case Kind::kBugCheck:
        step.text = fmt::format("bug check 0x{:X}", event.detail), step.kind = Step::Kind::kBugCheck;
        break;
      case Kind::kFinding: step.text = event.name, step.kind = Step::Kind::kFinding; break;
      case Kind::kSwitch:
      case Kind::kIrql: continue;
    }
    if (!out.empty() && step.kind == Step::Kind::kCall) {
      Step& last = out.back();
      if (last.kind == step.kind && last.text == step.text && last.lane == step.lane &&
          last.processor == step.processor && last.irql == step.irql) {
        ++last.times;
        continue;
      }
    }
    out.push_back(std::move(step));
  }
  return out;
}

std::span<const Step> window_of(const std::vector<Step>& steps, size_t most) {
  if (steps.size() <= most) return steps;
  auto mark = std::ranges::find_if(
      steps, [](const Step& s) { return s.kind == Step::Kind::kFinding || s.kind == Step::Kind::kBugCheck; });
  size_t before = most * 3 / 4;
  if (mark == steps.end()) {
    mark = std::ranges::find(steps, "DPC begins", &Step::text);
    before = most / 4;
  }
  const size_t at = mark == steps.end() ? 0 : static_cast<size_t>(mark - steps.begin());
  const size_t first = std::min(at > before ? at - before : 0, steps.size() - most);
  return std::span(steps).subspan(first, most);
}

}  // namespace portside::report
