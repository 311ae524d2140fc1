#pragma once
// MonitorSight: a host's snapshot (Client::snapshot(), docs/serve.md) as the monitor shows it. What an older or newer
// host does not tell is left at its default: a watcher never refuses to look.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace portside::tools {

struct MonitorSight {
  struct Endpoint {
    std::string id, name;
    bool renders = true, plugged_in = true;
    std::optional<double> volume_db;  // all that its sound passes, of the loudest channel
    bool muted = false;               // every channel
  };
  struct Level {
    double peak = 0, rms = 0;  // of 1
  };
  struct Stream {
    uint32_t id = 0;
    int64_t pid = 0;
    std::string program, endpoint, type, state, ended;
    uint32_t channels = 0, rate = 0, notifications_a_buffer = 0;
    uint64_t buffer_frames = 0, frames = 0, notifications = 0, glitches = 0;
    bool packets = false, copied = false;
    int64_t when_ns = 0;  // of `frames`, CLOCK_MONOTONIC; 0: not told
    int64_t lateness_ns = 0, worst_lateness_ns = 0;
    std::vector<uint64_t> lateness_counts;  // how many notifications fell into each step of lateness
    std::vector<double> lateness_edges_us;  // the upper edge of each but the last
    std::vector<Level> levels;              // one a channel
  };
  struct Processor {
    int number = 0, irql = 0;
    uint64_t dpcs = 0;
    int64_t dpc_ns = 0;  // since the machine began
  };
  struct Violation {
    std::string rule, grade, what;
    uint64_t times = 1;
  };

  std::string driver;
  int64_t uptime_ns = 0;
  std::vector<Endpoint> endpoints;
  std::vector<Stream> streams;
  std::vector<Processor> processors;
  std::vector<Violation> violations;

  static Result<MonitorSight> read(const std::string& json);
};

// How the position of each running stream goes against the clock, from what has been seen of it.
class MonitorHistory {
 public:
  void add(const MonitorSight& sight);
  void reset() {
    streams_.clear();
    loads_.clear();
  }
  // Parts in a million by which the device's clock is fast; no value before two seconds of it were seen.
  struct Drift {
    bool known = false;
    double ppm = 0;
    int64_t over_ns = 0;
  };
  Drift drift(uint32_t stream) const;
  // Of the time between the last two sights, of 1.
  double dpc_share(int processor) const;

 private:
  // The line through all that was seen, by least squares: a host that was interrupted between reading a position and
  // reading the clock puts single points far off.
  struct Seen {
    int64_t first_ns = 0, last_ns = 0;
    uint64_t first_frames = 0, last_frames = 0;
    uint32_t rate = 0;
    double points = 0, t = 0, f = 0, tt = 0, tf = 0;  // sums of seconds and frames since the first

    void add(int64_t when_ns, uint64_t frames);
    double frames_a_second() const { return (points * tf - t * f) / (points * tt - t * t); }
  };
  std::map<uint32_t, Seen> streams_;
  struct Load {
    int64_t uptime_ns = 0, dpc_ns = 0;
    double share = 0;
  };
  std::map<int, Load> loads_;
};

}  // namespace portside::tools
