// A driver host beside jackd's dummy driver, in turns: the delay from one application to another, how many streams one
// core carries, what a period costs, and misses while both cores are kept busy. PORTSIDE_BENCH_SECONDS is the length of
// a turn (5), PORTSIDE_BENCH_ROUNDS how often each side has its turn (2), PORTSIDE_BENCH_PERIOD the one period of which
// delays are measured, in frames (else 128, 256 and 480), PORTSIDE_BENCH_PRIORITY the SCHED_FIFO priority of both (0: none). Its parts are service/delay, service/delay_under_load and service/streams, of which
// --benchmark_filter=REGEX chooses as it does with the other benchmarks.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <regex>
#include <string_view>

#include "turn.h"

namespace portside::bench {
namespace {

int setting(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text && *text ? std::atoi(text) : otherwise;
}

// Ticks of all processors: those that the host machine kept for itself, and all.
struct Ticks {
  uint64_t stolen = 0, all = 0;
};
Ticks ticks() {
  std::ifstream in("/proc/stat");
  std::string name;
  in >> name;
  Ticks out;
  for (uint64_t value = 0, i = 0; i < 8 && in >> value; ++i) {
    out.all += value;
    if (i == 7) out.stolen = value;
  }
  return out;
}

double quantile(std::vector<double> values, double part) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  return values[std::min(values.size() - 1, static_cast<size_t>(part * static_cast<double>(values.size())))];
}

double load() {
  double average = 0;
  return ::getloadavg(&average, 1) == 1 ? average : 0;
}

struct Side {
  const char* name;
  std::function<std::optional<TurnOutcome>(const TurnRequest&)> turn;
};

void print_delays(const Side& side, const TurnRequest& request, const TurnOutcome& out, const Ticks& before,
                  const Ticks& after) {
  if (!out.failed.empty()) return fmt::print("  {:<9} {:>4}  {}\n", side.name, request.period_frames, out.failed);
  const double stolen = after.all > before.all ? 100.0 * static_cast<double>(after.stolen - before.stolen) /
                                                     static_cast<double>(after.all - before.all)
                                               : 0;
  const double per_period = out.periods ? 1e6 / static_cast<double>(out.periods) : 0;
  fmt::print("  {:<9} {:>6} {:>7} {:>8.2f} {:>8.2f} {:>8.2f} {:>8.2f} {:>7} {:>9.1f} {:>9.1f} {:>7.1f} {:>6.1f}\n",
             side.name, request.period_frames, out.delays_ms.size(), quantile(out.delays_ms, 0),
             quantile(out.delays_ms, 0.5), quantile(out.delays_ms, 0.99), quantile(out.delays_ms, 1), out.misses,
             out.server_seconds * per_period, out.application_seconds * per_period, stolen, load());
}

// The most streams that a turn carries without a miss, and what they cost there.
void print_streams(const Side& side, TurnRequest request) {
  unsigned most = 0;
  TurnOutcome best;
  for (const unsigned streams : {1u, 8u, 16u, 24u, 32u, 48u, 64u, 80u, 96u, 112u, 128u}) {
    request.streams = streams;
    // What the rest of the machine did once is not the side's.
    auto out = side.turn(request);
    if (out && out->misses) out = side.turn(request);
    if (!out) return;
    if (!out->failed.empty()) {
      fmt::print("  {:<9} with {} streams: {}\n", side.name, streams, out->failed);
      break;
    }
    fmt::print("  {:<9} {:>3} streams of {} frames: {} misses, {:.0f} % of a core ({:.1f} us a period)\n", side.name,
               streams, request.period_frames, out->misses,
               100 * (out->server_seconds + out->application_seconds) / static_cast<double>(request.time.count()),
               1e6 * (out->server_seconds + out->application_seconds) /
                   static_cast<double>(std::max<uint64_t>(1, out->periods)));
    if (out->misses) break;
    most = streams;
    best = *out;
  }
  fmt::print("  {:<9} carries {} without a miss\n", side.name, most);
}

int run(const std::regex& wanted) {
  const auto has = [&](const char* part) { return std::regex_search(part, wanted); };
  const std::vector<Side> sides{{"portside", [](const TurnRequest& r) { return std::optional(portside_turn(r)); }},
                                {"jackd", jack_turn}};
  TurnRequest request{.time = std::chrono::seconds(setting("PORTSIDE_BENCH_SECONDS", 5)),
                      .priority = setting("PORTSIDE_BENCH_PRIORITY", 0)};
  const int rounds = setting("PORTSIDE_BENCH_ROUNDS", 2);
  fmt::print("Driver host and jackd -d dummy, 48 kHz, turns of {} s, priority {}\n", request.time.count(),
             request.priority ? std::to_string(request.priority) : "usual");
  const auto delays = [&](const char* when) {
    fmt::print("{}\n  {:<9} {:>6} {:>7} {:>8} {:>8} {:>8} {:>8} {:>7} {:>9} {:>9} {:>7} {:>6}\n", when, "", "period",
               "pulses", "least ms", "median", "99 %", "most", "misses", "server us", "app us", "steal %", "load");
    for (const uint32_t period : {128u, 256u, 480u}) {
      if (const int only = setting("PORTSIDE_BENCH_PERIOD", 0); only && only != static_cast<int>(period)) continue;
      request.period_frames = period;
      for (int round = 0; round < rounds; ++round)
        for (const Side& side : sides) {
          const Ticks before = ticks();
          if (const auto out = side.turn(request)) print_delays(side, request, *out, before, ticks());
          std::fflush(stdout);
        }
    }
  };
  fmt::print(
      "portside: through the driver's two cyclic buffers of two periods each. jackd: from one client's callback to the "
      "next one's, in the same cycle; its dummy device hears nothing.\n");
  if (has("service/delay")) delays("Application to application, by pulse; processor time a period");
  if (has("service/delay_under_load") && ::access("/usr/bin/stress-ng", X_OK) == 0) {
    const Server stress({"stress-ng", "--cpu", std::to_string(::sysconf(_SC_NPROCESSORS_ONLN)), "--quiet"}, false);
    delays("The same while stress-ng keeps every core busy");
  }
  if (!has("service/streams")) return 0;
  fmt::print("Streams on one core\n");
  request.period_frames = 480;
  for (const Side& side : sides) print_streams(side, request);
  return 0;
}

}  // namespace
}  // namespace portside::bench

int main(int count, char** words) {
  constexpr std::string_view kFilter = "--benchmark_filter=";
  std::string filter;
  for (int i = 1; i < count; ++i)
    if (const std::string_view word = words[i]; word.starts_with(kFilter)) filter = word.substr(kFilter.size());
  try {
    return portside::bench::run(std::regex(filter));
  } catch (const std::regex_error& wrong) {
    fmt::print(stderr, "'{}' is no regular expression: {}\n", filter, wrong.what());
    return 2;
  }
}
