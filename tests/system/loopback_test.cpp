// What is played comes out of the capture endpoint, sample for sample: every sample format, channel count, rate and
// buffer length, event driven and polled, through drivers of two compilers and two sets of headers.

#include <fmt/format.h>

#include "support/loopback.h"

namespace portside {
namespace {

using client::AudioFormat;
using testing_support::duplex;
using testing_support::install;
using testing_support::noise;
using testing_support::report_of;

struct Combination {
  AudioFormat format;
  Nanoseconds buffer;
  unsigned notifications = 2;
};

// One round on a machine; the number of samples that were compared.
uint64_t expect_identical(host::Machine& machine, const Combination& c) {
  client::DuplexRequest request;
  // Three rounds of the ring at least, so that it wraps; and something to hear.
  const auto ring = static_cast<uint64_t>(c.buffer.count()) * c.format.rate_hz / 1'000'000'000u;
  request.sound =
      noise(c.format, std::max<uint64_t>(3 * ring + 7, c.format.rate_hz / 50), c.format.bits * 31 + c.format.channels);
  request.record = true;
  request.exact_format = true;
  request.stream.buffer = c.buffer;
  request.stream.notifications = c.notifications;
  // What is played last must come round before the recording ends.
  request.tail = c.buffer * 2 + std::chrono::milliseconds(5);
  const std::string name =
      fmt::format("{}, buffer {} us, {} notifications", c.format.to_string(), c.buffer.count() / 1000, c.notifications);
  const auto outcome = duplex(machine, request);
  if (!outcome) {
    ADD_FAILURE() << name << ": " << outcome.error().to_string();
    return 0;
  }
  if (!outcome->comparison) {
    ADD_FAILURE() << name << ": the formats differ";
    return 0;
  }
  EXPECT_EQ(outcome->comparison->identical, outcome->comparison->samples)
      << name << ", first difference at frame " << outcome->comparison->first_difference_frame.value_or(0);
  EXPECT_EQ(outcome->play_log->late + outcome->recording->log.late, 0u) << name;
  return outcome->comparison->samples;
}

void expect_clean_end(host::Machine& machine) {
  const auto removed = machine.uninstall();
  EXPECT_TRUE(removed) << removed.error().to_string();
  EXPECT_TRUE(machine.findings().empty()) << report_of(machine);
}

class Loopback : public testing::TestWithParam<const char*> {};

TEST_P(Loopback, IsIdenticalForEveryChannelCountRateAndBuffer) {
  const std::string kind = GetParam();
  auto machine = install(CABLE_SYS);
  ASSERT_TRUE(machine);
  uint64_t samples = 0, combinations = 0;
  for (const unsigned channels : {1u, 2u, 8u}) {
    for (const unsigned rate : {8000u, 44100u, 48000u, 96000u, 192000u}) {
      for (const auto buffer : {std::chrono::milliseconds(1), std::chrono::milliseconds(10),
                                std::chrono::milliseconds(100), std::chrono::milliseconds(1000)}) {
        if (buffer > std::chrono::milliseconds(100) && (channels == 2 || (rate != 8000 && rate != 192000))) continue;
        const auto format = AudioFormat::parse(fmt::format("{}/{}/{}", rate, kind, channels));
        ASSERT_TRUE(format);
        samples += expect_identical(*machine, {*format, buffer});
        ++combinations;
      }
    }
  }
  expect_clean_end(*machine);
  RecordProperty("combinations", static_cast<int>(combinations));
  EXPECT_GE(combinations, 49u);
  EXPECT_GT(samples, 100'000u);
}

INSTANTIATE_TEST_SUITE_P(Samples, Loopback, testing::Values("8", "16", "24", "32", "32f"),
                         [](const auto& info) { return "Bits" + std::string(info.param); });

TEST(LoopbackStreams, BasicStreamsAndOneNotificationToo) {
  auto machine = install(CABLE_SYS);
  ASSERT_TRUE(machine);
  for (const unsigned notifications : {0u, 1u, 2u})
    for (const auto buffer :
         {std::chrono::milliseconds(2), std::chrono::milliseconds(20), std::chrono::milliseconds(200)})
      EXPECT_GT(expect_identical(*machine, {AudioFormat::parse("48000/16/2").value(), buffer, notifications}), 0u);
  expect_clean_end(*machine);
}

TEST(LoopbackMingw, ADriverOfAnotherCompilerAndOtherHeadersAgrees) {
  auto machine = install(CABLE_MINGW_SYS);
  ASSERT_TRUE(machine);
  uint64_t samples = 0;
  for (const auto buffer : {std::chrono::milliseconds(10), std::chrono::milliseconds(100)})
    samples += expect_identical(*machine, {AudioFormat::parse("48000/16/2").value(), buffer, 0});
  EXPECT_GT(samples, 0u);
  expect_clean_end(*machine);
}

TEST(LoopbackSeeds, TwoHundredSeedsAllPass) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    host::MachineOptions options;
    options.seed = seed;
    auto machine = install(CABLE_SYS, options);
    ASSERT_TRUE(machine) << "seed " << seed;
    expect_identical(*machine, {AudioFormat::parse("48000/16/2").value(), std::chrono::milliseconds(4)});
    expect_clean_end(*machine);
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
  }
}

// A comparison that could not fail would prove nothing: two sounds at once are not the one that was sent.
TEST(LoopbackItself, SeesADifferentSound) {
  auto machine = install(CABLE_SYS);
  ASSERT_TRUE(machine);
  client::DuplexRequest request;
  const AudioFormat format = AudioFormat::parse("48000/16/2").value();
  request.sound = noise(format, 4800, 1);
  request.record = true;
  const auto outcome = duplex(*machine, request);
  ASSERT_TRUE(outcome) << outcome.error().to_string();
  const client::Sound other = noise(format, 4800, 2);
  EXPECT_FALSE(client::compare(other.frames, outcome->recording->sound.frames, format).all_identical());
}

}  // namespace
}  // namespace portside
