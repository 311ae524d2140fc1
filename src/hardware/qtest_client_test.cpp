// A QEMU that is a socket: what it is asked, and what its silence is.

#include "hardware/qtest_client.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>

namespace portside::hardware {
namespace {

using namespace std::chrono_literals;

class Qtest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends_), 0); }
  void TearDown() override {
    if (ends_[1] >= 0) ::close(ends_[1]);
  }
  void connect(QtestPatience patience) {
    client_ = std::make_unique<QtestClient>(
        ends_[0],
        QtestClient::Events{.interrupt = {}, .ended = [this](const std::string& why) { ended_.set_value(why); }},
        patience);
  }
  std::string question() {
    char text[256];
    const ssize_t got = ::recv(ends_[1], text, sizeof text, 0);
    return got > 0 ? std::string(text, static_cast<size_t>(got)) : std::string();
  }
  void answer(const char* text) { ASSERT_GT(::send(ends_[1], text, strlen(text), MSG_NOSIGNAL), 0); }

  int ends_[2] = {-1, -1};
  std::promise<std::string> ended_;
  std::unique_ptr<QtestClient> client_;
};

TEST_F(Qtest, ASilentQemuIsNoticedWithNobodyAsking) {
  connect({.silence = 50ms, .heartbeat = 10ms});
  EXPECT_FALSE(question().empty()) << "it is asked whether it lives";
  const std::string why = ended_.get_future().get();
  EXPECT_NE(why.find("has not answered"), std::string::npos) << why;
  EXPECT_FALSE(client_->read_memory(0, 4)) << "and stays dead";
}

TEST_F(Qtest, AQemuThatAnswersIsAskedAgain) {
  connect({.silence = 60s, .heartbeat = 1ms});
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(question().empty());
    answer("OK little\n");
  }
}

TEST_F(Qtest, ItsEndIsToldOnce) {
  connect({.silence = 60s, .heartbeat = 60s});
  ::close(std::exchange(ends_[1], -1));
  EXPECT_EQ(ended_.get_future().get(), "QEMU has ended");
  EXPECT_FALSE(client_->command("endianness"));
}

}  // namespace
}  // namespace portside::hardware
