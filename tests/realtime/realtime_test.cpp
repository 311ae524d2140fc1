// Real time: the host's clock and threads. A quarter of a second of sound goes round; late periods are allowed, wrong
// ones are not.

#include "support/loopback.h"

namespace portside {
namespace {

using testing_support::install;
using testing_support::noise;

host::MachineOptions realtime() {
  host::MachineOptions options;
  options.realtime = true;
  return options;
}

TEST(RealTime, ADriverLoadsPlaysAndUnloads) {
  auto machine = install(CABLE_SYS, realtime());
  ASSERT_TRUE(machine);
  client::DuplexRequest request;
  const client::AudioFormat format = client::AudioFormat::parse("48000/16/2").value();
  request.sound = noise(format, 12'000);
  request.record = true;
  request.stream.buffer = std::chrono::milliseconds(400);  // a busy host may be late by half of it
  request.tail = std::chrono::milliseconds(250);
  const auto outcome = testing_support::duplex(*machine, request);
  ASSERT_TRUE(outcome) << outcome.error().to_string();
  EXPECT_GT(outcome->play_log->positions_read, 0u);
  ASSERT_TRUE(outcome->comparison);
  if (outcome->play_log->late + outcome->recording->log.late == 0) EXPECT_TRUE(outcome->comparison->all_identical());
  EXPECT_TRUE(machine->uninstall());
  EXPECT_TRUE(machine->findings().empty()) << testing_support::report_of(*machine);
}

TEST(RealTime, AThreadThatIsOverAtOnceIsNotWaitedForTwice) {
  for (int i = 0; i < 50; ++i) {
    auto machine = host::Machine::create(realtime());
    ASSERT_TRUE(machine) << machine.error().to_string();
    int ran = 0;
    ASSERT_TRUE((*machine)->run([&] { ++ran; }));
    EXPECT_EQ(ran, 1);
  }
}

TEST(RealTime, StreamsOpenAndCloseOnSeveralThreads) {
  auto machine = install(CABLE_SYS, realtime());
  ASSERT_TRUE(machine);
  const client::AudioFormat format = client::AudioFormat::parse("48000/16/2").value();
  std::atomic<int> opened = 0;
  const auto body = [&](client::Direction direction) {
    auto filters = client::list_filters();
    if (!filters) return;
    auto endpoint = client::find_endpoint(client::endpoints_of(*filters), direction, "");
    for (int i = 0; i < 10 && endpoint; ++i) {
      auto stream = client::Stream::open(*endpoint, format, {});
      if (!stream) continue;
      if ((*stream)->set_state(KSSTATE_RUN) && (*stream)->wait(std::chrono::seconds(5))) ++opened;
      (void)(*stream)->set_state(KSSTATE_STOP);
    }
  };
  ASSERT_TRUE(machine->run({{"render", [&] { body(client::Direction::kRender); }},
                            {"capture", [&] { body(client::Direction::kCapture); }}}));
  EXPECT_EQ(opened, 20);
  EXPECT_TRUE(machine->uninstall());
  EXPECT_TRUE(machine->findings().empty()) << testing_support::report_of(*machine);
}

}  // namespace
}  // namespace portside
