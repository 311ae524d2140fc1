// What a host does with clients that say wrong things, and a client with a host that does. Each is told, or parted
// with, and the others go on.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <atomic>
#include <cstring>

#include "host_clients.h"
#include "wire/message.h"
#include "wire/shared_memory.h"
#include "wire/socket.h"
#include "wire/stream_page.h"

namespace portside {
namespace {

using testing_support::HostProcess;
using testing_support::raw_connection;
using Bytes = std::vector<std::byte>;

template <class Message>
Bytes packet(uint32_t number, const Message& message) {
  return wire::encode(number, message).value();
}
Bytes hello() { return packet(1, wire::Hello{"wire_test"}); }

// The next answer; none when the host has parted with us.
std::optional<wire::Answer> answer(const Descriptor& socket) {
  auto received = wire::receive_packet(socket.get(), wire::Patience::kWait);
  if (!received || !*received) return std::nullopt;
  auto decoded = wire::decode_answer((*received)->bytes);
  EXPECT_TRUE(decoded) << decoded.error().to_string();
  return decoded ? std::optional(decoded->message) : std::nullopt;
}

struct Wrong {
  const char* what;
  Bytes bytes;
};

std::vector<Wrong> wrong_packets() {
  std::vector<Wrong> table;
  const Bytes good = packet(7, wire::Open{{.endpoint = "speakers", .format = {}}});
  const auto changed = [&](const char* what, size_t at, auto value) {
    Bytes bytes = good;
    std::memcpy(bytes.data() + at, &value, sizeof value);
    table.push_back({what, bytes});
  };
  changed("another magic", 0, uint32_t{0x12345678});
  changed("another version", 4, uint16_t{99});
  changed("a type that is none", 6, uint16_t{50});
  changed("an answer instead of a request", 6, uint16_t{wire::Done::kType});
  changed("number 0", 8, uint32_t{0});
  changed("a length that is too small", 12, uint32_t{4});
  changed("a length that is too large", 12, uint32_t{1 << 20});
  changed("a name that is longer than the packet", 16, uint32_t{100});
  changed("a name that is longer than any", 16, uint32_t{0xFFFFFFFF});
  changed("a direction that is none", 16 + 4 + 8, uint8_t{2});
  changed("a sample type that is none", 16 + 4 + 8 + 1, uint8_t{6});
  changed("no channels", 16 + 4 + 8 + 2, uint32_t{0});
  changed("a rate of 0", 16 + 4 + 8 + 6, uint32_t{0});
  changed("a control character in the name", 20, char{'\x1b'});
  table.push_back({"nothing but a head's part", Bytes(good.begin(), good.begin() + 9)});
  Bytes longer = good;
  longer.push_back(std::byte{0});
  const auto bytes = static_cast<uint32_t>(longer.size() - sizeof(wire::Head));
  std::memcpy(longer.data() + 12, &bytes, sizeof bytes);
  table.push_back({"something behind its end", longer});
  table.push_back({"a packet longer than one may be", Bytes(wire::kMostPacketBytes + 1)});
  return table;
}

TEST(Wire, AHostPartsWithWhoeverSpeaksWronglyAndServesTheOthers) {
  HostProcess host(CABLE_INF);
  auto bystander = Client::connect(host.socket());
  ASSERT_TRUE(bystander) << bystander.error().to_string();
  const size_t descriptors = host.descriptors();
  for (const Wrong& wrong : wrong_packets()) {
    SCOPED_TRACE(wrong.what);
    const Descriptor socket = raw_connection(host.socket());
    (void)wire::send_packet(socket.get(), hello(), {}, wire::Patience::kWait);
    EXPECT_TRUE(answer(socket));
    (void)wire::send_packet(socket.get(), wrong.bytes, {}, wire::Patience::kWait);
    // Told why, where there was a number to tell it to; then the end.
    while (const auto told = answer(socket)) EXPECT_TRUE(std::holds_alternative<wire::Failed>(*told));
    EXPECT_TRUE((*bystander)->endpoints());
  }
  // Before the greeting, and with a descriptor that nobody asked for.
  const Descriptor early = raw_connection(host.socket()), gift = raw_connection(host.socket());
  (void)wire::send_packet(early.get(), packet(1, wire::Describe{}), {}, wire::Patience::kWait);
  const int descriptor[] = {0};
  (void)wire::send_packet(gift.get(), hello(), descriptor, wire::Patience::kWait);
  for (const Descriptor* socket : {&early, &gift})
    while (const auto told = answer(*socket)) EXPECT_TRUE(std::holds_alternative<wire::Failed>(*told));
  EXPECT_TRUE((*bystander)->endpoints());
  EXPECT_EQ(host.descriptors(), descriptors) << "what was passed is closed";
  EXPECT_EQ(host.stop(), 0) << host.said();
}

TEST(Wire, RequestsThatMeanNothingAreRefused) {
  HostProcess host(CABLE_INF);
  const Descriptor socket = raw_connection(host.socket());
  const auto refused = [&](const Bytes& request) {
    (void)wire::send_packet(socket.get(), request, {}, wire::Patience::kWait);
    const auto told = answer(socket);
    ASSERT_TRUE(told);
    EXPECT_TRUE(std::holds_alternative<wire::Failed>(*told));
  };
  (void)wire::send_packet(socket.get(), hello(), {}, wire::Patience::kWait);
  ASSERT_TRUE(answer(socket));
  refused(packet(2, wire::SetState{77, StreamState::kRun}));  // another's stream, or nobody's
  refused(packet(3, wire::Close{1}));
  refused(packet(4, wire::ReadSnapshot{1 << 30}));
  refused(packet(5, wire::Open{{.endpoint = "nowhere", .format = {}}}));
  EXPECT_EQ(host.stop(), 0) << host.said();
}

// A client that asks and never reads is parted with; a stream that others have goes on.
TEST(Wire, AClientThatNeverReadsIsPartedWith) {
  HostProcess host(CABLE_INF);
  auto bystander = Client::connect(host.socket());
  ASSERT_TRUE(bystander);
  const Descriptor deaf = raw_connection(host.socket());
  (void)wire::send_packet(deaf.get(), hello(), {}, wire::Patience::kWait);
  bool parted = false;
  for (uint32_t i = 2; i < 100'000 && !parted; ++i) {
    const auto sent = wire::send_packet(deaf.get(), packet(i, wire::Describe{0}), {}, wire::Patience::kDoNotWait);
    if (!sent && sent.error().code() == StatusCode::kDeviceBusy) {
      pollfd room{deaf.get(), POLLOUT, 0};
      ::poll(&room, 1, 100);
    }
    parted = !sent && sent.error().code() == StatusCode::kMachineEnded;
  }
  EXPECT_TRUE(parted);
  EXPECT_TRUE((*bystander)->endpoints());
  EXPECT_EQ(host.stop(), 0) << host.said();
}

// A host of this test's own: it takes one client in, and answers as it is told to.
class LyingHost {
 public:
  using Respond = std::function<void(int socket, uint32_t number, const wire::Request& request)>;
  explicit LyingHost(Respond respond)
      : respond_(std::move(respond)), listener_(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)) {
    const sockaddr_un address = wire::socket_address(path()).value();
    EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(listener_.get(), 1), 0);
    thread_ = std::thread([this] { serve(); });
  }
  ~LyingHost() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
  }
  std::string path() const { return (folder_.path() / "host").string(); }

 private:
  void serve() {
    const Descriptor client(::accept(listener_.get(), nullptr, nullptr));
    for (;;) {
      auto received = wire::receive_packet(client.get(), wire::Patience::kWait);
      if (!received || !*received) return;
      const auto request = wire::decode_request((*received)->bytes);
      if (!request) return;
      if (std::holds_alternative<wire::Hello>(request->message))
        (void)wire::send_packet(client.get(), packet(request->number, wire::Welcome{"liar"}), {},
                                wire::Patience::kWait);
      else respond_(client.get(), request->number, request->message);
    }
  }

  TemporaryFolder folder_;
  Respond respond_;
  Descriptor listener_;
  std::thread thread_;
};

struct Passed {
  const char* what;
  uint64_t buffer_bytes = 960 * 4, offset = 0, page_bytes = 4096;
  bool sealed = true, event = true;
  uint32_t magic = wire::StreamPage::kMagic;
  // Of a register's memory; 0: none is passed, and none spoken of.
  uint64_t register_bytes = 0;
  wire::PassedRegister clock = {.facts = {.numerator = 1, .denominator = 1}};
  bool register_passed = true, register_sealed = true;
  const char* why = nullptr;  // a part of the sentence
};

TEST(Wire, AClientTakesNoMemoryFromAHostThatLies) {
  constexpr uint64_t kBytes = 960 * 4;
  for (const Passed& passed :
       {Passed{"a buffer that is too small", 100, 0, 4096, true, true},
        Passed{"an offset beyond its end", 4096, 4096, 4096, true, true},
        Passed{"a page that is too small", kBytes, 0, 64, true, true},
        Passed{"memory that may shrink", kBytes, 0, 4096, false, true},
        Passed{"a page of another layout", kBytes, 0, 4096, true, true, 1},
        Passed{"a descriptor too few", kBytes, 0, 4096, true, false},
        Passed{.what = "two pages for a register", .register_bytes = 8192, .why = "not one page"},
        Passed{.what = "half a page", .register_bytes = 2048, .why = "not one page"},
        Passed{.what = "a register across its own width",
               .register_bytes = 4096,
               .clock = {.offset = 4, .facts = {.width = 64, .numerator = 1, .denominator = 1}},
               .why = "where none can lie"},
        Passed{.what = "a register's page that may shrink",
               .register_bytes = 4096,
               .register_sealed = false,
               .why = "could shrink"},
        Passed{.what = "a clock that stands still",
               .register_bytes = 4096,
               .clock = {.facts = {.numerator = 1}},
               .why = "counts nothing"},
        Passed{.what = "a register without its page",
               .register_bytes = 4096,
               .register_passed = false,
               .why = "did not pass the memory"}}) {
    SCOPED_TRACE(passed.what);
    LyingHost host([&](int socket, uint32_t number, const wire::Request& request) {
      if (!std::holds_alternative<wire::Open>(request)) {
        (void)wire::send_packet(socket, packet(number, wire::Done{}), {}, wire::Patience::kWait);
        return;
      }
      const auto file = [&](uint64_t bytes) {
        Descriptor memory(::memfd_create("lie", MFD_CLOEXEC | MFD_ALLOW_SEALING));
        EXPECT_EQ(::ftruncate(memory.get(), static_cast<off_t>(bytes)), 0);
        return memory;
      };
      const Descriptor buffer = file(passed.buffer_bytes), page = file(passed.page_bytes), event = file(8);
      EXPECT_EQ(::pwrite(page.get(), &passed.magic, sizeof passed.magic, 0), 4);
      const uint32_t layout = wire::StreamPage::kLayout;
      EXPECT_EQ(::pwrite(page.get(), &layout, sizeof layout, 4), 4);
      if (passed.page_bytes < 4096) EXPECT_EQ(::ftruncate(page.get(), static_cast<off_t>(passed.page_bytes)), 0);
      if (passed.sealed)
        for (const Descriptor* memory : {&buffer, &page}) EXPECT_TRUE(wire::seal_size(memory->get()));
      std::vector<int> descriptors{buffer.get(), page.get()};
      if (passed.event) descriptors.push_back(event.get());
      wire::Opened opened{.stream = 1, .facts = {}, .buffer_offset = passed.offset};
      opened.facts.buffer_frames = 960;
      opened.facts.notifications = 2;
      const Descriptor reg = file(passed.register_bytes);
      if (passed.register_sealed) EXPECT_TRUE(wire::seal_size(reg.get()));
      if (passed.register_bytes) opened.clock = passed.clock;
      if (passed.register_bytes && passed.register_passed) descriptors.push_back(reg.get());
      (void)wire::send_packet(socket, packet(number, opened), descriptors, wire::Patience::kWait);
    });
    const auto client = Client::connect(host.path());
    ASSERT_TRUE(client) << client.error().to_string();
    const auto stream = (*client)->open({.endpoint = "x", .format = {}});
    ASSERT_FALSE(stream);
    if (passed.why) EXPECT_THAT(stream.error().sentence(), testing::HasSubstr(passed.why));
  }
}

// An answer that came when nobody waited any more may have opened something.
TEST(Wire, AStreamThatNobodyWaitsForIsClosed) {
  std::atomic<uint32_t> closed = 0;
  LyingHost host([&](int socket, uint32_t number, const wire::Request& request) {
    if (const auto* close = std::get_if<wire::Close>(&request)) closed = close->stream;
    if (!std::holds_alternative<wire::Describe>(request)) return;
    wire::Opened late{.stream = 77, .facts = {}, .buffer_offset = 0};
    late.facts.buffer_frames = 960;
    (void)wire::send_packet(socket, packet(number + 1000, late), {}, wire::Patience::kWait);
    (void)wire::send_packet(socket, packet(number, wire::Described{}), {}, wire::Patience::kWait);
  });
  {
    const auto client = Client::connect(host.path());
    ASSERT_TRUE(client);
    EXPECT_TRUE((*client)->endpoints());
    EXPECT_TRUE((*client)->endpoints());
  }
  for (int i = 0; i < 2000 && closed == 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_EQ(closed, 77u);
}

TEST(Wire, AClientPartsWithAHostThatSpeaksWrongly) {
  for (const bool garbage : {true, false}) {
    LyingHost host([&](int socket, uint32_t number, const wire::Request&) {
      // Bytes that are no message; an answer to another question.
      (void)wire::send_packet(socket, garbage ? Bytes(40, std::byte{0xA5}) : packet(number, wire::Values{{1}}), {},
                              wire::Patience::kWait);
    });
    const auto client = Client::connect(host.path());
    ASSERT_TRUE(client);
    EXPECT_EQ((*client)->endpoints().error().code(), StatusCode::kMachineEnded);
    EXPECT_EQ((*client)->endpoints().error().code(), StatusCode::kMachineEnded);
  }
}

TEST(Wire, NobodyServesThere) {
  const TemporaryFolder folder;
  const auto client = Client::connect((folder.path() / "host").string());
  EXPECT_EQ(client.error().code(), StatusCode::kMachineEnded);
  EXPECT_THAT(client.error().sentence(), testing::HasSubstr("portside serve"));
  EXPECT_EQ(Client::connect(std::string(200, 'x')).error().code(), StatusCode::kObjectNameInvalid);
}

}  // namespace
}  // namespace portside
