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

  // What a machine shows at its end that is not here: the first violation, or the bug check; and what its driver has left, of which
  // `twice` says that it was there two times. Empty: nothing.
  std::string wrong_beyond(host::Machine& machine) const;
  std::string left_beyond(host::Machine& machine, bool twice) const;

  std::string left_out;  // the kind of stream that is not in `kinds`, and why: a sentence
};

// The run with streams of both kinds; when that stops Windows, with the one kind that does not, so that one mistake hides no other.
template <std::derived_from<Baseline> Kept>
Result<Kept> record_what_runs(const std::function<Result<Kept>(StreamKinds)>& attempt) {
  Result<Kept> whole = attempt({});
  if (!whole || whole->stopped.empty()) return whole;
  const auto survives = [](const Result<Kept>& run) { return run && run->stopped.empty(); };
  constexpr StreamKinds kEvents{.by_positions = false}, kPositions{.by_events = false};
  Result<Kept> events = attempt(kEvents), positions = attempt(kPositions);
  if (!survives(events) && !survives(positions)) return whole;
  const bool both = survives(events) && survives(positions);
  Result<Kept>& kept = survives(events) ? events : positions;
  kept->kinds = survives(events) ? kEvents : kPositions;
  kept->left_out = both ? fmt::format(
                              "streams by positions beside those by events end Windows with nothing else happening "
                              "({}), and are left out",
                              whole->stopped)
                        : fmt::format("streams by {} end Windows with nothing else happening ({}) and are left out",
                                      survives(events) ? "positions" : "events", whole->stopped);
  return std::move(kept);
}

}  // namespace portside::verify
