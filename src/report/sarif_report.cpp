#include "report/sarif_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "report/markup.h"
#include "report/problem_text.h"
#include "verifier/explanations.h"

namespace portside::report {
namespace {

using nlohmann::json;

constexpr const char* kRoot = "SRCROOT";

// RFC 3986: what may stand in a path, and a slash.
std::string uri_path(std::string_view path) {
  std::string out;
  for (const char c : path) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~/!$&'()*+,;=@:").find(c) != std::string_view::npos;
    if (c == '\\') out += '/';
    else out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::string level_of(const Problem& problem) {
  if (problem.bug_check) return "error";
  switch (problem.rule().grade) {
    case verifier::Grade::kViolation: return "error";
    case verifier::Grade::kDeviation: return "warning";
    case verifier::Grade::kAdvice: return "note";
  }
  return "none";
}

// How sure a site may be that a result of the rule is a fault: what Windows itself stops for; what a page forbids; what
// differs from what a page recommends, or from a tolerance; what is a matter of taste.
const char* precision_of(const verifier::Rule& rule) {
  switch (rule.grade) {
    case verifier::Grade::kViolation: return rule.bug_check != 0 ? "very-high" : "high";
    case verifier::Grade::kDeviation: return "medium";
    case verifier::Grade::kAdvice: return "low";
  }
  return "low";
}

// "drift and jitter" -> "DriftAndJitter"
std::string identifier(std::string_view words) {
  std::string out;
  bool upper = true;
  for (const char c : words) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (letter) out += upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    upper = !letter;
  }
  return out;
}

std::string page_url(const std::string& page) {
  return page.starts_with("https:") || page.empty() ? page
                                                    : "https://learn.microsoft.com/windows-hardware/drivers/" + page;
}

class Sarif {
 public:
  Sarif(const CampaignReport& report, SourceFiles& sources) : report_(report), sources_(sources) {}

  std::string text() {
    const std::vector<std::string> keys = fingerprints(report_);
    for (const Problem* problem : by_importance(report_))
      add(*problem, keys[static_cast<size_t>(problem - report_.problems.data())]);
    for (const Assertion& a : report_.assertions)
      if ((a.outcome == Outcome::kFailed || a.outcome == Outcome::kWarned) && !is_told(a)) add(a);
    json run = {{"tool", {{"driver", {{"name", "Portside"}, {"rules", rules_}}}}},
                {"columnKind", "utf16CodeUnits"},
                {"results", results_},
                {"invocations", json::array({invocation()})},
                {"properties", {{"driver", report_.driver}, {"seed", report_.seed}, {"runs", report_.runs}}}};
    if (!report_.portside_version.empty()) run["tool"]["driver"]["version"] = report_.portside_version;
    if (!sources_.root().empty())
      run["originalUriBaseIds"] = {{kRoot,
                                    {{"uri", "file://" + uri_path(sources_.root().generic_string()) + "/"},
                                     {"description", {{"text", "The root of the driver's sources."}}}}}};
    const json log = {{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
                      {"version", "2.1.0"},
                      {"runs", json::array({run})}};
    return log.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
  }

 private:
  json invocation() const {
    json out = {{"executionSuccessful", report_.broken_off.empty()}};
    if (!report_.command.empty()) out["commandLine"] = report_.command;
    if (!report_.broken_off.empty())
      out["toolExecutionNotifications"] =
          json::array({{{"level", "error"}, {"message", {{"text", report_.broken_off}}}}});
    return out;
  }

  json artifact(std::string_view recorded) {
    if (const auto below = sources_.relative(recorded)) return {{"uri", uri_path(*below)}, {"uriBaseId", kRoot}};
    const SourceFile* file = sources_.find(recorded);
    std::string path = file ? file->path.generic_string() : std::string(recorded);
    std::ranges::replace(path, '\\', '/');
    if (path.starts_with('/')) return {{"uri", "file://" + uri_path(path)}};
    if (path.size() > 2 && path[1] == ':') return {{"uri", "file:///" + uri_path(path)}};
    return {{"uri", uri_path(path)}};
  }

  json location(const SourceFrame& frame) {
    json out = json::object();
    if (!frame.file.empty() && frame.line > 0) {
      out["physicalLocation"] = {{"artifactLocation", artifact(frame.file)}, {"region", {{"startLine", frame.line}}}};
      if (const SourceFile* file = sources_.find(frame.file); file && frame.line <= file->lines.size())
        out["physicalLocation"]["region"]["snippet"] = {{"text", file->lines[frame.line - 1]}};
    }
    if (!frame.function.empty())
      out["logicalLocations"] = json::array({{{"name", function_of(frame)},
                                              {"fullyQualifiedName", frame.image + "!" + function_of(frame)},
                                              {"kind", "function"}}});
    return out;
  }

  // For what has no line: sites want a file, and the driver is one.
  json driver_location() const {
    return {{"physicalLocation",
             {{"artifactLocation", {{"uri", uri_path(report_.inf.empty() ? report_.driver : report_.inf)}}},
              {"region", {{"startLine", 1}}}}}};
  }

  json stack(const ResolvedStack& from) {
    json frames = json::array();
    for (const SourceFrame& frame : from.frames) {
      json at = location(frame);
      at["message"] = {{"text", fmt::format("{}+0x{:x}", frame.image, frame.offset_in_image)}};
      frames.push_back({{"location", std::move(at)}, {"module", frame.image}});
    }
    return {{"message", {{"text", from.label.empty() ? "stack" : from.label}}}, {"frames", std::move(frames)}};
  }

  size_t rule_index(const std::string& id, const std::function<json()>& make) {
    for (size_t i = 0; i < rules_.size(); ++i)
      if (rules_[i]["id"] == id) return i;
    rules_.push_back(make());
    return rules_.size() - 1;
  }

  void add(const Problem& problem, const std::string& fingerprint) {
    const verifier::Rule& rule = problem.rule();
    const std::string id(rule.name);
    const size_t index = rule_index(id, [&] { return rule_json(problem.rule_id); });
    const SourceFrame* place = place_of(problem);
    json locations = json::array({place && !place->file.empty() ? location(*place) : driver_location()});
    json stacks = json::array(), related = json::array();
    for (size_t i = 0; i < problem.stacks.size(); ++i) {
      const ResolvedStack& from = problem.stacks[i];
      if (from.frames.empty()) continue;
      stacks.push_back(stack(from));
      const auto known =
          std::ranges::find_if(from.frames, [](const SourceFrame& f) { return !f.file.empty() && f.line > 0; });
      if (i == 0 || known == from.frames.end()) continue;
      json at = location(*known);
      at["id"] = related.size() + 1;
      at["message"] = {{"text", from.label}};
      related.push_back(std::move(at));
    }
    json result = {{"ruleId", id},
                   {"ruleIndex", index},
                   {"level", level_of(problem)},
                   {"message", {{"text", message(problem)}}},
                   {"locations", std::move(locations)},
                   {"partialFingerprints", {{"portsideCause/v1", fingerprint}}},
                   {"occurrenceCount", std::max<uint64_t>(problem.times, 1)}};
    if (!stacks.empty()) result["stacks"] = std::move(stacks);
    if (!related.empty()) result["relatedLocations"] = std::move(related);
    json properties = {{"seenIn", run_text(problem.first)}, {"replay", problem.first.replay}, {"runs", problem.runs}};
    for (const verifier::Fact& fact : problem.facts) properties["facts"][fact.name] = fact.value;
    if (problem.bug_check) properties["bugCheck"] = title_of(*problem.bug_check);
    result["properties"] = std::move(properties);
    results_.push_back(std::move(result));
  }

  static std::string message(const Problem& problem) {
    const std::string_view subject = subject_of(problem);
    return fmt::format("{}{}{}{} {} Run again: {}", problem.bug_check ? title_of(*problem.bug_check) + ": " : "",
                       subject, subject.empty() ? "" : ": ", problem.what, problem.rule().mend, problem.first.replay);
  }

  static json rule_json(verifier::RuleId id) {
    const verifier::Rule& rule = verifier::rule(id);
    const verifier::Explanation* why = verifier::find_explanation(id);
    std::string help = fmt::format("{}\n\nHow to mend it: {}\n", rule.contract, rule.mend);
    std::string markdown = fmt::format("{}\n\n**How to mend it:** {}\n", rule.contract, rule.mend);
    if (why) {
      help += fmt::format("\nWhy: {}\n\nWrong:\n{}\n\nRight:\n{}\n", why->why, why->wrong, why->right);
      markdown +=
          fmt::format("\n{}\n\nWrong:\n```cpp\n{}\n```\n\nRight:\n```cpp\n{}\n```\n", why->why, why->wrong, why->right);
    }
    markdown += fmt::format("\n[Microsoft's page]({})\n", rule.url());
    json tags = json::array({"windows-driver", "audio"});
    if (rule.bug_check != 0) tags.push_back("bug check " + rule.code());
    return {{"id", rule.name},
            {"name", rule.name},
            {"shortDescription", {{"text", rule.contract}}},
            {"fullDescription", {{"text", why ? std::string(why->why) : std::string(rule.contract)}}},
            {"help", {{"text", std::move(help)}, {"markdown", std::move(markdown)}}},
            {"helpUri", rule.url()},
            {"defaultConfiguration",
             {{"level", rule.grade == verifier::Grade::kViolation   ? "error"
                        : rule.grade == verifier::Grade::kDeviation ? "warning"
                                                                    : "note"}}},
            {"properties",
             {{"tags", std::move(tags)},
              {"precision", precision_of(rule)},
              {"problem.severity", rule.grade == verifier::Grade::kViolation   ? "error"
                                   : rule.grade == verifier::Grade::kDeviation ? "warning"
                                                                               : "recommendation"}}}};
  }

  // A cause that this very assertion found is among the results.
  bool is_told(const Assertion& a) const {
    return std::ranges::any_of(report_.problems, [&](const Problem& problem) {
      const auto says = [&](std::string_view name, const std::string& value) {
        return std::ranges::any_of(problem.facts,
                                   [&](const verifier::Fact& f) { return f.name == name && f.value == value; });
      };
      return says("assertion", a.name) && says("subject", a.subject);
    });
  }

  void add(const Assertion& a) {
    const std::string id = fmt::format("{}{}", identifier(a.check), identifier(a.name));
    const size_t index = rule_index(id, [&] {
      json rule = {{"id", id},
                   {"name", id},
                   {"shortDescription", {{"text", fmt::format("{}: {}", a.check, a.name)}}},
                   {"help",
                    {{"text", fmt::format("An assertion of the check \"{}\".{}", a.check,
                                          a.page.empty() ? "" : " It is stated by " + page_url(a.page))}}},
                   {"properties", {{"tags", json::array({"windows-driver", "audio", a.check})}}}};
      if (!a.page.empty()) rule["helpUri"] = page_url(a.page);
      return rule;
    });
    results_.push_back(
        {{"ruleId", id},
         {"ruleIndex", index},
         {"level", a.outcome == Outcome::kFailed ? "error" : "warning"},
         {"message",
          {{"text", fmt::format("{}{}{}", a.subject, a.subject.empty() ? "" : ": ",
                                a.sentence.empty() ? a.name : a.sentence)}}},
         {"locations", json::array({driver_location()})},
         {"partialFingerprints", {{"portsideCause/v1", fmt::format("{}|{}|{}", a.check, a.name, a.subject)}}}});
  }

  const CampaignReport& report_;
  SourceFiles& sources_;
  json rules_ = json::array(), results_ = json::array();
};

}  // namespace

std::string to_sarif(const CampaignReport& report, SourceFiles& sources) { return Sarif(report, sources).text(); }

}  // namespace portside::report
