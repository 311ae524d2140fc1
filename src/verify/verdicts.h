#pragma once
// Verdicts: what the conformance tests found in one machine: assertions, and the rules that are broken where one
// failed. They outlive the machine, whose end (a bug check) takes the thread that tests with it.

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "report/campaign.h"
#include "verifier/finding.h"

namespace portside::verify {

struct BrokenRule {
  verifier::RuleId rule{};
  std::string cause;  // what breaks it: an endpoint, a filter's node; one cause is one problem in however many formats
  std::string what;
  std::vector<verifier::Fact> facts;
};

struct Verdicts {
  // Why what was measured is told and never held against the driver: "measured in real time". Empty: it is.
  std::string figures_not_judged;
  // The same of what is as much the device's doing (device_pace.h): "seen over a bus with faults".
  std::string pace_not_judged;
  // The same of every assertion: "seen with a device that hangs".
  std::string not_judged;
  std::vector<report::Assertion> assertions;
  std::vector<BrokenRule> broken;
  std::function<bool()>
      is_over;           // the check's share of the budget is used up, or whoever waits has had enough; null: never
  std::string too_slow;  // why requests of some kind are not made again: one was answered, and it took very long

  bool any_failed() const;
  // The subject with what is said of its pace.
  template <class Subject>
  Subject with_pace(Subject subject) const {
    subject.may_stand = !pace_not_judged.empty();
    return subject;
  }
};

// One assertion in the making: passed, until something is said against it. Handed in at the end of its scope.
class Verdict {
 public:
  Verdict(Verdicts& all, std::string name, std::string subject, std::string page);
  ~Verdict();
  Verdict(const Verdict&) = delete;
  Verdict& operator=(const Verdict&) = delete;

  // What is judged whatever its device does: that the machine goes on, and lets the driver go.
  Verdict& of_driver() {
    of_driver_ = true;
    return *this;
  }
  // Its outcome depends on how fast the host is: not judged in real time.
  Verdict& of_figures() {
    figures_ = true;
    return *this;
  }
  void measure(std::string name, double value, std::string unit, std::optional<double> limit = {});
  // A failure with the rule that it breaks (a warning, where that is no violation). `cause` as in BrokenRule. Several are told together.
  void fail(verifier::RuleId rule, std::string cause, std::string sentence);
  // The test itself could not be made: the driver refused what it needs.
  void fail(std::string sentence);
  void warn(std::string sentence);
  // A warning with the rule that it speaks of, whatever its grade.
  void advise(verifier::RuleId rule, std::string cause, std::string sentence);
  void not_applicable(std::string sentence);
  // A long test ends when this is true, and says how far it came.
  bool is_over() const { return all_.is_over && all_.is_over(); }
  bool judges_pace() const { return all_.pace_not_judged.empty(); }
  // Something has been said against it: it has failed or warns.
  bool objected() const {
    return assertion_.outcome == report::Outcome::kFailed || assertion_.outcome == report::Outcome::kWarned;
  }

 private:
  void say(report::Outcome outcome, std::string sentence);
  // True when it is not held against the driver, and told.
  bool is_of_device(verifier::RuleId rule, const std::string& sentence);

  Verdicts& all_;
  report::Assertion assertion_;
  std::vector<BrokenRule> broken_;
  static constexpr size_t kSentences = 6;
  size_t said_ = 0;
  bool figures_ = false, failure_said_ = false, of_driver_ = false;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace portside::verify
