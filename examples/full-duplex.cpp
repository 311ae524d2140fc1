// What comes in goes out: portside-full-duplex CAPTURE RENDER SECONDS [SOCKET]
// Recorded frames are carried to the player a buffer's half later.

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <portside/client.h>

namespace {

int failed(const portside::Status& why) {
  std::fprintf(stderr, "%s\n", why.to_string().c_str());
  return 1;
}

// frames [from, from + count) of a stream's ring, which may wrap.
template <class Piece>
void pieces(const portside::Stream& stream, uint64_t from, uint64_t count, Piece piece) {
  const uint64_t length = stream.facts().buffer_frames, frame = stream.facts().format.frame_bytes();
  while (count) {
    const uint64_t at = from % length, now = std::min(count, length - at);
    piece(stream.buffer().subspan(at * frame, now * frame));
    from += now;
    count -= now;
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return std::fprintf(stderr, "usage: %s CAPTURE RENDER SECONDS [SOCKET]\n", argv[0]), 2;
  auto client = portside::Client::connect(argc > 4 ? argv[4] : "");
  if (!client) return failed(client.error());
  portside::StreamRequest request;
  request.format = {.type = portside::SampleType::kSigned16, .channels = 2, .rate = 48000};
  request.buffer_frames = 1920;
  request.endpoint = argv[1];
  request.direction = portside::Direction::kCapture;
  auto opened_in = (*client)->open(request);
  if (!opened_in) return failed(opened_in.error());
  request.endpoint = argv[2];
  request.direction = portside::Direction::kRender;
  auto opened_out = (*client)->open(request);
  if (!opened_out) return failed(opened_out.error());
  portside::Stream &in = **opened_in, &out = **opened_out;

  // One buffer of silence leads.
  uint64_t written = out.facts().buffer_frames, read = 0;
  std::memset(out.buffer().data(), 0, out.buffer().size());
  out.tell_written(written);
  for (portside::Stream* stream : {&in, &out})
    if (auto runs = stream->set_state(portside::StreamState::kRun); !runs) return failed(runs.error());
  const uint64_t end = static_cast<uint64_t>(std::atof(argv[3]) * request.format.rate);
  const uint64_t frame = request.format.frame_bytes();
  while (read < end) {
    pollfd bells[] = {{in.notification_fd(), POLLIN, 0}, {out.notification_fd(), POLLIN, 0}};
    if (poll(bells, 2, 100) > 0)
      for (const pollfd& bell : bells)
        if (uint64_t rings = 0; bell.revents & POLLIN) (void)!::read(bell.fd, &rings, sizeof rings);
    for (const portside::Stream* stream : {&in, &out})
      if (const portside::Status alive = stream->alive(); !alive.is_ok()) return failed(alive);
    if ((bells[0].revents | bells[1].revents) & POLLHUP)
      return failed(portside::Status(portside::StatusCode::kMachineEnded, "the driver host has gone"));
    // As much as was recorded, and as there is room for.
    const uint64_t room = out.position().done + out.facts().buffer_frames -
                          std::min(written, out.position().done + out.facts().buffer_frames);
    uint64_t count = std::min(in.position().done - read, room);
    while (count) {
      const uint64_t at = read % in.facts().buffer_frames,
                     now = std::min<uint64_t>(count, in.facts().buffer_frames - at);
      const std::byte* from = in.buffer().data() + at * frame;
      pieces(out, written, now, [&](std::span<std::byte> to) {
        std::memcpy(to.data(), from, to.size());
        from += to.size();
      });
      read += now;
      written += now;
      count -= now;
    }
    in.tell_read(read);
    out.tell_written(written);
  }
  std::printf("%llu frames, %llu and %llu glitches\n", static_cast<unsigned long long>(read),
              static_cast<unsigned long long>(in.glitches()), static_cast<unsigned long long>(out.glitches()));
}
