// A driver that takes its time over a control: cable_waits answers in ten minutes, which no test waits for. What the
// others ask in between is answered, or no test ends.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>

#include "host_clients.h"
#include "host_process.h"
#include "wire/message.h"
#include "wire/socket.h"

namespace portside {
namespace {

using testing_support::HostProcess;

// A client that does not wait for its answers.
class Impatient {
 public:
  explicit Impatient(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)) {
    const sockaddr_un address = wire::socket_address(path).value();
    EXPECT_EQ(::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    const timeval patience{.tv_sec = 30, .tv_usec = 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    const auto hello = wire::encode(++number_, wire::Hello{"slow_control_test"});
    (void)wire::send_packet(socket_.get(), *hello, {}, wire::Patience::kWait);  // who is refused may be closed by now
    greeting_ = answer_to(number_);
  }
  // How many requests were refused of those that nobody waited for.
  int refused() const { return refused_; }
  // Welcome, or Farewell when it is not taken in.
  const wire::Answer& greeting() const { return greeting_; }
  template <class Message>
  uint32_t ask(const Message& message) {
    const auto packet = wire::encode(++number_, message);
    EXPECT_TRUE(packet && wire::send_packet(socket_.get(), *packet, {}, wire::Patience::kWait));
    return number_;
  }
  uint32_t set_volume() { return ask(wire::SetControl{"speaker", 0, {-65536}}); }
  // What was answered to that request; Done, which none of these is answered by, when nothing came.
  wire::Answer answer_to(uint32_t number) {
    for (;;) {
      auto received = wire::receive_packet(socket_.get(), wire::Patience::kWait);
      if (!received || !*received) break;
      auto decoded = wire::decode_answer((*received)->bytes);
      if (decoded && (decoded->number == number || std::holds_alternative<wire::Farewell>(decoded->message)))
        return decoded->message;
      if (decoded) refused_ += std::holds_alternative<wire::Failed>(decoded->message);
    }
    ADD_FAILURE() << "no answer to request " << number;
    return wire::Done{};
  }

 private:
  Descriptor socket_;
  uint32_t number_ = 0;
  int refused_ = 0;
  wire::Answer greeting_;
};

// The request before it has been taken to the driver.
void expect_served(Impatient& client) {
  EXPECT_TRUE(std::holds_alternative<wire::Described>(client.answer_to(client.ask(wire::Describe{0}))));
}

TEST(SlowControl, KeepsNobodyElseWaiting) {
  HostProcess host(CABLE_WAITS);
  Impatient slow(host.socket());
  (void)slow.set_volume();
  expect_served(slow);
  const auto other = Client::connect(host.socket());
  ASSERT_TRUE(other) << other.error().to_string();
  const auto endpoints = (*other)->endpoints();
  ASSERT_TRUE(endpoints);
  EXPECT_EQ(endpoints->size(), 2u);
  EXPECT_TRUE((*other)->snapshot());
  EXPECT_EQ((*other)->set_control("speaker", 0, std::vector<int32_t>{1}).error().code(), StatusCode::kInvalidParameter)
      << "what is wrong is told without the driver";
}

TEST(SlowControl, AsManyRequestsAsAClientMayHaveUnderWay) {
  HostProcess host(CABLE_WAITS);
  Impatient slow(host.socket());
  constexpr size_t kMost = 8;
  for (size_t i = 0; i < kMost; ++i) (void)slow.set_volume();
  const wire::Answer refused = slow.answer_to(slow.set_volume());
  ASSERT_TRUE(std::holds_alternative<wire::Failed>(refused));
  EXPECT_EQ(std::get<wire::Failed>(refused).code, static_cast<uint32_t>(StatusCode::kInsufficientResources));
  expect_served(slow);
  Impatient other(host.socket());
  (void)other.set_volume();
  expect_served(other);
}

// Its thread stands in the driver's queue behind the control.
TEST(SlowControl, AsManyRequestsAsAStreamMayHaveUnderWay) {
  HostProcess host(CABLE_WAITS);
  Impatient slow(host.socket());
  const wire::Answer opened = slow.answer_to(slow.ask(
      wire::Open{{.endpoint = "speaker", .direction = Direction::kRender, .format = {}, .buffer_frames = 9600}}));
  ASSERT_TRUE(std::holds_alternative<wire::Opened>(opened));
  const uint32_t stream = std::get<wire::Opened>(opened).stream;
  (void)slow.set_volume();
  // How many are answered before the volume has got to the driver is chance, and that one more is refused is not.
  for (int i = 0; i < 10'000 && slow.refused() == 0; ++i) {
    (void)slow.ask(wire::SetState{stream, i % 2 ? StreamState::kPause : StreamState::kAcquire});
    expect_served(slow);
  }
  EXPECT_GT(slow.refused(), 0);
  EXPECT_TRUE(Client::connect(host.socket()));
}

// Else one program would have as many threads of the host in the driver as it likes.
TEST(SlowControl, AClientThatGoesMeanwhileIsCountedUntilItsRequestIsOver) {
  HostProcess host(CABLE_WAITS);
  Impatient bystander(host.socket());
  // One that goes before its request has begun leaves nothing, so that it takes some more than there is room for.
  std::string refused;
  for (int i = 0; i < 1000 && refused.empty(); ++i) {
    Impatient slow(host.socket());
    if (const auto* farewell = std::get_if<wire::Farewell>(&slow.greeting())) {
      refused = farewell->sentence;
      continue;
    }
    (void)slow.set_volume();
    expect_served(slow);
  }
  EXPECT_THAT(refused, testing::HasSubstr("of one process"));
  const pid_t another = fork();
  if (another == 0) _exit(Client::connect(host.socket()) ? 0 : 1);
  int status = -1;
  waitpid(another, &status, 0);
  EXPECT_EQ(status, 0);
}

// PortCls lets no removal in while a handler is at work: the device goes when the driver has answered, and then goes whole.
TEST(SlowControl, ADeviceThatIsPulledOutMeanwhileLeavesNobodyWaiting) {
  HostProcess host(CABLE_ANSWERS_LATE, {"--inject", "surprise-remove@4s"});
  Impatient slow(host.socket());
  const uint32_t under_way = slow.set_volume(), behind = slow.set_volume();
  const auto other = Client::connect(host.socket());
  ASSERT_TRUE(other) << other.error().to_string();
  const auto answered = [&](uint32_t number) {
    const wire::Answer answer = slow.answer_to(number);
    if (std::holds_alternative<wire::Done>(answer)) return StatusCode::kOk;
    EXPECT_TRUE(std::holds_alternative<wire::Failed>(answer));
    const auto* failed = std::get_if<wire::Failed>(&answer);
    return failed ? static_cast<StatusCode>(failed->code) : StatusCode::kOk;
  };
  // The first was with the driver when the device went; the second was set before that, or not.
  EXPECT_EQ(answered(under_way), StatusCode::kOk);
  (void)answered(behind);
  EXPECT_TRUE(testing_support::eventually([&] { return (*other)->endpoints().value().empty(); }));
  EXPECT_NE(answered(slow.set_volume()), StatusCode::kOk) << "it is gone";
  EXPECT_TRUE(Client::connect(host.socket())) << "others are served on";
  EXPECT_EQ(host.stop(), 0) << host.said();
}

// The first asks the host to end, which waits for the driver; the second ends it.
TEST(SlowControl, ASecondSignalEndsAHostThatWaitsForItsDriver) {
  HostProcess host(CABLE_WAITS, {"--debug-print"});
  Impatient slow(host.socket());
  (void)slow.set_volume();
  // The driver has the request: one that it has not been given yet is dropped, and nobody waits for it.
  ASSERT_TRUE(testing_support::eventually([&] { return host.said().contains("no answer yet"); })) << host.said();
  ASSERT_EQ(::kill(host.pid(), SIGTERM), 0);
  ASSERT_TRUE(testing_support::eventually([&] { return !std::filesystem::exists(host.socket()); }));
  EXPECT_FALSE(Client::connect(host.socket())) << "nobody is taken in any more";
  EXPECT_EQ(::waitpid(host.pid(), nullptr, WNOHANG), 0) << "it waits";
  ASSERT_EQ(::kill(host.pid(), SIGTERM), 0);
  EXPECT_EQ(host.wait(), 128 + SIGTERM);
  EXPECT_THAT(host.said(), testing::HasSubstr("a second time"));
}

}  // namespace
}  // namespace portside
