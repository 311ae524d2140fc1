// What a kernel view costs: map + first touch + unmap of 16 pages, fresh pages each time, against what the bare host
// takes to do as much: sixteen fixed mmap(MAP_SHARED | MAP_POPULATE) of single pages at scattered offsets of one
// memfd, and one munmap. The repetitions of all are interleaved, and medians compared, so that the ratios hold on a busy
// machine.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "memory/memory.h"

namespace portside::memory {
namespace {

constexpr uint64_t kPages = 16;
constexpr uint64_t kBytes = kPages * kPageBytes;
constexpr uint32_t kMmCached = 1;
constexpr int kIterations = 200;
constexpr int kRepetitions = 21;

using SteadyClock = std::chrono::steady_clock;
double seconds_since(SteadyClock::time_point start) {
  return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

void touch(void* base) {
  for (uint64_t page = 0; page < kPages; ++page) static_cast<volatile char*>(base)[page * kPageBytes] = 1;
}

// `whole`: making the pages and giving them back are in the measured time, too.
void peer(benchmark::State& state, bool whole) {
  const int memfd = ::memfd_create("peer", MFD_CLOEXEC);
  constexpr off_t kFile = 1ll << 40;
  if (::ftruncate(memfd, kFile) != 0) return state.SkipWithError("no memfd");
  off_t offset = 0;
  for (auto _ : state) {
    auto* at =
        static_cast<char*>(::mmap(nullptr, kBytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
    const auto start = SteadyClock::now();
    for (uint64_t page = 0; page < kPages; ++page) {
      // 7 and 16 have no common factor: each of 16 places once, no two consecutive ones side by side.
      const off_t scattered = offset + static_cast<off_t>(page * 7 % kPages * 2 * kPageBytes);
      ::mmap(at + page * kPageBytes, kPageBytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED | MAP_POPULATE, memfd,
             scattered);
    }
    touch(at);
    ::munmap(at, kBytes);
    const double mapped = seconds_since(start);
    ::fallocate(memfd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, static_cast<off_t>(2 * kBytes));
    state.SetIterationTime(whole ? seconds_since(start) : mapped);
    offset += static_cast<off_t>(2 * kBytes);
  }
  ::close(memfd);
}

void ours(benchmark::State& state, bool verify, bool contiguous, bool whole) {
  auto memory = Memory::create({.verify = verify});
  if (!memory) return state.SkipWithError(memory.error().to_string().c_str());
  Memory& m = **memory;
  for (auto _ : state) {
    const auto begin = SteadyClock::now();
    const PMDL mdl = *m.allocate_pages({.bytes = kBytes, .contiguous = contiguous});
    const auto start = SteadyClock::now();
    const KernelAddress view = *m.map(mdl, kMmCached, MapRequester::kPortStream);
    touch(view.pointer());
    if (!m.unmap(view, mdl, MapRequester::kPortStream)) return state.SkipWithError("unmap failed");
    const double mapped = seconds_since(start);
    if (!m.free_pages(mdl, MdlOrigin::kPortStream)) return state.SkipWithError("free failed");
    state.SetIterationTime(whole ? seconds_since(begin) : mapped);
  }
}

// Keeps the medians for the ratio lines.
class Medians : public benchmark::ConsoleReporter {
 public:
  Medians() : ConsoleReporter(OO_Tabular) {}
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs)
      if (run.run_type == Run::RT_Aggregate && run.aggregate_name == "median")
        microseconds_[run.run_name.function_name] = run.GetAdjustedRealTime();
    ConsoleReporter::ReportRuns(runs);
  }
  double of(const std::string& name) const {
    const auto found = microseconds_.find(name);
    return found == microseconds_.end() ? 0 : found->second;
  }

 private:
  std::map<std::string, double> microseconds_;
};

void add(const char* name, auto&& function) {
  benchmark::RegisterBenchmark(name, function)
      ->UseManualTime()
      ->Unit(benchmark::kMicrosecond)
      ->Iterations(kIterations)
      ->Repetitions(kRepetitions)
      ->ReportAggregatesOnly();
}

int run(int argc, char** argv) {
  std::vector<char*> arguments(argv, argv + argc);
  static char interleave[] = "--benchmark_enable_random_interleaving=true";
  arguments.insert(arguments.begin() + 1, interleave);
  int count = static_cast<int>(arguments.size());
  benchmark::Initialize(&count, arguments.data());

  add("peer: 16 mmap, 1 munmap", [](benchmark::State& s) { peer(s, false); });
  add("verifying, scattered", [](benchmark::State& s) { ours(s, true, false, false); });
  add("verifying, contiguous", [](benchmark::State& s) { ours(s, true, true, false); });
  add("not verifying, scattered", [](benchmark::State& s) { ours(s, false, false, false); });
  add("not verifying, contiguous", [](benchmark::State& s) { ours(s, false, true, false); });
  add("peer, with punching the hole", [](benchmark::State& s) { peer(s, true); });
  add("verifying, allocate to free", [](benchmark::State& s) { ours(s, true, false, true); });
  add("not verifying, allocate to free", [](benchmark::State& s) { ours(s, false, false, true); });

  Medians medians;
  benchmark::RunSpecifiedBenchmarks(&medians);

  const auto ratio = [&](const char* what, const char* mine, const char* base, const char* aim) {
    const double a = medians.of(mine), b = medians.of(base);
    if (a > 0 && b > 0) fmt::print("{:<58} {:8.2f} us / {:8.2f} us = {:.3f}{}\n", what, a, b, a / b, aim);
  };
  fmt::print("\nmap + first touch + unmap of 16 fresh pages, over 16 mmap(MAP_FIXED | MAP_POPULATE) and 1 munmap:\n");
  ratio("  verifying, scattered", "verifying, scattered", "peer: 16 mmap, 1 munmap", "  (aim: <= 1.3)");
  ratio("  verifying, contiguous", "verifying, contiguous", "peer: 16 mmap, 1 munmap", "");
  ratio("  not verifying, scattered", "not verifying, scattered", "peer: 16 mmap, 1 munmap", "  (aim: <= 0.3)");
  ratio("  not verifying, contiguous", "not verifying, contiguous", "peer: 16 mmap, 1 munmap", "");
  fmt::print("the same with making the pages and giving them back:\n");
  ratio("  verifying", "verifying, allocate to free", "peer, with punching the hole", "");
  ratio("  not verifying", "not verifying, allocate to free", "peer, with punching the hole", "");
  fmt::print(
      "not verifying skips: unmapping at unmap (the view is made with the pages and stays until they are freed, so "
      "that\n"
      "  a touch after unmap is not caught), a fresh segment each time (a freed one is cleared and serves again), the\n"
      "  stacks of allocate, map, unmap and free, the history of former views, a guarded page for each descriptor, "
      "and\n"
      "  the quarantine of page frames. Guard pages around views, and the answers to misuse, stay.\n");
  benchmark::Shutdown();
  return 0;
}

}  // namespace
}  // namespace portside::memory

int main(int argc, char** argv) { return portside::memory::run(argc, argv); }
