#pragma once
// What applications do with a driver, and how each thing went: so that two runs can be compared.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "client/stream.h"
#include "host/install_plan.h"

namespace portside::host {
class Machine;
}

namespace portside::verify {

// The streams that are opened.
struct StreamKinds {
  bool by_events = true;  // of a driver without notifications: by positions all the same
  bool by_positions = true;
};

struct Use {
  std::string key;          // the same whatever else is listed
  std::string what;         // "Speaker, by events"
  Status status;            // the first request that failed
  std::string stood_still;  // why the stream was given up although no request failed; empty: it ran to its end

  bool well() const { return status.is_ok() && stood_still.empty(); }
};

class UseLog {
 public:
  // Without a key `what` is it.
  void add(std::string what, Result<> outcome, std::string stood_still = {}, std::string key = {});
  // Told what is used next: an endpoint, a filter; empty: nothing in particular.
  std::function<void(std::string_view)> on_begin;
  void begin(std::string_view what) const {
    if (on_begin) on_begin(what);
  }
  // Called for each use that has ended, before it is noted.
  std::function<void()> on_end;
  const std::vector<Use>& uses() const { return uses_; }
  StreamKinds kinds;  // of what is logged here
  // The first thing that was done here and went worse than in `before`: one sentence; empty when all is as well as it
  // was. Another request that succeeds where it failed before is no worse.
  std::string worse_than(const UseLog& before) const;
  // The same of the uses behind the first `done`.
  std::string worse_later(const UseLog& before, size_t done) const;
  // The first stream that stood still, and did not in `before`.
  std::string stood_still_beyond(const UseLog& before) const;

 private:
  // The same use: by its key, else by the words that it alone has here.
  const Use* find(const Use& other) const;
  std::vector<Use> uses_;
};

// After a start: lets (virtual) time pass, as a driver may register endpoints from a work item when its start is over.
void let_register();

// A driver that has gone is installed once more, with nothing happening or failing, and removed. The error of either; none when it would
// not go in the first place, which is told.
Status reinstall(host::Machine& machine, const host::InstallRequest& driver);

// Of a driver that has gone: installed once more, used as in `before`, and removed. What went worse, as a half sentence; empty: nothing.
std::string worse_when_back(host::Machine& machine, const host::InstallRequest& driver, std::string_view part,
                            const UseLog& before);

// Each endpoint whose name holds `part`, by the best mode that the driver has and by positions, for a few notifications
// each.
void use_endpoints(std::string_view part, UseLog& log);
// The same, and all else that the world does with a driver in one run: filters, jacks and nodes are read, levels set,
// the device sleeps and wakes, with and without a stream, the system too, resources are rebalanced.
void use_everything(host::Machine& machine, std::string_view part, UseLog& log);

}  // namespace portside::verify
