#pragma once
// PatientHost: the other side of the wire, in this process: one render endpoint with a volume, whose device plays what
// was written and waits for more. Each client is told of each volume that is set.

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <list>
#include <map>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "base/descriptor.h"
#include "base/temporary_folder.h"
#include "wire/message.h"
#include "wire/shared_memory.h"
#include "wire/socket.h"
#include "wire/stream_page.h"

namespace portside::testing_support {

class PatientHost {
 public:
  PatientHost() : listener_(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)), over_(::eventfd(0, EFD_CLOEXEC)) {
    const sockaddr_un address = wire::socket_address(path()).value();
    (void)::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    (void)::listen(listener_.get(), 8);
    thread_ = std::thread([this] { serve(); });
  }
  ~PatientHost() {
    const uint64_t one = 1;
    (void)!::write(over_.get(), &one, sizeof one);
    thread_.join();
  }
  PatientHost(const PatientHost&) = delete;
  PatientHost& operator=(const PatientHost&) = delete;

  std::string path() const { return (folder_.path() / "host").string(); }
  static constexpr StreamFormat kFormat{SampleType::kSigned16, 2, 48000, 3};
  static EndpointInfo endpoint() {
    return {.id = "speaker",
            .name = "Speaker",
            .direction = Direction::kRender,
            .formats = {kFormat},
            .controls = {{.id = 0, .kind = ControlInfo::Kind::kVolume, .name = "Speaker volume", .writable = true}}};
  }

 private:
  struct Device {
    wire::SharedMemory buffer, page;
    Descriptor heard, rung;  // a pipe
    StreamState state = StreamState::kStop;
    uint64_t done = 0, woken = 0, wake_frames = 0;
    uint32_t runs = 0;

    wire::StreamPage& shared() const { return *reinterpret_cast<wire::StreamPage*>(page.bytes().data()); }
    void publish() {
      shared().publish(
          {.frames = done, .when_ns = 1, .limit = done, .running = state == StreamState::kRun, .run = runs});
    }
    // A bit of what was written.
    bool play() {
      const uint64_t written = shared().written.load(std::memory_order_acquire);
      if (state != StreamState::kRun || done >= written) return false;
      done = std::min(done + 160, written);
      publish();
      if (wake_frames == 0 || done / wake_frames > woken) {
        woken = wake_frames ? done / wake_frames : 0;
        shared().notifications.fetch_add(1, std::memory_order_release);
        const uint64_t one = 1;
        (void)!::write(rung.get(), &one, sizeof one);
      }
      return true;
    }
  };
  struct Client {
    Descriptor socket;
    std::map<uint32_t, Device> devices;
  };

  void serve() {
    for (;;) {
      std::vector<pollfd> waits{{over_.get(), POLLIN, 0}, {listener_.get(), POLLIN, 0}};
      for (const Client& client : clients_) waits.push_back({client.socket.get(), POLLIN, 0});
      bool played = false;
      for (Client& client : clients_)
        for (auto& [id, device] : client.devices) played |= device.play();
      (void)::poll(waits.data(), waits.size(), played ? 0 : 1);
      if (waits[0].revents) return;
      auto client = clients_.begin();
      for (size_t i = 2; i < waits.size(); ++i) {
        const auto at = client++;
        if (waits[i].revents && !take(*at)) clients_.erase(at);
      }
      if (waits[1].revents)
        clients_.push_back(
            {.socket = Descriptor(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)), .devices = {}});
    }
  }
  bool take(Client& client) {
    const auto received = wire::receive_packet(client.socket.get(), wire::Patience::kDoNotWait);
    if (!received) return false;
    if (!*received) return true;
    const auto request = wire::decode_request((*received)->bytes);
    if (!request) return false;
    std::visit([&](const auto& message) { answer(client, request->number, message); }, request->message);
    return true;
  }
  template <class Message>
  static void tell(const Client& client, uint32_t number, const Message& message, std::span<const int> passed = {}) {
    (void)wire::send_packet(client.socket.get(), *wire::encode(number, message), passed, wire::Patience::kDoNotWait);
  }

  void answer(Client& c, uint32_t number, const wire::Hello&) { tell(c, number, wire::Welcome{"patient"}); }
  void answer(Client& c, uint32_t number, const wire::Describe&) {
    tell(c, number, wire::Described{.endpoints = 1, .endpoint = endpoint()});
  }
  void answer(Client& c, uint32_t number, const wire::GetControl&) { tell(c, number, wire::Values{{volume_}}); }
  void answer(Client& c, uint32_t number, const wire::SetControl& request) {
    volume_ = request.values.empty() ? 0 : request.values[0];
    for (const Client& client : clients_) tell(client, 0, wire::Changed{"speaker", 0});
    tell(c, number, wire::Done{});
  }
  void answer(Client& c, uint32_t number, const wire::ReadSnapshot&) { tell(c, number, wire::SnapshotPart{2, "{}"}); }
  void answer(Client& c, uint32_t number, const wire::Open& request) {
    Device& device = c.devices[++streams_];
    wire::Opened opened{.stream = streams_, .facts = {}, .buffer_offset = 0};
    opened.facts = {.format = request.request.format,
                    .buffer_frames = request.request.buffer_frames,
                    .notifications = request.request.notifications};
    device.wake_frames = request.request.wake_frames;
    device.buffer = std::move(
        *wire::SharedMemory::create("buffer", uint64_t{request.request.buffer_frames} * kFormat.frame_bytes()));
    device.page = std::move(*wire::SharedMemory::create("page", wire::StreamPage::kBytes));
    new (device.page.bytes().data()) wire::StreamPage;
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return;
    device.heard = Descriptor(ends[0]);
    device.rung = Descriptor(ends[1]);
    const int passed[] = {device.buffer.descriptor(), device.page.descriptor(), device.heard.get()};
    tell(c, number, opened, passed);
  }
  void answer(Client& c, uint32_t number, const wire::Close& request) {
    c.devices.erase(request.stream);
    tell(c, number, wire::Done{});
  }
  void answer(Client& c, uint32_t number, const wire::SetState& request) {
    Device& device = c.devices[request.stream];
    device.state = request.state;
    if (request.state == StreamState::kStop) {
      device.done = device.woken = 0;
      ++device.runs;
      device.shared().written.store(0, std::memory_order_relaxed);
    }
    device.publish();
    tell(c, number, wire::Done{});
  }

  TemporaryFolder folder_;
  Descriptor listener_, over_;
  std::list<Client> clients_;
  uint32_t streams_ = 0;
  int32_t volume_ = 0;
  std::thread thread_;
};

}  // namespace portside::testing_support
