#pragma once
// One turn of the comparison of a driver host with jackd's dummy driver: pulses from one application to another, or
// many streams at once. Each side starts its own server, and ends it.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace portside::bench {

struct TurnRequest {
  uint32_t period_frames = 256;  // at 48 kHz
  std::chrono::seconds time{5};
  int priority = 0;      // SCHED_FIFO of server and application alike; 0: none
  unsigned streams = 0;  // 0: pulses through one; else that many streams, all on one core
};

struct TurnOutcome {
  std::vector<double> delays_ms;                       // of pulses: from the write of the first sample to its read
  uint64_t misses = 0;                                 // glitches or xruns
  uint64_t periods = 0;                                // of all streams
  double server_seconds = 0, application_seconds = 0;  // of processor time
  std::string failed;                                  // why it did not come about
};

TurnOutcome portside_turn(const TurnRequest& request);
// None: built without JACK.
std::optional<TurnOutcome> jack_turn(const TurnRequest& request);

// --- what both use ---
// A server in a process of its own, ended by SIGTERM.
class Server {
 public:
  // `one_core`: it, and all that it starts, on processor 0.
  Server(std::vector<std::string> words, bool one_core);
  ~Server();
  bool runs() const;
  double processor_seconds() const;
  std::string said() const;

 private:
  int pid_ = -1;
  std::string log_;
};
double own_processor_seconds();
void stay_on_one_core(bool stay);
void take_priority(int priority);

}  // namespace portside::bench
