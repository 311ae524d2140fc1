// Through drivers/cable, hosted by portside serve: what a client writes to the render endpoint, it reads at the capture
// endpoint.

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <filesystem>
#include <thread>

#include "base/temporary_folder.h"
#include "portside/client.h"
#include "turn.h"

namespace portside::bench {
namespace {

using Clock = std::chrono::steady_clock;
constexpr StreamFormat kFormat{.type = SampleType::kSigned16, .channels = 1, .rate = 48000};

Result<std::unique_ptr<Stream>> open(Client& client, const std::string& endpoint, Direction direction,
                                     uint32_t period) {
  return client.open({.endpoint = endpoint,
                      .direction = direction,
                      .format = kFormat,
                      .buffer_frames = 2 * period,
                      .notifications = 2});
}

bool wait_for(Stream& first, Stream* second) {
  pollfd bells[2] = {{first.notification_fd(), POLLIN, 0}, {second ? second->notification_fd() : -1, POLLIN, 0}};
  if (::poll(bells, second ? 2 : 1, 1000) <= 0) return false;
  for (const pollfd& bell : bells)
    if (uint64_t count = 0; bell.revents & POLLIN) (void)!::read(bell.fd, &count, sizeof count);
  return true;
}

// A pulse each 50 ms or so, at the first frame of a fill; how long until it is read.
Result<> pulses(Client& client, const TurnRequest& request, TurnOutcome& out) {
  TRY_ASSIGN(const auto render, open(client, "speaker", Direction::kRender, request.period_frames));
  TRY_ASSIGN(const auto capture, open(client, "line", Direction::kCapture, request.period_frames));
  const uint64_t ring_out = render->facts().buffer_frames, ring_in = capture->facts().buffer_frames;
  auto* const to = reinterpret_cast<int16_t*>(render->buffer().data());
  const auto* const from = reinterpret_cast<const int16_t*>(capture->buffer().data());
  uint64_t written = 0, read = 0;
  std::optional<Clock::time_point> under_way;
  Clock::time_point last{};
  const auto fill = [&](uint64_t target) {
    bool pulse = !under_way && written > 48000 && Clock::now() - last > std::chrono::milliseconds(50);
    for (; written < target; ++written) {
      to[written % ring_out] = pulse ? 20000 : 0;
      if (std::exchange(pulse, false)) under_way = last = Clock::now();
    }
    render->tell_written(written);
  };
  TRY(render->set_state(StreamState::kPause));
  fill(ring_out);
  TRY(capture->set_state(StreamState::kRun));
  TRY(render->set_state(StreamState::kRun));
  const auto end = Clock::now() + request.time;
  while (Clock::now() < end) {
    if (!wait_for(*render, capture.get())) return fail(StatusCode::kTimeout, "no notification for a second");
    for (const uint64_t done = capture->position().done; read < done; ++read)
      if (from[read % ring_in] > 10000 && under_way) {
        out.delays_ms.push_back(std::chrono::duration<double, std::milli>(Clock::now() - *under_way).count());
        under_way.reset();
      }
    capture->tell_read(read);
    fill(render->position().done + ring_out);
    // A pulse that a miss has swallowed is not waited for.
    if (under_way && Clock::now() - *under_way > std::chrono::milliseconds(500)) under_way.reset();
  }
  out.misses = render->glitches() + capture->glitches();
  out.periods = render->notifications() + capture->notifications();
  return {};
}

// Each stream in a thread of its own, as applications have it.
Result<> many(Client& list, const std::string& socket, const TurnRequest& request, TurnOutcome& out) {
  TRY_ASSIGN(const auto endpoints, list.endpoints());
  std::vector<std::string> ids;
  for (const EndpointInfo& e : endpoints)
    if (e.direction == Direction::kRender) ids.push_back(e.id);
  if (ids.size() < request.streams) return fail(StatusCode::kNotFound, "too few endpoints");
  std::atomic<bool> over = false;
  std::atomic<uint64_t> misses = 0, periods = 0, failures = 0;
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < request.streams; ++i)
    threads.emplace_back([&, id = ids[i]] {
      auto client = Client::connect(socket);
      auto stream = client ? open(**client, id, Direction::kRender, request.period_frames)
                           : Result<std::unique_ptr<Stream>>(fail(client.error()));
      if (!stream || !(*stream)->set_state(StreamState::kPause)) return void(++failures);
      const uint64_t ring = (*stream)->facts().buffer_frames;
      (*stream)->tell_written(ring);
      if (!(*stream)->set_state(StreamState::kRun)) return void(++failures);
      uint64_t written = ring;
      while (!over) {
        wait_for(**stream, nullptr);
        auto* const samples = reinterpret_cast<int16_t*>((*stream)->buffer().data());
        for (const uint64_t target = (*stream)->position().done + ring; written < target; ++written)
          samples[written % ring] = static_cast<int16_t>(written);
        (*stream)->tell_written(written);
      }
      misses += (*stream)->glitches();
      periods += (*stream)->notifications();
    });
  std::this_thread::sleep_for(request.time);
  over = true;
  for (std::thread& thread : threads) thread.join();
  out.misses = misses;
  out.periods = periods;
  if (failures) return fail(StatusCode::kUnsuccessful, std::to_string(failures) + " streams did not open");
  return {};
}

}  // namespace

TurnOutcome portside_turn(const TurnRequest& request) {
  TurnOutcome out;
  const TemporaryFolder folder;
  const std::string socket = (folder.path() / "host").string();
  std::vector<std::string> words{PORTSIDE_PROGRAM, "serve",       "--driver", CABLE_SYS,
                                 "--no-inf",       "--no-verify", "--socket", socket};
  if (request.streams) words.insert(words.end(), {"--instances", std::to_string(request.streams)});
  if (request.priority) words.insert(words.end(), {"--priority", std::to_string(request.priority)});
  const Server server(words, request.streams > 0);
  while (server.runs() && server.said().find("serving ") == std::string::npos)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  auto client = Client::connect(socket);
  if (!client) {
    out.failed = client.error().to_string() + server.said();
    return out;
  }
  take_priority(request.priority);
  stay_on_one_core(request.streams > 0);
  const double server_before = server.processor_seconds(), own_before = own_processor_seconds();
  const Result<> done = request.streams ? many(**client, socket, request, out) : pulses(**client, request, out);
  if (!done) out.failed = done.error().to_string();
  out.server_seconds = server.processor_seconds() - server_before;
  out.application_seconds = own_processor_seconds() - own_before;
  stay_on_one_core(false);
  take_priority(0);
  return out;
}

}  // namespace portside::bench
