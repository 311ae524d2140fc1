// Through jackd with its dummy driver: one client's output port is connected with another's input port.

#include "turn.h"

#ifdef PORTSIDE_HAS_JACK

#include <jack/jack.h>
#include <stdlib.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <memory>
#include <thread>

namespace portside::bench {
namespace {

using Clock = std::chrono::steady_clock;

// The two applications share nothing but these: when the pulse was written, and what came of it.
struct Pulses {
  std::atomic<int64_t> written{0};  // 0: none under way
  int64_t last = 0;
  std::vector<double> delays_ms;
};

int64_t now_ns() { return Clock::now().time_since_epoch().count(); }

class JackClient {
 public:
  JackClient(const char* server, const std::string& name, bool out, Pulses* pulses) : out_(out), pulses_(pulses) {
    client_ = ::jack_client_open(name.c_str(), static_cast<jack_options_t>(JackNoStartServer | JackServerName), nullptr,
                                 server);
    if (!client_) return;
    port_ = ::jack_port_register(client_, out ? "out" : "in", JACK_DEFAULT_AUDIO_TYPE,
                                 out ? JackPortIsOutput : JackPortIsInput, 0);
    ::jack_set_process_callback(
        client_, [](jack_nframes_t frames, void* self) { return static_cast<JackClient*>(self)->process(frames); },
        this);
    ::jack_set_xrun_callback(client_, [](void* self) { return ++static_cast<JackClient*>(self)->xruns_, 0; }, this);
    ::jack_activate(client_);
  }
  ~JackClient() {
    if (client_) ::jack_client_close(client_);
  }
  jack_client_t* client() const { return client_; }
  const char* port() const { return ::jack_port_name(port_); }
  uint64_t xruns() const { return xruns_; }
  uint64_t periods() const { return periods_; }

 private:
  int process(jack_nframes_t frames) {
    ++periods_;
    auto* const samples = static_cast<float*>(::jack_port_get_buffer(port_, frames));
    if (out_) {
      std::memset(samples, 0, frames * sizeof *samples);
      if (!pulses_) return 0;
      const int64_t now = now_ns(), under_way = pulses_->written.load();
      if (under_way && now - under_way > 500'000'000) pulses_->written = 0;
      if (!pulses_->written.load() && now - pulses_->last > 50'000'000) {
        samples[0] = 0.6f;
        pulses_->last = now;
        pulses_->written = now;
      }
    } else if (pulses_) {
      for (jack_nframes_t i = 0; i < frames; ++i)
        if (samples[i] > 0.3f)
          if (const int64_t written = pulses_->written.exchange(0))
            pulses_->delays_ms.push_back(static_cast<double>(now_ns() - written) / 1e6);
    }
    return 0;
  }

  const bool out_;
  Pulses* const pulses_;
  jack_client_t* client_ = nullptr;
  jack_port_t* port_ = nullptr;
  std::atomic<uint64_t> xruns_ = 0, periods_ = 0;
};

}  // namespace

std::optional<TurnOutcome> jack_turn(const TurnRequest& request) {
  TurnOutcome out;
  const std::string name = "portside-bench-" + std::to_string(::getpid());
  ::setenv("JACK_NO_AUDIO_RESERVATION", "1", 1);
  // Until the server is there, its library says so for each attempt, on several lines.
  ::jack_set_error_function([](const char*) {});
  ::jack_set_info_function([](const char*) {});
  std::vector<std::string> words{"jackd", "-n", name};
  if (request.priority) words.insert(words.end(), {"-R", "-P", std::to_string(request.priority)});
  else words.push_back("-r");
  words.insert(words.end(), {"-d", "dummy", "-r", "48000", "-p", std::to_string(request.period_frames)});
  const Server server(words, request.streams > 0);
  stay_on_one_core(request.streams > 0);
  Pulses pulses;
  std::vector<std::unique_ptr<JackClient>> clients;
  for (int attempt = 0; attempt < 100 && clients.empty(); ++attempt) {
    auto first = std::make_unique<JackClient>(name.c_str(), "one", true, request.streams ? nullptr : &pulses);
    if (first->client()) clients.push_back(std::move(first));
    else std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  if (clients.empty()) {
    out.failed = "no jackd: " + server.said();
    return out;
  }
  if (!request.streams) {
    clients.push_back(std::make_unique<JackClient>(name.c_str(), "two", false, &pulses));
    if (!clients[1]->client() || ::jack_connect(clients[1]->client(), clients[0]->port(), clients[1]->port()) != 0) {
      out.failed = "jackd connects nothing";
      return out;
    }
  }
  while (clients.size() < request.streams)
    clients.push_back(std::make_unique<JackClient>(name.c_str(), "n" + std::to_string(clients.size()), true, nullptr));
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  const uint64_t xruns_before = clients[0]->xruns();
  uint64_t periods_before = 0, periods = 0;
  for (const auto& client : clients) periods_before += client->periods();
  const double server_before = server.processor_seconds(), own_before = own_processor_seconds();
  std::this_thread::sleep_for(request.time);
  out.server_seconds = server.processor_seconds() - server_before;
  out.application_seconds = own_processor_seconds() - own_before;
  out.misses = clients[0]->xruns() - xruns_before;
  for (const auto& client : clients) periods += client->periods();
  out.periods = periods - periods_before;
  clients.clear();
  stay_on_one_core(false);
  out.delays_ms = pulses.delays_ms;
  return out;
}

}  // namespace portside::bench

#else

namespace portside::bench {
std::optional<TurnOutcome> jack_turn(const TurnRequest&) { return std::nullopt; }
}  // namespace portside::bench

#endif
