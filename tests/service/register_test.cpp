// A client reads the device's position and clock by itself: the studio keeps its registers on a page of their own.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "loop_back.h"
#include "wire/message.h"

namespace portside {
namespace {

using testing_support::connect;
using testing_support::eventually;
using testing_support::HostProcess;
using testing_support::kFormat;
using testing_support::kLong;
using testing_support::open;
using testing_support::raw_connection;
using testing_support::snapshot;

// A stream of the studio's that runs.
struct Registers : testing::Test {
  void SetUp() override {
    client = connect(host);
    ASSERT_TRUE(client);
    stream = open(*client, "microphone", Direction::kCapture);
    ASSERT_TRUE(stream);
  }
  void run() {
    ASSERT_TRUE(stream->set_state(StreamState::kRun));
    ASSERT_TRUE(eventually([&] { return stream->read(DeviceRegister::kPosition).value_or(0) != 0; }));
  }
  HostProcess host{STUDIO_INF};
  std::unique_ptr<Client> client;
  std::unique_ptr<Stream> stream;
};

TEST_F(Registers, HaveTheUnitsThatTheDriverGave) {
  const StreamFacts& facts = stream->facts();
  ASSERT_TRUE(facts.position_register && facts.clock_register);
  EXPECT_EQ(facts.position_register->width, 32u);
  EXPECT_EQ(facts.position_register->accuracy, kFormat.rate / 100 * kFormat.frame_bytes()) << "bytes";
  EXPECT_EQ(facts.clock_register->width, 64u);
  EXPECT_EQ(facts.clock_register->numerator, kFormat.rate);
  EXPECT_EQ(facts.clock_register->denominator, 1u);
  EXPECT_EQ(facts.clock_register->accuracy, kFormat.rate / 100) << "ticks";
}

// The host looks now and then; the position is the register's each time that the driver moves it.
TEST_F(Registers, ArePositionsBetweenTheHostsLooks) {
  run();
  const uint64_t clock = *stream->read(DeviceRegister::kClock);
  // Where the host was late for half a buffer, the register alone says nothing: tried again.
  EXPECT_TRUE(eventually([&] {
    uint64_t seen = 0;
    int values = 0;
    for (int look = 0; look < 50'000 && values < 20; ++look) {
      const auto before = stream->read(DeviceRegister::kPosition);
      const uint64_t done = stream->position().done;
      const auto after = stream->read(DeviceRegister::kPosition);
      if (!before || before != after || *before == seen) {
        std::this_thread::sleep_for(std::chrono::microseconds(100));
        continue;
      }
      if (*before / kFormat.frame_bytes() != done % kLong) return false;
      seen = *before;
      ++values;
    }
    return values == 20;
  }));
  EXPECT_GE(*stream->read(DeviceRegister::kClock), clock + 20) << "frames, each step of them several";
}

TEST_F(Registers, AgreeWithWhatTheHostSees) {
  run();
  EXPECT_TRUE(eventually([&] {
    const uint64_t before = stream->position().done;
    const uint64_t bytes = stream->read(DeviceRegister::kPosition).value();
    const uint64_t after = stream->position().done;
    EXPECT_LT(bytes, uint64_t{kLong} * kFormat.frame_bytes());
    EXPECT_EQ(bytes % kFormat.frame_bytes(), 0u);
    return (bytes / kFormat.frame_bytes() + kLong - before % kLong) % kLong <= after - before;
  })) << "the register lies between two positions";
  // In rounds of the buffer as well.
  EXPECT_TRUE(eventually([&] { return stream->position().done >= 3 * kLong; }));
  EXPECT_TRUE(eventually([&] {
    const auto seen = snapshot(*client)["streams"][0];
    const StreamPosition at = stream->position();
    EXPECT_GE(at.done, seen["frames"].get<uint64_t>()) << "it came later";
    const double passed = static_cast<double>(at.when.count() - seen["when_ns"].get<int64_t>()) * kFormat.rate / 1e9;
    const double moved = static_cast<double>(at.frames) - seen["frames"].get<double>();
    EXPECT_LE(moved, passed + kLong / 4.0);
    return moved >= passed - kFormat.rate / 50.0;
  })) << "within two of the register's steps";
}

TEST_F(Registers, BeginAnewWithTheStream) {
  run();
  EXPECT_TRUE(eventually([&] { return stream->position().done > kLong; }));
  ASSERT_TRUE(stream->set_state(StreamState::kPause));
  const StreamPosition paused = stream->position();
  EXPECT_EQ(stream->position().done, paused.done);
  EXPECT_EQ(stream->read(DeviceRegister::kPosition).value() / kFormat.frame_bytes(), paused.done % kLong);
  ASSERT_TRUE(stream->set_state(StreamState::kStop));
  EXPECT_EQ(stream->position().done, 0u);
  EXPECT_EQ(stream->read(DeviceRegister::kPosition), 0u);
  run();
}

// Every system call kills but the one that ends the child, and clock_gettime, which the time is read by where the kernel's page
// (vdso) cannot tell it. Not seccomp's strict mode: that takes the time stamp counter away as well, by which the page tells it.
bool forbid_system_calls() {
  scmp_filter_ctx filter = ::seccomp_init(SCMP_ACT_KILL_PROCESS);
  bool ok = filter != nullptr;
  for (const int call : {SCMP_SYS(exit_group), SCMP_SYS(clock_gettime)})
    ok = ok && ::seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0) == 0;
  return ok && ::seccomp_load(filter) == 0;
}

TEST_F(Registers, AreReadWithoutASystemCall) {
  run();
  const pid_t child = fork();
  if (child == 0) {
    if (!forbid_system_calls()) _exit(3);
    uint64_t before = 0, back = 0, none = 0;
    for (int i = 0; i < 100'000; ++i) {
      const uint64_t now = stream->position().frames;
      back += now < before;
      before = now;
      none += !stream->read(DeviceRegister::kClock) || !stream->read(DeviceRegister::kPosition);
    }
    _exit(back ? 1 : none ? 2 : 0);
  }
  int status = -1;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status)) << "a system call, or signal " << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

// What a program of our own makes of the descriptors is its own affair: they are to be safe with it.
struct Passed {
  wire::Opened opened;
  std::vector<Descriptor> descriptors;
};
Passed open_raw(const Descriptor& socket, const char* endpoint, Direction direction) {
  Passed passed;
  const auto ask = [&](uint32_t number, const auto& message) {
    const auto packet = wire::encode(number, message);
    (void)wire::send_packet(socket.get(), *packet, {}, wire::Patience::kWait);
    for (;;) {
      auto received = wire::receive_packet(socket.get(), wire::Patience::kWait);
      if (!received || !*received) return;
      const auto decoded = wire::decode_answer((*received)->bytes);
      if (!decoded || decoded->number != number) continue;
      if (const auto* opened = std::get_if<wire::Opened>(&decoded->message)) passed.opened = *opened;
      passed.descriptors = std::move((*received)->descriptors);
      return;
    }
  };
  ask(1, wire::Hello{"register_test"});
  ask(2, wire::Open{{.endpoint = endpoint, .direction = direction, .format = kFormat, .buffer_frames = kLong}});
  return passed;
}

TEST(PassedRegisters, AreOnePageThatNobodyWritesAndNothingElse) {
  HostProcess host(STUDIO_INF);
  const Descriptor first = raw_connection(host.socket()), second = raw_connection(host.socket());
  const Passed one = open_raw(first, "microphone", Direction::kCapture),
               other = open_raw(second, "headphones", Direction::kRender);
  std::vector<ino_t> files;
  for (const Passed* passed : {&one, &other}) {
    ASSERT_TRUE(passed->opened.position && passed->opened.clock);
    ASSERT_EQ(passed->descriptors.size(), 5u);
    for (size_t i = 3; i < 5; ++i) {
      const int file = passed->descriptors[i].get();
      struct stat facts{};
      ASSERT_EQ(::fstat(file, &facts), 0);
      EXPECT_EQ(facts.st_size, 4096);
      files.push_back(facts.st_ino);
      const Descriptor anew(::open(("/proc/self/fd/" + std::to_string(file)).c_str(), O_RDWR | O_CLOEXEC));
      for (const int each : {file, anew.get()}) {
        if (each < 0) continue;
        EXPECT_EQ(::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, each, 0), MAP_FAILED);
        EXPECT_LT(::pwrite(each, "x", 1, 0), 0);
        EXPECT_NE(::ftruncate(each, 0), 0);
      }
      std::array<uint8_t, 4096> bytes{};
      ASSERT_EQ(::pread(file, bytes.data(), bytes.size(), 0), 4096);
      EXPECT_EQ(std::ranges::count(std::span(bytes).subspan(16), 0), 4096 - 16) << "two registers of eight bytes";
    }
  }
  EXPECT_EQ(files[0], files[1]) << "the studio has both on one page";
  EXPECT_NE(files[0], files[2]) << "each stream has a page of its own";
}

TEST(PassedRegisters, LeaveNothingInTheHost) {
  HostProcess host(STUDIO_INF);
  const auto client = connect(host);
  ASSERT_TRUE(client);
  (void)open(*client, "microphone", Direction::kCapture);
  const size_t descriptors = host.descriptors();
  for (int i = 0; i < 5; ++i) {
    const auto stream = open(*client, "microphone", Direction::kCapture);
    ASSERT_TRUE(stream && stream->facts().position_register);
  }
  EXPECT_TRUE(eventually([&] { return host.descriptors() <= descriptors; }))
      << host.descriptors() << ' ' << descriptors;
  EXPECT_EQ(host.stop(), 0) << host.said();
  EXPECT_THAT(host.said(), testing::HasSubstr("verdict: clean"));
}

// Read and written over as soon as the register says so. The studio plays at half the level: of even samples that is exact.
TEST(PassedRegisters, SayNothingTooSoon) {
  HostProcess host(STUDIO_INF);
  const auto client = connect(host);
  ASSERT_TRUE(client);
  const auto halve = [](testing_support::Sound& sound) {
    testing_support::Sound half(sound.size());
    for (size_t at = 0; at + 1 < sound.size(); at += 2) {
      int16_t sample = 0;
      std::memcpy(&sample, &sound[at], 2);
      const auto even = static_cast<int16_t>(sample & ~1), heard = static_cast<int16_t>(even / 2);
      std::memcpy(&sound[at], &even, 2);
      std::memcpy(&half[at], &heard, 2);
    }
    return half;
  };
  ASSERT_TRUE(eventually([&, seed = 1u]() mutable {
    return testing_support::loop_back(*client, "headphones", "headphones-loopback", kLong, 2, seed++, halve);
  }));
}

// A driver frees its page when the device goes; the client has it mapped and goes on.
TEST(PassedRegisters, OfADeviceThatIsGoneAreNotRead) {
  HostProcess host(STUDIO_INF, {"--inject", "surprise-remove@5s"});
  const auto client = connect(host);
  ASSERT_TRUE(client);
  const auto stream = open(*client, "microphone", Direction::kCapture);
  ASSERT_TRUE(stream && stream->set_state(StreamState::kRun));
  uint64_t before = 0;
  EXPECT_TRUE(eventually([&] {
    const uint64_t now = stream->position().frames;
    EXPECT_GE(now, before);
    before = now;
    return !stream->alive().is_ok();
  }));
  EXPECT_EQ(stream->read(DeviceRegister::kPosition), std::nullopt);
  EXPECT_EQ(stream->read(DeviceRegister::kClock), std::nullopt);
  EXPECT_GE(stream->position().frames, before);
  EXPECT_EQ(host.stop(), 0) << host.said();
  EXPECT_GE(stream->position().frames, before) << "with the host gone as well";
}

TEST(PassedRegisters, OfAHostThatWasKilledStandStill) {
  HostProcess host(STUDIO_INF);
  const auto client = connect(host);
  ASSERT_TRUE(client);
  const auto stream = open(*client, "microphone", Direction::kCapture);
  ASSERT_TRUE(stream && stream->set_state(StreamState::kRun));
  EXPECT_TRUE(eventually([&] { return stream->position().done > 0; }));
  host.kill_it();
  const auto bytes = stream->read(DeviceRegister::kPosition);
  const StreamPosition then = stream->position();
  std::this_thread::sleep_for(std::chrono::milliseconds(500));  // longer than the buffer: no round is made up
  EXPECT_EQ(stream->read(DeviceRegister::kPosition), bytes);
  EXPECT_EQ(stream->position().done, then.done);
  EXPECT_LE(stream->position().frames, then.done + kLong);
}

TEST(PassedRegisters, ADriverWithoutThemIsServedAsBefore) {
  HostProcess host(CABLE_INF);
  const auto client = connect(host);
  ASSERT_TRUE(client);
  const auto stream = open(*client, "speakers", Direction::kRender);
  ASSERT_TRUE(stream);
  EXPECT_FALSE(stream->facts().position_register || stream->facts().clock_register);
  ASSERT_TRUE(stream->set_state(StreamState::kRun));
  EXPECT_EQ(stream->read(DeviceRegister::kPosition), std::nullopt);
  EXPECT_TRUE(eventually([&] { return stream->position().done > 0; }));
}

}  // namespace
}  // namespace portside
