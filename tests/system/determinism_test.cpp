// The same seed is the same run: two runs write one trace, byte for byte; another seed is another order.

#include <unistd.h>

#include <fstream>
#include <sstream>

#include "support/loopback.h"

namespace portside {
namespace {

using testing_support::duplex;
using testing_support::install;
using testing_support::noise;

std::string trace_of(uint64_t seed) {
  const std::filesystem::path path = std::filesystem::temp_directory_path() /
                                     ("portside_trace_" + std::to_string(getpid()) + "_" + std::to_string(seed));
  {
    host::MachineOptions options;
    options.seed = seed;
    options.trace = path;
    auto machine = install(CABLE_SYS, options);
    if (!machine) return {};
    client::DuplexRequest request;
    request.sound = noise(client::AudioFormat::parse("48000/16/2").value(), 9600);
    request.record = true;
    EXPECT_TRUE(duplex(*machine, request));
    EXPECT_TRUE(machine->uninstall());
  }
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  std::filesystem::remove(path);
  return text.str();
}

TEST(Determinism, OneSeedWritesOneTrace) {
  for (const uint64_t seed : {1u, 2u, 77u}) {
    const std::string first = trace_of(seed), second = trace_of(seed);
    EXPECT_GT(first.size(), 10'000u);
    EXPECT_TRUE(first == second) << "seed " << seed;
  }
}

TEST(Determinism, AnotherSeedIsAnotherOrder) { EXPECT_NE(trace_of(1), trace_of(2)); }

}  // namespace
}  // namespace portside
