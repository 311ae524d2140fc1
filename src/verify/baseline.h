#pragma once
// Baseline: how a run goes in which nothing happens and nothing fails. What it shows is no event's and no failure's doing.

#include <fmt/format.h>

#include <concepts>
#include <functional>
#include <set>
#include <string>

#include "base/result.h"
#include "verify/driver_use.h"
#include "verify/resource_count.h"

namespace portside::verify {

struct Baseline {
  ResourceCount left;
  std::set<std::string> causes;  // of what the driver does wrong all the same
  std::string stopped;           // the bug check that it ends in all the same
  Status reinstalled;            // the error with which it cannot be installed again all the same
  StreamKinds kinds;
  std::string left_out;  // the kind of stream that is not in `kinds`, and why: a sentence
};

// The run with streams of both kinds; when that stops Windows, with the one kind that does not, so that one mistake hides no other.
template <std::derived_from<Baseline> Kept>
Result<Kept> record_what_runs(const std::function<Result<Kept>(StreamKinds)>& attempt) {
  Result<Kept> whole = attempt({});
  if (!whole || whole->stopped.empty()) return whole;
  for (const StreamKinds kinds : {StreamKinds{.by_positions = false}, StreamKinds{.by_events = false}}) {
    Result<Kept> less = attempt(kinds);
    if (!less || !less->stopped.empty()) continue;
    less->kinds = kinds;
    less->left_out = fmt::format("streams by {} end Windows with nothing else happening ({}) and are left out",
                                 kinds.by_positions ? "events" : "positions", whole->stopped);
    return less;
  }
  return whole;
}

}  // namespace portside::verify
