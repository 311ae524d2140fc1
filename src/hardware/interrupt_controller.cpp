#include "hardware/interrupt_controller.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

namespace portside::hardware {

void InterruptController::set_level(uint32_t number, uint64_t device, const std::string& name, bool asserted) {
  bool wanted = false;
  {
    MutexLock lock(mutex_);
    Line& line = lines_[number - kFirstLine];
    if (asserted) {
      line.asserted_by.insert(device);
      line.last_device = name;
    } else {
      line.asserted_by.erase(device);
      if (line.asserted_by.empty() && line.in_service && processor_() != line.served_on) line.quieted_elsewhere = true;
    }
    if (line.asserted_by.empty()) {
      line.masked = false;
      line.unclaimed = line.claimed = 0;
    }
    note_highest_locked();
    wanted = highest_.load(std::memory_order_relaxed) != 0;
  }
  if (wanted && wake_) wake_();
}

InterruptController::Line* InterruptController::best_locked(uint8_t irql, uint32_t& number) {
  for (uint32_t i = kLines; i-- > 0;) {
    Line& line = lines_[i];
    if (irql_of(kFirstLine + i) <= irql) break;
    if (line.asserted_by.empty() || line.connections.empty() || line.in_service || line.masked) continue;
    number = kFirstLine + i;
    return &line;
  }
  return nullptr;
}

void InterruptController::note_highest_locked() {
  uint32_t number = 0;
  const Line* line = best_locked(0, number);
  highest_.store(line ? irql_of(number) : 0, std::memory_order_release);
}

// The routines of a line that are about to be asked. Made under the lock, so that a disconnect finds each of them counted.
class InterruptController::Round {
 public:
  Round() = default;
  ~Round() {
    for (const auto& connection : chain_)
      if (const auto& under_way = connection->request.under_way) --*under_way;
  }
  Round(const Round&) = delete;
  Round& operator=(const Round&) = delete;

  void take(const std::list<std::shared_ptr<Connection>>& connections) {
    chain_.assign(connections.begin(), connections.end());
    for (const auto& connection : chain_)
      if (const auto& under_way = connection->request.under_way) ++*under_way;
  }
  bool ask() const {
    return std::ranges::any_of(chain_, [](const auto& connection) { return connection->request.service(); });
  }
  const StackTrace& connected_at() const { return chain_.front()->connected_at; }

 private:
  std::vector<std::shared_ptr<Connection>> chain_;
};

bool InterruptController::deliver_one(uint8_t irql) {
  uint32_t number = 0;
  Round round;
  {
    MutexLock lock(mutex_);
    Line* line = best_locked(irql, number);
    if (!line) return false;
    line->in_service = true;
    line->served_on = processor_();
    line->quieted_elsewhere = false;
    ++line->delivered;
    round.take(line->connections);
    note_highest_locked();
  }
  const bool claimed = round.ask();
  std::optional<InterruptMishap> mishap;
  {
    MutexLock lock(mutex_);
    Line& line = lines_[number - kFirstLine];
    line.in_service = false;
    if (watches_quieting_ && !claimed && line.asserted_by.empty() && !line.quieted_elsewhere) {
      if (++line.quieted == kQuietedLimit)
        mishap = InterruptMishap{
            InterruptMistake::kUnclaimed, line.last_device, vector_of(number),
            fmt::format(
                "{} has let go of its interrupt (line {}, vector 0x{:x}) {} times while its service routine ran, "
                "which returned FALSE: on a shared line the other drivers' routines are called for it, and Windows "
                "takes it for an interrupt that nobody knows",
                line.last_device, number, vector_of(number), kQuietedLimit),
            round.connected_at()};
    } else if (claimed) {
      line.quieted = 0;
    }
    if (!line.asserted_by.empty()) {
      uint32_t& count = claimed ? line.claimed : line.unclaimed;
      if (++count >= (claimed ? kClaimedLimit : kUnclaimedLimit)) {
        line.masked = true;
        mishap = InterruptMishap{claimed ? InterruptMistake::kNotQuieted : InterruptMistake::kUnclaimed,
                                 line.last_device,
                                 vector_of(number),
                                 {},
                                 round.connected_at()};
        mishap->sentence = fmt::format(
            "{} holds its interrupt (line {}, vector 0x{:x}) asserted, and after {} calls in a row {}. Windows would "
            "do nothing else any "
            "more; here the line is left alone until it is released",
            line.last_device, number, vector_of(number), count,
            claimed ? "its service routine still claims the interrupt and has not quieted the device"
                    : "no service routine has claimed the interrupt");
      }
    }
    note_highest_locked();
  }
  if (mishap) observers_.notify(&HardwareObserver::on_interrupt_mishap, *mishap);
  return true;
}

uint64_t InterruptController::delivered(uint32_t line) const {
  MutexLock lock(mutex_);
  return lines_[line - kFirstLine].delivered;
}

void InterruptController::report_connected(uint32_t number, const std::string& device) {
  StackTrace at;
  {
    MutexLock lock(mutex_);
    const Line& line = lines_[number - kFirstLine];
    if (line.connections.empty()) return;
    at = line.connections.front()->connected_at;
  }
  observers_.notify(
      &HardwareObserver::on_interrupt_mishap,
      InterruptMishap{InterruptMistake::kLeftConnected, device, vector_of(number),
                      fmt::format("{} is removed, and a service routine is connected to its interrupt still", device),
                      at});
}

Result<uint64_t> InterruptController::connect(io::InterruptRequest request) {
  uint64_t token = 0;
  bool wanted = false;
  {
    MutexLock lock(mutex_);
    Line* line = nullptr;
    uint32_t number = kFirstLine;
    for (; number < kFirstLine + kLines; ++number)
      if (vector_of(number) == request.vector) {
        line = &lines_[number - kFirstLine];
        break;
      }
    if (!line)
      return fail(StatusCode::kInvalidParameter,
                  fmt::format("no interrupt line has the vector 0x{:x}; it comes from the translated resources",
                              request.vector));
    if (request.irql != irql_of(number))
      return fail(StatusCode::kInvalidParameter,
                  fmt::format("vector 0x{:x} is of IRQL {}, not {}", request.vector, irql_of(number), request.irql));
    if (request.mode != LevelSensitive)
      return fail(StatusCode::kInvalidParameter,
                  fmt::format("vector 0x{:x} is level-sensitive, as PCI's lines are", request.vector));
    // IoConnectInterrupt, ShareVector: every driver of a vector must agree to share it.
    if (!line->connections.empty() && !(request.shareable && line->connections.front()->request.shareable))
      return fail(StatusCode::kInvalidParameter,
                  fmt::format("vector 0x{:x} is connected already, and not shared by both", request.vector));
    auto connection = std::make_shared<Connection>();
    connection->token = token = ++last_token_;
    connection->request = std::move(request);
    connection->connected_at = capture_stack();
    line->connections.push_back(std::move(connection));
    line->masked = false;
    line->unclaimed = line->claimed = line->quieted = 0;
    note_highest_locked();
    wanted = highest_.load(std::memory_order_relaxed) != 0;
  }
  if (wanted && wake_) wake_();
  return token;
}

bool InterruptController::is_asserted(uint32_t vector) const {
  MutexLock lock(mutex_);
  for (uint32_t i = 0; i < kLines; ++i)
    if (vector_of(kFirstLine + i) == vector) return !lines_[i].asserted_by.empty();
  return false;
}

Result<> InterruptController::disconnect(uint64_t token) {
  MutexLock lock(mutex_);
  for (Line& line : lines_) {
    const auto before = line.connections.size();
    line.connections.remove_if([&](const auto& c) { return c->token == token; });
    if (line.connections.size() == before) continue;
    note_highest_locked();
    return {};
  }
  return fail(StatusCode::kInvalidParameter, "no such connection");
}

}  // namespace portside::hardware
