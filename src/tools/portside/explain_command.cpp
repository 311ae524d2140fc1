// portside explain: what a rule protects from, with a wrong and a right example; what a bug check and its parameters
// mean.
// --all --markdown is docs/rules.md.

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "portside/command.h"
#include "verifier/bug_checks.h"
#include "verifier/explanations.h"
#include "verifier/rule.h"

namespace portside::tools {
namespace {

using verifier::BugCheckInfo;
using verifier::Explanation;
using verifier::Grade;
using verifier::Rule;
using verifier::RuleId;

constexpr unsigned kWidth = 100;

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
  return out;
}

std::string_view grade_word(Grade grade) {
  return grade == Grade::kViolation ? "violation" : grade == Grade::kDeviation ? "deviation" : "advice";
}

std::string wrapped(std::string_view text, size_t indent = 2) {
  std::string out(indent, ' ');
  size_t column = indent;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    if (column > indent && column + 1 + word.size() > kWidth) {
      out += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
    text.remove_prefix(std::min(word.size() + 1, text.size()));
  }
  return out + "\n";
}

std::string indented(std::string_view code) {
  std::string out = "    ";
  for (const char c : code) {
    out += c;
    if (c == '\n') out += "    ";
  }
  return out + "\n";
}

RuleId id_of(const Rule& rule) { return static_cast<RuleId>(&rule - verifier::all_rules().data()); }

std::string rule_text(const Rule& rule, bool color) {
  const auto bold = [&](std::string_view s) { return color ? Console::bold(s) : std::string(s); };
  std::string out = fmt::format("{}  {}{}\n\n", bold(rule.name), grade_word(rule.grade),
                                rule.bug_check ? ", code " + rule.code() : "");
  out += wrapped(rule.contract);
  const Explanation* why = verifier::find_explanation(id_of(rule));
  if (why) {
    out += "\n" + wrapped(why->why);
    out += "\n  wrong\n\n" + indented(why->wrong) + "\n  right\n\n" + indented(why->right);
  } else {
    out += "\n  There is no example of this rule yet.\n";
  }
  out += fmt::format("\n{}", wrapped(fmt::format("How to mend it: {}", rule.mend)));
  if (why) out += fmt::format("  Whose duty: {}\n", why->duty);
  return out + fmt::format("  Page: {}\n", rule.url());
}

std::string bug_check_text(const BugCheckInfo& info, bool color) {
  const auto bold = [&](std::string_view s) { return color ? Console::bold(s) : std::string(s); };
  std::string out =
      fmt::format("{}  bug check 0x{:X}\n\n{}\n{}", bold(info.name), info.code, wrapped(info.what), wrapped(info.mend));
  for (size_t i = 0; i < info.parameters.size(); ++i)
    if (!info.parameters[i].empty())
      out += fmt::format("{}  parameter {}  {}\n", i == 0 ? "\n" : "", i + 1, info.parameters[i]);
  std::string rules;
  for (const Rule& rule : verifier::all_rules())
    if (rule.bug_check == info.code)
      rules += fmt::format("    {:<28}{:<16}{}\n", rule.name, rule.code(), rule.contract);
  if (!rules.empty()) out += "\n  Rules that Windows would stop with this for:\n" + rules;
  if (const std::string url = info.url(); !url.empty()) out += fmt::format("\n  Page: {}\n", url);
  return out;
}

nlohmann::json rule_json(const Rule& rule) {
  nlohmann::json out = {{"rule", rule.name},   {"grade", grade_word(rule.grade)},
                        {"code", rule.code()}, {"contract", rule.contract},
                        {"mend", rule.mend},   {"page", rule.url()}};
  if (const Explanation* why = verifier::find_explanation(id_of(rule)))
    out.update({{"duty", why->duty}, {"why", why->why}, {"wrong", why->wrong}, {"right", why->right}});
  return out;
}

nlohmann::json bug_check_json(const BugCheckInfo& info) {
  return {{"bug_check", info.code},        {"name", info.name}, {"what", info.what}, {"mend", info.mend},
          {"parameters", info.parameters}, {"page", info.url()}};
}

struct Answer {
  std::vector<const Rule*> rules;
  std::vector<const BugCheckInfo*> bug_checks;
  bool empty() const { return rules.empty() && bug_checks.empty(); }
};

// "0x71004", "71004", "0xC4/0x71004", "0xC4/71004", and in decimal what has no hexadecimal look about it.
std::optional<std::pair<uint32_t, std::optional<uint32_t>>> parse_code(std::string_view text) {
  const auto number = [](std::string_view word) -> std::optional<uint32_t> {
    if (word.starts_with("0x") || word.starts_with("0X")) word.remove_prefix(2);
    uint32_t value = 0;
    const auto [stop, error] = std::from_chars(word.data(), word.data() + word.size(), value, 16);
    if (word.empty() || error != std::errc() || stop != word.data() + word.size()) return std::nullopt;
    return value;
  };
  const size_t slash = text.find('/');
  const auto first = number(text.substr(0, slash));
  if (!first) return std::nullopt;
  if (slash == std::string_view::npos) return std::pair(*first, std::optional<uint32_t>());
  const auto second = number(text.substr(slash + 1));
  if (!second) return std::nullopt;
  return std::pair(*first, second);
}

Answer find(std::string_view asked) {
  Answer out;
  const std::string word = lower(asked);
  // A whole name is that rule alone, and not each whose name holds it.
  for (const Rule& rule : verifier::all_rules())
    if (lower(rule.name) == word) return {{&rule}, {}};
  for (const BugCheckInfo& info : verifier::all_bug_checks())
    if (lower(info.name) == word) return {{}, {&info}};
  if (const auto code = parse_code(asked)) {
    for (const Rule& rule : verifier::all_rules())
      if (rule.bug_check != 0 && (code->second ? rule.bug_check == code->first && rule.parameter == *code->second
                                               : rule.parameter == code->first && code->first != 0))
        out.rules.push_back(&rule);
    if (!code->second)
      if (const BugCheckInfo* info = verifier::find_bug_check(code->first)) out.bug_checks.push_back(info);
    if (!out.empty()) return out;
  }
  for (const Rule& rule : verifier::all_rules())
    if (lower(rule.name).find(word) != std::string::npos) out.rules.push_back(&rule);
  for (const BugCheckInfo& info : verifier::all_bug_checks())
    if (lower(info.name).find(word) != std::string::npos) out.bug_checks.push_back(&info);
  return out;
}

// Names of C++ and of Windows hold what Markdown would read as its own.
std::string markdown_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '<' || c == '_' || c == '*' || c == '|') out += '\\';
    out += c;
  }
  return out;
}

std::string markdown() {
  size_t counts[3] = {}, without = 0;
  for (const Rule& rule : verifier::all_rules())
    ++counts[static_cast<size_t>(rule.grade)], without += !verifier::find_explanation(id_of(rule));
  std::string out = fmt::format(
      "# The rules\n\n"
      "Written by `portside explain --all --markdown` from the rows that the verifier itself judges by; a test holds "
      "this page against them.\n"
      "{} rules: {} violations, {} deviations, {} pieces of advice. A violation is what the documentation forbids, and "
      "fails a run; a deviation\n"
      "differs from what the documentation recommends or from what Windows' audio engine needs. A code is what Driver "
      "Verifier would stop\n"
      "Windows with: bug check and first parameter. `portside explain NAME` prints one of them.\n",
      verifier::all_rules().size(), counts[0], counts[1], counts[2]);
  if (without > 0) out += fmt::format("{} of them have no example yet.\n", without);
  out += "\n| rule | code | grade | the contract |\n|---|---|---|---|\n";
  for (const Rule& rule : verifier::all_rules())
    out += fmt::format("| [{}](#{}) | {} | {} | {} |\n", rule.name, lower(rule.name),
                       rule.bug_check ? "`" + rule.code() + "`" : "", grade_word(rule.grade),
                       markdown_text(rule.contract));
  for (const Rule& rule : verifier::all_rules()) {
    out += fmt::format("\n## {}\n\n{}{}. {}\n\n", rule.name,
                       rule.grade == Grade::kViolation   ? "Violation"
                       : rule.grade == Grade::kDeviation ? "Deviation"
                                                         : "Advice",
                       rule.bug_check ? ", `" + rule.code() + "`" : "", markdown_text(rule.contract));
    const Explanation* why = verifier::find_explanation(id_of(rule));
    if (why)
      out += fmt::format("{}\n\nWrong:\n\n```cpp\n{}\n```\n\nRight:\n\n```cpp\n{}\n```\n\n", markdown_text(why->why),
                         why->wrong, why->right);
    else out += "No example yet.\n\n";
    out += fmt::format("How to mend it: {} ", markdown_text(rule.mend));
    if (why) out += fmt::format("Whose duty: {}. ", markdown_text(why->duty));
    out += fmt::format("[Page]({})\n", rule.url());
  }
  return out;
}

ExitCode explain(const Console& console, const std::string& what, bool all, bool as_markdown) {
  if (as_markdown) {
    console.product(markdown());
    return ExitCode::kClean;
  }
  if (!all && what.empty())
    return console.error(
        Status(StatusCode::kInvalidParameter, "what shall be explained? A rule, a code, a part of a name, or --all"));
  Answer answer;
  if (all) {
    for (const Rule& rule : verifier::all_rules()) answer.rules.push_back(&rule);
    for (const BugCheckInfo& info : verifier::all_bug_checks()) answer.bug_checks.push_back(&info);
  } else {
    answer = find(what);
  }
  if (answer.empty())
    return console.error(Status(
        StatusCode::kNotFound,
        fmt::format("\"{}\" is no rule, no bug check and no code that is known here; explain --all lists them", what)));
  if (console.json) {
    nlohmann::json out = nlohmann::json::array();
    for (const Rule* rule : answer.rules) out.push_back(rule_json(*rule));
    for (const BugCheckInfo* info : answer.bug_checks) out.push_back(bug_check_json(*info));
    console.document(out);
    return ExitCode::kClean;
  }
  // Many are a list, a few are told in full.
  constexpr size_t kMostInFull = 12;
  if (all || answer.rules.size() + answer.bug_checks.size() > kMostInFull) {
    for (const Rule* rule : answer.rules)
      console.line(fmt::format("  {:<30}{:<16}{}", rule->name, rule->bug_check ? rule->code() : "", rule->contract));
    for (const BugCheckInfo* info : answer.bug_checks)
      console.line(fmt::format("  {:<46}{}", fmt::format("0x{:X} {}", info->code, info->name), info->what));
    return ExitCode::kClean;
  }
  std::string out;
  for (const Rule* rule : answer.rules) out += (out.empty() ? "" : "\n") + rule_text(*rule, console.color());
  for (const BugCheckInfo* info : answer.bug_checks)
    out += (out.empty() ? "" : "\n") + bug_check_text(*info, console.color());
  out.pop_back();
  console.line(out);
  return ExitCode::kClean;
}

}  // namespace

Runner add_explain(CLI::App& app) {
  struct Options {
    std::string what;
    bool all = false, markdown = false;
  };
  auto options = std::make_shared<Options>();
  app.add_option(
         "what", options->what,
         "A rule's name or a part of it (FreedWhileMapped, irql), a code (0x71004, 0xC4/0x62) or a bug check (0xD1)")
      ->type_name("NAME");
  auto* all = app.add_flag("--all", options->all, "Every rule and bug check");
  app.add_flag("--markdown", options->markdown, "Print docs/rules.md")->needs(all);
  return [options](const Console& console) { return explain(console, options->what, options->all, options->markdown); };
}

}  // namespace portside::tools
