#include "report/json_report.h"

#include <nlohmann/json.hpp>

#include "report/problem_text.h"

namespace portside::report {
namespace {

using nlohmann::json;

json run_json(const RunName& run) {
  return {{"check", run.check},
          {"scenario", run.scenario},
          {"seed", run.seed},
          {"fault", run.fault},
          {"replay", run.replay}};
}

json stack_json(const ResolvedStack& stack) {
  json frames = json::array();
  for (const SourceFrame& f : stack.frames)
    frames.push_back({{"image", f.image},
                      {"offset", f.offset_in_image},
                      {"function", f.function},
                      {"file", f.file},
                      {"line", f.line},
                      {"inlined", f.inlined}});
  return {{"label", stack.label}, {"frames", std::move(frames)}};
}

json problem_json(const Problem& p) {
  json stacks = json::array(), facts = json::object();
  for (const ResolvedStack& stack : p.stacks) stacks.push_back(stack_json(stack));
  for (const verifier::Fact& fact : p.facts) facts[fact.name] = fact.value;
  json out = {{"rule", p.rule().name},
              {"grade", grade_word(p.rule().grade)},
              {"code", p.rule().code()},
              {"what", p.what},
              {"contract", p.rule().contract},
              {"mend", p.rule().mend},
              {"page", p.rule().url()},
              {"stacks", std::move(stacks)},
              {"facts", std::move(facts)},
              {"when_ns", p.when.count()},
              {"thread", p.thread},
              {"irql", p.irql},
              {"times", p.times},
              {"runs", p.runs},
              {"first", run_json(p.first)}};
  if (p.bug_check)
    out["bug_check"] = {{"code", p.bug_check->code},
                        {"name", p.bug_check->name},
                        {"parameters", p.bug_check->parameters},
                        {"sentence", p.bug_check->sentence},
                        {"processor", p.bug_check->processor},
                        {"stack", stack_json(p.bug_check->stack)}};
  return out;
}

json assertion_json(const Assertion& a) {
  json measurements = json::array();
  for (const Measurement& m : a.measurements) {
    json one = {{"name", m.name}, {"value", m.value}, {"unit", m.unit}};
    if (m.limit) one["limit"] = *m.limit;
    measurements.push_back(std::move(one));
  }
  return {{"check", a.check},       {"name", a.name},
          {"subject", a.subject},   {"outcome", name_of(a.outcome)},
          {"sentence", a.sentence}, {"measurements", std::move(measurements)},
          {"page", a.page}};
}

}  // namespace

std::string to_json(const CampaignReport& report) {
  json problems = json::array(), assertions = json::array(), checks = json::array();
  for (const Problem* p : by_importance(report)) problems.push_back(problem_json(*p));
  for (const Assertion& a : report.assertions) assertions.push_back(assertion_json(a));
  for (const CheckSummary& c : report.checks)
    checks.push_back(
        {{"check", c.check}, {"planned", c.planned}, {"run", c.run}, {"seconds", c.wall_seconds}, {"note", c.note}});
  const json out = {{"portside", report.portside_version},
                    {"driver", report.driver},
                    {"inf", report.inf},
                    {"endpoints", report.endpoints},
                    {"command", report.command},
                    {"seed", report.seed},
                    {"seconds", report.wall_seconds},
                    {"machine_time_ns", report.machine_time.count()},
                    {"runs", report.runs},
                    {"verdict", report.verdict()},
                    {"failed", report.failed()},
                    {"broken_off", report.broken_off},
                    {"checks", std::move(checks)},
                    {"problems", std::move(problems)},
                    {"assertions", std::move(assertions)}};
  return out.dump(2, ' ', false, json::error_handler_t::replace);
}

}  // namespace portside::report
