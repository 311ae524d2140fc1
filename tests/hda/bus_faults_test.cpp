// drivers/hda and drivers/ac97 over their models behind a bus with faults: what is late, lost or doubled costs neither a
// sample nor a rule, and a card that hangs costs the stream and no more.

#include "base/temporary_folder.h"
#include "client/playback.h"
#include "host/device_choice.h"
#include "support/loopback.h"
#include "verifier/rule.h"

namespace portside {
namespace {

using namespace std::chrono_literals;

constexpr client::AudioFormat kCd{48000, 16, 2};

struct Card {
  const char* name;
  const char* driver;
  const char* device;
};
struct Fault {
  const char* name;
  const char* text;
};
using Pair = std::tuple<Card, Fault>;

std::string name_of(const ::testing::TestParamInfo<Pair>& info) {
  return std::string(std::get<Card>(info.param).name) + std::get<Fault>(info.param).name;
}

class FaultyBus : public ::testing::TestWithParam<Pair> {
 protected:
  std::string heard_path() const { return folder_.path() / "heard.wav"; }
  void start(uint64_t seed) {
    const auto& [card, fault] = GetParam();
    const auto faults = hardware::BusFaults::parse(fault.text);
    ASSERT_TRUE(faults) << faults.error().to_string();
    auto choice =
        host::DeviceChoice::create({.devices = {card.device}, .heard = heard_path(), .faults = *faults, .seed = seed});
    ASSERT_TRUE(choice) << choice.error().to_string();
    auto machine = host::Machine::create({.seed = seed});
    ASSERT_TRUE(machine) << machine.error().to_string();
    machine_ = std::move(*machine);
    const auto slots = choice->plug(*machine_);
    ASSERT_TRUE(slots) << slots.error().to_string();
    const auto installed = machine_->install({.driver = card.driver, .slot = slots->front()});
    ASSERT_TRUE(installed) << installed.error().to_string();
  }
  Result<client::StreamLog> play(const client::Sound& sound) {
    Result<client::StreamLog> log = fail(StatusCode::kUnsuccessful, "nothing was played");
    const auto ran = machine_->run([&] {
      const auto filters = client::list_filters();
      const auto endpoint = client::find_endpoint(client::endpoints_of(*filters), client::Direction::kRender, {});
      ASSERT_TRUE(endpoint) << endpoint.error().to_string();
      auto stream = client::Stream::open(*endpoint, kCd, {.buffer = 100ms});
      ASSERT_TRUE(stream) << stream.error().to_string();
      log = client::play(**stream, sound, {});
    });
    EXPECT_TRUE(ran) << ran.error().to_string();
    return log;
  }
  void expect_no_violation() {
    EXPECT_FALSE(machine_->bug_check());
    for (const verifier::Finding& finding : machine_->findings())
      EXPECT_NE(finding.rule().grade, verifier::Grade::kViolation) << testing_support::report_of(*machine_);
  }

  const TemporaryFolder folder_;
  std::unique_ptr<host::Machine> machine_;
};

class LateLostAndDoubled : public FaultyBus {};
TEST_P(LateLostAndDoubled, CostNoSample) {
  const client::Sound sound = testing_support::noise(kCd, kCd.rate_hz / 2);
  for (const uint64_t seed : {1u, 2u, 3u}) {
    SCOPED_TRACE(seed);
    ASSERT_NO_FATAL_FAILURE(start(seed));
    const auto log = play(sound);
    ASSERT_TRUE(log) << log.error().to_string();
    EXPECT_TRUE(log->flawless()) << (log->glitches.empty() ? log->stalled : log->glitches.front().sentence);
    EXPECT_TRUE(machine_->uninstall());
    expect_no_violation();
    machine_.reset();  // the model writes what was heard
    const auto heard = client::read_sound(heard_path());
    ASSERT_TRUE(heard) << heard.error().to_string();
    const auto compared = client::compare(sound.frames, heard->frames, kCd);
    EXPECT_TRUE(compared.all_identical()) << compared.identical << " of " << compared.samples << " samples";
  }
}

class Hang : public FaultyBus {};
TEST_P(Hang, CostsTheStreamAndNoMore) {
  ASSERT_NO_FATAL_FAILURE(start(1));
  const auto log = play(testing_support::noise(kCd, kCd.rate_hz));
  // What it is told is the driver's to choose: an error, a position that stands, or one that is nowhere.
  EXPECT_TRUE(!log || !log->flawless()) << "as if nothing had been";
  (void)machine_->uninstall();
  expect_no_violation();
}

constexpr Card kCards[] = {{"Hda", HDA_INF, "model:hda"}, {"Ac97", AC97_INF, "model:ac97"}};

INSTANTIATE_TEST_SUITE_P(, LateLostAndDoubled,
                         ::testing::Combine(::testing::ValuesIn(kCards),
                                            ::testing::Values(Fault{"SlowRegisters", "registers=20us"},
                                                              Fault{"LateInterrupts", "interrupts=1ms"},
                                                              Fault{"LostInterrupts", "lost=1/3"},
                                                              Fault{"DoubledInterrupts", "doubled=1/2"},
                                                              Fault{"All",
                                                                    "registers=5us,interrupts=500us,lost=1/20,"
                                                                    "doubled=1/20"})),
                         name_of);
INSTANTIATE_TEST_SUITE_P(, Hang,
                         ::testing::Combine(::testing::ValuesIn(kCards),
                                            ::testing::Values(Fault{"Early", "hang@30ms"},
                                                              Fault{"Late", "hang@500ms"})),
                         name_of);

}  // namespace
}  // namespace portside
