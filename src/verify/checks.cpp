#include "verify/checks.h"

namespace portside::verify {

const std::vector<std::unique_ptr<Check>>& all_checks() {
  static const std::vector<std::unique_ptr<Check>> checks = [] {
    std::vector<std::unique_ptr<Check>> list;
    list.push_back(make_rules_check());
    list.push_back(make_streams_check());
    list.push_back(make_conformance_check());
    list.push_back(make_life_check());
    list.push_back(make_faults_check());
    list.push_back(make_schedule_check());
    return list;
  }();
  return checks;
}

const Check* find_check(std::string_view name) {
  for (const auto& check : all_checks())
    if (check->name() == name) return check.get();
  return nullptr;
}

}  // namespace portside::verify
