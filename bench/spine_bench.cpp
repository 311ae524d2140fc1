// The figures of the whole: how much faster than real time a driver runs, how long a start takes, what a call costs.
// Every figure stands beside what it is to be compared with, measured in the same run, turn by turn.

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <vector>

#include "support/loopback.h"

namespace portside {
namespace {

using testing_support::noise;

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }
double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

std::unique_ptr<host::Machine> machine_with(const char* driver, bool verify = true,
                                            uint32_t rule_groups = host::kAllRuleGroups) {
  host::MachineOptions options;
  options.verify = verify;
  options.rule_groups = rule_groups;
  auto machine = host::Machine::create(options);
  if (!machine || !(*machine)->install(driver)) {
    fmt::print(stderr, "{} cannot be installed\n", driver);
    std::exit(1);
  }
  return std::move(*machine);
}

// Seconds on the wall for `seconds` of sound: 48 kHz stereo, 20 ms ring, so an event every 10 ms.
double play(host::Machine& machine, unsigned seconds) {
  client::DuplexRequest request;
  request.sound = noise(client::AudioFormat::parse("48000/16/2").value(), 48'000u * seconds);
  request.stream.buffer = std::chrono::milliseconds(20);
  const double start = now();
  const auto outcome = testing_support::duplex(machine, request);
  const double wall = now() - start;
  if (!outcome) {
    fmt::print(stderr, "{}\n", outcome.error().to_string());
    std::exit(1);
  }
  return wall;
}

void speed() {
  std::vector<double> verified, plain, tick;
  auto with = machine_with(CABLE_SYS), without = machine_with(CABLE_SYS, false),
       every_ms = machine_with(CABLE_TICKS_SYS);
  for (int turn = 0; turn < 5; ++turn) {
    verified.push_back(play(*with, 60));
    plain.push_back(play(*without, 60));
    tick.push_back(play(*every_ms, 60));
  }
  fmt::print("\n60 s of 48 kHz stereo in 10 ms periods, median of 5 turns     wall        times real time\n");
  const auto row = [](const char* name, double wall) {
    fmt::print("  {:<58}{:7.2f} ms  {:10.0f}\n", name, wall * 1e3, 60 / wall);
  };
  row("cable.sys, verifying (aim: 500)", median(verified));
  row("cable.sys, not verifying", median(plain));
  row("cable.sys with a 1 ms timer, verifying", median(tick));
  fmt::print("  verifying costs {:.2f} times not verifying\n", median(verified) / median(plain));
}

// What each group of rules costs: all of them against all but that one, turn by turn, while sound is played, and while streams are
// opened and closed, which is where most rules look.
void rule_groups() {
  using host::RuleGroup;
  constexpr std::pair<const char*, RuleGroup> kGroups[] = {{"IPortWaveRTStream", RuleGroup::kPages},
                                                           {"IRQL of every call", RuleGroup::kIrql},
                                                           {"pool", RuleGroup::kPool},
                                                           {"IRPs, devices, power", RuleGroup::kIo},
                                                           {"waits, locks, MDLs", RuleGroup::kKernel},
                                                           {"what is left behind", RuleGroup::kLeftovers},
                                                           {"order of locks", RuleGroup::kLockOrder},
                                                           {"time at raised IRQL", RuleGroup::kTime},
                                                           {"pageable memory", RuleGroup::kPageable},
                                                           {"streams and their methods", RuleGroup::kStreams},
                                                           {"PortCls", RuleGroup::kPortCls},
                                                           {"registers and interrupts", RuleGroup::kHardware}};
  const auto played = [](host::Machine& machine) { return play(machine, 20); };
  const auto opened = [](host::Machine& machine) {
    const double start = now();
    for (int i = 0; i < 20; ++i) (void)play(machine, 0);
    return now() - start;
  };
  const auto ratio = [](auto measure, host::Machine& with, host::Machine& without) {
    std::vector<double> ratios;
    for (int turn = 0; turn < 7; ++turn) {
      const double all = measure(with);
      ratios.push_back(all / measure(without));
    }
    return median(ratios);
  };
  fmt::print("\nwhat a group of rules costs, as a ratio: with it / without it, median of 7 turns\n{:<60}{:>9}{:>15}\n",
             "", "playing", "open, close");
  const auto row = [&](const char* name, host::Machine& with, host::Machine& without) {
    fmt::print("  {:<58}{:9.3f}{:15.3f}\n", name, ratio(played, with, without), ratio(opened, with, without));
  };
  const auto all = machine_with(CABLE_SYS);
  for (const auto& [name, group] : kGroups)
    row(name, *all, *machine_with(CABLE_SYS, true, host::kAllRuleGroups & ~static_cast<uint32_t>(group)));
  row("all groups", *all, *machine_with(CABLE_SYS, true, 0));
  row("all groups, special pool and histories", *all, *machine_with(CABLE_SYS, false));
}

// From exec to the first sample in the capture buffer: the command line, as a person starts it.
void start_up() {
  std::vector<double> ours, shell;
  const auto run = [](std::vector<const char*> argv) {
    argv.push_back(nullptr);
    const double start = now();
    const pid_t child = fork();
    if (child == 0) {
      execv(argv[0], const_cast<char* const*>(argv.data()));
      _exit(127);
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (status) std::exit(1);
    return now() - start;
  };
  for (int turn = 0; turn < 15; ++turn) {
    ours.push_back(run({PORTSIDE_PROGRAM, "record", "/tmp/portside-bench.wav", "--driver", CABLE_SYS, "--seconds",
                        "0.001", "--quiet"}));
    shell.push_back(run({"/bin/true"}));
  }
  std::remove("/tmp/portside-bench.wav");
  fmt::print("\nprocess start to first sample, and its end, median of 15       wall\n");
  fmt::print("  portside record --seconds 0.001 (aim: 60 ms)              {:7.2f} ms\n", median(ours) * 1e3);
  fmt::print("  /bin/true                                                 {:7.2f} ms\n", median(shell) * 1e3);
}

[[gnu::ms_abi, gnu::noinline]] int64_t bare(int64_t* frequency) {
  asm volatile("" ::: "memory");
  return frequency ? *frequency : 0;
}

// A call as a driver makes it, but for the import's thunk: the scope moves the clock and asks the scheduler and the rules.
void exported_call() {
  auto machine = machine_with(CABLE_SYS);
  constexpr int kCalls = 1'000'000;
  std::vector<double> ours, peer;
  (void)machine->run([&] {
    for (int turn = 0; turn < 7; ++turn) {
      double start = now();
      for (int i = 0; i < kCalls; ++i) (void)KeQueryPerformanceCounter(nullptr);
      ours.push_back((now() - start) / kCalls);
      start = now();
      for (int i = 0; i < kCalls; ++i) (void)bare(nullptr);
      peer.push_back((now() - start) / kCalls);
    }
  });
  fmt::print("\nan exported call, median of 7 turns\n");
  fmt::print("  KeQueryPerformanceCounter, verifying                      {:7.2f} ns\n", median(ours) * 1e9);
  fmt::print("  an empty function of the same convention                  {:7.2f} ns\n", median(peer) * 1e9);
}

void memory_use() {
  const auto resident = [] {
    size_t total = 0, pages = 0;
    std::ifstream("/proc/self/statm") >> total >> pages;
    return pages * 4;
  };
  const size_t before = resident();
  auto machine = machine_with(CABLE_SYS);
  const size_t installed = resident();
  play(*machine, 1);
  fmt::print("\nmemory: {} KiB before, {} KiB more with cable.sys installed, {} KiB more after 1 s of sound\n", before,
             installed - before, resident() - installed);
}

}  // namespace
}  // namespace portside

int main() {
  portside::memory_use();
  portside::speed();
  portside::rule_groups();
  portside::start_up();
  portside::exported_call();
}
