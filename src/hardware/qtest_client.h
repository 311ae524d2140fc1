#pragma once
// QtestClient: QEMU's test protocol over a socket: lines that read and write the guest's ports and memory, answered one for one,
// and lines of QEMU's own about interrupt lines. A thread reads; whoever asks waits for his answer. Thread safe.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/result.h"

namespace portside::hardware {

// How long QEMU may be silent when it is asked something, and after how long without a question it is asked whether it
// lives: a card that plays by itself would go silent with nobody noticing.
struct QtestPatience {
  std::chrono::milliseconds silence{3000}, heartbeat{1000};
};

class QtestClient {
 public:
  // What QEMU does of itself; called on the reading thread, before any later answer is given to anybody.
  struct Events {
    std::function<void(uint32_t line, bool raised)> interrupt;
    std::function<void(std::string why)> ended;  // once: the connection is dead, and every later request fails
  };
  // `socket`: connected; owned from here on.
  QtestClient(int socket, Events events, QtestPatience patience = {});
  ~QtestClient();
  QtestClient(const QtestClient&) = delete;
  QtestClient& operator=(const QtestClient&) = delete;

  // Memory by physical address, ports by number; widths 1, 2, 4, and for memory 8.
  Result<uint64_t> read_memory(uint64_t address, uint32_t bytes);
  Result<> write_memory(uint64_t address, uint32_t bytes, uint64_t value);
  Result<uint32_t> read_port(uint32_t port, uint32_t bytes);
  Result<> write_port(uint32_t port, uint32_t bytes, uint32_t value);
  // A command and its answer without "OK ". STATUS_DEVICE_REMOVED when QEMU has gone or has been silent, which ends the
  // connection; STATUS_UNSUCCESSFUL when it refuses.
  Result<std::string> command(const std::string& line);
  // Several in a row, as one to everybody else (an index and its data).
  Result<uint32_t> read_config(uint32_t device, uint32_t offset, uint32_t bytes);
  Result<> write_config(uint32_t device, uint32_t offset, uint32_t bytes, uint32_t value);

  // Ends the connection; `why` is told.
  void end(const std::string& why);

 private:
  Result<std::string> command_alone(const std::string& line);
  void read_lines();
  void take_line(std::string line);
  void close_down(const std::string& why);
  void beat();

  const int socket_;
  Events events_;
  const QtestPatience patience_;
  std::mutex asking_;  // one asks at a time
  std::mutex answer_mutex_;
  std::condition_variable answered_;
  std::string answer_;
  bool has_answer_ = false;
  std::atomic<bool> dead_{false};
  std::mutex heart_mutex_;
  std::condition_variable heart_;  // told when it is dead
  std::atomic<uint64_t> asked_{0};
  std::thread reader_, heartbeat_;
};

}  // namespace portside::hardware
