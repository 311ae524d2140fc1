#include "verify/verdicts.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "verify/device_pace.h"

namespace portside::verify {

bool Verdicts::any_failed() const {
  return std::ranges::count(assertions, report::Outcome::kFailed, &report::Assertion::outcome) > 0;
}

Verdict::Verdict(Verdicts& all, std::string name, std::string subject, std::string page) : all_(all) {
  assertion_.check = "conformance";
  assertion_.name = std::move(name);
  assertion_.subject = std::move(subject);
  assertion_.page = std::move(page);
}

Verdict::~Verdict() {
  using enum report::Outcome;
  if (said_ > kSentences) assertion_.sentence += fmt::format("; and {} more", said_ - kSentences);
  if (const std::string& why = all_.not_judged.empty() && figures_ ? all_.figures_not_judged : all_.not_judged;
      !why.empty() && !of_driver_) {
    const bool bad = objected();
    if (bad) assertion_.outcome = kNotApplicable;
    if (bad || figures_)
      assertion_.sentence = bad ? why + ", where it is not judged: " + assertion_.sentence : why + ", not judged";
    broken_.clear();
  }
  assertion_.wall_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
  for (BrokenRule& broken : broken_) {
    broken.facts.push_back({"assertion", assertion_.name});
    broken.facts.push_back({"subject", assertion_.subject});
    for (const report::Measurement& m : assertion_.measurements)
      broken.facts.push_back({m.name, fmt::format("{:.4g} {}{}", m.value, m.unit,
                                                  m.limit ? fmt::format(", limit {:.4g}", *m.limit) : "")});
    all_.broken.push_back(std::move(broken));
  }
  all_.assertions.push_back(std::move(assertion_));
}

void Verdict::measure(std::string name, double value, std::string unit, std::optional<double> limit) {
  assertion_.measurements.push_back({std::move(name), value, std::move(unit), limit});
}

void Verdict::say(report::Outcome outcome, std::string sentence) {
  // The worst of what is said stands; sentences are told together, as far as one reads.
  if (assertion_.outcome != report::Outcome::kFailed && !(objected() && outcome == report::Outcome::kNotApplicable))
    assertion_.outcome = outcome;
  if (assertion_.sentence.find(sentence) != std::string::npos) return;  // of another of its kind
  // What fails it comes first.
  const bool first = outcome == report::Outcome::kFailed && !std::exchange(failure_said_, true);
  if (++said_ > kSentences && !first) return;
  if (assertion_.sentence.empty()) assertion_.sentence = std::move(sentence);
  else assertion_.sentence = first ? sentence + "; " + assertion_.sentence : assertion_.sentence + "; " + sentence;
}

bool Verdict::is_of_device(verifier::RuleId rule, const std::string& sentence) {
  if (all_.pace_not_judged.empty() || !is_of_device_pace(rule)) return false;
  not_applicable(all_.pace_not_judged + ", where it is not judged: " + sentence);
  return true;
}

void Verdict::fail(verifier::RuleId rule, std::string cause, std::string sentence) {
  if (is_of_device(rule, sentence)) return;
  // Only violations are held against a driver.
  if (verifier::rule(rule).grade != verifier::Grade::kViolation)
    return advise(rule, std::move(cause), std::move(sentence));
  broken_.push_back({rule, std::move(cause), sentence, {}});
  say(report::Outcome::kFailed, std::move(sentence));
}
void Verdict::fail(std::string sentence) { say(report::Outcome::kFailed, std::move(sentence)); }
void Verdict::warn(std::string sentence) { say(report::Outcome::kWarned, std::move(sentence)); }
void Verdict::advise(verifier::RuleId rule, std::string cause, std::string sentence) {
  if (is_of_device(rule, sentence)) return;
  broken_.push_back({rule, std::move(cause), sentence, {}});
  warn(std::move(sentence));
}
void Verdict::not_applicable(std::string sentence) { say(report::Outcome::kNotApplicable, std::move(sentence)); }

}  // namespace portside::verify
