// What docs/schedules.md says in numbers. No test: it takes minutes, and the second part is of this machine's luck.
//   races_measure seeds [REPEATS]   how many schedules each strategy needs to find each race: median and worst of
//   REPEATS searches races_measure misses [TRIES]    how often real time meets each race in TRIES uses of a stream by
//   two applications

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>

#include "client/process.h"
#include "verifier/finding.h"
#include "verify/campaign.h"
#include "verify/schedule_run.h"
#include "verify/schedule_scenarios.h"

namespace portside::verify {
namespace {

constexpr const char* kScenario[] = {"", "open-and-close", "events", "events", "states", "states"};
constexpr uint64_t kMost = 3000;

std::string race_sys(int race) { return std::string(RACES) + "/race_" + std::to_string(race) + ".sys"; }

Request request_for(const std::string& driver) {
  Request request;
  request.driver.driver = driver;
  return request;
}

void seeds(uint64_t repeats) {
  fmt::print("{:<6}{:<16}{:>10}{:>10}{:>12}\n", "race", "strategy", "median", "worst", "ms a run");
  for (int race = 1; race <= 5; ++race) {
    const auto scenarios = schedule_scenarios("");
    const Scenario& scenario = *std::ranges::find(scenarios, kScenario[race], &Scenario::name);
    Campaign campaign(request_for(race_sys(race)));
    ScheduleRequest run;
    run.scenario = &scenario;
    run.report = false;
    const ScheduleOutcome first = run_schedule(campaign, run);
    for (uint32_t depth = 1; depth <= 4; ++depth) {
      kernel::ScheduleOptions strategy;
      if (depth > 1)
        strategy = {
            .kind = kernel::ScheduleKind::kPct, .depth = depth, .calls = first.calls, .accesses = first.accesses};
      std::vector<uint64_t> needed;
      uint64_t runs = 0;
      const auto start = std::chrono::steady_clock::now();
      for (uint64_t i = 0; i < repeats; ++i) {
        uint64_t n = 0;
        for (bool found = false; !found && n < kMost; ++n, ++runs) {
          run.seed = 1'000'000 * (i + 1) + n;
          run.strategy = strategy;
          found = run_schedule(campaign, run).run.violated();
        }
        needed.push_back(n);
      }
      std::ranges::sort(needed);
      const double ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
      fmt::print("{:<6}{:<16}{:>10}{:>10}{:>12.1f}\n", race,
                 depth > 1 ? fmt::format("pct, depth {}", depth) : "uniform", needed[needed.size() / 2],
                 needed.back() >= kMost ? fmt::format(">{}", kMost) : std::to_string(needed.back()),
                 ms / static_cast<double>(runs));
      std::fflush(stdout);
    }
  }
}

void orders(const std::string& driver, uint64_t number) {
  Request request = request_for(driver);
  request.checks = {"schedules"};
  request.seeds = number;
  request.budget = std::chrono::hours(10);
  request.command = "portside verify --driver " + driver;
  Campaign campaign(request);
  campaign.run_checks();
  const report::CampaignReport& report = campaign.report();
  fmt::print("{}: {} runs in {:.0f} s, {:.0f} s of machine time\n", report.driver, report.runs, report.wall_seconds,
             static_cast<double>(report.machine_time.count()) * 1e-9);
  for (const report::Problem& p : report.problems)
    fmt::print("  {} ({} times in {} runs): {}\n    {}\n", p.rule().name, p.times, p.runs, p.what, p.first.replay);
  for (const report::Assertion& a : report.assertions)
    if (a.outcome != report::Outcome::kPassed) fmt::print("  {}: {}\n", a.name, a.sentence);
}

Result<> one_use(const client::Endpoint& endpoint, const client::AudioFormat& format) {
  TRY_ASSIGN(auto stream, client::Stream::open(endpoint, format, {.buffer = std::chrono::milliseconds(4)}));
  for (const KSSTATE state : {KSSTATE_ACQUIRE, KSSTATE_PAUSE, KSSTATE_RUN}) TRY(stream->set_state(state));
  for (int i = 0; i < 3; ++i) {
    (void)stream->wait(std::chrono::milliseconds(20));
    TRY(stream->position());
  }
  return stream->set_state(KSSTATE_STOP);
}

void misses(uint64_t tries) {
  for (int race = 1; race <= 5; ++race) {
    host::MachineOptions options;
    options.realtime = true;
    auto machine = host::Machine::create(options);
    if (!machine || !(*machine)->install(race_sys(race)))
      return fmt::print("race {}: the driver does not install\n", race);
    std::atomic<uint64_t> done{0};
    const auto body = [&] {
      const auto endpoints = matching_endpoints("");
      if (!endpoints) return;
      const auto format = usual_format(endpoints->front());
      while (format && done.fetch_add(1) < tries)
        if (!one_use(endpoints->front(), *format)) return;
    };
    const auto start = std::chrono::steady_clock::now();
    const Result<> ran = (*machine)->run(body);
    (void)(*machine)->uninstall();
    const auto findings = (*machine)->findings();
    // What is late is a deviation, and no more in real time than a busy machine.
    const auto met = std::ranges::find(findings, verifier::Grade::kViolation,
                                       [](const verifier::Finding& f) { return f.rule().grade; });
    fmt::print("race {}: {} tries in {:.0f} s, {}\n", race, std::min(done.load(), tries),
               std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(),
               met != findings.end() ? "met: " + met->what
               : ran                 ? "missed"
                                     : "ended: " + ran.error().to_string());
    for (const verifier::Finding& f : findings)
      if (f.rule().grade != verifier::Grade::kViolation) fmt::print("  {}: {}\n", f.rule().name, f.what);
    std::fflush(stdout);
    // Its threads may still be on their way to where ended machines keep them.
    if (!findings.empty()) (void)machine->release();
  }
}

}  // namespace
}  // namespace portside::verify

int main(int argc, char** argv) {
  const std::string_view what = argc > 1 ? argv[1] : "";
  const uint64_t number = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 0;
  if (what == "seeds") portside::verify::seeds(number ? number : 20);
  else if (what == "orders" && argc > 2)
    portside::verify::orders(argv[2], argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 1000);
  else if (what == "misses") portside::verify::misses(number ? number : 10'000);
  else return std::fputs("races_measure seeds [REPEATS] | orders DRIVER [N] | misses [TRIES]\n", stderr), 2;
  return 0;
}
