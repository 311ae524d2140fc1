#pragma once
// What is said over the socket. A packet is a Head and the fields of one message; SOCK_SEQPACKET keeps packets apart.
// The client asks (a Request with a number of its own), the host answers (an Answer with that number); an answer with
// number 0 is news. Each message names its fields once, in fields(), for writing and for reading.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "portside/client.h"
#include "wire/codec.h"

namespace portside::wire {

inline constexpr uint32_t kMagic = 0x31575350;  // "PSW1"
// Grows with every change of a message; a host and a client of two versions part with a sentence.
inline constexpr uint16_t kVersion = 2;

// Bounds of everything.
inline constexpr size_t kMostPacketBytes = 64 * 1024;
inline constexpr size_t kMostDescriptors = 5;
inline constexpr size_t kMostName = 200, kMostSentence = 1000, kMostChunk = 48 * 1024;
inline constexpr size_t kMostFormats = 1500, kMostControls = 64, kMostChannels = 64, kMostEndpoints = 256;
inline constexpr uint32_t kMostBufferFrames = 1u << 24, kMostRate = 1'536'000;
inline constexpr uint64_t kMostBufferBytes = 1ull << 31;
inline constexpr uint32_t kRegisterPageBytes = 4096;

struct Head {
  uint32_t magic = kMagic;
  uint16_t version = kVersion;
  uint16_t type = 0;
  uint32_t number = 0;  // of the request; 0: news
  uint32_t bytes = 0;   // behind the head
};
static_assert(sizeof(Head) == 16);

void fields_of(auto& v, auto& format)
  requires std::is_same_v<std::remove_cvref_t<decltype(format)>, StreamFormat>
{
  v.choice(format.type, SampleType::kFloat32);
  v.number(format.channels, 1, kMostChannels);
  v.number(format.rate, 1, kMostRate);
  v.number(format.channel_mask);
}

// --- requests

struct Hello {
  static constexpr uint16_t kType = 1;
  std::string program;  // for people who watch
  static void fields(auto& v, auto& m) { v.text(m.program, kMostName); }
};
struct Describe {  // the endpoint at that place of the list
  static constexpr uint16_t kType = 2;
  uint32_t index = 0;
  static void fields(auto& v, auto& m) { v.number(m.index, 0, kMostEndpoints); }
};
struct Open {
  static constexpr uint16_t kType = 3;
  StreamRequest request;
  static void fields(auto& v, auto& m) {
    v.text(m.request.endpoint, kMostName);
    v.choice(m.request.direction, Direction::kCapture);
    fields_of(v, m.request.format);
    v.number(m.request.buffer_frames, 1, kMostBufferFrames);
    v.number(m.request.notifications, 0, 2);
    v.number(m.request.wake_frames, 0, kMostBufferFrames);
  }
};
struct Close {
  static constexpr uint16_t kType = 4;
  uint32_t stream = 0;
  static void fields(auto& v, auto& m) { v.number(m.stream); }
};
struct SetState {
  static constexpr uint16_t kType = 5;
  uint32_t stream = 0;
  StreamState state{};
  static void fields(auto& v, auto& m) {
    v.number(m.stream);
    v.choice(m.state, StreamState::kRun);
  }
};
struct GetControl {
  static constexpr uint16_t kType = 6;
  std::string endpoint;
  uint32_t control = 0;
  static void fields(auto& v, auto& m) {
    v.text(m.endpoint, kMostName);
    v.number(m.control);
  }
};
struct SetControl {
  static constexpr uint16_t kType = 7;
  std::string endpoint;
  uint32_t control = 0;
  std::vector<int32_t> values;
  static void fields(auto& v, auto& m) {
    v.text(m.endpoint, kMostName);
    v.number(m.control);
    v.list(m.values, kMostChannels, [](auto& w, auto& value) { w.number(value); });
  }
};
// A snapshot is taken when its first byte is asked for, and read in pieces.
struct ReadSnapshot {
  static constexpr uint16_t kType = 8;
  uint32_t offset = 0;
  static void fields(auto& v, auto& m) { v.number(m.offset); }
};

using Request = std::variant<Hello, Describe, Open, Close, SetState, GetControl, SetControl, ReadSnapshot>;

// --- answers

// Why not.
struct Reason {
  uint32_t code = 0;  // NTSTATUS
  std::string sentence;
  Reason() = default;
  explicit Reason(const Status& why) : code(static_cast<uint32_t>(why.code())), sentence(why.sentence()) {}
  static void fields(auto& v, auto& m) {
    v.number(m.code);
    v.text(m.sentence, kMostSentence);
  }
};
struct Failed : Reason {
  static constexpr uint16_t kType = 101;
  using Reason::Reason;
};
struct Done {
  static constexpr uint16_t kType = 102;
  static void fields(auto&, auto&) {}
};
struct Welcome {
  static constexpr uint16_t kType = 103;
  std::string driver;
  static void fields(auto& v, auto& m) { v.text(m.driver, kMostName); }
};
struct Described {
  static constexpr uint16_t kType = 104;
  uint32_t endpoints = 0;  // that there are; the one below is empty when none is at the place
  EndpointInfo endpoint;
  static void fields(auto& v, auto& m) {
    v.number(m.endpoints, 0, kMostEndpoints);
    v.text(m.endpoint.id, kMostName);
    v.text(m.endpoint.name, kMostName);
    v.choice(m.endpoint.direction, Direction::kCapture);
    v.list(m.endpoint.formats, kMostFormats, [](auto& w, auto& format) { fields_of(w, format); });
    v.list(m.endpoint.controls, kMostControls, [](auto& w, auto& control) {
      w.number(control.id);
      w.choice(control.kind, ControlInfo::Kind::kJack);
      w.text(control.name, kMostName);
      w.number(control.channels, 1, kMostChannels);
      w.number(control.minimum);
      w.number(control.maximum);
      w.number(control.step);
      w.flag(control.writable);
    });
    v.flag(m.endpoint.plugged_in);
  }
};
// A register in a page of its own, which a descriptor is passed of, for reading.
struct PassedRegister {
  uint32_t offset = 0;  // of its first byte in the page
  RegisterFacts facts;
  static void fields(auto& v, auto& m) {
    v.number(m.offset, 0, kRegisterPageBytes - 4);
    v.either(m.facts.width, 32, 64);
    v.number(m.facts.numerator);
    v.number(m.facts.denominator);
    v.number(m.facts.accuracy);
  }
};
// With three descriptors: the buffer's memory, the stream's page, the reading end of the notification's pipe; and one more
// for each register that there is, the position first.
struct Opened {
  static constexpr uint16_t kType = 105;
  uint32_t stream = 0;
  StreamFacts facts;           // without registers: they are what was mapped of those below
  uint64_t buffer_offset = 0;  // of the first frame in the memory
  std::optional<PassedRegister> position = {}, clock = {};
  size_t descriptors() const { return 3u + position.has_value() + clock.has_value(); }
  static void fields(auto& v, auto& m) {
    v.number(m.stream);
    fields_of(v, m.facts.format);
    v.number(m.facts.buffer_frames, 1, kMostBufferFrames);
    v.number(m.facts.notifications, 0, 2);
    v.flag(m.facts.packets);
    v.flag(m.facts.write_combined);
    v.flag(m.facts.copied);
    v.number(m.facts.latency_frames);
    v.number(m.buffer_offset, 0, kMostBufferBytes);
    for (auto* passed : {&m.position, &m.clock})
      v.maybe(*passed, [](auto& w, auto& reg) { PassedRegister::fields(w, reg); });
  }
};
struct Values {
  static constexpr uint16_t kType = 106;
  std::vector<int32_t> values;
  static void fields(auto& v, auto& m) {
    v.list(m.values, kMostChannels, [](auto& w, auto& value) { w.number(value); });
  }
};
struct SnapshotPart {
  static constexpr uint16_t kType = 107;
  uint32_t total = 0;
  std::string text;
  static void fields(auto& v, auto& m) {
    v.number(m.total);
    v.text(m.text, kMostChunk);
  }
};
// News.
struct Changed {
  static constexpr uint16_t kType = 108;
  std::string endpoint;
  std::optional<uint32_t> control;
  static void fields(auto& v, auto& m) {
    v.text(m.endpoint, kMostName);
    v.maybe(m.control);
  }
};
// The host's last word, and why.
struct Farewell : Reason {
  static constexpr uint16_t kType = 109;
  using Reason::Reason;
};

using Answer = std::variant<Failed, Done, Welcome, Described, Opened, Values, SnapshotPart, Changed, Farewell>;

// --- packets

// The head and the fields. Fails when a field is out of its bounds, or the whole is too long.
std::vector<std::byte> seal_packet(uint16_t type, uint32_t number, Writer& writer);

template <class Message>
Result<std::vector<std::byte>> encode(uint32_t number, const Message& message) {
  Writer writer;
  Message::fields(writer, message);
  if (writer.wrong()) return fail(StatusCode::kInvalidParameter, std::string(writer.wrong()) + " is out of its bounds");
  if (writer.bytes().size() > kMostPacketBytes - sizeof(Head))
    return fail(StatusCode::kInvalidBufferSize, "the message is longer than a packet may be");
  return seal_packet(Message::kType, number, writer);
}

// The head of a packet: right magic, right length. A wrong version is kRevisionMismatch, anything else
// kInvalidParameter.
Result<Head> read_head(std::span<const std::byte> packet);

template <class Set>
struct Decoded {
  uint32_t number = 0;
  Set message;
};

// Any bytes at all: one message of the set, each field within its bounds and nothing behind the last.
template <class... Messages>
Result<Decoded<std::variant<Messages...>>> decode(std::span<const std::byte> packet, std::variant<Messages...>*) {
  TRY_ASSIGN(const Head head, read_head(packet));
  Decoded<std::variant<Messages...>> out{head.number, {}};
  Reader reader(packet.subspan(sizeof(Head)));
  bool known = false;
  const auto attempt = [&]<class Message>(Message message) {
    if (known || Message::kType != head.type) return;
    known = true;
    Message::fields(reader, message);
    if (!reader.wrong() && !reader.at_end()) reader.fail("there is something behind its end");
    out.message = std::move(message);
  };
  (attempt(Messages{}), ...);
  if (!known) return fail(StatusCode::kInvalidParameter, "a message of no known type");
  if (reader.wrong()) return fail(StatusCode::kInvalidParameter, std::string("a message was wrong: ") + reader.wrong());
  return out;
}
inline Result<Decoded<Request>> decode_request(std::span<const std::byte> packet) {
  return decode(packet, static_cast<Request*>(nullptr));
}
inline Result<Decoded<Answer>> decode_answer(std::span<const std::byte> packet) {
  return decode(packet, static_cast<Answer*>(nullptr));
}

}  // namespace portside::wire
