// A second of a tone at 440 Hz: portside-play ENDPOINT [SOCKET]

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numbers>

#include <portside/client.h>

namespace {

int failed(const portside::Status& why) {
  std::fprintf(stderr, "%s\n", why.to_string().c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  auto client = portside::Client::connect(argc > 2 ? argv[2] : "");
  if (!client) return failed(client.error());
  portside::StreamRequest request;
  request.endpoint = argc > 1 ? argv[1] : "";
  request.direction = portside::Direction::kRender;
  request.format = {.type = portside::SampleType::kSigned16, .channels = 2, .rate = 48000};
  request.buffer_frames = 1920;
  auto opened = (*client)->open(request);
  if (!opened) return failed(opened.error());
  portside::Stream& stream = **opened;

  // The buffer is a ring of the driver's own pages: frame n of the sound lies at n modulo its length.
  auto* const ring = reinterpret_cast<int16_t*>(stream.buffer().data());
  const uint64_t length = stream.facts().buffer_frames;
  const uint64_t end = request.format.rate;
  uint64_t written = 0;
  const auto fill = [&](uint64_t to) {
    for (; written < to; ++written) {
      const double turns = 440.0 * static_cast<double>(written) / request.format.rate;
      const auto sample = static_cast<int16_t>(written < end ? 8000 * std::sin(2 * std::numbers::pi * turns) : 0);
      ring[written % length * 2] = ring[written % length * 2 + 1] = sample;
    }
    if (stream.facts().write_combined) portside::store_fence();
    stream.tell_written(written);
    if (written >= end) stream.tell_last(end);
  };
  if (auto paused = stream.set_state(portside::StreamState::kPause); !paused) return failed(paused.error());
  fill(length);
  if (auto runs = stream.set_state(portside::StreamState::kRun); !runs) return failed(runs.error());
  bool hung_up = false;
  while (stream.position().done < end) {
    // The only system calls of a steady stream.
    if (stream.notification_fd() < 0) {
      usleep(2000);
    } else {
      pollfd bell{stream.notification_fd(), POLLIN, 0};
      uint64_t rings = 0;
      if (poll(&bell, 1, 1000) > 0) (void)!read(bell.fd, &rings, sizeof rings);
      hung_up = bell.revents & POLLHUP;
    }
    if (const portside::Status alive = stream.alive(); !alive.is_ok()) return failed(alive);
    if (hung_up) return failed(portside::Status(portside::StatusCode::kMachineEnded, "the driver host has gone"));
    fill(stream.position().done + length);
  }
  std::printf("played %llu frames, %llu notifications, %llu glitches\n", static_cast<unsigned long long>(end),
              static_cast<unsigned long long>(stream.notifications()),
              static_cast<unsigned long long>(stream.glitches()));
}
