#include "hardware/qtest_client.h"

#include <errno.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <string_view>

namespace portside::hardware {
namespace {

// b, w, l, q
char suffix(uint32_t bytes) { return bytes == 1 ? 'b' : bytes == 2 ? 'w' : bytes == 4 ? 'l' : 'q'; }

std::optional<uint64_t> number(std::string_view text) {
  const bool hex = text.starts_with("0x");
  if (hex) text.remove_prefix(2);
  uint64_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value, hex ? 16 : 10);
  const bool whole = error == std::errc() && !text.empty() && stop == text.data() + text.size();
  return whole ? std::optional(value) : std::nullopt;
}

Result<uint64_t> value_of(const Result<std::string>& answer) {
  if (!answer) return fail(answer.error());
  const auto value = number(*answer);
  return value ? Result<uint64_t>(*value)
               : fail(StatusCode::kUnsuccessful, fmt::format("QEMU answered \"{}\" where a number belongs", *answer));
}

// Answers are a number or a word.
constexpr size_t kLongestLine = 1 << 16;

}  // namespace

QtestClient::QtestClient(int socket, Events events, QtestPatience patience)
    : socket_(socket), events_(std::move(events)), patience_(patience), reader_([this] { read_lines(); }),
      heartbeat_([this] { beat(); }) {}

QtestClient::~QtestClient() {
  dead_ = true;  // nobody is left to be told
  ::shutdown(socket_, SHUT_RDWR);
  { std::lock_guard lock(heart_mutex_); }
  heart_.notify_all();
  reader_.join();
  heartbeat_.join();
  ::close(socket_);
}

void QtestClient::read_lines() {
  std::string pending;
  char buffer[4096];
  for (;;) {
    const ssize_t got = ::recv(socket_, buffer, sizeof buffer, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    pending.append(buffer, static_cast<size_t>(got));
    size_t begin = 0;
    for (size_t end; (end = pending.find('\n', begin)) != std::string::npos; begin = end + 1)
      take_line(pending.substr(begin, end - begin));
    pending.erase(0, begin);
    if (pending.size() > kLongestLine) break;  // whatever speaks there, it is no QEMU
  }
  close_down("QEMU has ended");
}

void QtestClient::take_line(std::string line) {
  if (line.starts_with("IRQ ")) {
    const bool raised = line.starts_with("IRQ raise ");
    if (const auto at = number(std::string_view(line).substr(line.rfind(' ') + 1)); at && events_.interrupt)
      events_.interrupt(static_cast<uint32_t>(*at), raised);
    return;
  }
  {
    std::lock_guard lock(answer_mutex_);
    answer_ = std::move(line);
    has_answer_ = true;
  }
  answered_.notify_one();
}

void QtestClient::close_down(const std::string& why) {
  const bool first = !dead_.exchange(true);
  { std::scoped_lock lock(answer_mutex_, heart_mutex_); }
  answered_.notify_all();
  heart_.notify_all();
  if (first && events_.ended) events_.ended(why);
}

// Asks for nothing in particular: that there is an answer is what counts.
void QtestClient::beat() {
  for (uint64_t seen = 0;;) {
    {
      std::unique_lock lock(heart_mutex_);
      if (heart_.wait_for(lock, patience_.heartbeat, [this] { return dead_.load(); })) return;
    }
    if (const uint64_t asked = asked_; asked != seen) {
      seen = asked;  // somebody else asks
    } else {
      (void)command("endianness");
      seen = asked_;
    }
  }
}

void QtestClient::end(const std::string& why) {
  close_down(why);
  ::shutdown(socket_, SHUT_RDWR);
}

Result<std::string> QtestClient::command(const std::string& line) {
  std::lock_guard alone(asking_);
  return command_alone(line);
}

Result<std::string> QtestClient::command_alone(const std::string& line) {
  const auto gone = [] { return fail(StatusCode::kDeviceRemoved, "QEMU is gone"); };
  if (dead_) return gone();
  ++asked_;
  const std::string text = line + "\n";
  for (size_t sent = 0; sent < text.size();) {
    const ssize_t n = ::send(socket_, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      close_down("QEMU has ended");
      return gone();
    }
    sent += static_cast<size_t>(n);
  }
  std::string answer;
  bool silent = false;
  {
    std::unique_lock lock(answer_mutex_);
    silent = !answered_.wait_for(lock, patience_.silence, [&] { return has_answer_ || dead_; });
    if (has_answer_) answer = std::move(answer_);
    else if (!silent) return gone();
    has_answer_ = false;
  }
  if (silent) {
    end(fmt::format("QEMU has not answered \"{}\" for {} ms", line, patience_.silence.count()));
    return gone();
  }
  if (!answer.starts_with("OK"))
    return fail(StatusCode::kUnsuccessful, fmt::format("QEMU answered \"{}\" to \"{}\"", answer, line));
  return answer.size() > 3 ? answer.substr(3) : std::string();
}

Result<uint64_t> QtestClient::read_memory(uint64_t address, uint32_t bytes) {
  return value_of(command(fmt::format("read{} {:#x}", suffix(bytes), address)));
}

Result<> QtestClient::write_memory(uint64_t address, uint32_t bytes, uint64_t value) {
  TRY(command(fmt::format("write{} {:#x} {:#x}", suffix(bytes), address, value)));
  return {};
}

Result<uint32_t> QtestClient::read_port(uint32_t port, uint32_t bytes) {
  TRY_ASSIGN(const uint64_t value, value_of(command(fmt::format("in{} {:#x}", suffix(bytes), port))));
  return static_cast<uint32_t>(value);
}

Result<> QtestClient::write_port(uint32_t port, uint32_t bytes, uint32_t value) {
  TRY(command(fmt::format("out{} {:#x} {:#x}", suffix(bytes), port, value)));
  return {};
}

// PCI 3.0 §3.2.2.3.2, configuration mechanism #1.
Result<uint32_t> QtestClient::read_config(uint32_t device, uint32_t offset, uint32_t bytes) {
  std::lock_guard alone(asking_);
  TRY(command_alone(fmt::format("outl 0xcf8 {:#x}", 0x8000'0000u | device << 11 | (offset & ~3u))));
  TRY_ASSIGN(const uint64_t value,
             value_of(command_alone(fmt::format("in{} {:#x}", suffix(bytes), 0xCFC + offset % 4))));
  return static_cast<uint32_t>(value);
}

Result<> QtestClient::write_config(uint32_t device, uint32_t offset, uint32_t bytes, uint32_t value) {
  std::lock_guard alone(asking_);
  TRY(command_alone(fmt::format("outl 0xcf8 {:#x}", 0x8000'0000u | device << 11 | (offset & ~3u))));
  TRY(command_alone(fmt::format("out{} {:#x} {:#x}", suffix(bytes), 0xCFC + offset % 4, value)));
  return {};
}

}  // namespace portside::hardware
