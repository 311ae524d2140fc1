// drivers/hda over QEMU's card when something is wrong: the driver, or QEMU.

#include <signal.h>
#include <sys/wait.h>

#include <algorithm>

#include "hda/qemu_cards.h"
#include "host/machine_hardware.h"
#include "io/io.h"
#include "memory/memory.h"

namespace portside {
namespace {

using namespace std::chrono_literals;
using namespace testing_support;

constexpr const char* kCard = "qemu:ich9-intel-hda,hda-output,use-timer=off";

size_t open_descriptors() {
  size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) count += !entry.path().empty();
  return count;
}

class QemuMishaps : public QemuCards {
 protected:
  // What a driver's twin is told after a little playing.
  std::string report_of_twin(const char* driver) {
    start(driver, kCard, false);
    if (HasFatalFailure()) return {};
    (void)machine_->run([&] {
      auto stream = client::Stream::open(endpoint(client::Direction::kRender), kCd, {.buffer = 100ms});
      if (!stream) return;
      (void)client::play(**stream, noise(kCd, kRate / 4), {});
      stream->reset();
      client::sleep_for(150ms);  // QEMU goes on for as long as nobody has stopped it
    });
    (void)machine_->uninstall();
    std::string report = report_of(*machine_);
    for (const verifier::Finding& finding : machine_->findings()) rules_.emplace_back(finding.rule().name);
    end();
    return report;
  }
  std::vector<std::string> rules_;
};

TEST_F(QemuMishaps, TheTwinThatForgetsToUnmapIsCaught) {
  const std::string report = report_of_twin(HDA_FORGETS_UNMAP);
  ASSERT_FALSE(rules_.empty());
  EXPECT_EQ(rules_.front(), "FreedWhileMapped") << report;
}

TEST_F(QemuMishaps, TheTwinThatFreesPagesUnderTheCardIsCaught) {
  const std::string report = report_of_twin(HDA_FREES_EARLY);
  EXPECT_GE(std::ranges::count(rules_, "DmaToFreedPage"), 1) << report;
  EXPECT_NE(report.find("freed by"), std::string::npos) << report;
  EXPECT_NE(report.find("allocated by"), std::string::npos) << report;
}

TEST_F(QemuMishaps, TheTwinThatNamesAPageTooFarIsCaught) {
  const std::string report = report_of_twin(HDA_WRONG_DESCRIPTOR);
  EXPECT_GE(std::ranges::count(rules_, "DmaOutside"), 1) << report;
}

// QEMU goes while a stream runs: `strike` is what happens to it.
class QemuEnds : public QemuMishaps, public ::testing::WithParamInterface<int> {};

TEST_P(QemuEnds, InTheMiddleOfAStream) {
  const size_t descriptors = open_descriptors();
  start(HDA_INF, kCard, false);
  if (HasFatalFailure()) return;
  const pid_t qemu = *choice_->qemu();
  Status state = Status::ok(), position = Status::ok();
  bool removed = false;
  const auto ran = machine_->run([&] {
    auto opened = client::Stream::open(endpoint(client::Direction::kRender), kCd, {.buffer = 100ms});
    ASSERT_TRUE(opened) << opened.error().to_string();
    client::Stream& stream = **opened;
    for (const KSSTATE next : {KSSTATE_ACQUIRE, KSSTATE_PAUSE, KSSTATE_RUN}) ASSERT_TRUE(stream.set_state(next));
    ASSERT_TRUE(stream.wait(1s));
    ASSERT_EQ(::kill(qemu, GetParam()), 0);
    const Nanoseconds limit = client::now() + 10s;
    while (client::now() < limit && !removed) {
      client::sleep_for(10ms);
      removed = machine_->device()->state == io::PnpState::kSurpriseRemoved;
    }
    if (const auto asked = stream.position(); !asked) position = asked.error();
    if (const auto set = stream.set_state(KSSTATE_PAUSE); !set) state = set.error();
  });
  ASSERT_TRUE(ran) << ran.error().to_string();
  EXPECT_TRUE(removed);
  EXPECT_EQ(position.code(), StatusCode::kDeviceRemoved) << position.to_string();
  EXPECT_EQ(state.code(), StatusCode::kDeviceRemoved) << state.to_string();
  const auto losses = machine_->hardware().losses();
  ASSERT_EQ(losses.size(), 1u);
  EXPECT_NE(losses[0].find(GetParam() == SIGKILL ? "ended by signal 9" : "has not answered"), std::string::npos)
      << losses[0];
  EXPECT_TRUE(machine_->uninstall());
  EXPECT_TRUE(machine_->findings().empty()) << report_of(*machine_);  // pool, pages, handles, timers left are findings
  EXPECT_EQ(machine_->memory().stats().live_mdls, 0u);
  EXPECT_EQ(machine_->memory().stats().live_views, 0u);
  end();
  EXPECT_EQ(open_descriptors(), descriptors);
  EXPECT_NE(::kill(qemu, 0), 0) << "it is there still";
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a child is left";
}
INSTANTIATE_TEST_SUITE_P(, QemuEnds, ::testing::Values(SIGKILL, SIGSTOP),
                         [](const auto& info) { return info.param == SIGKILL ? "IsKilled" : "FallsSilent"; });

}  // namespace
}  // namespace portside
