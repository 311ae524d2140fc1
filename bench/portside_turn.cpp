// Through drivers/cable, hosted by portside serve: what a client writes to the render endpoint, it reads at the capture
// endpoint.

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <filesystem>
#include <mutex>
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
Result<> pulses(const std::string& socket, const TurnRequest& request, TurnOutcome& out) {
  const double before = own_processor_seconds();
  TRY_ASSIGN(const auto client, Client::connect(socket));
  TRY_ASSIGN(const auto render, open(*client, "speaker", Direction::kRender, request.period_frames));
  TRY_ASSIGN(const auto capture, open(*client, "line", Direction::kCapture, request.period_frames));
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
  out.application_seconds = own_processor_seconds() - before;
  return {};
}

// What an application's streams came to, as it tells its parent.
struct Share {
  uint64_t misses = 0, periods = 0, failures = 0;
  double processor_seconds = 0;
};

void keep_going(Stream& stream, bool renders, const std::atomic<bool>& over, Share& share, std::mutex& mutex) {
  const uint64_t ring = stream.facts().buffer_frames;
  auto* const samples = reinterpret_cast<int16_t*>(stream.buffer().data());
  uint64_t moved = renders ? ring : 0;
  bool runs = stream.set_state(StreamState::kPause).has_value();
  if (renders) stream.tell_written(ring);
  runs = runs && stream.set_state(StreamState::kRun);
  int16_t heard = 0;
  while (runs && !over) {
    wait_for(stream, nullptr);
    for (const uint64_t target = stream.position().done + (renders ? ring : 0); moved < target; ++moved)
      if (renders) samples[moved % ring] = static_cast<int16_t>(moved);
      else heard = static_cast<int16_t>(heard ^ samples[moved % ring]);
    if (renders) stream.tell_written(moved);
    else stream.tell_read(moved);
  }
  volatile const int16_t kept = heard;
  (void)kept;
  const std::lock_guard lock(mutex);
  share.failures += !runs;
  share.misses += stream.glitches();
  share.periods += stream.notifications();
}

// An application: each of its streams in a thread of its own, the endpoints from `first` on.
Share application(const std::string& socket, const TurnRequest& request, unsigned first, unsigned count) {
  Share share;
  std::mutex mutex;
  std::atomic<bool> over = false;
  std::vector<std::thread> threads;
  {
    const auto client = Client::connect(socket);
    const auto endpoints = client ? (*client)->endpoints() : Result<std::vector<EndpointInfo>>(fail(client.error()));
    for (unsigned i = first; i < first + count; ++i) {
      if (!endpoints || i >= endpoints->size()) {
        ++share.failures;
        continue;
      }
      threads.emplace_back([&, endpoint = (*endpoints)[i]] {
        auto own = Client::connect(socket);
        auto stream = own ? open(**own, endpoint.id, endpoint.direction, request.period_frames)
                          : Result<std::unique_ptr<Stream>>(fail(own.error()));
        if (stream) return keep_going(**stream, endpoint.direction == Direction::kRender, over, share, mutex);
        const std::lock_guard lock(mutex);
        ++share.failures;
      });
    }
  }
  std::this_thread::sleep_for(request.time);
  over = true;
  for (std::thread& thread : threads) thread.join();
  share.processor_seconds = own_processor_seconds();
  return share;
}

// As many applications as it takes: a host lets one process have so many connections.
Result<> many(const std::string& socket, const TurnRequest& request, TurnOutcome& out) {
  constexpr unsigned kOfOne = 16;
  std::vector<std::pair<pid_t, int>> applications;
  for (unsigned first = 0; first < request.streams; first += kOfOne) {
    int ends[2];
    if (::pipe(ends) != 0) return fail(StatusCode::kUnsuccessful, "no pipe");
    const pid_t child = ::fork();
    if (child == 0) {
      const Share share = application(socket, request, first, std::min(kOfOne, request.streams - first));
      (void)!::write(ends[1], &share, sizeof share);
      ::_exit(0);
    }
    ::close(ends[1]);
    applications.emplace_back(child, ends[0]);
  }
  uint64_t failures = 0;
  for (const auto& [child, end] : applications) {
    Share share{.failures = 1};
    if (child < 0 || ::read(end, &share, sizeof share) != sizeof share) share.failures = 1;
    ::close(end);
    if (child > 0) ::waitpid(child, nullptr, 0);
    out.misses += share.misses;
    out.periods += share.periods;
    out.application_seconds += share.processor_seconds;
    failures += share.failures;
  }
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
  // Each device has an endpoint of either direction.
  if (request.streams) words.insert(words.end(), {"--instances", std::to_string((request.streams + 1) / 2)});
  if (request.priority) words.insert(words.end(), {"--priority", std::to_string(request.priority)});
  const Server server(words, request.streams > 0);
  while (server.runs() && server.said().find("serving ") == std::string::npos)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  const double server_before = server.processor_seconds();
  take_priority(request.priority);
  stay_on_one_core(request.streams > 0);
  const Result<> done = request.streams ? many(socket, request, out) : pulses(socket, request, out);
  if (!done) out.failed = done.error().to_string() + (server.runs() ? "" : server.said());
  out.server_seconds = server.processor_seconds() - server_before;
  stay_on_one_core(false);
  take_priority(0);
  return out;
}

}  // namespace portside::bench
