// Any bytes at all, as messages. An input's first byte says how: 0, as they are, into both decoders; 1, behind a right
// head; else as a client's requests, one after the other, to the session of a live host that serves the cable driver,
// whose answers a client must be able to read. wire/wire_corpus_test.cpp runs the decoders over the corpus.

#include <sys/socket.h>

#include <cstdio>

#include "host/device_watch.h"
#include "host/machine.h"
#include "host/processor_load.h"
#include "service/driver_host.h"
#include "wire_path.h"

namespace portside {
namespace {

[[noreturn]] void wrong(const char* what) {
  std::fprintf(stderr, "fuzz wire: %s\n", what);
  std::abort();
}

// One machine with the cable for all inputs.
class Bench {
 public:
  Bench() {
    host::MachineOptions options;
    options.realtime = true;
    options.verify = false;
    auto machine = host::Machine::create(options);
    if (!machine) wrong("no machine");
    machine_ = std::move(*machine);
    load_.emplace(*machine_);
    devices_.emplace(*machine_);
    if (!machine_->install(CABLE_SYS)) wrong("the cable is not installed");
  }

  void serve(std::span<const uint8_t> bytes) {
    auto created = service::DriverHost::create(*machine_, *load_, *devices_, nullptr, -1);
    if (!created) wrong("no host");
    service::DriverHost& host = **created;
    if (!host.run_with([&] { requests(host, bytes); })) wrong("the machine has ended");
  }

 private:
  void requests(service::DriverHost& host, std::span<const uint8_t> bytes) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) wrong("no sockets");
    const Descriptor client(ends[1]);
    service::Session& session = host.take_in(std::make_shared<service::Peer>(Descriptor(ends[0]), 1));
    uint32_t number = 0;
    bool served = true;
    const auto ask = [&](std::vector<std::byte> packet) {
      wire::Packet received;
      received.bytes = std::move(packet);
      served = session.take(received);
      read_answers(client);
    };
    ask(*wire::encode(++number, wire::Hello{"fuzz"}));
    // [type, length, payload]...
    while (served && bytes.size() >= 2) {
      const size_t length = std::min<size_t>(bytes[1], bytes.size() - 2);
      ask(wire::with_head(bytes[0], bytes.subspan(2, length), ++number, static_cast<wire::Request*>(nullptr)));
      bytes = bytes.subspan(2 + length);
    }
    host.part_with_all();
    read_answers(client);
  }

  static void read_answers(const Descriptor& client) {
    for (;;) {
      auto packet = wire::receive_packet(client.get(), wire::Patience::kDoNotWait);
      if (!packet || !*packet) return;
      const auto answer = wire::decode_answer((*packet)->bytes);
      if (!answer) wrong("the host said what no client reads");
      const auto* opened = std::get_if<wire::Opened>(&answer->message);
      if ((*packet)->descriptors.size() != (opened ? opened->descriptors() : 0))
        wrong("descriptors where none belong, or too few");
    }
  }

  std::unique_ptr<host::Machine> machine_;
  std::optional<host::ProcessorLoad> load_;
  std::optional<host::DeviceWatch> devices_;
};

}  // namespace
}  // namespace portside

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace portside;
  if (size == 0) return 0;
  const std::span rest(data + 1, size - 1);
  if (data[0] == 0) {
    wire::exercise_decoders(rest);
  } else if (data[0] == 1 && !rest.empty()) {
    const auto request = wire::with_head(rest[0], rest.subspan(1), 7, static_cast<wire::Request*>(nullptr));
    const auto answer = wire::with_head(rest[0], rest.subspan(1), 7, static_cast<wire::Answer*>(nullptr));
    for (const auto& packet : {request, answer})
      wire::exercise_decoders({reinterpret_cast<const uint8_t*>(packet.data()), packet.size()});
  } else {
    static Bench* const bench = new Bench;  // its machine lives as long as the fuzzer
    bench->serve(rest);
  }
  return 0;
}
